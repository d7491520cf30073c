"""Copies of the project that hold its plots and little else, and what DVC draws of them."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert
from projects import FILES, HERE, copy_of, dvc, make_repository
from ruamel.yaml import YAML


def make_plots_project(folder: Path) -> Path:
    """A Git and DVC repository in `folder`, with one commit: the plots as published."""
    return make_repository(copy_of(folder, ".dvc", "plots", *FILES))


def dvc_draws(project: Path, *command: str) -> dict[str, Any]:
    """The Vega-Lite specification of each plot, by ID: `dvc plots` of `show` or `diff`."""
    found = json.loads(dvc(project, "plots", *command, "--json"))
    assert "errors" not in found
    return {name: drawn["content"] for name, [drawn] in found["data"].items()}


@cache
def definitions() -> dict[str, dict[str, Any]]:
    """All plots that dvc.yaml defines, for the project or for the stage `train`, by ID."""
    content, shown = (YAML(typ="safe").load(HERE / name) for name in ("dvc.yaml", "figures.yaml"))
    plots = content["plots"] + content["stages"]["train"]["plots"]
    defined = {name: plot for definition in plots for name, plot in definition.items()}
    for plot in defined.values():
        if str(plot["y"]).startswith("${figures."):
            _, name, measure = plot["y"].strip("${}").split(".")
            plot["y"] = shown["figures"][name][measure]
    return defined


def marks(specification: Any, version: str, kind: str) -> list[list[dict[str, Any]]]:
    """The items of each mark of one kind (`line`, `area`, `text`) inside the axes, as drawn.

    version: of Vega-Lite. Places are in pixels, from the top left.
    """
    scene = vl_convert.vegalite_to_scenegraph(specification, vl_version=version)["scenegraph"]
    return [mark["items"] for mark in _walk(scene) if mark["marktype"] == kind]


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node.get("role") == "mark":
        yield node
    for child in node.get("items", []):
        yield from _walk(child)
