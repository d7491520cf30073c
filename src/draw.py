"""Stage: draw the reports' figures anew, and the verdicts on every claim.

Writes report/figures/*.svg: every run, loss and accuracy over training, gradients by layer, and how
far each claim lies from what was measured.
"""

from functools import partial
from pathlib import Path

from figures.claims import ACCURACY, draw_claims, group_of, tally
from figures.curves import FIGURES, curves_of, draw_curves, load_curve, read_lines, read_shown
from figures.layers import draw_gradients, load_gradients
from figures.runs import draw_runs
from figures.style import Drawing, save_figures
from judging.claims import ARITHMETIC
from judging.verdicts import read_verdicts
from workflow.command import run
from workflow.settings import load_variants

OUT = Path("report/figures")


def drawings() -> dict[str, Drawing]:
    """What draws each figure, by its name; all data are read."""
    lines, verdicts = read_lines(), read_verdicts()
    shown = {name for measures in lines.values() for names in measures.values() for name in names}
    curves = {name: load_curve(name) for name in load_variants()}
    gradients = {name: load_gradients(name) for name in sorted(shown)}
    predictions = [verdict for verdict in verdicts if verdict.explanation]
    tested = [v for v in verdicts if not v.explanation and v.kind != ARITHMETIC]
    accuracies = [verdict for verdict in tested if group_of(verdict) in ACCURACY]
    others = [verdict for verdict in tested if group_of(verdict) not in ACCURACY]
    titles = {name: name for name in (*FIGURES, "gradients", "claims-ten-layers")}
    titles |= {name: title.text(verdicts) for name, title in read_shown().titles.items()}
    return {
        **{
            name: partial(draw_curves, titles[name], spec, lines, curves_of(spec, lines, curves))
            for name, spec in FIGURES.items()
        },
        "runs": partial(draw_runs, curves),
        "gradients": partial(draw_gradients, titles["gradients"], lines, gradients),
        "claims-accuracy": partial(
            draw_claims, f"Claims on accuracy: {tally(accuracies)}", accuracies
        ),
        "claims-loss": partial(
            draw_claims, f"Claims on loss, speed and cost: {tally(others)}", others
        ),
        "claims-ten-layers": partial(draw_claims, titles["claims-ten-layers"], predictions),
    }


def main() -> None:
    """Write every figure."""
    figures = drawings()
    save_figures(OUT, figures)
    print(f"draw: wrote {len(figures)} figures to {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
