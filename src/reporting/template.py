"""The prose of the report, written by hand, with places to fill in: `{{name}}` -> text."""

from command import UserError

import re
from collections.abc import Mapping
from pathlib import Path

import files

TEMPLATE = Path("report/template.md")
PLACE = re.compile(r"\{\{([^{}]+)\}\}")
# A place for claims, as {{claims A 3}} for those of report A's task 3; all others have to be there.
CLAIMS = re.compile(r"claims \S.* \S+")
PLACES = (
    *("summary", "tricks", "frozen", "seeds", "predictions", "further claims", "networks"),
    *("changes since the pilot", "changes since the freeze"),
)


def check_template() -> str:
    """The template, every place of which is known, and none missing. Needs no verdicts."""
    template = files.read_text(TEMPLATE)
    places = PLACE.findall(template)
    for place in places:
        if place not in PLACES and not CLAIMS.fullmatch(place):
            allowed = ", ".join((*PLACES, "claims <report> <task>"))
            raise UserError(f"{TEMPLATE}: {place} is nothing to fill in (allowed: {allowed})")
    if missing := [place for place in PLACES if place not in places]:
        raise UserError(f"{TEMPLATE}: has no place for {', '.join(missing)}")
    return template


def fill(template: str, texts: Mapping[str, str]) -> str:
    """The template with the text of its name in every place."""
    return PLACE.sub(lambda place: texts[place[1]], template)
