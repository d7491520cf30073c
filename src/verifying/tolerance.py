"""How far results may lie from the published ones where the processor is not x86-64.

Other processors round sums otherwise: some 1e-7 a step. Most networks make nothing of it. But in
some (ten layers, momentum in a few, sigmoids that saturate) it doubles every few dozen or hundred
steps, until runs differ as runs of other seeds would. So what must agree is (the measurements:
docs/reproducibility.md)

- to the bit: data and normalization, exact sums and correctly rounded operations on any processor;
- closely: the training loss over the first steps of each seed, before rounding can have grown;
- as one sample of seeds agrees with another: the mean over seeds of each final quantity;
- in what is concluded: a claim's verdict may move to or from `within seed noise`, not from
  supported to contradicted or back.

All else is computed from these, and is not judged twice.
"""

import statistics
from collections.abc import Iterator

from verifying.deviation import Cells, relative

EXACT = ("data/", "metrics/normalization.json")
# Up to the first check of the reports' networks the training loss, a mean over the steps so far,
# may be off by this part of it: ten times the most that was measured.
EARLY_STEP = 125
EARLY = 1e-2
# Standard errors of the difference of two means over six seeds: more come by chance once in 2,000
# times. To them comes this part of the mean, for quantities in which seeds hardly differ.
STANDARD_ERRORS = 5
MEANS = 1e-3
# Two units of the last digit published of a difference that is itself rounding noise.
GRADIENT_CHECK = 2e-9
NOISE = "within seed noise"


def outside(path: str, published: Cells, here: Cells) -> str:
    """Why a file that differs is not within tolerance; empty where it is."""
    if path.startswith(EXACT):
        return "must be the same on every machine"
    try:
        return next(_objections(path, published, here), "")
    except ValueError as error:
        return f"holds what is no number ({error})"


def _objections(path: str, published: Cells, here: Cells) -> Iterator[str]:
    if path.startswith("plots/runs/"):
        yield from _early_losses(published, here)
    elif path.startswith("plots/seeds/"):
        yield from _means(published, here)
    elif path == "metrics/verdicts.json":
        yield from _verdicts(published, here)
    elif path == "metrics/gradient_check.json":
        for place, value in published.items():
            if not abs(float(here.get(place, "inf")) - float(value)) <= GRADIENT_CHECK:
                yield f"{', '.join(place)}: more than {GRADIENT_CHECK:g} off"


def _early_losses(published: Cells, here: Cells) -> Iterator[str]:
    for place, loss in published.items():
        *row, name = place
        step = int(dict(key.split() for key in row)["step"])
        if name != "train_loss" or step > EARLY_STEP:
            continue
        if relative(loss, here.get(place, "missing")) > EARLY:
            yield f"{', '.join(place)}: more than {EARLY:g} of it off"


def _means(published: Cells, here: Cells) -> Iterator[str]:
    for name in dict.fromkeys(place[-1] for place in published):
        before, now = (
            [float(value) for place, value in table.items() if place[-1] == name]
            for table in (published, here)
        )
        if len(before) != len(now) or len(now) < 2:
            yield f"{name}: {len(before)} seeds published, {len(now)} here; both must be 2 or more"
            continue
        spread = (statistics.variance(before) + statistics.variance(now)) / len(now)
        mean, found = statistics.fmean(before), statistics.fmean(now)
        if abs(found - mean) > STANDARD_ERRORS * spread**0.5 + MEANS * abs(mean):
            yield f"{name}: mean {mean:.6g} -> {found:.6g}, over {STANDARD_ERRORS} standard errors"


def _verdicts(published: Cells, here: Cells) -> Iterator[str]:
    for place, verdict in published.items():
        found = here.get(place, "missing")
        same = found == verdict or (found != "missing" and NOISE in (verdict, found))
        if place[-1] == "verdict" and not same:
            yield f"{', '.join(place)}: {verdict} -> {found}"
