"""What can be checked in a page of Markdown: its numbers, its links, its pictures."""

import re
from pathlib import Path

# What holds numbers that are no results: code, formulae, comments, places to fill, the targets of
# links, and the names of tasks, as in "Tasks 4a and 4b".
NOT_PROSE = re.compile(
    r"""```.*?``` | \$`.*?`\$ | `[^`]*` | <!--.*?--> | \{\{.*?\}\} | \]\([^)]*\)
    | \b[Tt]asks?\s\d\w*(?:\sand\s\d\w*)?""",
    re.DOTALL | re.VERBOSE,
)
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")


def numbers_in(page: str) -> list[str]:
    """The numbers that prose states."""
    return re.findall(r"\d+(?:[.,]\d+)*", NOT_PROSE.sub(" ", page))


def images(page: str) -> dict[str, str]:
    """The text in place of each picture, by the picture's path."""
    return {target: text for text, target in IMAGE.findall(page)}


def broken_links(page: str, folder: Path) -> list[str]:
    """The relative links from a page in `folder` that lead nowhere."""
    targets = {target.partition("#")[0] for target in LINK.findall(page)}
    local = (target for target in targets if target and "://" not in target)
    return sorted(target for target in local if not (folder / target).exists())
