"""Your network, that of params.yaml: is it what lies here, and how does it differ from others?"""

from command import UserError

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import files
from results import OWN, metrics_path
from settings import PARAMS, SETTINGS, VARIANTS, Network, load_network

LOCK = Path("dvc.lock")
PUBLISHED = "HEAD"  # the last commit's
REVISIONS = "an experiment, a branch, a commit"


@contextmanager
def files_of(revision: str, *paths: Path, allowed: str = REVISIONS) -> Iterator[None]:
    """Work in a folder that holds files as a commit, a branch or an experiment has them; `allowed`
    is what is said where there is none."""
    from dvc.api import read
    from dvc.exceptions import DvcException

    try:
        contents = {path: read(str(path), rev=revision) for path in paths}
    except (DvcException, OSError) as error:
        raise UserError(f"{revision}: {error} (allowed: {allowed})") from None
    with TemporaryDirectory() as folder, chdir(folder):
        for path, content in contents.items():
            files.write(path, content)
        yield


def check_trained(name: str, network: Network, *results: Path) -> None:
    """Refuse results that are not those of this network, as dvc.lock knows settings and results."""
    stage, source = (name, PARAMS) if name == OWN else (f"variant@{name}", VARIANTS)
    way = f"`dvc repro {stage}` trains the network of {source}"
    try:
        entry = files.read_yaml(LOCK)["stages"][stage]
        known = {Path(file["path"]): file["md5"] for file in entry["deps"] + entry["outs"]}
    except (KeyError, TypeError):
        raise UserError(f"{LOCK}: {stage} was not trained yet; {way}") from None
    settings = (network.model_dump_json(indent=2) + "\n").encode()  # as check_settings writes them
    if _md5(settings) != known.get(SETTINGS / f"{name}.json"):
        raise UserError(f"{source}: {name} was trained with other settings; {way}")
    for path in results:
        if _md5(files.read(path)) != known.get(path):
            raise UserError(f"{path}: not of the network that {LOCK} knows; {way}")


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def changes(network: Network, other: Network) -> list[str]:
    """Return the settings that are not the other's, each as `dvc exp run -S` takes it."""
    mine, others = (each.model_dump(mode="json") for each in (network, other))
    different = {key: value for key, value in mine.items() if value != others[key]}
    if len(layers := different.get("hidden", ())) == 1:
        different["hidden"] = layers[0]
    return [f"{key}={value}".replace(" ", "").lower() for key, value in different.items()]


def plus_minus(metrics: Mapping[str, Any], name: str, digits: int) -> str:
    """Return mean ± sample deviation over seeds; one seed has no deviation."""
    deviation = metrics[f"{name}_std"]
    mean = f"{metrics[name]:.{digits}f}"
    return mean if deviation is None else f"{mean} ± {deviation:.{digits}f}"


def line() -> str:
    """Return what is changed in your network, and its accuracy beside the published network's."""

    def accuracy() -> str:
        metrics = files.read_json(metrics_path(OWN))
        reached = plus_minus(metrics, "validation_accuracy", 4)
        return f"validation accuracy {reached} (seeds: {metrics['seeds']})"

    own, words = load_network(), accuracy()
    with suppress(UserError), files_of(PUBLISHED, PARAMS, metrics_path(OWN)):  # if there is one
        different = " ".join(changes(own, load_network())) or "as published"
        return f"your network, {different}: {words}; published: {accuracy()}"
    return f"your network: {words}"
