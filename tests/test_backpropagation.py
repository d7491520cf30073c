"""docs/backpropagation.md: the rule for single weights, the textbook, src/mlp, the quoted lines."""

import importlib
import inspect
import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mlp import network
from mlp.network import layers_of, make, readable, take_steps
from mlp.textbook import training_step
from mlp.training import Hyperparameters
from mnist.images import ink

PAGE = Path(__file__).parents[1] / "docs/backpropagation.md"
TEXT = PAGE.read_text(encoding="utf-8")
LEARNING_RATE, INPUTS, BATCH = 0.3, 5, 4

# f and f' of single numbers.
UNITS = {
    "sigmoid": (
        lambda z: 1 / (1 + math.exp(-z)),
        lambda z: math.exp(-z) / (1 + math.exp(-z)) ** 2,
    ),
    "improved_sigmoid": (
        lambda z: 1.7159 * math.tanh(2 * z / 3),
        lambda z: 1.7159 * 2 / 3 * (1 - math.tanh(2 * z / 3) ** 2),
    ),
    "tanh": (math.tanh, lambda z: 1 - math.tanh(z) ** 2),
    "relu": (lambda z: max(0.0, z), lambda z: 1.0 if z > 0 else 0.0),
}


def errors_of(w, z, y, slope):
    """delta of every unit by layer: yhat_k - y_k, below it f'(z_j) sum_k w_kj delta_k."""
    total = sum(math.exp(value) for value in z[-1])
    deltas = [[math.exp(value) / total - y[k] for k, value in enumerate(z[-1])]]
    for layer in reversed(range(1, len(w))):
        above = deltas[0]
        deltas.insert(
            0,
            [
                slope(z[layer - 1][j]) * sum(w[layer][j][k] * above[k] for k in range(len(above)))
                for j in range(len(z[layer - 1]))
            ],
        )
    return deltas


def update_single_weights(weights, images, targets, activation):
    """Task 1a: w_ji := w_ji - alpha delta_j x_i, its mean over the images, one number at a time.

    weights: by layer, weights[layer][i][j] from unit i to unit j.
    """
    f, slope = UNITS[activation]
    updated = [layer.copy() for layer in weights]
    for image, y in zip(images, targets, strict=True):
        inputs, z = [list(image)], []
        for layer in weights:
            x = inputs[-1]
            z.append([sum(layer[i][j] * x[i] for i in range(len(x))) for j in range(len(layer[0]))])
            inputs.append([f(value) for value in z[-1]])
        deltas = errors_of(weights, z, y, slope)
        for layer, delta in enumerate(deltas):
            for i, x in enumerate(inputs[layer]):
                for j, error in enumerate(delta):
                    updated[layer][i][j] -= LEARNING_RATE * error * x / len(images)
    return updated


def update_by_training(weights, images, targets, activation):
    """Task 1b, by what trains: one step on one batch."""
    trained = make(weights, activation, len(images))
    rule = Hyperparameters(
        (), activation, "", LEARNING_RATE, 0, False, 0, BATCH, 1, 1, False
    ).rule()
    inked = ink(images[:, :-1].astype(np.float32), targets.argmax(axis=1))
    take_steps(trained, rule, readable(inked), np.arange(len(images)))
    return layers_of(trained, trained.weights)


@pytest.mark.parametrize("activation", UNITS)
@pytest.mark.parametrize("hidden", [(4,), (4, 3), (3, 5, 4)])
def test_single_weights_the_textbooks_step_and_training_give_the_same_update(hidden, activation):
    generator = np.random.default_rng(0)
    sizes = [INPUTS, *hidden, 10]
    weights = [generator.normal(0, 1, shape) for shape in pairwise(sizes)]
    images = generator.normal(0, 1, (BATCH, INPUTS))
    images[:, -1] = 1
    targets = np.eye(10)[generator.integers(0, 10, BATCH)]
    single = update_single_weights(weights, images, targets, activation)
    fast = update_by_training(weights, images, targets, activation)
    textbook = [layer.copy() for layer in weights]
    training_step(textbook, activation, images, targets, LEARNING_RATE)
    for before, *after in zip(weights, single, textbook, fast, strict=True):
        assert np.abs(after[0] - before).max() > 1e-3
        np.testing.assert_allclose(after[1], after[0], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(after[2], after[0], atol=1e-6)


def quotations():
    """(name of a function, its file, quoted lines) of every block of code on the page."""
    pattern = r"\[`([\w.]+)`\]\(\.\./src/([\w/]+)\.py\):\n\n```python\n(.*?)```"
    return re.findall(pattern, TEXT, re.DOTALL)


def lines(text):
    return [line.strip() for line in text.splitlines()]


def source(name, path):
    found = importlib.import_module(path.replace("/", "."))
    for part in name.split("."):
        found = getattr(found, part)
    return inspect.getsource(found)


def test_every_quoted_line_is_in_the_function_it_is_said_to_be_in():
    assert len(quotations()) == TEXT.count("```python")
    for name, path, quoted in quotations():
        assert set(lines(quoted)) <= set(lines(source(name, path))), name


def test_every_matrix_product_above_the_first_layer_is_quoted():
    quoted = {line for _, _, text in quotations() for line in lines(text)}
    for function in (network.forward, network.backward, network.descend):
        products = {line for line in lines(inspect.getsource(function)) if "multiply_add(" in line}
        assert products
        assert products <= quoted


def test_formulae_are_in_the_form_that_github_renders():
    text = TEXT
    prose = re.sub(r"```math\n.*?```", "", text, flags=re.DOTALL)
    prose = re.sub(r"```python\n.*?```", "", prose, flags=re.DOTALL)
    assert "```" not in prose
    inline = re.findall(r"\$`([^`]+)`\$", prose)
    assert len(inline) > 50
    assert "$" not in re.sub(r"\$`[^`]+`\$", "", prose), "a dollar outside of a formula"
    for formula in (*inline, *re.findall(r"```math\n(.*?)```", text, re.DOTALL)):
        assert formula.count("{") == formula.count("}"), formula
        assert formula.count(r"\left") == formula.count(r"\right"), formula


@pytest.mark.parametrize("target", re.findall(r"\]\((\.\.[^)#]+)\)", TEXT))
def test_every_link_leads_to_a_file(target):
    assert (PAGE.parent / target).exists()
