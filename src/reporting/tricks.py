"""What each trick brings, in one table: the first thing that README and report show."""

from collections.abc import Mapping
from typing import Any

from judging.inference import NO_DIFFERENCE, UNDECIDED
from judging.questions import BETTER, QUESTIONS, WORSE
from judging.tricks import ALONE, AVERAGE, MORE, ONE_ALONE, ONE_TOP, REPORTED, TOP
from reporting.tables import table
from reporting.wording import MINUS, NO_BREAK
from workflow.crossing import Crossing

SPOKEN = {"accuracy": "accuracy", "loss": "loss", "steps": "speed"}
WAYS = (TOP, ALONE, ONE_TOP, ONE_ALONE, REPORTED, AVERAGE)
HEADER = ("trick", *SPOKEN.values(), "does it hold?", "the reports said")
READING = (
    "What a trick changes where the first three are on: accuracy on the test set, loss and speed "
    "(steps to 90 % right) after {epochs} epochs, means over many runs, each network at the "
    "learning rate that suits it best. ✅ better, ❌ worse, 🟰 no difference that matters, ❔ the "
    "runs do not tell. *Holds only untuned*: it helps at the reports' learning rate, and no more "
    "once every network has its own best one; *holds only alone*: not on top of the others."
)
ICONS = {BETTER: "✅", WORSE: "❌", NO_DIFFERENCE: "🟰", UNDECIDED: "❔"}


def tricks_table(tricks: Mapping[str, Any], crossing: Crossing) -> str:
    """The table that README and report begin with, and how to read it."""
    epochs = crossing.network((), crossing.one_rate).epochs
    rows = tricks_rows(tricks, crossing, ICONS)
    return f"{table(HEADER, rows)}\n\n{READING.format(epochs=epochs)}"


def tricks_rows(
    tricks: Mapping[str, Any], crossing: Crossing, marks: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """A row a trick, below HEADER: what it brings on top of the others and alone, each at its own
    best rate; marks: of each reading."""
    return [
        (
            name,
            *(gains(asked, tricks[name][asked], marks) for asked in QUESTIONS),
            holds(tricks[name]),
            trick.said,
        )
        for name, trick in crossing.tricks.items()
    ]


def comparisons_table(tricks: Mapping[str, Any], crossing: Crossing) -> str:
    """A row a comparison of every trick, with the intervals on which the verdicts rest."""
    rows = []
    ways = (*WAYS, *(f"{MORE} {other}" for other in crossing.crossed))
    for name in crossing.tricks:
        for where in (one for one in ways if one in tricks[name]["accuracy"]):
            each = [(asked, tricks[name][asked][where]) for asked in QUESTIONS]
            rows.append((name, where, *(f"{gain(*one)}<br>{bracket(*one)}" for one in each)))
    return table(("trick", "compared", *SPOKEN.values()), rows)


def bracket(asked: str, one: Mapping[str, Any]) -> str:
    """The interval of a difference and what it says; of steps, times those without the trick."""
    factor, places = {"accuracy": (100, 2), "loss": (1, 3), "steps": (1, 2)}[asked]
    sign = "" if asked == "steps" else "+"
    ends = ("…" if end is None else f"{factor * end:{sign}.{places}f}" for end in one["interval"])
    return f"<sub>[{', '.join(ends)}] {ICONS[one['verdict']]}</sub>".replace("-", MINUS)


def gains(asked: str, compared: Mapping[str, Any], marks: Mapping[str, str]) -> str:
    """What a trick brings on top of the others, and alone; marks: of each reading."""
    top, *alone = (
        f"{marks[compared[where]['verdict']]}{NO_BREAK}{gain(asked, compared[where])}"
        for where in (TOP, ALONE)
        if where in compared
    )
    return f"{top} (alone {alone[0]})" if alone else top


def gain(asked: str, one: Mapping[str, Any]) -> str:
    """A difference in words: points of accuracy, nats of loss, how many times sooner or later."""
    value = one["difference"]
    if asked == "steps":
        words = "sooner" if value < 1 else "later"
        return f"{max(value, 1 / value):.1f}{NO_BREAK}×{NO_BREAK}{words}"
    size = f"{abs(100 * value):.2f}" if asked == "accuracy" else f"{abs(value):.3f}"
    sign = MINUS if value < 0 else "+"
    return f"{sign}{size}{NO_BREAK}{'points' if asked == 'accuracy' else 'nats'}"


def holds(trick: Mapping[str, Any]) -> str:
    """The verdicts by question, alike ones together: `holds for loss and speed; ...`."""
    verdicts = {SPOKEN[asked]: trick[asked]["verdict"] for asked in QUESTIONS}
    if len(set(verdicts.values())) == 1:
        return verdicts["accuracy"]
    grouped: dict[str, list[str]] = {}
    for name, verdict in verdicts.items():
        grouped.setdefault(verdict, []).append(name)
    return "; ".join(f"{' and '.join(names)}: {verdict}" for verdict, names in grouped.items())
