"""Stage: draw the reports' figures anew, and the verdicts on every claim.

Writes report/figures/*.svg, everything in figures/catalogue.py: loss and accuracy over training,
gradients by layer, and how far each claim lies from what was measured.
"""

import determinism  # noqa: F401

import sys
from functools import partial
from pathlib import Path

from figures.catalogue import CURVES, FORESTS, GRADIENTS
from figures.curves import draw_curves, load_curve
from figures.forest import draw_forest
from figures.layers import draw_gradients, load_gradients
from figures.places import read_verdicts
from figures.style import Drawing, save_figures
from interruption import one_line

VERDICTS = Path("metrics/verdicts.json")
OUT = Path("report/figures")


def drawings() -> dict[str, Drawing]:
    """What draws each figure, by its name; all data are read. Raises ValueError, OSError."""
    variants = {name for spec in CURVES.values() for name in spec.variants}
    curves = {name: load_curve(name) for name in sorted(variants)}
    variants = {name for spec in GRADIENTS.values() for name in spec.variants}
    gradients = {name: load_gradients(name) for name in sorted(variants)}
    claims = read_verdicts(VERDICTS)
    for spec in FORESTS.values():
        if not claims.get(spec.report):
            raise ValueError(f"{VERDICTS}: there is no claim of {spec.report}")
    return {
        **{name: partial(draw_curves, spec, curves) for name, spec in CURVES.items()},
        **{name: partial(draw_gradients, spec, gradients) for name, spec in GRADIENTS.items()},
        **{name: partial(draw_forest, spec, claims[spec.report]) for name, spec in FORESTS.items()},
    }


@one_line("draw")
def main() -> None:
    """Write every figure, or exit with one line."""
    try:
        figures = drawings()
        save_figures(OUT, figures)
    except (ValueError, OSError) as error:
        sys.exit(f"draw: {error}")
    print(f"draw: wrote {len(figures)} figures to {OUT}")


if __name__ == "__main__":
    main()
