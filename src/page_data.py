"""What the pages of site/ are made from: networks, claims and weights, ready to be shown."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from learned import MOMENTS, Learned
from matplotlib.image import imsave

from figures.digits import SIDE, UNIT_GAP, WITHIN, sheet_of
from judging.claims import ARITHMETIC, SEEDS, SINGLE, Protocol
from judging.inference import RELATIONS
from judging.verdicts import Ends, Part, Verdict
from mnist import images as datasets
from reporting.wording import Shown, estimate, quantity, settings, shown
from runs import tables as results
from workflow import files
from workflow.crossing import Trick
from workflow.settings import Network

# What can be shown of every run.
STRIPS = ("validation_accuracy", "validation_loss", "train_loss", "steps")
# What can be shown of a network's curve, at checks whose steps have at least this ratio.
CURVES, APART = ("validation_accuracy", "validation_loss"), 1.03
EXAMPLES = 100  # of MNIST's pictures
UNITS, UNIT_COLUMNS = 32, 8  # of the first layer, in its pictures
# Settings in which networks differ without being another trick.
ASIDE = ("seeds", "epochs", "patience", "validation_images")
NONE = "none"  # of the tricks, or of the settings
# What decides a claim of the reports.
KINDS = {SEEDS: "many runs", SINGLE: "a number of one run", ARITHMETIC: "arithmetic alone"}
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
        "kind": "an explanation" if claim.explanation else KINDS[claim.kind],
        "trick": tricks_of(claim, tricks) or [NONE],
        "differs": differs or [NONE],
        "deciding": claim.deciding,
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


def at_work(networks: Mapping[str, Learned]) -> dict[str, Any]:
    """Networks and some of MNIST's pictures; in base64: `weights`, float32, little-endian, by
    layer; `examples`, a byte a pixel."""
    pixels = datasets.statistics()
    images = datasets.load("validation", EXAMPLES).images[:, :-1]
    examples = np.rint(images * pixels.standard_deviation + pixels.mean).astype(np.uint8)
    return {
        "mean": pixels.mean,
        "deviation": pixels.standard_deviation,
        "examples": encoded(examples.tobytes()),
        "networks": [
            {
                "name": name,
                "settings": settings(network),
                "activation": network.activation,
                "shapes": [layer.shape for layer in weights],
                "weights": [encoded(layer.astype("<f4").tobytes()) for layer in weights],
            }
            for name, (network, weights, _) in networks.items()
        ],
    }


def first_layer(learned: Learned) -> dict[str, str]:
    """Pictures of the first layer at each of MOMENTS, on one scale: PNG, in base64."""
    weights = learned.first_layer[:, :-1, :UNITS].swapaxes(1, 2)
    pixels = weights.reshape(len(MOMENTS), -1, SIDE, SIDE)
    strongest = np.quantile(np.abs(pixels[-1]), WITHIN) or 1.0
    pictures = {}
    for moment, tiles in zip(MOMENTS, pixels / strongest, strict=True):
        file, sheet = io.BytesIO(), sheet_of(tiles, UNIT_COLUMNS, UNIT_GAP, UNIT_GAP)
        imsave(file, sheet, vmin=-1, vmax=1, cmap="RdBu_r", format="png")
        pictures[moment] = encoded(file.getvalue())
    return pictures


def encoded(content: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(content).decode()
