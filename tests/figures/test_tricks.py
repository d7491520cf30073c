from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from figures.style import use_house_style
from figures.tricks import DARK, LIGHT, Palette, draw_tricks


def answer(verdict: str, difference: float) -> dict[str, Any]:
    interval = [difference - 0.001, difference + 0.001]
    small = verdict == "better" and difference < 0.0037
    return {"verdict": verdict, "difference": difference, "interval": interval, "too_small": small}


TRICKS = {
    "a loss": {"accuracy": answer("worse", -0.01)},
    "Nesterov's momentum": {
        "accuracy": answer("no difference that matters", -0.0012),
        "as_reported": {"accuracy": answer("better", 0.008)},
    },
    "a gain": {"accuracy": answer("better", 0.05)},
    "open": {"accuracy": answer("undecided", 0.002)},
    "little": {"accuracy": answer("better", 0.0025)},
}


def draw(look: Palette = LIGHT) -> Figure:
    use_house_style()
    return draw_tricks(TRICKS, 0.0037, look)


def test_every_trick_is_a_row_the_best_on_top_tuned_above_as_reported() -> None:
    [axes] = draw().axes
    marks = [
        (*np.round(line.get_xydata()[0], 6), line.get_marker(), line.get_color())
        for line in axes.lines
        if line.get_marker() in ("o", "D")
    ]
    assert marks == [
        (5.0, 0.06, "o", LIGHT["better"]),
        (0.25, 1.06, "o", LIGHT["better"]),
        (0.2, 2.06, "o", LIGHT["undecided"]),
        (-0.12, 3.06, "o", LIGHT["text"]),
        (0.8, 3.31, "D", LIGHT["better"]),
        (-1.0, 4.06, "o", LIGHT["worse"]),
    ]
    bars = [line.get_xdata() for line in axes.lines if line.get_linewidth() == 2]
    assert list(bars[0]) == pytest.approx([4.9, 5.1])
    for shade in axes.collections:
        assert shade.get_datalim(axes.transData).intervalx == pytest.approx((-0.37, 0.37))
    texts = [text.get_text() for text in axes.texts]
    assert texts[:4] == ["a gain", "better, +5.00", "little", "better, too small to matter, +0.25"]
    assert texts[6:8] == ["Nesterov's momentum", "no difference that matters, −0.12"]


def test_letters_can_be_read_on_a_phone() -> None:
    figure = draw()
    shrunk = min(1, 358 / (96 * figure.get_figwidth()))  # pixels for README on one 390 wide
    smallest = min(text.get_fontsize() for text in figure.axes[0].texts)
    assert smallest * 96 / 72 * shrunk > 10


def luminance(color: str) -> float:
    """How bright a colour is, as WCAG has it."""
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_words_stand_out_from_the_page_and_from_the_margin(look: Palette) -> None:
    for color in (look["text"], look["better"], look["worse"], look["undecided"]):
        for behind in (look["page"], look["faint"]):
            bright, dark = sorted(map(luminance, (color, behind)), reverse=True)
            assert (bright + 0.05) / (dark + 0.05) > 4.2
    assert to_rgb(draw(look).get_facecolor()[:3]) == to_rgb(look["page"])
