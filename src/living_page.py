"""site/: the results as two pages that open from a folder, without a server and without internet.

index.html has every run and every claim; draw.html has the networks of models/train.npz, which say
what digit one draws. Each is one file, made from page/ with its data inside, and may run no
script and load nothing but what it holds.

    python src/living_page.py         the networks that lie here
    python src/living_page.py NAME    the published ones, and yours as an experiment, a branch or a
                                      commit has it
"""

from command import UserError, run

import argparse
import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import datasets
import files
import models
import results
from contest import COLUMNS, HEADER, answers, read_runs, row
from crossing import Trick, read_crossing
from figures.style import colors_of
from judging.claims import SEEDS, SINGLE, Protocol, read_protocol
from judging.inference import ORDER, RELATIONS
from judging.quantities import Run
from judging.questions import QUESTIONS
from judging.tricks import TRICKS
from judging.verdicts import Ends, Part, Verdict, read_verdicts
from own import LOCK, PUBLISHED, files_of
from reporting.tables import Shown, estimate, quantity, settings, shown
from reporting.tricks import ICONS, SPOKEN, gains, holds
from settings import PARAMS, Network, load_network, load_variants

TEMPLATES, SITE = Path("page"), Path("site")
# What can be shown of every run.
STRIPS = ("validation_accuracy", "validation_loss", "train_loss", "steps")
# What can be shown of a network's curve, at checks whose steps have at least this ratio.
CURVES, APART = ("validation_accuracy", "validation_loss"), 1.03
MARKS = dict(zip(ORDER, "✗✗?=✓✓", strict=True))  # which every font has
EXAMPLES = 100  # of MNIST's pictures
# Settings in which networks differ without being another trick.
ASIDE = ("seeds", "epochs", "patience", "validation_images")
NONE = "none"  # of the tricks, or of the settings
NAMES = {"hidden": "hidden layers", "init": "initial weights"}
FORMULA = {"$": "", r"\times": "×", r"\approx": "≈", "^2": "²"}
JOINED = {"value": "", "difference": " less ", "ratio": " over ", "gain": ", "}


class Published(NamedTuple):
    """A network with its means, and what its figures show: runs and curve."""

    network: Network
    means: Mapping[str, Any]
    figures: Mapping[str, Any]


def read_published(name: str, network: Network) -> Published:
    """What lies here of a network: what each run ended with, and the means as they trained."""
    runs = files.read_csv(results.path("seeds", name), ("seed", *STRIPS))
    curve = files.read_csv(results.path("curves", name), ("step", *CURVES))
    kept = apart(curve["step"])
    thinned = {column: values[kept] for column, values in curve.items()}
    figures = files.stable({"runs": runs, "curve": thinned})
    return Published(network, files.read_json(results.metrics_path(name)), figures)


def apart(steps: Sequence[float]) -> list[int]:
    """The places of those steps that a logarithmic axis keeps apart, and of the last."""
    kept: list[int] = []
    for place, step in enumerate(steps):
        if step >= (APART * steps[kept[-1]] if kept else 1):
            kept.append(place)
    return sorted({*kept, len(steps) - 1})


def read_revision(revision: str) -> tuple[Published, list[Run]]:
    """Your network as a commit, a branch or an experiment has it, and its runs."""
    tables = [results.path(kind, results.OWN) for kind in (*COLUMNS, "curves")]
    with files_of(revision, PARAMS, LOCK, results.metrics_path(results.OWN), *tables):
        network = load_network()
        runs = read_runs(results.OWN, network)
        return read_published(results.OWN, network), runs


def beside_published(revision: str) -> tuple[dict[str, Published], list[dict[str, str]]]:
    """Your network as published and as a revision has it, and how the second compares."""
    (published, others), (yours, own) = map(read_revision, (PUBLISHED, revision))
    seeds = {"seeds": published.network.seeds}
    if yours.network.model_copy(update=seeds) == published.network:
        way = "`dvc exp run -S hidden=32` trains another"
        raise UserError(f"{revision}: is the published network itself; {way}")
    answered = answers(own, others, read_protocol())
    rows = [dict(zip(HEADER, row(*each), strict=True)) for each in answered]
    return {results.OWN: published, revision: yours}, rows


def table_of(networks: Mapping[str, Published]) -> list[dict[str, str]]:
    """A row a network: its settings, the first one's or what it changes in them; means."""
    first = next(iter(networks.values())).network
    return [
        {
            "network": name,
            "settings": settings(network, None if network is first else first),
            "runs": str(means["seeds"]),
            "validation loss": f"{means['validation_loss']:.4f}",
            "validation accuracy": f"{means['validation_accuracy']:.4f}",
        }
        for name, (network, means, _) in networks.items()
    ]


def tricks_of(claim: Verdict, tricks: Mapping[str, Trick]) -> list[str]:
    """The tricks that a claim is about: it compares networks by which the reports tried them."""
    compared = [set(part.variants) for part in claim.parts]
    return [
        name
        for name, trick in tricks.items()
        if any(networks.issuperset(pair) for networks in compared for pair in trick.reported)
    ]


def claim_data(
    claim: Verdict,
    networks: Mapping[str, Network],
    tricks: Mapping[str, Trick],
    rules: Protocol,
) -> dict[str, Any]:
    """What a page shows of a claim, and what it judges it by."""
    named = [networks[name] for part in claim.parts for name in part.variants]
    differs = [
        NAMES.get(key, key.replace("_", " "))
        for key in Network.model_fields
        if key not in ASIDE and len({getattr(network, key) for network in named}) > 1
    ]
    return {
        "id": claim.id,
        "report": claim.report,
        "task": claim.where.partition(",")[0],
        "where": claim.where,
        "words": spoken(claim.quote or claim.explanation),
        "quoted": bool(claim.quote),
        "statement": claim.statement,
        "reason": claim.reason,
        "verdict": claim.verdict,
        "judged": claim.kind == SEEDS,
        "trick": tricks_of(claim, tricks) or [NONE],
        "differs": differs or [NONE],
        "parts": [part_data(part, rules) for part in claim.parts],
    }


def spoken(text: str) -> str:
    """Words of a report, its few formulae without the marks of TeX."""
    for mark, sign in FORMULA.items():
        text = text.replace(mark, sign)
    return text


def part_data(part: Part, rules: Protocol) -> dict[str, Any]:
    """A comparison in the unit in which it is shown. An open end is None.

    near: where a difference does not matter, if it can be said of this comparison.
    """
    view = shown(part)
    near: Ends | None = None
    if part.kind == SEEDS and part.scale == "ratio":
        near = (1 / (1 + rules.margins.relative), 1 + rules.margins.relative)
    elif part.kind == SEEDS and part.scale != "value":
        margin = rules.margins.of(part.unit, part.means[1])
        near = (-margin, margin) if margin else None
    return {
        "measured": quantity(part),
        "networks": JOINED[part.scale].join(part.variants),
        "estimate": estimate(part).replace("*", ""),
        "verdict": part.verdict,
        "mean": view.number(part.difference) if part.difference is not None else None,
        "interval": turned(view, part.interval),
        "claimed": turned(view, part.claimed),
        "closed": RELATIONS[part.relation].region(**part.numbers).closed,
        "near": turned(view, near) if near else None,
        "one_run": part.kind == SINGLE,
        "runs": [view.number(value) for value in part.per_seed],
        "single_runs": part.single_runs,
    }


def turned(view: Shown, interval: Ends) -> list[float | None]:
    """An interval as it is shown, the lower end first."""
    ends = [None if end is None else view.number(end) for end in interval]
    return ends[::-1] if view.turned else ends


def model_data(model: models.Model) -> dict[str, Any]:
    """The networks of a model, and some of MNIST's pictures; in base64: `weights`, float32,
    little-endian, by layer; `examples`, a byte a pixel."""
    seen = datasets.load("validation", EXAMPLES).images[:, :-1]
    pixels = np.rint(seen * model.deviation + model.mean).astype(np.uint8)
    return {
        "activation": model.activation,
        "mean": model.mean,
        "deviation": model.deviation,
        "shapes": [layer.shape for layer in model.weights],
        "weights": [encoded(layer.astype("<f4").tobytes()) for layer in model.weights],
        "examples": encoded(pixels.tobytes()),
    }


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


def encoded(content: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(content).decode()


def results_page(tricks: Sequence[Mapping[str, str]] = (), revision: str | None = None) -> str:
    """The page of runs and claims; tricks: rows of a table, all with the same keys; revision: what
    has a network of yours, to compare with the published one."""
    variants, tried, rules = load_variants(), read_crossing().tricks, read_protocol()
    claims = [claim_data(claim, variants, tried, rules) for claim in read_verdicts()]
    networks = {name: read_published(name, network) for name, network in variants.items()}
    compared: list[dict[str, str]] = []
    if revision is None:
        networks[results.OWN] = read_published(results.OWN, load_network())
    elif revision in (*variants, results.OWN):
        raise UserError(f"{revision}: is shown anyway (allowed: an experiment, a branch, a commit)")
    else:
        yours, compared = beside_published(revision)
        networks |= yours
    colors = colors_of(networks)
    filters = {
        "report": [claim["report"] for claim in claims],
        "task": [claim["task"] for claim in claims],
        "verdict": [claim["verdict"] for claim in claims],
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
        counts=Counter(claim["verdict"] for claim in claims),
        tricks=tricks,
        revision=revision,
        compared=compared,
        strips=STRIPS,
        curves=CURVES,
    )


def table_of_tricks() -> list[dict[str, str]]:
    """A row a trick: what it brings on top of the others and alone, each at its own best rate."""
    tricks, crossing = files.read_json(TRICKS), read_crossing()
    marks = dict(zip(ICONS, "✓✗=?", strict=True))  # which every font has
    return [
        {
            "trick": name,
            **{SPOKEN[asked]: gains(asked, tricks[name][asked], marks) for asked in QUESTIONS},
            "does it hold?": holds(tricks[name]),
            "the reports said": trick.said,
        }
        for name, trick in crossing.tricks.items()
    ]


def main() -> None:
    """Write both pages."""
    parser = argparse.ArgumentParser(description="Make the results into pages, in site/.")
    parser.add_argument("revision", nargs="?", help="what has a network of yours to show as well")
    revision = parser.parse_args().revision
    pages = {
        "index.html": results_page(table_of_tricks(), revision),
        "draw.html": page(
            "draw.html", ("chart.js", "digit.js", "draw.js"), model_data(models.load())
        ),
    }
    for name, text in pages.items():
        files.write(SITE / name, text)
    print(f"living_page: wrote {SITE}/index.html and {SITE}/draw.html; open the first in a browser")


if __name__ == "__main__":
    run(main)
