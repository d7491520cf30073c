"""params.yaml and variants.yaml -> frozen, validated networks; or one line that names every fault.

The stage check_settings writes each network, resolved, to a file of its own in build/settings.
"""

from command import UserError

import difflib
import re
import reprlib
from collections import defaultdict
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError
from pydantic import model_validator as checked
from pydantic_core import ErrorDetails

from files import read_json, read_yaml
from mlp.activations import ACTIVATIONS
from mlp.initializers import INITIALIZERS
from mlp.training import Hyperparameters

PARAMS, VARIANTS, SETTINGS = Path("params.yaml"), Path("variants.yaml"), Path("build/settings")
# A variant's name becomes the name of its files, beside files that have these names.
RESERVED = ("train", "comparison", "verdicts", "normalization", "gradient_check")
STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
Model = TypeVar("Model", bound=BaseModel)


def _whole(low: int, high: int) -> Any:
    return Field(ge=low, le=high, description=f"a whole number from {low} to {high}")


def _one_of(names: dict[str, Any]) -> Any:
    return Field(description=f"one of {', '.join(names)}")


def _layers(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


class Network(BaseModel):
    """A network to train: its hyperparameters, its data, and seeds 0 to `seeds` - 1.

    Its images are the first ones of MNIST's training set and test set.
    """

    model_config = STRICT
    hidden: Annotated[tuple[Annotated[int, _whole(1, 4096)], ...], BeforeValidator(_layers)] = (
        Field(
            min_length=1,
            max_length=100,
            description="a width from 1 to 4096, or a list of 1 to 100",
        )
    )
    activation: Literal[*ACTIVATIONS] = _one_of(ACTIVATIONS)
    init: Literal[*INITIALIZERS] = _one_of(INITIALIZERS)
    learning_rate: float = Field(gt=0, le=100, description="a number above 0, up to 100")
    momentum: float = Field(ge=0, lt=1, description="a number from 0 up to, not including, 1")
    nesterov: bool = Field(description="true or false")
    weight_decay: float = Field(ge=0, le=1, description="a number from 0 to 1")
    batch_size: int = _whole(1, 60000)
    epochs: int = _whole(1, 10000)
    patience: int = _whole(1, 1000000)
    shuffle: bool = Field(description="true or false")
    training_images: int = _whole(1, 60000)
    validation_images: int = _whole(1, 10000)
    seeds: int = _whole(1, 1000)

    @checked(mode="after")
    def _batch_fits(self) -> Self:
        if self.batch_size > self.training_images:
            allowed = f"up to training_images, {self.training_images}"
            raise ValueError(f"batch_size = {self.batch_size} (allowed: {allowed})")
        return self

    def hyperparameters(self) -> Hyperparameters:
        """All that a training needs besides data and seeds."""
        return Hyperparameters(**{f.name: getattr(self, f.name) for f in fields(Hyperparameters)})


def _name(name: Any) -> str:
    text = name if isinstance(name, str) and name not in RESERVED else ""
    if not re.fullmatch("[a-z0-9][a-z0-9.-]{0,59}", text):
        allowed = "up to 60 of a-z 0-9 . -, beginning with a letter or digit, but none of "
        raise ValueError(f"name {shown(name)} (allowed: {allowed}{', '.join(RESERVED)})")
    return text


class _Variants(BaseModel):
    model_config = STRICT
    protocol: dict[Any, Any] = Field(description="settings that the variants share")
    variants: dict[Annotated[str, PlainValidator(_name)], dict[Any, Any]] = Field(
        description="names, each with settings of its own"
    )


def load_network() -> Network:
    """The network of params.yaml, which the stage `train` trains."""
    return validate(Network, read_yaml(PARAMS), str(PARAMS))


def load_variants() -> dict[str, Network]:
    """Every network of variants.yaml, by name: its own settings over those of `protocol`."""
    content = validate(_Variants, read_yaml(VARIANTS), str(VARIANTS))
    given = {name: content.protocol | own for name, own in content.variants.items()}
    places = defaultdict(list)
    for name, settings in given.items():
        for fault in _faults(Network, settings):
            places[fault].append(name)
    if places:  # what every variant has is the protocol's
        named = [(f, ["protocol"] if len(at) == len(given) else at) for f, at in places.items()]
        _refuse(str(VARIANTS), [f"{', '.join(at)}: {fault}" for fault, at in named])
    return {name: Network.model_validate(settings) for name, settings in given.items()}


def resolved(name: str) -> Network:
    """The settings of `train` or of a variant, as the stage check_settings wrote them."""
    known = sorted(path.stem for path in SETTINGS.glob("*.json"))
    if name not in known:
        names = ", ".join(known) or "none yet: `dvc repro check_settings` writes them"
        raise UserError(f"{shown(name)}: no network of that name; there are {names}")
    path = SETTINGS / f"{name}.json"
    return validate(Network, read_json(path), str(path))


def validate(model: type[Model], given: Any, where: str) -> Model:
    """`given` as a `model`, or a UserError that begins with `where` and names every wrong key."""
    if faults := _faults(model, given):
        _refuse(where, faults)
    return model.model_validate(given)


def shown(value: Any) -> str:
    """A value for a message: one line of at most 60 characters, however large the value is."""
    brief = reprlib.Repr()  # reads only as much of the value as it shows
    brief.maxstring = brief.maxother = brief.maxlong = 60
    try:
        return f"{brief.repr(value):.60}"
    except ValueError:
        return "a number of thousands of digits"  # which Python refuses to print


def _faults(model: type[BaseModel], given: Any) -> list[str]:
    """One text a wrong key; none if `given` is valid."""
    try:
        model.model_validate(given)
    except ValidationError as error:
        return list(dict.fromkeys(_fault(model, given, each) for each in error.errors()))
    return []


def _fault(model: type[BaseModel], given: Any, error: ErrorDetails) -> str:
    place, known = error["loc"], model.model_fields
    own = str(error["ctx"]["error"]) if error["type"] == "value_error" else ""  # a validator's
    if not place or place[-1] == "[key]":
        return own or f"expected keys and values, found {shown(given)}"
    key = place[0]
    if key not in known:
        close = difflib.get_close_matches(str(key), known, 1)
        hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(known)}"
        return f"unknown key {shown(key)} ({hint})"
    value = f"{key} = {shown(given[key])}" if key in given else f"{key} is missing"
    return f"{value} (allowed: {own or known[key].description or error['msg']})"


def _refuse(where: str, faults: list[str]) -> NoReturn:
    file = where.partition(":")[0]
    way_back = f"; `git restore {file}` brings the committed file back"
    raise UserError(f"{where}: {'; '.join(faults)}{way_back if file.endswith('.yaml') else ''}")
