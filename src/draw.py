"""Stage: draw what each trick brings, every claim's verdict, and the reports' figures anew.

Writes report/figures/*.svg: the answer, in light and in dark, for README; all claims of a report in
one picture; where every run ended; loss and accuracy over training.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from figures.claims import asked, draw_claims
from figures.curves import draw_curves, draw_runs, load_curve, read_figures
from figures.style import to_svg, use_house_style
from figures.tricks import DARK, LIGHT, draw_tricks
from judging.claims import read_protocol
from judging.tricks import TRICKS
from judging.verdicts import read_verdicts
from reporting.wording import for_people, measured, picture, verdict
from workflow import files
from workflow.command import run
from workflow.settings import load_variants

OUT = Path("report/figures")


def drawings() -> dict[str, Callable[[], Figure]]:
    """Read all data and return what draws each figure, by its name."""
    curves, tricks = {name: load_curve(name) for name in load_variants()}, files.read_json(TRICKS)
    margin = read_protocol().margins["accuracy"]
    drawn = {name: partial(draw_curves, one, curves) for name, one in read_figures().items()}
    drawn["answer-light"] = partial(draw_tricks, tricks, margin, LIGHT)
    drawn["answer-dark"] = partial(draw_tricks, tricks, margin, DARK)
    drawn["runs"] = partial(draw_runs, curves)
    claims = [claim for claim in read_verdicts()["claims"] if asked(claim)]
    said = {
        one.id: (for_people(one.statement), f"{verdict(one)}: {measured(one.parts[one.deciding])}")
        for one in claims
    }
    for report in dict.fromkeys(claim.report for claim in claims):
        own = [claim for claim in claims if claim.report == report]
        drawn[picture(report)] = partial(draw_claims, own, said)
    return drawn


def main() -> None:
    """Write every figure."""
    figures = drawings()
    use_house_style()
    for name, draw in figures.items():
        svg = to_svg(draw(), themed=not name.startswith("answer"))  # README has two of the answer
        files.write(OUT / f"{name}.svg", svg)
    print(f"draw: wrote {len(figures)} figures to {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
