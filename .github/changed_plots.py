"""PNG pictures of those of DVC's plots that two revisions draw differently.

    python .github/changed_plots.py origin/main workspace build/plots

It prints a line of Markdown for each; the files are in the artifacts of the workflow's run.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from command import run

import vl_convert

import plots_page


def main() -> None:
    """Write one picture a changed plot."""
    *revisions, folder = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    plots = plots_page.dvc_plots(revisions)
    changed = {name: plot for name, plot in plots.items() if plots_page.differs(plot)}
    for name, plot in changed.items():
        picture = vl_convert.vegalite_to_png(plot, vl_version=plots_page.VEGA_LITE)
        Path(folder, f"{name.replace('/', '-')}.png").write_bytes(picture)
        print(f"- `{name}`")
    if not changed:
        print("None.")


if __name__ == "__main__":
    run(main)
