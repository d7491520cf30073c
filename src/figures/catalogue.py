"""What every figure of the reports shows: networks, their labels, and limits.

Numbered as in the reports' tasks. A variant that is added to a table here appears in its figure.
"""

from figures.curves import BOTH, CurveFigure, Row
from figures.forest import Forest
from figures.layers import GradientFigure
from figures.places import TEN_LAYERS

WITHOUT = "Report A, without momentum"
WITH = "Report B, with momentum"
DEPTHS = {
    WITHOUT: {
        "init-sigmoid": "one hidden layer",
        "two-layers-59": "two",
        "ten-layers": "ten",
    },
    WITH: {
        "momentum": "one hidden layer",
        "momentum-two-layers-60": "two",
        "momentum-ten-layers": "ten",
    },
}
TRICKS_A = {
    "plain": "original",
    "improved-init": "+ improved init",
    "init-sigmoid": "+ improved sigmoid",
    "momentum": "+ momentum",
    "momentum-lr-0.03": "same, rate 0.03",
}
TRICKS_B = {
    "plain": "original",
    "improved-sigmoid": "+ improved sigmoid",
    "init-sigmoid": "+ improved init",
    "momentum": "+ momentum",
}

CURVES = {
    "task-2c": CurveFigure(
        "Task 2c: the original network, with 64 sigmoid units",
        (Row("Original", {"plain": "original"}, BOTH),),
        loss=(0.0, 0.8),
        accuracy=(0.8, 1.0),
    ),
    "task-2-shuffling": CurveFigure(
        "The assignment's example: the original network, its training set shuffled or not",
        (Row("Original", {"plain": "shuffled", "unshuffled": "never shuffled"}, BOTH),),
        loss=(0.0, 0.8),
        accuracy=(0.8, 1.0),
    ),
    "task-3-report-a": CurveFigure(
        "Task 3, report A: init, sigmoid and momentum, added one by one",
        (Row("Validation", TRICKS_A), Row("Training", TRICKS_A, ("train",))),
        loss=(0.0, 0.6),
        accuracy=(0.86, 1.0),
        log_steps=True,
    ),
    "task-3-report-b": CurveFigure(
        "Task 3, report B: sigmoid, init and momentum, added one by one",
        (Row("Validation", TRICKS_B), Row("Training", TRICKS_B, ("train",))),
        loss=(0.0, 0.6),
        accuracy=(0.86, 1.0),
        log_steps=True,
    ),
    "task-4ab": CurveFigure(
        "Tasks 4a and 4b: 32, 64 and 128 hidden units, on the validation set",
        (
            Row(
                WITHOUT,
                {
                    "hidden-32": "32 units",
                    "init-sigmoid": "64 units",
                    "hidden-128": "128 units",
                },
            ),
            Row(
                WITH,
                {
                    "momentum-hidden-32": "32 units",
                    "momentum": "64 units",
                    "momentum-hidden-128": "128 units",
                },
            ),
        ),
        loss=(0.0, 0.4),
        accuracy=(0.9, 1.0),
    ),
    "task-4d": CurveFigure(
        "Task 4d: two hidden layers against one with about as many parameters",
        (
            Row(WITHOUT, {"init-sigmoid": "one layer", "two-layers-59": "two layers"}, BOTH),
            Row(
                WITH,
                {
                    "momentum": "one layer",
                    "momentum-two-layers-60": "two layers",
                    "momentum-hidden-128": "one, 128 units",
                },
                BOTH,
            ),
        ),
        loss=(0.0, 0.4),
        accuracy=(0.9, 1.0),
    ),
    "task-4e": CurveFigure(
        "Task 4e: ten hidden layers against two and one",
        tuple(Row(title, lines, BOTH) for title, lines in DEPTHS.items()),
        loss=(0.0, 0.4),
        accuracy=(0.9, 1.0),
    ),
}

GRADIENTS = {
    "gradients": GradientFigure("The gradient that reaches each layer: its norm", DEPTHS),
    "gradient-shares": GradientFigure(
        "The gradient that reaches each layer: its norm over that of the layer's weights",
        DEPTHS,
        shares=True,
    ),
}

FORESTS = {
    "claims-report-a": Forest("Report A: its claims and what was measured", "A"),
    "claims-report-b": Forest("Report B: its claims and what was measured", "B"),
    "claims-ten-layers": Forest(
        "Ten layers: what each explanation predicts, and what was measured",
        TEN_LAYERS,
        "predicted",
    ),
}
