import math

from verifying.deviation import cells, largest, relative


def table(*rows: str) -> dict:
    return cells("plots/x.csv", "\n".join(("seed,step,loss", *rows, "")).encode())


def test_a_cell_is_named_by_the_keys_of_its_row():
    assert table("0,125,0.5") == {("seed 0", "step 125", "loss"): "0.5"}


def test_a_table_without_keys_is_named_by_its_lines():
    assert cells("x.csv", b"loss\n0.5\n") == {("line 2", "loss"): "0.5"}


def test_json_is_named_by_its_keys_and_the_ids_in_its_lists():
    content = b'{"claims": [{"id": "a-1", "verdict": null}], "means": [1.50, true]}'
    assert cells("x.json", content) == {
        ("claims", "a-1", "id"): "a-1",
        ("claims", "a-1", "verdict"): "null",
        ("means", "0"): "1.50",
        ("means", "1"): "true",
    }


def test_damaged_tables_and_json_are_compared_by_line():
    assert cells("x.csv", b"a,b\n1\n") == {("line 1",): "a,b", ("line 2",): "1"}
    assert cells("x.json", b"{") == {("line 1",): "{"}
    assert cells("x.svg", b"\xff") == {("line 1",): "\N{REPLACEMENT CHARACTER}"}


def test_relative_deviation_is_symmetric_and_infinite_for_words():
    assert relative("2", "1") == relative("1", "2") == 0.5
    assert relative("0.50", "0.50") == relative("0", "0.0") == 0
    assert relative("supported", "contradicted") == relative("1", "nan") == math.inf


def test_the_largest_of_several_deviations_is_the_one_named():
    found = largest(table("0,0,1.0", "1,0,2.0"), table("0,0,1.1", "1,0,4.0"))
    assert found.size == 0.5
    assert found.where == "seed 1, step 0, loss: 2.0 -> 4.0 (2 of 2 values)"


def test_a_row_less_and_a_row_more_shift_nothing():
    found = largest(table("0,0,1.0", "0,1,2.0"), table("0,1,2.0", "0,2,3.0"))
    assert found.size == math.inf
    assert found.where == "1 values missing, 1 values too many"
