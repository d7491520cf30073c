"""plots.html: DVC's plots in one page that needs no internet.

    python src/plots_page.py                    what `dvc plots show` shows
    python src/plots_page.py HEAD workspace     what `dvc plots diff HEAD workspace` shows

The page that `dvc plots` itself writes loads its scripts from the internet; this one holds them,
bundled from the package vl-convert-python, and the plots' data packed: every point comes with its
whole row of a table, as often as a plot draws it, 14 MB for two revisions. What differs between
revisions comes first; the rest is drawn as it is opened.
"""

from command import UserError, run

import argparse
import base64
import gzip
import html
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import vl_convert

import files

OUT = "plots.html"
# The newest Vega-Lite of the major version that the templates are written for, as DVC's page.
VEGA_LITE = "5.21"

PAGE = Path(__file__).with_suffix(".html")


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


def differs(plot: Mapping[str, Any]) -> bool:
    """Return whether the revisions of a Vega-Lite specification have different data."""
    rows: dict[str, set[str]] = {}
    for row in plot["data"]["values"]:
        rest = {key: value for key, value in row.items() if key != "rev"}
        rows.setdefault(row["rev"], set()).add(json.dumps(rest, sort_keys=True))
    first, *others = rows.values()
    return not others or any(other != first for other in others)


def fitted(plot: Mapping[str, Any]) -> dict[str, Any]:
    """Return a specification whose plot is as wide as its place; the page itself has its title."""
    rest = {key: value for key, value in plot.items() if key not in ("title", "usermeta")}
    own = {} if "facet" in rest else {"width": "container", "height": 340}
    below = {"orient": "bottom", "columns": 2, "layout": {"bottom": {"direction": "vertical"}}}
    return rest | own | {"config": {"legend": below}}


def section(name: str, plot: Mapping[str, Any]) -> str:
    """Return a plot's place in the page, below its title; several side by side take a whole row."""
    text, subtitle = (html.escape(plot["title"].get(key, "")) for key in ("text", "subtitle"))
    place = f'<div id="{html.escape(name)}"></div>'
    row = ' class="row"' if "facet" in plot else ""
    return f"<section{row}><h2>{text}</h2><p>{subtitle}</p>{place}</section>"


def page(plots: Mapping[str, Any], revisions: str) -> str:
    """Return the whole page; plots: Vega-Lite specifications by ID."""
    scripts = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    data = json.dumps({name: fitted(plot) for name, plot in plots.items()}).encode()
    places = {name: section(name, plot) for name, plot in plots.items()}
    changed = [name for name in plots if differs(plots[name])]
    alike = [name for name in plots if name not in changed]
    body = f'<div class="plots">{"".join(places[name] for name in changed)}</div>'
    if alike:
        body += f"<details><summary>The same in all revisions: {len(alike)} plots</summary>"
        body += f'<div class="plots">{"".join(places[name] for name in alike)}</div></details>'
    links = (
        f'<li><a href="#{html.escape(name)}">{html.escape(plots[name]["title"]["text"])}</a>'
        for name in [*changed, *alike]
    )
    return Template(files.read_text(PAGE)).substitute(
        revisions=html.escape(revisions),
        scripts=scripts,
        contents="".join(links),
        body=body,
        plots=base64.b64encode(gzip.compress(data, mtime=0)).decode(),
    )


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description="Put DVC's plots into one page, plots.html.")
    parser.add_argument("revisions", nargs="*", help="Git revisions or `workspace` to compare")
    revisions = parser.parse_args().revisions
    plots = dvc_plots(revisions)
    files.write(OUT, page(plots, ", ".join(revisions) or "workspace"))
    print(f"plots_page: wrote {OUT}, {len(plots)} plots; open it in a browser")


if __name__ == "__main__":
    run(main)
