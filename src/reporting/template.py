"""The prose of the report, written by hand, with places to fill in: `{{name}}` -> text."""

from command import UserError

import re
from collections.abc import Callable
from pathlib import Path

import files

TEMPLATE = Path("report/template.md")
PLACE = re.compile(r"\{\{([^{}]+)\}\}")
# A place for claims, as {{claims A 3}} for those of report A's task 3; all others have to be there.
CLAIMS = re.compile(r"\{\{claims ([^{}\s][^{}]*) ([^{}\s]+)\}\}")
PLACES = (
    "summary",
    "frozen",
    "seeds",
    "explanations",
    "predictions",
    "further claims",
    "networks",
    "changes since the pilot",
    "changes since the freeze",
)


def check_template() -> str:
    """The template, every place of which is known, and none missing. Needs no verdicts."""
    template = files.read_text(TEMPLATE)
    for place in PLACE.finditer(template):
        if place[1] not in PLACES and not CLAIMS.fullmatch(place[0]):
            allowed = ", ".join((*PLACES, "claims <report> <task>"))
            raise UserError(f"{TEMPLATE}: {place[0]} is nothing to fill in (allowed: {allowed})")
    missing = [place for place in PLACES if place not in PLACE.findall(template)]
    if missing:
        raise UserError(f"{TEMPLATE}: has no place for {', '.join(missing)}")
    return template


def fill(template: str, text: Callable[[str], str]) -> str:
    """The template with every place filled; text: of a place, by its name."""
    return PLACE.sub(lambda place: text(place[1]), template)
