"""What can be checked in a page of Markdown: its numbers, its links, its pictures."""

import re
from pathlib import Path

# What holds numbers that are no results: code, formulae, comments, the targets of links, and the
# names of tasks, as in "Tasks 4a and 4b".
NOT_PROSE = re.compile(
    r"""```.*?``` | \$`.*?`\$ | `[^`]*` | <!--.*?--> | \]\([^)]*\)
    | \b[Tt]asks?\s\d\w*(?:\sand\s\d\w*)?""",
    re.DOTALL | re.VERBOSE,
)
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
PICTURE = re.compile(r'<img src="([^"]+)" alt="([^"]+)"|srcset="([^"]+)"')
LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")


def numbers_in(page: str) -> list[str]:
    """The numbers that prose states."""
    return re.findall(r"\d+(?:[.,]\d+)*", NOT_PROSE.sub(" ", page))


def images(page: str) -> dict[str, str]:
    """The text in place of each picture, by the picture's path; its dark twin has the same."""
    shown = {target: text for text, target in IMAGE.findall(page)}
    pictures = PICTURE.findall(page)
    text = next((text for _, text, _ in pictures if text), "")
    return shown | {light or dark: text for light, _, dark in pictures}


def anchors(page: str) -> set[str]:
    """Where a link can lead in a page: its anchors, and its headings as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    named = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
    return named | set(re.findall(r'<a id="([^"]+)"', page))


def broken_links(page: str, folder: Path) -> list[str]:
    """The links from a page in `folder` that lead nowhere: to no file, or to no place in a page."""
    page, broken = re.sub("```.*?```", "", page, flags=re.DOTALL), []
    for target in sorted({*LINK.findall(page), *images(page)}):
        path, _, anchor = target.partition("#")
        file = folder / path
        if "://" in target:
            continue
        if not file.exists():
            broken.append(target)
        elif anchor and (not path or file.suffix == ".md"):  # in other files a place is a line
            text = file.read_text(encoding="utf-8") if path else page
            broken += [target] * (anchor not in anchors(text))
    return broken
