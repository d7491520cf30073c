"""The reader and writer of files: stable bytes, whole or not at all, and refusals in one line."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from workflow import files


def test_json_has_sorted_keys_six_digits_and_a_final_newline(tmp_path):
    path = tmp_path / "new folder" / "metrics.json"
    files.write_json(path, {"b": np.float32(0.1), "a": 1 / 3, "c": [1e-12, -0.0, None]})
    text = '{\n  "a": 0.333333,\n  "b": 0.1,\n  "c": [\n    1e-12,\n    0.0,\n    null\n  ]\n}\n'
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("-inf")])
def test_a_number_that_is_not_finite_is_refused_and_the_old_file_kept(tmp_path, value):
    path = tmp_path / "metrics.json"
    files.write_json(path, {"loss": 1})
    assert "only finite numbers" in refusal(files.write_json, path, {"loss": [value]})
    assert files.read_json(path) == {"loss": 1}


def test_csv_has_a_header_short_numbers_and_line_feeds(tmp_path):
    path = tmp_path / "curve.csv"
    files.write_csv(path, {"step": [0, 125], "loss": np.array([1.0, 2 / 3], np.float32)})
    assert path.read_bytes() == b"step,loss\n0,1\n125,0.666667\n"
    with pytest.raises(ValueError, match="shorter"):
        files.write_csv(path, {"step": [0, 125], "loss": [1.0]})
    assert path.read_bytes() == b"step,loss\n0,1\n125,0.666667\n"


numbers = st.floats(-1e30, 1e30).map(lambda x: float(f"{x:.6g}"))


@given(st.lists(st.tuples(st.integers(0, 10**5), numbers), min_size=1))
def test_csv_gives_back_what_was_written(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "curve.csv"
    files.write_csv(path, {"step": [r[0] for r in rows], "loss": [r[1] for r in rows]})
    assert np.column_stack([*files.read_csv(path, ["step", "loss"]).values()]).tolist() == [
        list(row) for row in rows
    ]


FAULTS = {
    "empty table": (files.read_csv, b"", "expected a header"),
    "ragged": (files.read_csv, b"a,b\n1\n", "expected a header"),
    "no column": (files.read_csv, b"b\n1\n", "the column a is missing"),
    "words": (files.read_csv, b"a\nten\n", "is no table of numbers (could not convert"),
    "not a number": (files.read_csv, b"a\nnan\n", "holds something else than finite numbers"),
    "no JSON": (files.read_json, b'{"a": 1', "is not JSON (Expecting ',' delimiter"),
    "no object": (files.read_json, b"[1]", "expected a JSON object, found list"),
    "JSON not UTF-8": (files.read_json, b"\xff", "is not UTF-8 text (byte 0)"),
}


@pytest.mark.parametrize(("read", "content", "message"), FAULTS.values(), ids=FAULTS)
def test_a_damaged_file_is_one_line_that_names_it(tmp_path, read, content, message):
    path = tmp_path / "file"
    path.write_bytes(content)
    line = refusal(read, path, ["a"]) if read is files.read_csv else refusal(read, path)
    assert line.startswith(f"{path}: {message}")


def test_only_regular_files_are_read_and_nothing_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")
    reasons = {"pipe": "is no regular file", "zeros": "is no regular file"}
    reasons |= {"gone": "cannot be read (No such file", ".": "cannot be read (Is a directory"}
    for name, reason in reasons.items():
        assert reason in refusal(files.read_text, tmp_path / name)
    (tmp_path / "a").write_bytes(b"digits")
    assert files.read(tmp_path / "a", 3) == b"dig"


def test_a_fault_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "model"
    files.write(path, b"old")

    def fail(file):
        file.write(b"half")
        raise OSError("no space left")

    assert refusal(files.write, path, fail) == f"{path}: cannot be written (no space left)"
    (tmp_path / ".model.part").write_bytes(b"half")  # by a process that was killed
    assert "cannot be written" in refusal(files.write, path / "below", b"new")
    files.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
