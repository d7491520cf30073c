"""What is published of the networks: the one place that knows the tables' names and columns.

Losses in nats per example, accuracies as fractions. `train_loss` and `train_accuracy` are means
over the steps between two checks; where a run ends, over the whole training set.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean as mean  # of the exact sum: the same in any order
from statistics import stdev
from typing import TYPE_CHECKING, Any

from workflow import files
from workflow.command import UserError
from workflow.settings import OWN, PARAMS, SETTINGS, VARIANTS, Network, stored

if TYPE_CHECKING:  # whoever reads tables need not load the compiler
    from mlp.training import Run

QUANTITIES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
CONFUSION = Path("plots", OWN, "confusion.csv")
GRID_RUNS = Path("plots/grid.csv")
LEVELS = (80, 85, 90, 95)  # per cent of accuracy, up to which speed is measured
LOCK = Path("dvc.lock")
# Epochs whose every check is drawn; after them a curve changes little from check to check.
DENSE_EPOCHS = 3


def path(kind: str, name: str, root: Path = Path()) -> Path:
    """Return the path of a network's table; those of your network lie in a folder of their own."""
    return root / "plots" / (Path(OWN, f"{kind}.csv") if name == OWN else Path(kind, f"{name}.csv"))


def metrics_path(name: str, root: Path = Path()) -> Path:
    """Return the path of a network's means."""
    return root / "metrics" / f"{name}.json"


def deviation(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation; one value has none."""
    return stdev(values) if len(values) > 1 else None


def seeds_table(runs: Sequence["Run"]) -> files.Columns:
    """Return one row a seed: how long it trained, and where it ended."""
    return files.columns(
        {
            "seed": run.seed,
            "parameters": sum(layer.size for layer in run.weights),
            "epochs": run.steps[-1] / run.steps_per_epoch,
            "steps": run.steps[-1],
            "train_loss": run.final_train_loss,
            "train_accuracy": run.final_train_accuracy,
            "validation_loss": run.validation_loss[-1],
            "validation_accuracy": run.validation_accuracy[-1],
            "best_validation_loss": min(run.validation_loss),
            "best_validation_accuracy": max(run.validation_accuracy),
        }
        for run in runs
    )


def runs_table(runs: Sequence["Run"]) -> files.Columns:
    """Return one row a seed and check."""
    return files.columns(
        {"seed": run.seed, "step": step} | {name: getattr(run, name)[i] for name in QUANTITIES}
        for run in runs
        for i, step in enumerate(run.steps)
    )


def curves_table(runs: Sequence["Run"]) -> files.Columns:
    """Return the curves to draw: mean, minimum and maximum over seeds, up to the first seed's stop.

    One row a check in the first epochs, then one an epoch: a plot has no more pixels. Beyond the
    first stop a mean would rest on those seeds alone that train longest.
    """
    shortest = min(runs, key=lambda run: len(run.steps))
    rows = []
    for i, step in enumerate(shortest.steps):
        epoch, inside = divmod(step, shortest.steps_per_epoch)
        if inside and epoch >= DENSE_EPOCHS and step != shortest.steps[-1]:
            continue
        row: dict[str, float] = {"step": step}
        for name in QUANTITIES:
            values = [getattr(run, name)[i] for run in runs]
            row |= {name: mean(values), f"{name}_lo": min(values), f"{name}_hi": max(values)}
        rows.append(row)
    return files.columns(rows)


def gradients_table(runs: Sequence["Run"]) -> files.Columns:
    """Return one row a seed, epoch and layer, layer 1 next to the input: norms as it starts."""
    return files.columns(
        {"seed": run.seed, "step": step, "layer": layer, "gradient_norm": g, "weight_norm": w}
        for run in runs
        for step, *norms in zip(run.norm_steps, run.gradient_norms, run.weight_norms, strict=True)
        for layer, (g, w) in enumerate(zip(*norms, strict=True), start=1)
    )


KINDS = ("seeds", "runs", "curves", "gradients")
TABLES = dict(zip(KINDS, (seeds_table, runs_table, curves_table, gradients_table), strict=True))


def means(seeds: files.Columns) -> dict[str, Any]:
    """Return means over seeds, and standard deviations of loss and accuracy on test images."""
    flat: dict[str, Any] = {name: mean(seeds[name]) for name in seeds if name != "seed"}
    for name in ("validation_loss", "validation_accuracy"):
        flat[f"{name}_std"] = deviation(seeds[name])
    return flat | {"parameters": seeds["parameters"][0], "seeds": len(seeds["seed"])}


def publish(name: str, runs: Sequence["Run"]) -> None:
    """Write everything that is published of a network's runs."""
    for kind, table in TABLES.items():
        files.write_csv(path(kind, name), table(runs))
    files.write_json(metrics_path(name), means(seeds_table(runs)))


def in_words(name: str) -> str:
    """Return a network's published means ± sample deviations over its seeds, for one line."""
    flat, parts = files.read_json(metrics_path(name)), []
    for quantity in ("accuracy", "loss"):
        spread = flat[f"validation_{quantity}_std"]
        parts.append(f"{quantity} {flat[f'validation_{quantity}']:.4f}")
        parts[-1] += "" if spread is None else f" ± {spread:.4f}"
    return f"{', '.join(parts)} (seeds: {flat['seeds']})"


def check_results(
    name: str, network: Network, root: Path = Path(), also: Sequence[Path] = ()
) -> None:
    """Raise UserError unless the tables of `name`, and other results, are those of this network.

    DVC notes in dvc.lock, once a stage has succeeded, the hashes of its settings and its results.
    """
    stage, source = (name, PARAMS) if name == OWN else (f"variant@{name}", VARIANTS)
    way = f"`dvc repro {stage}` trains the network of {source}"
    try:
        entry = files.read_yaml(root / LOCK)["stages"][stage]
        known = {file["path"]: file["md5"] for file in entry["deps"] + entry["outs"]}
    except (KeyError, TypeError):
        raise UserError(f"{LOCK}: {stage} was not trained yet; {way}") from None
    if known.get(f"{SETTINGS}/{name}.json") != files.md5(stored(network)):
        raise UserError(f"{source}: the results of {name} are of other settings; {way}")
    for result in (metrics_path(name), *(path(kind, name) for kind in KINDS), *also):
        if known.get(str(result)) != files.md5(files.read(root / result)):
            raise UserError(f"{result}: is not what {LOCK} has of {stage}; {way}")


def first_reached(steps: Iterable[float], values: Iterable[float], level: float) -> float:
    """Return the step at which `values` first reach `level`, on the line between two checks.

    0 where they never do.
    """
    step_before = before = 0.0
    for step, value in zip(steps, values, strict=True):
        if value >= level:
            return step_before + (level - before) / (value - before) * (step - step_before)
        step_before, before = step, value
    return 0.0
