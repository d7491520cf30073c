"""Train a random sample of the published runs again, and compare every bit of them.

    python src/audit.py                     a sample of its own each time
    python src/audit.py --runs 50 --draw 7  more of them; the sample that is drawn with seed 7

A full reproduction takes the whole pipeline; a sample of runs (a network and a seed) is judged in
minutes, and bounds the share of published runs that could differ.
"""

import determinism
from command import UserError, run

import argparse
import secrets

import numpy as np

import datasets
import files
import results
from mlp.training import Run
from seeds import train_seeds
from settings import load_variants, resolved

RUNS = 24  # about 90 seconds on two cores
CONFIDENCE = 0.95


def sample(seeds: dict[str, list[int]], runs: int, draw: int) -> dict[str, list[int]]:
    """Return `runs` of all runs, by network, drawn without replacement with the seed `draw`."""
    every = [(name, seed) for name, known in seeds.items() for seed in known]
    if not 1 <= runs <= len(every):
        raise UserError(f"--runs {runs} is not allowed; allowed: 1 to {len(every)}")
    chosen: dict[str, list[int]] = {}
    for i in sorted(np.random.default_rng(draw).permutation(len(every))[:runs]):
        chosen.setdefault(every[i][0], []).append(every[i][1])
    return chosen


def differences(name: str, trained: Run, seeds: list[int]) -> list[str]:
    """Return the tables in which a run trained again is not, bit by bit, the published one."""
    kinds = []
    for kind in ("seeds", "runs", "gradients", "early"):
        lines = files.read_text(results.path(kind, name)).splitlines()[1:]
        own = [line for line in lines if line.startswith(f"{trained.seed},")]
        if own != files.csv_text(results.TABLES[kind]([trained])).splitlines()[1:]:
            kinds.append(kind)
    correct = np.load(results.path("correct", name), allow_pickle=False)
    if not np.array_equal(correct[seeds.index(trained.seed)], np.packbits(trained.correct)):
        kinds.append("correct")
    return kinds


def conclusion(runs: int, of: int) -> str:
    """Return what it proves that `runs` runs drawn from `of` are all as published."""
    if runs == of:
        return f"all {of} runs, all bits equal"
    share = f"with {CONFIDENCE:.0%} confidence fewer than {1 - (1 - CONFIDENCE) ** (1 / runs):.0%}"
    return f"{runs} of {of} runs, all bits equal: {share} of all could differ"


def main() -> None:
    """Train the sample, print what differs and what the sample proves."""
    parser = argparse.ArgumentParser(description="Train a sample of the published runs again.")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how many; default: {RUNS}")
    parser.add_argument("--draw", type=int, default=secrets.randbelow(10**6), help="fix the sample")
    arguments = parser.parse_args()
    if not determinism.IS_X86:
        raise UserError("the published bits are those of x86-64; `make verify` judges elsewhere")
    datasets.check()
    tables = {
        name: files.read_csv(results.path("seeds", name), ["seed"]) for name in load_variants()
    }
    seeds = {name: table["seed"].astype(int).tolist() for name, table in tables.items()}
    chosen = sample(seeds, arguments.runs, abs(arguments.draw))
    print(f"audit: {arguments.runs} runs, the sample drawn with --draw {abs(arguments.draw)}")
    different = 0
    for name, own in chosen.items():
        for trained in train_seeds(resolved(name), name, own):
            kinds = differences(name, trained, seeds[name])
            different += bool(kinds)
            what = f"differs in {', '.join(kinds)}" if kinds else "all bits equal"
            print(f"{name}, seed {trained.seed}: {what}", flush=True)
    if different:
        raise UserError(f"{different} of {arguments.runs} runs are not as published")
    print(f"audit: {conclusion(arguments.runs, sum(map(len, seeds.values())))}")


if __name__ == "__main__":
    run(main)
