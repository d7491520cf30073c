"""PNG pictures of those of DVC's plots that two revisions draw differently.

    python .github/changed_plots.py origin/main workspace build/plots

It prints a line of Markdown for each; the files are in the artifacts of the workflow's run.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from command import run

import vl_convert

import plots_page


def differs(specification: dict[str, Any]) -> bool:
    """Return whether the revisions of a Vega-Lite specification have different data."""
    by_revision: dict[str, set[str]] = {}
    for row in specification["data"]["values"]:
        rest = {key: value for key, value in row.items() if key != "rev"}
        by_revision.setdefault(row["rev"], set()).add(json.dumps(rest, sort_keys=True))
    first, *others = by_revision.values()
    return not others or any(rows != first for rows in others)


def main() -> None:
    """Write one picture a changed plot."""
    *revisions, folder = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    plots = plots_page.dvc_plots(revisions)
    changed = {name: plot for name, plot in plots.items() if differs(plot)}
    for name, plot in changed.items():
        picture = vl_convert.vegalite_to_png(plot, vl_version=plots_page.VEGA_LITE)
        Path(folder, f"{name.replace('/', '-')}.png").write_bytes(picture)
        print(f"- `{name}`")
    if not changed:
        print("None.")


if __name__ == "__main__":
    run(main)
