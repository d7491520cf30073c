"""Stage: draw the reports' figures anew, and the verdicts on every claim.

Writes report/figures/*.svg: every run, loss and accuracy over training, gradients by layer, and how
far each claim lies from what was measured.
"""

from command import run

from functools import partial
from pathlib import Path

from figures.claims import draw_claims
from figures.curves import FIGURES, draw_curves, load_curve, read_lines
from figures.layers import draw_gradients, load_gradients
from figures.runs import draw_runs
from figures.style import Drawing, save_figures
from judging.verdicts import read_verdicts
from settings import load_variants

OUT = Path("report/figures")


def drawings() -> dict[str, Drawing]:
    """What draws each figure, by its name; all data are read."""
    lines, verdicts = read_lines(), read_verdicts()
    shown = {name for measures in lines.values() for names in measures.values() for name in names}
    curves = {name: load_curve(name) for name in load_variants()}
    gradients = {name: load_gradients(name) for name in sorted(shown)}
    claims = [verdict for verdict in verdicts if not verdict.explanation]
    predictions = [verdict for verdict in verdicts if verdict.explanation]
    return {
        **{name: partial(draw_curves, spec, lines, curves) for name, spec in FIGURES.items()},
        "runs": partial(draw_runs, curves),
        "gradients": partial(draw_gradients, lines, gradients),
        "claims": partial(draw_claims, "What the reports claim, and what was measured", claims),
        "claims-ten-layers": partial(draw_claims, "What explains ten layers", predictions),
    }


def main() -> None:
    """Write every figure."""
    figures = drawings()
    save_figures(OUT, figures)
    print(f"draw: wrote {len(figures)} figures to {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
