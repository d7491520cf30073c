"""grid.yaml -> the combinations of tricks that are trained at several rates, and their networks."""

from collections.abc import Mapping
from itertools import chain, combinations
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from workflow import files
from workflow.command import UserError
from workflow.settings import STRICT, VARIANTS, Network, load_variants, shown, validate

GRID, RUNS = Path("grid.yaml"), Path("plots/grid.csv")
TUNING_SEED = 0
Combination = tuple[str, ...]  # names of tricks, in the order of grid.yaml


class Trick(BaseModel):
    """What a trick changes, and the networks of variants.yaml by which the reports tried it."""

    model_config = STRICT
    before: dict[str, Any] = Field({}, description="settings and their values")
    after: dict[str, Any] = Field(description="settings and their values")
    reported: list[list[str]] = Field([], description="pairs of variants, without and with it")
    said: str = Field("nothing", description="a text")
    seeds: int = Field(0, ge=2, le=1000, description="a whole number from 2 to 1000")


class Crossing(BaseModel):
    """The content of grid.yaml."""

    model_config = STRICT
    protocol: dict[str, Any] = Field(description="what all share, over variants.yaml's protocol")
    rates: list[float] = Field(min_length=2, description="a list of two numbers or more")
    one_rate: float = Field(description="one of the rates")
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
        subsets = chain.from_iterable(combinations(self.everything, size) for size in sizes)
        return [*subsets, *((*self.everything, name) for name in self.added)]

    def contest(self, name: str) -> tuple[Combination, Combination]:
        """All other crossed tricks without this one, and with it."""
        if name in self.added:
            return self.everything, (*self.everything, name)
        return tuple(other for other in self.crossed if other != name), self.everything

    def network(self, tricks: Combination, rate: float) -> Network:
        """The network with these tricks at an effective rate."""
        settings = dict(self.protocol)
        for name, trick in self.crossed.items():
            settings |= trick.after if name in tricks else trick.before
        for name in set(tricks) & set(self.added):
            settings |= self.added[name].after
        settings["learning_rate"] = rate
        network = validate(Network, settings, f"{GRID}: {' + '.join(tricks) or 'no trick'}")
        size = round(rate * (1 - network.momentum), 10)
        return network.model_copy(update={"learning_rate": size})

    def plan(self, best: Mapping[Combination, float]) -> dict[tuple[Combination, float], int]:
        """How many judged seeds a combination gets, at its best rate or at the one rate."""
        usual = self.network((), self.one_rate).seeds
        contests = {name: self.contest(name) for name in self.tricks}
        plan = {}
        for each in self.combinations:
            own = [t.seeds for name, t in self.tricks.items() if each == contests[name][1]]
            own += [t.seeds for name, t in self.crossed.items() if each == contests[name][0]]
            if set(each) <= set(self.crossed):
                plan[each, self.one_rate] = usual
            plan[each, best[each]] = max(own, default=0) or usual
        return plan


def read_crossing() -> Crossing:
    """The content of grid.yaml, every network of which is valid."""
    crossing = validate(Crossing, files.read_yaml(GRID), str(GRID))
    if crossing.one_rate not in crossing.rates:
        raise UserError(f"{GRID}: one_rate = {crossing.one_rate} (allowed: one of the rates)")
    known, shared = load_variants(), files.read_yaml(VARIANTS)["protocol"]
    crossing = crossing.model_copy(update={"protocol": shared | crossing.protocol})
    for name, trick in crossing.tricks.items():
        for pair in trick.reported:
            if len(pair) != 2 or not set(pair) <= set(known):
                allowed = f"two of {', '.join(known)}"
                raise UserError(f"{GRID}: {name}: reported = {shown(pair)} (allowed: {allowed})")
    for each in crossing.combinations:
        for rate in crossing.rates:
            crossing.network(each, rate)
    return crossing


def best_rates(rows: Mapping[str, Any], crossing: Crossing) -> dict[Combination, float]:
    """The rate of each combination with the lowest tuning loss, of the tuning seed's rows.

    rows: columns `cell`, the combination's number, `rate`, `seed`, `tuning_loss`.
    """
    best: dict[int, tuple[float, float]] = {}
    columns = (rows[name] for name in ("cell", "rate", "seed", "tuning_loss"))
    for cell, rate, seed, loss in zip(*columns, strict=True):
        if seed == TUNING_SEED:
            best[int(cell)] = min(best.get(int(cell), (loss, rate)), (loss, rate))
    missing = [name for i, name in enumerate(crossing.combinations) if i not in best]
    if missing:
        raise UserError(f"{GRID}: {' + '.join(missing[0]) or 'no trick'} diverges at every rate")
    return {each: float(best[i][1]) for i, each in enumerate(crossing.combinations)}
