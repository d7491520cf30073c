"""Hand-written prose with places for what was measured: `{{name of a text}}` -> the text."""

import re
from collections.abc import Mapping

PLACE = re.compile(r"\{\{([^{}]+)\}\}")
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"


class TemplateError(ValueError):
    """A text to fill does not fit what there is to fill in; the message is one line."""


def fill(template: str, texts: Mapping[str, str]) -> str:
    """The template with every place filled. Raises TemplateError for a place without a text, and
    for a text without a place, so that nothing judged can be left out."""
    places = PLACE.findall(template)
    for name in places:
        if name not in texts:
            raise TemplateError(f"there is no text {name!r}; there are {', '.join(texts)}")
    unused = [name for name in texts if name not in places]
    if unused:
        raise TemplateError(f"the template has no place for {', '.join(unused)}")
    return PLACE.sub(lambda place: texts[place[1]], template)


def paste(page: str, text: str) -> str:
    """The page with `text` between its two markers. Raises TemplateError unless each is there once,
    in order."""
    before, *after_begin = page.split(BEGIN)
    rest = after_begin[0].split(END) if len(after_begin) == 1 else []
    if len(rest) != 2:
        raise TemplateError(f"expected {BEGIN} and, below it, {END}, each of them once")
    return f"{before}{BEGIN}\n{text.strip()}\n{END}{rest[1]}"
