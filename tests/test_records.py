import os
import stat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import records


def test_json_has_sorted_keys_six_digits_and_a_final_newline(tmp_path):
    path = tmp_path / "new folder" / "metrics.json"
    records.write_json(path, {"b": np.float32(0.1), "a": 1 / 3, "c": [1e-12, -0.0, None]})
    text = '{\n  "a": 0.333333,\n  "b": 0.1,\n  "c": [\n    1e-12,\n    0.0,\n    null\n  ]\n}\n'
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("-inf")])
def test_a_number_that_is_not_finite_is_refused_and_the_old_file_kept(tmp_path, value):
    path = tmp_path / "metrics.json"
    records.write_json(path, {"loss": 1})
    with pytest.raises(ValueError, match="only finite numbers"):
        records.write_json(path, {"loss": [value]})
    assert records.read_json(path) == {"loss": 1}


def test_csv_has_a_header_short_numbers_and_line_feeds(tmp_path):
    path = tmp_path / "curve.csv"
    records.write_csv(path, {"step": [0, 125], "loss": np.array([1.0, 2 / 3], np.float32)})
    assert path.read_bytes() == b"step,loss\n0,1\n125,0.666667\n"


def test_columns_of_unequal_length_are_refused(tmp_path):
    with pytest.raises(ValueError, match="shorter"):
        records.write_csv(tmp_path / "curve.csv", {"step": [0, 125], "loss": [1.0]})
    assert list(tmp_path.iterdir()) == []


numbers = st.floats(-1e30, 1e30).map(lambda x: float(f"{x:.6g}"))


@given(st.lists(st.tuples(st.integers(0, 10**5), numbers)))
def test_csv_gives_back_what_was_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "curve.csv"
    records.write_csv(path, {"step": [r[0] for r in rows], "loss": [r[1] for r in rows]})
    found = records.read_csv(path)
    assert found["step"].tolist() == [r[0] for r in rows]
    assert found["loss"].tolist() == [r[1] for r in rows]


def test_words_in_a_column_stay_words(tmp_path):
    records.write_csv(tmp_path / "t.csv", {"variant": ["plain", "momentum"], "seeds": [6, 6]})
    assert records.read_csv(tmp_path / "t.csv")["variant"].tolist() == ["plain", "momentum"]


@pytest.mark.parametrize("text", ["", "a,b\n1\n", "a\n1,2\n"])
def test_a_ragged_table_is_refused_by_name(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"table\.csv: expected a header"):
        records.read_csv(path)


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1'])
def test_what_is_no_json_object_is_refused_by_name(tmp_path, text):
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"metrics\.json: "):
        records.read_json(path)


def test_a_fault_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "model"
    records.write_bytes(path, b"old")

    def fail(file):
        file.write(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        records.write_atomically(path, fail)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_a_link_is_replaced_and_never_written_through(tmp_path):
    target, link = tmp_path / "elsewhere", tmp_path / "metrics.json"
    target.write_text("precious")
    link.symlink_to(target)
    records.write_text(link, "new")
    assert target.read_text() == "precious"
    assert not link.is_symlink()
    assert link.read_text() == "new"


def test_files_get_the_permissions_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        records.write_text(tmp_path / "a", "")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
