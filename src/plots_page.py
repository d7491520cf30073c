"""plots.html: DVC's plots in one page that needs no internet.

    python src/plots_page.py                    what `dvc plots show` shows
    python src/plots_page.py HEAD workspace     what `dvc plots diff HEAD workspace` shows

The page that `dvc plots` itself writes loads its scripts from the internet; this one holds them,
bundled from the package vl-convert-python.
"""

from command import UserError, run

import argparse
import html
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import vl_convert

import files

OUT = "plots.html"
# The newest Vega-Lite of the major version that the templates are written for, as DVC's page.
VEGA_LITE = "5.21"

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plots: {revisions}</title>
<style>
body {{
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 820px), 1fr));
  gap: 1.5rem; margin: 1.5rem; font-family: sans-serif;
}}
h1 {{ grid-column: 1 / -1; margin: 0; font-size: 1.2rem; }}
</style>
<script>{scripts}</script>
</head>
<body>
<h1>Plots: {revisions}</h1>
<script>
for (const plot of {plots})
  vegaEmbed(document.body.appendChild(document.createElement("div")), plot);
</script>
</body>
</html>
"""


def dvc_plots(revisions: Sequence[str]) -> dict[str, Any]:
    """Return the Vega-Lite specification of each plot, by ID; if one lacks a file, refuse all."""
    command = ["diff", *revisions] if revisions else ["show"]
    dvc = [sys.executable, "-m", "dvc", "plots", *command, "--json"]
    silent = os.environ | {"DVC_NO_ANALYTICS": "1"}  # its users were not asked
    done = subprocess.run(dvc, env=silent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(first_line(done.stderr) or f"dvc ended with status {done.returncode}")
    answer = json.loads(done.stdout)
    for error in answer.get("errors", []):
        where = error.get("source") or error.get("name") or "dvc.yaml"
        raise UserError(f"{where} ({error['rev']}): {first_line(error['msg'])}")
    plots = {name: drawn[0]["content"] for name, drawn in answer.get("data", {}).items() if drawn}
    if not plots:
        raise UserError("DVC found no plots; dvc.yaml defines them")
    return plots


def first_line(text: str) -> str:
    """Return the first line of a message of DVC's."""
    return text.strip().partition("\n")[0].removeprefix("ERROR: ")


def page(plots: Sequence[Any], revisions: str) -> str:
    """Return the whole page; plots: Vega-Lite specifications."""
    scripts = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    data = json.dumps(plots, ensure_ascii=False, separators=(",", ":"))
    data = data.replace("</", "<\\/")  # nothing in it may end the script element it stands in
    return PAGE.format(revisions=html.escape(revisions), scripts=scripts, plots=data)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description="Put DVC's plots into one page, plots.html.")
    parser.add_argument("revisions", nargs="*", help="Git revisions or `workspace` to compare")
    revisions = parser.parse_args().revisions
    plots = dvc_plots(revisions)
    files.write(OUT, page(list(plots.values()), ", ".join(revisions) or "workspace"))
    print(f"plots_page: wrote {OUT}, {len(plots)} plots; open it in a browser")


if __name__ == "__main__":
    run(main)
