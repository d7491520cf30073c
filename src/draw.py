"""Stage: draw what each trick brings, every claim's verdict, and the reports' figures anew.

Writes report/figures/*.svg: the answer, in light and in dark, for README; all claims of a report in
one picture; every run, loss and accuracy over training, and gradients by layer.
"""

from functools import partial
from pathlib import Path

from figures.claims import asked, draw_claims
from figures.curves import draw_curves, draw_runs, load_curve, read_figures
from figures.layers import SPEC, draw_gradients, load_gradients
from figures.style import Drawing, save_figures
from figures.tricks import DARK, LIGHT, draw_tricks
from judging.claims import read_protocol
from judging.tricks import TRICKS
from judging.verdicts import read_verdicts
from workflow import files
from workflow.command import run
from workflow.settings import load_variants

OUT = Path("report/figures")


def drawings() -> dict[str, Drawing]:
    """What draws each figure, by its name; all data are read."""
    figures, tricks = read_figures(), files.read_json(TRICKS)
    margin = read_protocol().margins["accuracy"]
    curves = {name: load_curve(name) for name in load_variants()}
    gradients = {name: load_gradients(name) for name in figures[SPEC].networks()}
    drawn = {name: partial(draw_curves, figure, curves) for name, figure in figures.items()}
    drawn["answer-light"] = partial(draw_tricks, tricks, margin, LIGHT)
    drawn["answer-dark"] = partial(draw_tricks, tricks, margin, DARK)
    drawn["runs"] = partial(draw_runs, curves)
    drawn["gradients"] = partial(draw_gradients, figures[SPEC], gradients)
    claims = [claim for claim in read_verdicts() if asked(claim)]
    for report in dict.fromkeys(claim.report for claim in claims):
        name = f"report-{report.lower()}" if len(report) == 1 else report.replace(" ", "-")
        own = [claim for claim in claims if claim.report == report]
        drawn[f"claims-{name}"] = partial(draw_claims, own)
    return drawn


def main() -> None:
    """Write every figure."""
    figures = drawings()
    save_figures(OUT, figures)
    print(f"draw: wrote {len(figures)} figures to {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
