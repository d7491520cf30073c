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
from judging.verdicts import Verdict, read_verdicts
from workflow import files
from workflow.command import run
from workflow.settings import load_variants

OUT = Path("report/figures")


def drawings() -> dict[str, Drawing]:
    """What draws each figure, by its name; all data are read."""
    specs, variants = read_figures(), load_variants()
    tricks, margin = files.read_json(TRICKS), read_protocol().margins["accuracy"]
    reports: dict[str, list[Verdict]] = {}
    for claim in filter(asked, read_verdicts()):
        reports.setdefault(claim.report, []).append(claim)
    layers = {name: len(network.hidden) for name, network in variants.items()}
    curves = {name: load_curve(name) for name in variants}
    gradients = {name: load_gradients(name) for name in specs[SPEC].networks()}
    return {
        "answer-light": partial(draw_tricks, tricks, margin, LIGHT),
        "answer-dark": partial(draw_tricks, tricks, margin, DARK),
        **{f"claims-{name_of(report)}": partial(draw_claims, c) for report, c in reports.items()},
        **{name: partial(draw_curves, spec, curves) for name, spec in specs.items()},
        "runs": partial(draw_runs, layers, curves),
        "gradients": partial(draw_gradients, specs[SPEC], gradients),
    }


def name_of(report: str) -> str:
    """What a report is called in the name of a file: `report-a`, or `ten-layers`."""
    return f"report-{report.lower()}" if len(report) == 1 else report.replace(" ", "-")


def main() -> None:
    """Write every figure."""
    figures = drawings()
    save_figures(OUT, figures)
    print(f"draw: wrote {len(figures)} figures to {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
