from pathlib import Path

import pytest

from figures.columns import read_columns


def test_the_columns_asked_for_come_back_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("step,loss,word\n0,2.5,x\n125,0.5,y\n")
    columns = read_columns(path, ("loss", "step"))
    assert {name: column.tolist() for name, column in columns.items()} == {
        "loss": [2.5, 0.5],
        "step": [0.0, 125.0],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step\n0\n", "the column loss is missing"),
        ("step,loss\n", "there are no rows"),
        ("step,loss\n0,high\n", "the column loss holds something else than finite numbers"),
        ("step,loss\n0,nan\n", "the column loss holds something else than finite numbers"),
        ("step,loss\n0\n", "expected a header and rows of its length"),
        ("", "expected a header and rows of its length"),
    ],
)
def test_bad_columns_are_refused_with_the_name_of_the_file(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_columns(path, ("step", "loss"))
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
