"""The network once more, in float64 and one at a time, straight from the assignment's formulas.

It shares no code with src/mlp, which it is there to check.
"""

import numpy as np

FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "improved_sigmoid": lambda z: 1.7159 * np.tanh(2 * z / 3),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0.0),
}


def slopes(activation, z):
    """f'(z), by central differences: formulae of derivatives are what is to be checked."""
    f, epsilon = FUNCTIONS[activation], 1e-5
    return (f(z + epsilon) - f(z - epsilon)) / (2 * epsilon)


def sums(weights, activation, images):
    """z of every layer, (images, units), the logits last. weights: (fan_in, fan_out) each."""
    found, layer_input = [], images
    for layer in weights:
        found.append(layer_input @ layer)
        layer_input = FUNCTIONS[activation](found[-1])
    return found


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def loss(weights, activation, images, labels):
    """Mean cross-entropy in nats."""
    chances = softmax(sums(weights, activation, images)[-1])
    return -np.log(chances[np.arange(len(labels)), labels]).mean()


def accuracy(weights, activation, images, labels):
    return (sums(weights, activation, images)[-1].argmax(axis=1) == labels).mean()


def gradients(weights, activation, images, labels):
    """Of the mean loss, by the rules of task 1: one array a layer."""
    z = sums(weights, activation, images)
    outputs = [images, *(FUNCTIONS[activation](each) for each in z[:-1])]
    delta = softmax(z[-1]) - np.eye(10)[labels]
    found = []
    for layer in reversed(range(len(weights))):
        found.insert(0, outputs[layer].T @ delta / len(images))
        if layer:
            delta = slopes(activation, z[layer - 1]) * (delta @ weights[layer].T)
    return found


def central_differences(function, weights, epsilon):
    """(f(w + e) - f(w - e)) / 2e for every single weight; `function` takes the list of layers."""
    found = [np.empty_like(layer) for layer in weights]
    for layer, differences in zip(weights, found, strict=True):
        for place in np.ndindex(layer.shape):
            kept = layer[place]
            layer[place] = kept + epsilon
            above = function(weights)
            layer[place] = kept - epsilon
            differences[place] = (above - function(weights)) / (2 * epsilon)
            layer[place] = kept
    return found
