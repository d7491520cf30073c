"""The same bits on every machine: what trainings left on all that were tried."""

import bits
import pytest

from mlp import training

DIGESTS = {
    "sigmoid": "a8870c9aff7ef55d",
    "improved sigmoid": "32d2f93d6e8dfc17",
    "momentum": "be6510ab29289b5c",
    "nesterov": "b768f4460dcdac16",
    "decay": "cc501e6acaf12d93",
    "nesterov and decay": "c87fd00ab22418a2",
    "one unit": "ca10f06e08443806",
    "two units": "6d637a0860b4a9a2",
    "ten layers": "8ea7528b16393cad",
    "ten layers with momentum": "101f26b4a1972a68",
    "ten layers of relu": "3043878670c47ba1",
}


def test_trainings_leave_here_what_they_left_everywhere():
    assert bits.digests() == DIGESTS


def test_a_machine_that_computes_otherwise_is_refused_in_one_line(monkeypatch):
    training.check()
    monkeypatch.setattr(training, "KNOWN_ANSWER", "another")
    with pytest.raises(ArithmeticError, match=r"^this machine computes otherwise: .* not another$"):
        training.check()
