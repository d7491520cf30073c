"""params.yaml, variants.yaml and grid.yaml -> frozen, validated values, or one line of faults.

Every limit stands here once: what is refused, the words that say what is allowed, and README's
table of knobs all come from the fields of `Network`. The stage check_settings writes each network,
resolved, to a file of its own in build/settings.
"""

import difflib
import reprlib
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic import model_validator as checked
from pydantic_core import ErrorDetails

from workflow.command import UserError
from workflow.files import parse_yaml, read_json, read_text, read_yaml

PARAMS, VARIANTS, GRID = Path("params.yaml"), Path("variants.yaml"), Path("grid.yaml")
SETTINGS = Path("build/settings")
OWN = "train"  # your network, that of params.yaml
STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
ACTIVATIONS = Literal["sigmoid", "improved_sigmoid", "tanh", "relu"]
INITIALIZERS = Literal["uniform", "fan_in", "he"]
TRAINING_IMAGES, TEST_IMAGES, INPUTS, CLASSES = 60_000, 10_000, 28 * 28, 10  # of MNIST
WIDEST, DEEPEST = 4096, 100
MOST_SEEDS = 1000
MOST_WEIGHTS = 250_000_000  # of all seeds together: a gigabyte
Model = TypeVar("Model", bound=BaseModel)
Combination = tuple[str, ...]  # names of tricks, in the order of grid.yaml


def _whole(low: int, high: int, **more: Any) -> Any:
    return Field(ge=low, le=high, description=f"a whole number from {low} to {high}", **more)


def _number(**bounds: float) -> Any:
    words = {"gt": "above", "ge": "from", "lt": "up to, not including,", "le": "up to"}
    limits = " ".join(f"{words[bound]} {value}" for bound, value in bounds.items())
    return Field(**bounds, description=f"a number {limits}")


def _one_of(names: Any) -> Any:
    return Field(description=f"one of {', '.join(names.__args__)}")


def _layers(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


Width = Annotated[int, _whole(1, WIDEST)]
FileName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9.-]*$")]


class Network(BaseModel):
    """A network to train on the first images of MNIST's two sets, with `seeds` seeds."""

    model_config = STRICT
    hidden: Annotated[tuple[Width, ...], BeforeValidator(_layers)] = Field(
        min_length=1,
        max_length=DEEPEST,
        description=f"a width from 1 to {WIDEST}, or a list of 1 to {DEEPEST} of them",
    )
    activation: ACTIVATIONS = _one_of(ACTIVATIONS)
    init: INITIALIZERS = _one_of(INITIALIZERS)
    learning_rate: float = _number(gt=0, le=100)
    momentum: float = _number(ge=0, lt=1)
    nesterov: bool = Field(description="true or false")
    weight_decay: float = _number(ge=0, le=1)
    batch_size: int = _whole(1, TRAINING_IMAGES)
    epochs: int = _whole(1, 10_000)
    patience: int = _whole(1, 1_000_000)
    shuffle: bool = Field(description="true or false")
    training_images: int = _whole(1, TRAINING_IMAGES)
    test_images: int = _whole(1, TEST_IMAGES)
    seeds: int = _whole(1, MOST_SEEDS)
    first_seed: int = _whole(0, 1_000_000, default=0)

    @checked(mode="after")
    def _fits(self) -> Self:
        if self.batch_size > self.training_images:
            allowed = f"up to training_images, {self.training_images}"
            raise ValueError(f"batch_size = {self.batch_size} (allowed: {allowed})")
        if (weights := self.weights * self.seeds) > MOST_WEIGHTS:
            raise ValueError(
                f"hidden = {shown(list(self.hidden))} with {self.seeds} seeds has {weights:,} "
                f"weights (allowed: up to {MOST_WEIGHTS:,})"
            )
        return self

    @property
    def weights(self) -> int:
        """How many weights one seed trains, biases included."""
        sizes = pairwise((INPUTS, *self.hidden, CLASSES))
        return sum((fan_in + (fan_in == INPUTS)) * fan_out for fan_in, fan_out in sizes)

    @property
    def seed_range(self) -> range:
        """The seeds that are trained."""
        return range(self.first_seed, self.first_seed + self.seeds)

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """All that a training needs besides data and a seed."""
        return self.model_dump(exclude={"training_images", "test_images", "seeds", "first_seed"})


class Variant(Network):
    """A network of variants.yaml, with its name for people, on which no training depends."""

    words: str = Field(min_length=1, max_length=60, exclude=True, description="a name for people")


class _Variants(BaseModel):
    model_config = STRICT
    protocol: dict[str, Any] = Field(description="settings that the variants share")
    variants: dict[FileName, dict[str, Any]] = Field(
        description="names of a-z 0-9 . and -, each with its own settings"
    )


def load_network(root: Path = Path()) -> Network:
    """Return the network of params.yaml, which the stage `train` trains."""
    return validate(Network, read_yaml(root / PARAMS), str(PARAMS))


def load_variants(root: Path = Path()) -> dict[str, Variant]:
    """Return every network of variants.yaml, by name."""
    return dict(_variants(read_text(root / VARIANTS)))


def words(name: str) -> str:
    """Return what people call a network: a variant's words, or "yours"."""
    return "yours" if name == OWN else load_variants()[name].words


@cache  # whoever writes for people asks for the words of one network after another
def _variants(text: str) -> dict[str, Variant]:
    """Return every variant's own settings over those of `protocol`."""
    content = validate(_Variants, parse_yaml(text, VARIANTS), str(VARIANTS))
    return {
        name: validate(Variant, content.protocol | own, f"{VARIANTS}: {name}")
        for name, own in content.variants.items()
    }


def resolved(name: str) -> Network:
    """Return the settings of `train` or of a variant, as the stage check_settings wrote them."""
    known = {path.stem: path for path in sorted(SETTINGS.glob("*.json"))}
    if name not in known:
        names = ", ".join(known) or "none yet: `dvc repro check_settings` writes them"
        raise UserError(f"{shown(name)}: no network of that name; there are {names}")
    return validate(Network, read_json(known[name]), str(known[name]))


def changes(network: Network, other: Network) -> list[str]:
    """Return the settings that are not the other's, but for seeds, as `dvc exp run -S` has them."""
    seeds = {"seeds", "first_seed"}
    mine, others = (one.model_dump(mode="json", exclude=seeds) for one in (network, other))
    different = {key: value for key, value in mine.items() if value != others[key]}
    if len(layers := different.get("hidden", ())) == 1:
        different["hidden"] = layers[0]
    return [f"{key}={value}".replace(" ", "").lower() for key, value in different.items()]


def stored(network: Network) -> bytes:
    """Return what check_settings writes of a network."""
    return (network.model_dump_json(indent=2) + "\n").encode()


class Trick(BaseModel):
    """What a trick changes, and the networks of variants.yaml by which the reports tried it.

    levels: for each of its comparisons the accuracy up to which its speed is measured; reported:
    pairs of variants, without the trick and with it.
    """

    model_config = STRICT
    before: dict[str, Any] = {}
    after: dict[str, Any]
    levels: dict[Literal["on_top", "alone", "as_reported"], float]
    reported: list[list[str]] = []
    said: str = "nothing"


class Crossing(BaseModel):
    """The content of grid.yaml: every subset of the crossed tricks, and all of them with one more.

    Each combination is trained at every rate with `tuning_seeds` seeds, from 0 on; at its best rate
    with `seeds` others, and all crossed tricks together with `base_seeds`.
    """

    model_config = STRICT
    protocol: dict[str, Any]  # what all share, over the protocol of variants.yaml
    tuning_seeds: int = _whole(1, 100)
    base_seeds: int = _whole(2, MOST_SEEDS)
    rates: list[float] = Field(min_length=2, description="a list of two numbers or more")
    crossed: dict[str, Trick] = Field(min_length=1, description="names, each with a trick")
    added: dict[str, Trick] = Field(description="names, each with a trick")

    @property
    def everything(self) -> Combination:
        """All crossed tricks together."""
        return tuple(self.crossed)

    @property
    def tricks(self) -> dict[str, Trick]:
        """All tricks by name, the crossed ones first."""
        return self.crossed | self.added

    @property
    def combinations(self) -> list[Combination]:
        """Every subset of the crossed tricks, then all of them with one added."""
        sizes = range(len(self.crossed) + 1)
        subsets = [each for size in sizes for each in combinations(self.crossed, size)]
        return subsets + [(*self.everything, name) for name in self.added]

    def pair(self, name: str) -> tuple[Combination, Combination]:
        """Return all other crossed tricks without this one, and with it."""
        if name in self.added:
            return self.everything, (*self.everything, name)
        return tuple(other for other in self.crossed if other != name), self.everything

    def network(self, tricks: Combination, rate: float) -> Network:
        """Return the network with these tricks at a rate, learning_rate / (1 - momentum)."""
        settings = self.protocol | {"learning_rate": rate}
        for name, trick in self.tricks.items():
            settings |= trick.after if name in tricks else trick.before
        if tricks == self.everything:
            settings["seeds"] = self.base_seeds
        network = validate(Network, settings, f"{GRID}: {' + '.join(tricks) or 'no trick'}")
        step = round(rate * (1 - network.momentum), 10)
        return network.model_copy(update={"learning_rate": step})


def read_crossing() -> Crossing:
    """Return the content of grid.yaml, every network of which is valid."""
    crossing = validate(Crossing, read_yaml(GRID), str(GRID))
    protocol = read_yaml(VARIANTS)["protocol"] | crossing.protocol
    crossing = crossing.model_copy(update={"protocol": protocol})
    for tricks in crossing.combinations:
        for rate in crossing.rates:
            crossing.network(tricks, rate)
    return crossing


def validate(model: type[Model], given: Any, where: str) -> Model:
    """Return `given` as a `model`, or raise a UserError that names every wrong key of `where`."""
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
    """Return a value for a message, one line of at most 60 characters, however large it is."""
    return f"{reprlib.repr(value):.60}"
