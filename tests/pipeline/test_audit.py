"""The audit: a sample of runs trained again, and what it proves; in a small real project."""

from command import UserError

import sys
from math import comb

import projects
import pytest

import audit

SEEDS = {"plain": [0, 1, 2], "momentum": [0, 1]}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = projects.make_project(tmp_path_factory.mktemp("audited"), seeds=2)
    projects.dvc(folder, "repro", "variant")
    return folder


def run_audit(project, *options):
    return projects.run(project, sys.executable, "src/audit.py", *options)


def test_runs_trained_again_have_the_published_bits(project):
    done = run_audit(project, "--runs", "4")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("all bits equal") == 5
    assert done.stdout.endswith("audit: all 4 runs, all bits equal\n")


@pytest.mark.parametrize("kind", ["seeds", "runs", "gradients", "early", "correct"])
def test_one_altered_value_in_any_table_is_named(project, kind):
    path = project / audit.results.path(kind, "plain")
    published = path.read_bytes()
    path.write_bytes(published[:-3] + bytes([published[-3] ^ 1]) + published[-2:])
    try:
        done = run_audit(project, "--runs", "4")
    finally:
        path.write_bytes(published)
    assert done.returncode == 1
    assert f"plain, seed 1: differs in {kind}\n" in done.stdout
    assert done.stderr == "audit: 1 of 4 runs are not as published\n"


def test_a_sample_is_the_same_for_the_same_draw_and_has_no_run_twice():
    samples = [audit.sample(SEEDS, 4, draw) for draw in (7, 7, *range(20))]
    assert samples[0] == samples[1]
    assert len({str(sample) for sample in samples}) > 2
    for sample in samples:
        runs = [(name, seed) for name, seeds in sample.items() for seed in seeds]
        assert len(set(runs)) == 4
        assert all(seed in SEEDS[name] for name, seed in runs)


@pytest.mark.parametrize("runs", [0, -1, 6])
def test_more_runs_than_there_are_or_none_are_refused(runs):
    with pytest.raises(UserError, match=rf"--runs {runs} is not allowed; allowed: 1 to 5"):
        audit.sample(SEEDS, runs, 0)


def test_the_share_that_could_differ_is_the_one_that_a_sample_would_hardly_miss():
    """Were the stated share of 500 runs different, a sample of 12 would miss all of them with a
    chance of less than 5 %; drawing without replacement only lowers it."""
    text = audit.conclusion(12, 500)
    share = int(text.rsplit("fewer than ", 1)[1].split("%")[0]) / 100
    missed = comb(500 - round(500 * (share + 0.005)), 12) / comb(500, 12)
    assert missed < 0.05
    assert text.startswith("12 of 500 runs, all bits equal: with 95% confidence")
