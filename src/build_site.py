"""site/: the results as two pages that open from a folder, without a server and without internet.

index.html has every run and every claim; draw.html has networks that say what digit one draws. Each
is one file, made from page/ with its data inside, and may run no script and load nothing but what
it holds.

    python src/living_page.py         the networks that lie here
    python src/living_page.py NAME    the published ones, and yours as an experiment, a branch or a
                                      commit has it

The networks that one can see at work are trained for it, once: yours, and one without any trick.
"""

import argparse
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contest import HEADER, answers, at_revision, row, with_seeds_of
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from learned import Learned, learned
from own import PUBLISHED, REVISIONS, check_trained

from figures.style import colors_of
from judging.claims import read_protocol
from judging.inference import ORDER
from judging.tricks import TRICKS
from judging.verdicts import read_verdicts
from page_data import (
    CURVES,
    STRIPS,
    Published,
    at_work,
    claim_data,
    encoded,
    first_layer,
    read_published,
    table_of,
)
from reporting.tricks import HEADER as TRICKS_HEADER
from reporting.tricks import ICONS, tricks_rows
from reporting.wording import settings
from runs import tables as results
from workflow import files
from workflow.command import UserError, run
from workflow.crossing import read_crossing
from workflow.settings import load_network, load_variants

TEMPLATES, SITE = Path("page"), Path("site")
MARKS = dict(zip(ORDER, "✗✗?=✓✓", strict=True))  # which every font has
PLAIN = "plain"  # has none of the tricks
# Of your network, beside the table of its runs.
FIGURES = results.metrics_path(results.OWN), results.path("curves", results.OWN)


def beside_published(revision: str) -> tuple[dict[str, Published], list[dict[str, str]]]:
    """Your network as published and as a revision has it, and how the second compares."""
    found = []
    for each in (PUBLISHED, revision):
        with at_revision(each, *FIGURES) as (network, runs):
            found.append((read_published(results.OWN, network), runs))
    (published, others), (yours, own) = found
    with_seeds_of(yours.network, published.network, revision, "the published network")
    answered = answers(own, others, read_protocol())
    rows = [dict(zip(HEADER, row(*each), strict=True)) for each in answered]
    return {results.OWN: published, revision: yours}, rows


def page(name: str, scripts: Sequence[str], data: Mapping[str, Any], **words: Any) -> str:
    """A page of page/ with its scripts and data inside. All that is filled in is escaped."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = files.read_text(TEMPLATES / "style.css")
    script = "".join(files.read_text(TEMPLATES / each) for each in scripts)
    allowed = f"script-src '{source(script)}'; style-src '{source(style)}'; img-src data:"
    return templates.get_template(name).render(
        style=style, script=script, allowed=allowed, data=data, **words
    )


def source(text: str) -> str:
    """What a Content-Security-Policy calls an inline script or style."""
    return "sha256-" + encoded(hashlib.sha256(text.encode()).digest())


def networks_shown(revision: str | None) -> tuple[dict[str, Published], list[dict[str, str]]]:
    """The reports' networks and yours, by name; with a revision that has a network of yours, that
    and the published one, and how they compare."""
    variants = load_variants()
    networks = {name: read_published(name, network) for name, network in variants.items()}
    if revision is None:
        own = load_network()
        check_trained(results.OWN, own, *FIGURES)
        return networks | {results.OWN: read_published(results.OWN, own)}, []
    if revision in (*variants, results.OWN):
        raise UserError(f"{revision}: is shown anyway (allowed: {REVISIONS})")
    yours, compared = beside_published(revision)
    return networks | yours, compared


def results_page(
    networks: Mapping[str, Published],
    trained: Mapping[str, Learned],
    tricks: Sequence[Mapping[str, str]],
    compared: Sequence[Mapping[str, str]] = (),
    revision: str | None = None,
) -> str:
    """The page of runs and claims; trained: networks whose first layer is shown; tricks, compared:
    rows of a table, all with the same keys, the latter of how a revision's network compares."""
    variants, tried, rules = load_variants(), read_crossing().tricks, read_protocol()
    claims = [claim_data(claim, variants, tried, rules) for claim in read_verdicts()]
    colors = colors_of(networks)
    filters = {
        "report": [claim["report"] for claim in claims],
        "task": [claim["task"] for claim in claims],
        "verdict": [claim["verdict"] for claim in claims],
        "kind": [claim["kind"] for claim in claims],
        "trick": [trick for claim in claims for trick in claim["trick"]],
        "differs": [name for claim in claims for name in claim["differs"]],
    }
    data = {
        "networks": [
            {"name": name, "color": colors[name], "settings": settings(each.network)} | each.figures
            for name, each in networks.items()
        ],
        "claims": claims,
        "order": ORDER,
        "marks": MARKS,
    }
    return page(
        "index.html",
        ("chart.js", "strip.js", "curves.js", "claims.js", "luck.js"),
        data,
        claims=claims,
        table_of_networks=table_of(networks),
        marks=MARKS,
        filters={name: sorted(set(values)) for name, values in filters.items()},
        counts=Counter((claim["kind"], claim["verdict"]) for claim in claims if claim["quoted"]),
        tricks=tricks,
        revision=revision,
        compared=compared,
        strips=STRIPS,
        curves=CURVES,
        layers={name: first_layer(one) for name, one in trained.items()},
    )


def table_of_tricks() -> list[dict[str, str]]:
    """A row a trick, as README has it."""
    marks = dict(zip(ICONS, "✓✗=?", strict=True))  # which every font has
    rows = tricks_rows(files.read_json(TRICKS), read_crossing(), marks)
    return [dict(zip(TRICKS_HEADER, one, strict=True)) for one in rows]


def main() -> None:
    """Write both pages."""
    parser = argparse.ArgumentParser(description="Make the results into pages, in site/.")
    parser.add_argument("revision", nargs="?", help="what has a network of yours to show as well")
    revision = parser.parse_args().revision
    networks, compared = networks_shown(revision)
    at_hand = [name for name in (revision, results.OWN, PLAIN) if name in networks]
    trained = {name: learned(name, networks[name].network) for name in at_hand}
    pages = {
        "index.html": results_page(networks, trained, table_of_tricks(), compared, revision),
        "draw.html": page("draw.html", ("chart.js", "digit.js", "draw.js"), at_work(trained)),
    }
    for name, text in pages.items():
        files.write(SITE / name, text)
    print(f"living_page: wrote {SITE}/index.html and {SITE}/draw.html; open the first in a browser")


if __name__ == "__main__":
    run(main)
