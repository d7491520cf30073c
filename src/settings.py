"""YAML settings -> frozen, validated objects, once, at the edge.

YAML is read with the reader that DVC uses (ruamel, YAML 1.2), so that both see the same values:
1e-2 is a number, `no` a string. Every function raises SettingsError, in one line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from knobs import DATA, SettingsError, Training, check, shown, training_of

PARAMS = Path("params.yaml")
VARIANTS = Path("variants.yaml")
# A variant's name becomes the name of its files, beside files that have these names.
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}")
RESERVED = ("train", "data", "comparison", "verdicts", "normalization", "gradient_check")


@dataclass(frozen=True)
class Data:
    """How many of MNIST's images, from the first on, train and validate."""

    training_images: int
    validation_images: int


def read_yaml(path: str | Path) -> Any:
    """The content of a YAML file as plain data. Raises SettingsError in one line."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({error})") from None
    try:
        return YAML(typ="safe", pure=True).load(text)
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply for a settings file") from None
    except Exception as error:  # of odd tags and keys the reader raises nearly any kind
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        what = getattr(error, "problem", None) or str(error) or "not YAML"
        raise SettingsError(f"{where}: {' '.join(what.split()):.150}") from None


def load_network(path: Path = PARAMS) -> Training:
    """The network of `train`: the knobs at the top level of params.yaml."""
    content = _mapping(str(path), read_yaml(path))
    return training_of(str(path), {k: v for k, v in content.items() if k != "data"})


def load_data(path: Path = PARAMS) -> Data:
    """The section `data` of params.yaml."""
    content = _mapping(str(path), read_yaml(path))
    return Data(**check(f"{path}: data", content.get("data"), DATA))


def load_variants(path: Path = VARIANTS) -> dict[str, Training]:
    """Every network of variants.yaml, by name: its own settings over those of `protocol`."""
    content = _mapping(str(path), read_yaml(path))
    if set(content) != {"protocol", "variants"}:
        raise SettingsError(
            f"{path}: expected the keys protocol and variants, found {shown(list(content))}"
        )
    protocol = _mapping(f"{path}: protocol", content["protocol"])
    variants = _mapping(f"{path}: variants", content["variants"])
    for name in variants:
        _check_name(f"{path}: variants", name)
    return {
        name: training_of(f"{path}: {name}", {**protocol, **_mapping(f"{path}: {name}", own)})
        for name, own in variants.items()
    }


def check_batch(where: str, training: Training, data: Data) -> None:
    """Refuse a batch larger than the training set: there would be no step to take."""
    size = training.hyperparameters.batch_size
    if size > data.training_images:
        raise SettingsError(
            f"{where}: batch_size = {size} is not allowed; "
            f"allowed: up to data.training_images, {data.training_images}"
        )


def _check_name(where: str, name: Any) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in RESERVED:
        raise SettingsError(
            f"{where}: name {shown(name)} is not allowed; allowed: up to 60 of a-z 0-9 . -, "
            f"beginning with a letter or digit, but none of {', '.join(RESERVED)}"
        )


def _mapping(where: str, content: Any) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise SettingsError(f"{where}: expected keys and values, found {shown(content)}")
    return content
