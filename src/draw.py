"""Stage: draw the reports' figures anew, and the verdicts on every claim.

Writes report/figures/*.svg: loss and accuracy over training, gradients by layer, and how far each
claim lies from what was measured.
"""

from command import UserError, run

from functools import partial
from pathlib import Path

from figures.claims import draw_claims
from figures.curves import FIGURES, draw_curves, load_curve, read_lines
from figures.layers import ROWS, draw_gradients, load_gradients
from figures.style import Drawing, save_figures
from judging.verdicts import VERDICTS, Verdict, read_verdicts

OUT = Path("report/figures")


def drawings() -> dict[str, Drawing]:
    """What draws each figure, by its name; all data are read."""
    lines = read_lines()
    shown = {name for measures in lines.values() for names in measures.values() for name in names}
    curves = {name: load_curve(name) for name in sorted(shown)}
    deep = {title: lines[name]["loss"] for title, (name, _) in ROWS.items()}
    gradients = {name: load_gradients(name) for name in sorted(set().union(*deep.values()))}
    return {
        **{name: partial(draw_curves, spec, lines, curves) for name, spec in FIGURES.items()},
        "gradients": partial(draw_gradients, deep, gradients),
        **forests(),
    }


def forests() -> dict[str, Drawing]:
    """The forest plots: one of all reports, and one of what explains ten layers."""
    claims: dict[str, list[Verdict]] = {}
    predictions: dict[str, list[Verdict]] = {}
    for verdict in read_verdicts():
        if verdict.explanation:
            predictions.setdefault(verdict.where, []).append(verdict)
        else:
            claims.setdefault(f"Report {verdict.report}", []).append(verdict)
    if not claims or not predictions:
        raise UserError(f"{VERDICTS}: has no claims of reports, or none about ten layers")
    titles = "What the reports claim, and what was measured", "What explains ten layers"
    return {
        "claims": partial(draw_claims, titles[0], claims, "claimed"),
        "claims-ten-layers": partial(draw_claims, titles[1], predictions, "predicted"),
    }


def main() -> None:
    """Write every figure."""
    figures = drawings()
    save_figures(OUT, figures)
    print(f"draw: wrote {len(figures)} figures to {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
