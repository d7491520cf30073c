"""site/: the results as two pages that open from a folder, without a server and without internet.

index.html has the answer, every claim and every run; draw.html has networks that say what digit one
draws. Each is one file, made from page/ with its data inside, and may run and load nothing but what
it holds. Two networks are trained for it, yours and the original one, in a minute.
"""

import base64
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image
from scipy.special import softmax

from judging.claims import COMPARED, FIGURE, Claim, Part, read_claims
from judging.inference import ORDER, SUPPORTED, Rule
from judging.quantities import Run, measure, read_runs
from judging.tricks import BETTER, WORSE
from judging.verdicts import VERDICTS, PartVerdict, Verdict
from mlp.network import logits
from mlp.training import train
from mnist import images as mnist
from reporting.pages import read_found, sentences
from reporting.tables import task, tricks_rows
from reporting.wording import compared, difference_scale, measured, verdict
from runs import tables
from runs.executor import train_runs
from runs.progress import Job
from workflow import files
from workflow.command import UserError, run
from workflow.settings import OWN, Network, load_network, load_variants, words

TEMPLATES, SITE = Path("page"), Path("site")
MARKS = dict(zip((*ORDER, BETTER, WORSE), "✗✗?=≈✓–✓✗", strict=True))  # which every font has
PLAIN = "plain"  # which has none of the tricks
QUANTITIES = ("validation_accuracy", "validation_loss", "train_loss", "steps")  # of every run
CURVES = ("validation_accuracy", "validation_loss")
CHOSEN = (OWN, PLAIN, "momentum", "ten-layers")  # whose curves are drawn at first
RUNS = 3  # of each network that is trained here
EARLIER = {"before training": 0, "after one epoch": 1}  # by epochs, what is shown of a first layer
EXAMPLES, MISTAKES = 100, 24  # of the test images
SIDE, UNITS, COLUMNS, GAP = 28, 32, 8, 2  # of a picture of a first layer
CAUSES = "Why are ten layers worse?"
FORMULA = {"$": "", r"\times": "×", r"\approx": "≈", "^2": "²"}


class Trained(NamedTuple):
    """A network, the weights of some of its runs, by layer, and its first run's first layer at each
    moment at which it is shown."""

    network: Network
    weights: list[list[NDArray[np.float32]]]
    moments: dict[str, NDArray[np.float32]]


def networks_at_hand(yours: Network, variants: Mapping[str, Network]) -> dict[str, Trained]:
    """Train the first runs of your network, and as many of the original one from seed 0 on."""
    original = variants[PLAIN].model_copy(update={"first_seed": 0, "seeds": RUNS})
    networks = {OWN: yours, PLAIN: original}
    jobs = [Job(one, seed) for one in networks.values() for seed in one.seed_range[:RUNS]]
    runs = iter(train_runs(jobs, "the networks that are shown"))
    found = {}
    for name, network in networks.items():
        weights = [next(runs).weights for _ in network.seed_range[:RUNS]]
        data = mnist.load("training", network.training_images), mnist.load("test", 1)
        moments = {}
        for moment, epochs in EARLIER.items():
            settings = replace(network.hyperparameters(), epochs=epochs, patience=10**6)
            moments[moment] = train(settings, *data, network.first_seed).weights[0]
        found[name] = Trained(network, weights, moments | {"after training": weights[0][0]})
    return found


def encoded(content: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(content).decode()


def png(pixels: NDArray[np.uint8]) -> str:
    """A picture, grey (height, width) or in colours (height, width, 3), as PNG in base64."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return encoded(file.getvalue())


def first_layer(moments: Mapping[str, NDArray[np.float32]]) -> dict[str, str]:
    """Pictures of a first layer, its first units side by side, at each moment, on one scale."""
    strongest = np.quantile(np.abs(moments["after training"][:-1, :UNITS]), 0.99) or 1.0
    pictures = {}
    for moment, weights in moments.items():
        tiles = weights[:-1, :UNITS].T.reshape(-1, SIDE, SIDE) / strongest
        pale = 1 - np.minimum(np.abs(tiles), 1)  # white at zero
        colours = np.stack([np.where(tiles > 0, 1, pale), pale, np.where(tiles < 0, 1, pale)], -1)
        rows = -(-len(tiles) // COLUMNS)
        sheet = np.ones((rows * (SIDE + GAP), COLUMNS * (SIDE + GAP), 3))
        for place, tile in enumerate(colours):
            y, x = (SIDE + GAP) * np.array(divmod(place, COLUMNS))
            sheet[y : y + SIDE, x : x + SIDE] = tile
        pictures[moment] = png(np.rint(255 * sheet[:-GAP, :-GAP]).astype(np.uint8))
    return pictures


def pixels(count: int) -> NDArray[np.uint8]:
    """The first test images as MNIST has them: (count, 28, 28), 0 to 255."""
    found, statistics = mnist.load("test", count), mnist.statistics()
    values = found.values * statistics.standard_deviation
    grey = np.zeros((count, SIDE * SIDE), np.uint8)
    image = np.repeat(np.arange(count), np.diff(found.starts))
    grey[image, found.places] = np.rint(values)
    return grey.reshape(count, SIDE, SIDE)


def misread(one: Trained) -> dict[str, Any]:
    """What the runs of a network together read wrongly, and how often they read what as what."""
    network, test = one.network, mnist.load("test", one.network.test_images)
    votes = [softmax(logits(run, network.activation, test), axis=1) for run in one.weights]
    mean = np.mean(votes, axis=0)
    read, counts = mean.argmax(axis=1), np.zeros((10, 10), int)
    np.add.at(counts, (test.labels, read), 1)
    wrong = np.flatnonzero(read != test.labels)
    surest = wrong[np.argsort(-mean[wrong].max(axis=1), kind="stable")][:MISTAKES]
    grey = pixels(network.test_images)
    mistakes = [{"png": png(grey[i]), "digit": test.labels[i], "read": read[i]} for i in surest]
    return {
        "runs": len(votes),
        "test_images": len(read),
        "misread": len(wrong),
        "mistakes": mistakes,
        "confusion": counts.tolist(),
    }


def at_work(networks: Mapping[str, Trained]) -> dict[str, Any]:
    """Networks and some of MNIST's images for the page to draw on; in base64, weights as float32,
    little-endian, by run and layer, and images a byte a pixel."""
    statistics = mnist.statistics()
    return {
        "mean": statistics.mean,
        "deviation": statistics.standard_deviation,
        "examples": encoded(pixels(EXAMPLES).tobytes()),
        "networks": [
            {
                "name": words(name),
                "activation": one.network.activation,
                "runs": [[encoded(w.astype("<f4").tobytes()) for w in run] for run in one.weights],
            }
            for name, one in networks.items()
        ],
    }


def network_data(name: str) -> dict[str, Any]:
    """A network's runs, its curve from the first step on, and its means."""
    curve = files.read_csv(tables.path("curves", name), ("step", *CURVES))
    return {
        "name": words(name),
        "chosen": name in CHOSEN,
        "runs": files.read_csv(tables.path("seeds", name), ("seed", *QUANTITIES)),
        "curve": {column: values[curve["step"] > 0] for column, values in curve.items()},
        "means": tables.in_words(name),
    }


def contrasts(part: Part, found: PartVerdict, runs: Mapping[str, Sequence[Run]]) -> list[float]:
    """What a comparison would have found on one run of each network, for each of the runs."""
    groups = [
        [measure(part.quantity, one, part.parameters).value for one in runs[name]]
        for name in part.variants
    ]
    if not np.allclose([np.mean(group) for group in groups], found.means, rtol=1e-4):
        raise UserError(f"{VERDICTS}: is not of the runs in plots/; `dvc repro judge` judges them")
    rows = zip(*groups, strict=False)
    return [sum(w * v for w, v in zip(part.weights, row, strict=True)) for row in rows]


def part_data(part: Part, found: PartVerdict, alone: Sequence[float]) -> dict[str, Any]:
    """A comparison as it is drawn, in the unit in which it is shown. An open end is None.

    near: where a difference does not matter; border: what an interval has to be beyond, or a figure
    of the report; runs: what single runs would have found.
    """
    factor, share = difference_scale(found).factor, part.relation == "share"
    near = part.kind == COMPARED and len(part.variants) == 2
    return {
        "compared": compared(found),
        "measured": measured(found),
        "verdict": found.verdict,
        "mean": None if found.difference is None else factor * found.difference,
        "interval": [None if end is None else factor * end for end in found.interval or ()],
        "near": [-factor * found.margin, factor * found.margin] if near else None,
        "border": factor * (0.5 if share else float(part.value or 0)),
        "runs": [] if share else [factor * value for value in alone],
    }


def claim_data(claim: Claim, found: Verdict, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """What the page shows of a claim; holds: whether each run alone would have shown it."""
    parts, shown = [], []
    for part, one in zip(claim.parts, found.parts, strict=True):
        alone = contrasts(part, one, runs) if part.kind in (COMPARED, FIGURE) else []
        parts.append(part_data(part, one, alone))
        if part.kind == COMPARED:
            rule = Rule(part.relation, one.margin, part.printed)
            shown.append([rule.read(value, value) == SUPPORTED for value in alone])
    text, quoted = found.quote or found.explanation, bool(found.quote)
    once = quoted and not found.same_as
    for mark, sign in FORMULA.items():
        text = text.replace(mark, sign)
    return {
        "anchor": found.id,
        "task": f"Report {found.report}, {task(found)}" if quoted else CAUSES,
        "where": f"Report {found.report}, {found.where}. " if quoted else "",
        "words": f"“{text}”" if quoted else text,
        "statement": found.statement,
        "reason": claim.words.reason,
        "verdict": found.verdict,
        "said": verdict(found),
        "parts": parts,
        "holds": [all(row) for row in zip(*shown, strict=False)] if once else [],
    }


def index_page(networks: Mapping[str, Network], at_hand: Mapping[str, Trained]) -> str:
    """The page of the answer, the claims and the runs; at_hand: networks that were trained here."""
    found = read_found()
    runs = {name: read_runs(name, network) for name, network in networks.items() if name != OWN}
    known = {one.words.id: one for report in read_claims().values() for one in report}
    claims = [claim_data(known[one.id], one, runs) for one in found.verdicts]
    data = {
        "networks": [network_data(name) for name in networks],
        "tricks": [{"name": name} | found.tricks[name] for name in found.crossing.tricks],
        "margin": found.content["margins"]["accuracy"],
        "claims": claims,
        "marks": MARKS,
    }
    return page(
        "index.html",
        ("chart.js", "tricks.js", "luck.js", "claims.js", "curves.js", "runs.js"),
        files.stable(data),
        sentences=sentences(found.verdicts, found.tricks, found.crossing),
        tricks=tricks_rows(found.tricks, found.crossing.tricks),
        claims=claims,
        causes=CAUSES,
        counts=Counter(one["verdict"] for one in claims),
        marks=MARKS,
        settings=networks[OWN].model_dump(),
        yours=misread(at_hand[OWN]),
        layers={words(name): first_layer(one.moments) for name, one in at_hand.items()},
        curves=CURVES,
        quantities=QUANTITIES,
    )


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


def main() -> None:
    """Write both pages."""
    networks = {OWN: load_network()} | load_variants()
    for name, network in networks.items():
        tables.check_results(name, network)
    mnist.check()
    at_hand = networks_at_hand(networks[OWN], networks)
    pages = {
        "index.html": index_page(networks, at_hand),
        "draw.html": page("draw.html", ("chart.js", "digit.js", "draw.js"), at_work(at_hand)),
    }
    for name, text in pages.items():
        files.write(SITE / name, text)
    print(f"build_site: wrote {SITE}/index.html and {SITE}/draw.html; open the first in a browser")


if __name__ == "__main__":
    run(main)
