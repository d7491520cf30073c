"""The prose of both pages, written by hand, with places to fill in: `{{name}}` -> text."""

import re
from collections.abc import Mapping

from workflow import files
from workflow.command import UserError

PLACE = re.compile(r"\{\{([^{}]+)\}\}")
# A place for claims, as {{claims A 3}} for those of report A's task 3; all others have to be there.
CLAIMS = re.compile(r"claims \S.* \S+")
PLACES = {
    "report/template.md": ("tricks", "findings", "predictions", "more claims", "frozen", "seeds"),
    "report/readings_template.md": (
        "readings",
        "comparisons",
        "spread",
        "networks",
        "pilot",
        "freeze",
    ),
}


def check_templates() -> list[str]:
    """Both templates, every place of which is known, and none missing. Needs no verdicts."""
    templates = [files.read_text(path) for path in PLACES]
    for (path, needed), template in zip(PLACES.items(), templates, strict=True):
        places = PLACE.findall(template)
        for place in places:
            if place not in needed and not CLAIMS.fullmatch(place):
                allowed = ", ".join((*needed, "claims <report> <task>"))
                raise UserError(f"{path}: {place} is nothing to fill in (allowed: {allowed})")
        if missing := [place for place in needed if place not in places]:
            raise UserError(f"{path}: has no place for {', '.join(missing)}")
    return templates


def fill(template: str, texts: Mapping[str, str]) -> str:
    """The template with the text of its name in every place."""
    return PLACE.sub(lambda place: texts[place[1]], template)
