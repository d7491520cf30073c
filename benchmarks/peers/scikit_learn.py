"""scikit-learn's MLPClassifier with its own SGD.

It cannot be given this network: its hidden activation is tanh z, and every layer has biases. So
its loss is compared with that of `textbook_tanh`, which has both. It takes no order of examples
from outside either, so it gets the images already in that order: its steps gather nothing, and are
the cheaper for it.
"""

import warnings

import cases
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from peers import BasePeer


class Peer(BasePeer):
    """One `fit` an epoch, each going on from the last (`warm_start`)."""

    plain_tanh = True

    def __init__(self, case: cases.Case) -> None:
        order = next(cases.epochs()).reshape(-1)
        self.images, self.labels = (part[order] for part in cases.load("training"))
        self.model = MLPClassifier(
            hidden_layer_sizes=case.hidden,
            activation="tanh",
            solver="sgd",
            alpha=0.0,
            batch_size=cases.BATCH,
            learning_rate_init=case.learning_rate,
            momentum=case.momentum,
            nesterovs_momentum=False,
            shuffle=False,
            max_iter=1,
            warm_start=True,
        )
        warnings.simplefilter("ignore", ConvergenceWarning)
        # There are weights to replace only after a first fit; it must have seen all classes.
        self.model.fit(self.images[:1000], self.labels[:1000])
        for own, given in zip(self.model.coefs_, case.weights(), strict=True):
            own[...] = given
        for bias in self.model.intercepts_:
            bias[...] = 0

    def steps(self, batches: cases.Batches) -> None:
        """Fit once to as many images as the batches hold."""
        self.model.fit(self.images[: batches.size], self.labels[: batches.size])

    def epoch(self, batches: cases.Batches) -> None:
        """Fit once: a second `fit` would begin with the first images again."""
        self.steps(batches)

    def layers(self) -> list[cases.Layer]:
        """Return weights and biases."""
        return list(zip(self.model.coefs_, self.model.intercepts_, strict=True))
