"""Is one network better than another? Three questions, answered by the judge's inference."""

from collections.abc import Sequence
from math import exp, isfinite, log1p
from typing import NamedTuple

import numpy as np

from judging import inference
from judging.claims import Protocol
from judging.inference import UNDECIDED, Region
from judging.quantities import QUANTITIES, Measured, Run, measure

BETTER, WORSE = "better", "worse"
THRESHOLD = 0.9  # of the validation accuracy that steps are counted to


class Question(NamedTuple):
    """A quantity, and what the first network is where its number is higher, and lower. Numbers are
    shown times `factor`. ratio: the first is divided by the other, and logarithms are compared."""

    title: str
    quantity: str
    higher: str
    lower: str
    places: int
    factor: int = 1
    ratio: bool = False

    def measured(self, runs: Sequence[Run]) -> list[Measured]:
        """Return the quantity of every run."""
        given = dict.fromkeys(QUANTITIES[self.quantity].parameters, THRESHOLD)
        return [measure(self.quantity, one, given) for one in runs]

    def shown(self, difference: float) -> str:
        """Return a difference, or an end of its interval, which may be open."""
        if not isfinite(difference):
            return "..."
        if self.ratio:
            return f"x {exp(difference):.3g}"
        return f"{self.factor * difference:+.{self.places}f}"


QUESTIONS = {
    "accuracy": Question(
        "accuracy, %", "final_validation_accuracy", BETTER, WORSE, places=2, factor=100
    ),
    "loss": Question("loss, nats", "final_validation_loss", WORSE, BETTER, places=4),
    "steps": Question(
        "steps to 90 %", "steps_to_validation_accuracy", WORSE, BETTER, places=0, ratio=True
    ),
}


class Answer(NamedTuple):
    """A contrast of networks, and what can be said of its interval."""

    question: Question
    means: Sequence[float]
    estimate: inference.Estimate
    possible: inference.Readings

    @property
    def p_value(self) -> float:
        """The smallest level at which the answer is decided."""
        return inference.p_value(self.estimate, self.possible)

    def verdict(self, level: float) -> str:
        """Better, worse, no difference that matters, or undecided, at confidence 1 - `level`."""
        return inference.read(self.estimate.interval(level), self.possible)

    def runs_needed(self, level: float) -> int | None:
        """How many runs of each would decide, if it is undecided and any number would."""
        if self.verdict(level) != UNDECIDED:
            return None
        return inference.runs_needed(self.estimate, self.possible, level)


def compare(
    question: Question,
    weights: Sequence[float],
    groups: Sequence[Sequence[Measured]],
    protocol: Protocol,
) -> Answer:
    """Answer a question on the contrast with these weights, of groups of two runs or more each."""
    samples = [np.array([one.value for one in group]) for group in groups]
    bounds = [sum(one.at_least for one in group) for group in groups]
    means = [float(sample.mean()) for sample in samples]
    margin = protocol.margins.of(QUANTITIES[question.quantity].unit, means[-1])
    if question.ratio:
        samples, margin = [*map(np.log, samples)], log1p(protocol.margins.relative)
    possible = [(question.higher, Region(0)), (question.lower, Region(high=0))]
    possible.append((inference.NO_DIFFERENCE, Region(-margin, margin, closed=True)))
    return Answer(question, means, inference.contrast(weights, samples, bounds), possible)
