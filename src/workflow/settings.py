"""params.yaml and variants.yaml -> frozen, validated networks, or one line with a network's faults.

The stage check_settings writes each network, resolved, to a file of its own in build/settings.
"""

import difflib
import re
import reprlib
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError
from pydantic import model_validator as checked
from pydantic_core import ErrorDetails

from mlp.activations import ACTIVATIONS
from mlp.initializers import INITIALIZERS
from mlp.training import Hyperparameters
from workflow.command import UserError
from workflow.files import read_json, read_yaml

PARAMS, VARIANTS, SETTINGS = Path("params.yaml"), Path("variants.yaml"), Path("build/settings")
# A variant's name becomes the name of its files, beside files that have these names.
RESERVED = ("train", "comparison", "verdicts", "tricks", "normalization", "gradient_check")
STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
Model = TypeVar("Model", bound=BaseModel)


def _whole(low: int, high: int) -> Any:
    return Field(ge=low, le=high, description=f"a whole number from {low} to {high}")


def _layers(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


_Widths = Annotated[tuple[Annotated[int, _whole(1, 4096)], ...], BeforeValidator(_layers)]


class Network(BaseModel):
    """A network to train on the first images of MNIST's two sets, with seeds 0 to `seeds` - 1."""

    model_config = STRICT
    hidden: _Widths = Field(
        min_length=1, max_length=100, description="a width from 1 to 4096, or a list of 1 to 100"
    )
    activation: Literal[*ACTIVATIONS] = Field(description=f"one of {', '.join(ACTIVATIONS)}")
    init: Literal[*INITIALIZERS] = Field(description=f"one of {', '.join(INITIALIZERS)}")
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
    return {
        name: validate(Network, content.protocol | own, f"{VARIANTS}: {name}")
        for name, own in content.variants.items()
    }


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
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = dict.fromkeys(_fault(model, given, each) for each in error.errors())
    file = where.partition(":")[0]
    way_back = f"; `git restore {file}` brings the committed file back"
    raise UserError(f"{where}: {'; '.join(faults)}{way_back if file.endswith('.yaml') else ''}")


def _fault(model: type[BaseModel], given: Any, error: ErrorDetails) -> str:
    if error["type"] == "value_error":  # a validator's own words
        return str(error["ctx"]["error"])
    if not error["loc"]:
        return f"expected keys and values, found {shown(given)}"
    key, known = error["loc"][0], model.model_fields
    if key not in known:
        close = difflib.get_close_matches(str(key), known, 1)
        hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(known)}"
        return f"unknown key {shown(key)} ({hint})"
    value = f"{key} = {shown(given[key])}" if key in given else f"{key} is missing"
    return f"{value} (allowed: {known[key].description or error['msg']})"


def shown(value: Any) -> str:
    """A value for a message: one line of at most 60 characters, however large the value is."""
    brief = reprlib.Repr()  # reads only as much of the value as it shows
    brief.maxstring = brief.maxother = brief.maxlong = 60
    try:
        return f"{brief.repr(value):.60}"
    except ValueError:
        return "a number of thousands of digits"  # which Python refuses to print
