import math
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from verdict_entries import prediction, verdict

from figures.claims import MARKS, draw_claims, tally
from figures.style import use_house_style
from judging.verdicts import Verdict

# Something is above 0.02, measured at 0.05 ± 0.01.
ABOVE = {"difference": 0.05, "interval": (0.04, 0.06), "claimed": (0.02, None)}
LOSS = {"unit": "nats", **ABOVE}
RATIO = {"scale": "ratio", "difference": 8.0, "interval": (4.0, 16.0), "claimed": (2.0, None)}


def draw(*claims: Verdict) -> list[Axes]:
    """The axes of all groups."""
    use_house_style()
    figure = draw_claims("Title", claims)
    figure.draw_without_rendering()
    return figure.axes


def mark_of(axes: Axes, claim: str = "x-1") -> Any:
    (mark,) = (line for line in axes.lines if line.get_gid() == f"claim.{claim}")
    return mark


def bar_of(axes: Axes) -> list[float]:
    """Ends of the one interval."""
    (bar,) = (line for line in axes.lines if len(line.get_xdata()) == 3)
    return [bar.get_xdata()[0], bar.get_xdata()[2]]


def shade_of(axes: Axes) -> tuple[float, float]:
    (shade,) = (part for part in axes.collections if isinstance(part, PolyCollection))
    x = shade.get_paths()[0].vertices[:, 0]
    return x.min(), x.max()


@pytest.mark.parametrize("word", MARKS)
def test_a_claim_is_marked_by_its_verdict_at_its_mean(word: str) -> None:
    (axes,) = draw(verdict(verdict=word, **LOSS))
    drawn = {key: getattr(mark_of(axes), f"get_{key}")() for key in MARKS[word]}
    assert drawn == MARKS[word]
    assert list(mark_of(axes).get_xdata()) == [0.05]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [word]


def test_interval_and_single_runs_lie_over_the_claimed_range() -> None:
    (axes,) = draw(verdict(per_seed=(0.03, 0.07), **LOSS))
    assert bar_of(axes) == [0.04, 0.06]
    assert shade_of(axes) == (0.02, axes.get_xlim()[1])  # all that is higher is claimed
    (runs,) = (line for line in axes.lines if line.get_marker() == ".")
    assert list(runs.get_xdata()) == [0.03, 0.07]


def test_each_unit_has_its_axis_and_accuracies_stand_in_points() -> None:
    level = {"scale": "value", "difference": 0.9, "interval": (0.8, 0.95), "claimed": (0.89, 0.91)}
    claims = {"points": ABOVE, "loss": LOSS, "ratio": RATIO, "level": level, "new": {"unit": "new"}}
    drawn = draw(*(verdict(id=name, **(ABOVE | given)) for name, given in claims.items()))
    words = {axes.get_xlabel(): axes for axes in drawn}
    assert list(words) == [
        "accuracy (%)",
        "difference of accuracies (points)",
        "loss, or difference of losses (nats)",
        "ratio (times, logarithmic)",
        "new",
    ]
    means = [mark.get_xdata()[0] for axes in drawn for mark in axes.lines if mark.get_gid()]
    assert means == pytest.approx([90, 5, 0.05, 8, 0.05])
    assert [axes.get_xscale() for axes in drawn].count("log") == 1


def test_an_open_end_is_an_arrow_at_the_edge() -> None:
    (axes,) = draw(verdict(**(LOSS | {"interval": (0.04, None)})))
    (arrow,) = (line for line in axes.lines if line.get_marker() in ("<", ">"))
    assert (arrow.get_marker(), list(arrow.get_xdata())) == (">", [axes.get_xlim()[1]])
    assert math.isnan(bar_of(axes)[1])


def test_each_claim_stands_beside_its_words_with_its_task_or_network() -> None:
    dollars = verdict(statement="It costs $5 and $6.")
    (axes,) = draw(dollars, prediction("overfitting", "ten-layers", id="x-2"))
    labels = [label.get_text().replace("\xa0", " ") for label in axes.get_yticklabels()]
    assert labels == ["It costs $5 and $6 (A, task 3)", "B is more accurate (ten layers)"]
    assert not any(label.get_parse_math() for label in axes.get_yticklabels())
    assert axes.get_yticks() == pytest.approx(
        [mark_of(axes, x).get_ydata()[0] for x in ("x-1", "x-2")]
    )
    assert np.diff(axes.get_yticks()) > 0


def test_a_claim_that_cannot_be_measured_says_so() -> None:
    (axes,) = draw(verdict(verdict="undecided", difference=None, interval=(None, None)))
    (words,) = (text for text in axes.texts if text.get_gid() == "claim.x-1")
    assert words.get_text().strip() == "undecided, without an interval"


def test_without_claims_there_is_an_empty_figure() -> None:
    assert len(draw()) == 1


def test_supported_and_contradicted_claims_are_counted() -> None:
    words = ("supported", "supported", "contradicted", "undecided")
    claims = [verdict(verdict=word) for word in words]
    assert tally(claims) == "2 of 4 are supported, 1 contradicted"
