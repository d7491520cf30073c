"""site/: the results as two pages that open from a folder, without a server and without internet.

index.html has the answer, every claim and every run; draw.html has networks that say which digit
one draws. Each is one file, made from page/ with its data inside, and may run and load nothing but
what it holds. Two networks are trained for it, yours and the original one.
"""

import base64
import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image

from judging.claims import COMPARED, FIGURE
from judging.inference import ORDER, SUPPORTED, Rule
from judging.quantities import Run, measure, read_runs
from judging.tricks import BETTER, WORSE
from judging.verdicts import PartVerdict, Verdict
from mlp.network import dense
from mnist import images as mnist
from reporting.pages import environment, read_found, sentences, set_template
from reporting.tables import task, tricks_rows
from reporting.wording import compared, difference_scale, for_people, measured, verdict
from runs import model as models
from runs import tables
from runs.executor import train_runs
from runs.progress import Job
from workflow import files
from workflow.command import run
from workflow.settings import OWN, Network, load_network, load_variants, words

TEMPLATES, SITE = Path("page"), Path("site")
MARKS = dict(zip((*ORDER, BETTER, WORSE), "✗✗?=≈✓–✓✗", strict=True))  # which every font has
PLAIN = "plain"  # the network that has none of the tricks
USUAL = "momentum"  # the network whose settings params.yaml has at first
QUANTITIES = ("validation_accuracy", "validation_loss", "train_loss", "steps")  # of every run
CURVES = QUANTITIES[:2]
CHOSEN = (OWN, PLAIN, USUAL, "ten-layers")  # whose curves are drawn at first
RUNS = 2  # of each network that is trained here
EARLIER = {"before training": 0, "after one epoch": 1}  # moments of a first layer, by epochs
EXAMPLES, MISTAKES = 100, 24  # of the test images
SIDE, UNITS, COLUMNS, GAP = 28, 32, 8, 2  # of a picture of a first layer
CAUSES = "What may explain it"
FORMULA = {"$": "", r"\times": "×", r"\approx": "≈", "^2": "²"}


class Trained(NamedTuple):
    """A network with some of its runs; first_layers: of the first run, at each moment shown."""

    test_images: int
    model: models.Model
    first_layers: dict[str, NDArray[np.float32]]


def networks_at_hand(yours: Network, variants: Mapping[str, Network]) -> dict[str, Trained]:
    """Train the first runs of your network, and as many of the original one from seed 0 on."""
    original = variants[PLAIN].model_copy(update={"first_seed": 0, "seeds": RUNS})
    networks, jobs = {OWN: yours, PLAIN: original}, []
    for one in networks.values():
        cut = [{"epochs": epochs, "patience": 10**6} for epochs in EARLIER.values()]
        jobs += [Job(one.model_copy(update=short), one.first_seed) for short in cut]
        jobs += [Job(one, seed) for seed in one.seed_range[:RUNS]]
    trained, found = iter(train_runs(jobs, "the networks that are shown")), {}
    scale = mnist.statistics()
    for name, one in networks.items():
        layers = {moment: next(trained).weights[0] for moment in EARLIER}
        runs = [next(trained).weights for _ in one.seed_range[:RUNS]]
        weights = [np.stack(layer) for layer in zip(*runs, strict=True)]
        model = models.Model(weights, one.activation, scale.mean, scale.standard_deviation)
        found[name] = Trained(one.test_images, model, layers | {"after training": runs[0][0]})
    return found


def encoded(content: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(content).decode()


def png(pixels: NDArray[np.uint8]) -> str:
    """Return a picture, grey (height, width) or in colours (height, width, 3), as PNG in base64."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return encoded(file.getvalue())


def first_layer(moments: Mapping[str, NDArray[np.float32]]) -> dict[str, str]:
    """Return a picture of a first layer's first units at each moment, all on one scale."""
    strongest = np.quantile(np.abs(moments["after training"][:-1, :UNITS]), 0.99) or 1.0
    pictures = {}
    for moment, weights in moments.items():  # white is zero, and blue below
        tiles = weights[:-1, :UNITS].T.reshape(-1, SIDE, SIDE) / strongest
        tiles = np.pad(tiles, ((0, -len(tiles) % COLUMNS), (0, GAP), (0, GAP)))
        rows = tiles.reshape(-1, COLUMNS, SIDE + GAP, SIDE + GAP).swapaxes(1, 2)
        sheet = rows.reshape(-1, COLUMNS * (SIDE + GAP))[:-GAP, :-GAP]
        pictures[moment] = png(colormaps["bwr"](sheet / 2 + 0.5, bytes=True)[..., :3])
    return pictures


def pixels(count: int) -> NDArray[np.uint8]:
    """Return the first test images as MNIST has them: (count, 28, 28), 0 to 255."""
    scale = mnist.statistics()
    grey = dense(mnist.load("test", count))[:, :-1] * scale.standard_deviation + scale.mean
    return np.rint(grey).astype(np.uint8).reshape(count, SIDE, SIDE)


def misread(one: Trained) -> dict[str, Any]:
    """Return the mistakes of a network's runs together; the surest ones as pictures."""
    grey, digits = pixels(one.test_images), mnist.load("test", one.test_images).labels
    mean = models.probabilities(one.model, grey).mean(axis=0)
    read, runs = mean.argmax(axis=1), len(one.model.weights[0])
    wrong = np.flatnonzero(read != digits)
    surest = wrong[np.argsort(-mean[wrong].max(axis=1), kind="stable")][:MISTAKES]
    mistakes = [{"png": png(grey[i]), "digit": digits[i], "read": read[i]} for i in surest]
    return {"runs": runs, "images": len(grey), "misread": len(wrong), "mistakes": mistakes}


def at_work(networks: Mapping[str, Trained]) -> dict[str, Any]:
    """Return networks and some of MNIST's images for the page to draw on; in base64, weights as
    float32, little-endian, by run and layer, and images with a byte a pixel."""
    shown = []
    for name, one in networks.items():
        by_run = zip(*one.model.weights, strict=True)
        runs = [[encoded(layer.astype("<f4").tobytes()) for layer in run] for run in by_run]
        shown.append({"name": words(name), "activation": one.model.activation, "runs": runs})
    scale = {"mean": one.model.mean, "deviation": one.model.deviation}
    return scale | {"examples": encoded(pixels(EXAMPLES).tobytes()), "networks": shown}


def network_data(name: str) -> dict[str, Any]:
    """Return a network's runs, its curve from the first step on, and its means."""
    curve = files.read_csv(tables.path("curves", name), ("step", *CURVES))
    return {
        "name": words(name),
        "chosen": name in CHOSEN,
        "runs": files.read_csv(tables.path("seeds", name), ("seed", *QUANTITIES)),
        "curve": {column: values[curve["step"] > 0] for column, values in curve.items()},
        "means": tables.in_words(name),
    }


def part_data(part: PartVerdict, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """Return a comparison as it is drawn, in the unit in which it is shown; an open end is None.

    near: where a difference does not matter; border: what an interval has to be beyond, or a figure
    of the report; runs: what one run of each network would have found, for each of the runs; holds:
    whether that alone would have shown what is claimed.
    """
    groups = [
        [measure(part.quantity, one, part.parameters).value for one in runs[name]]
        for name in part.variants
    ]
    judged, share = part.kind in (COMPARED, FIGURE), part.relation == "share"
    alone = [float(np.dot(part.weights, row)) for row in zip(*groups, strict=False) if judged]
    rule, factor = Rule(part.relation, part.margin, part.printed), difference_scale(part).factor
    near = part.kind == COMPARED and len(part.variants) == 2
    return {
        "compared": compared(part),
        "measured": measured(part),
        "verdict": part.verdict,
        "mean": None if part.difference is None else factor * part.difference,
        "interval": [None if end is None else factor * end for end in part.interval or ()],
        "near": [-factor * part.margin, factor * part.margin] if near else None,
        "border": factor * (0.5 if share else float(part.value or 0)),
        "runs": [] if share else [factor * value for value in alone],
        "holds": [rule.read(one, one) == SUPPORTED for one in alone if part.kind == COMPARED],
    }


def claim_data(claim: Verdict, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """Return a claim as the page shows it; holds: whether each run alone would have shown it."""
    parts = [part_data(part, runs) for part in claim.parts]
    alone = zip(*(one["holds"] for one in parts if one["holds"]), strict=False)
    text, quoted = claim.quote or claim.explanation, bool(claim.quote)
    for mark, sign in FORMULA.items():
        text = text.replace(mark, sign)
    return {
        "anchor": claim.id,
        "task": f"Report {claim.report}, {task(claim)}" if quoted else CAUSES,
        "where": f"Report {claim.report}, {claim.where}. " if quoted else "",
        "words": f"“{text}”" if quoted else f"{text} ({words(claim.where)})",
        "statement": for_people(claim.statement),
        "reason": for_people(claim.reason),
        "verdict": claim.verdict,
        "said": verdict(claim),
        "parts": parts,
        "holds": [] if claim.same_as or not quoted else [all(row) for row in alone],
    }


def index_page(networks: Mapping[str, Network], at_hand: Mapping[str, Trained]) -> str:
    """Return the page of the answer, the claims and the runs; at_hand: networks trained here."""
    found = read_found()
    runs = {name: read_runs(name, network) for name, network in networks.items() if name != OWN}
    data = {
        "networks": [network_data(name) for name in networks],
        "tricks": [{"name": name} | found.tricks[name] for name in found.crossing.tricks],
        "margin": found.protocol.margins["accuracy"],
        "claims": [claim_data(one, runs) for one in found.verdicts],
        "marks": MARKS,
    }
    return page(
        "index.html",
        ("chart.js", "tricks.js", "luck.js", "claims.js", "curves.js", "runs.js"),
        files.stable(data),
        sentences=sentences(found.verdicts, found.tricks, found.crossing),
        rates=set_template("rates.md", found._asdict(), escape=False),
        tricks=tricks_rows(found.tricks, found.crossing.tricks),
        causes=CAUSES,
        settings=networks[OWN].model_dump(),
        usual=networks[USUAL].model_dump(),
        usual_name=words(USUAL),
        yours=misread(at_hand[OWN]),
        layers={words(name): first_layer(one.first_layers) for name, one in at_hand.items()},
        quantities=QUANTITIES,
    )


def page(name: str, scripts: Sequence[str], data: Mapping[str, Any], **words: Any) -> str:
    """Return a page of page/ with its scripts and data inside; all that is filled in is escaped."""
    templates = environment(TEMPLATES, autoescape=True)
    style = files.read_text(TEMPLATES / "style.css")
    script = "".join(files.read_text(TEMPLATES / each) for each in scripts)
    hashes = [encoded(hashlib.sha256(text.encode()).digest()) for text in (script, style)]
    given = {"style": style, "script": script, "hashes": hashes, "data": data}
    return templates.get_template(name).render(given | words)


def main() -> None:
    """Write both pages."""
    networks = {OWN: load_network()} | load_variants()
    for name, network in networks.items():
        tables.check_results(name, network)
    print(f"build_site: trains {RUNS} runs of yours and of {words(PLAIN)}", flush=True)
    at_hand = networks_at_hand(networks[OWN], networks)
    files.write(SITE / "index.html", index_page(networks, at_hand))
    scripts = ("chart.js", "digit.js", "draw.js")
    files.write(SITE / "draw.html", page("draw.html", scripts, at_work(at_hand)))
    print(f"build_site: wrote {SITE}/index.html and {SITE}/draw.html; open the first in a browser")


if __name__ == "__main__":
    run(main)
