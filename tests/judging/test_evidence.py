from pathlib import Path

import pytest
from hand_made import NETWORK, write_run_data

import records
from judging import evidence


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_run_data(tmp_path, "plain", [0.91, 0.93])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(path: str, **columns: list[object]) -> None:
    """Write a table again with other or additional columns."""
    records.write_csv(path, dict(records.read_csv(path)) | columns)


def test_every_seed_gets_its_own_rows(project: Path) -> None:
    steps = {"seed": [0, 0, 1], "step": [0, 125, 0]}
    curve = {name: [1.0, 2.0, 3.0] for name in evidence.CURVE_COLUMNS[1:]}
    records.write_csv("plots/runs/plain.csv", steps | curve)
    runs = evidence.load_runs("plain", NETWORK)
    assert list(runs) == [0, 1]
    assert runs[0].curve["validation_loss"].tolist() == [1.0, 2.0]
    assert runs[1].curve["validation_loss"].tolist() == [3.0]
    assert [run.final["validation_accuracy"] for run in runs.values()] == [0.91, 0.93]
    assert runs[1].network is NETWORK
    assert runs[0].gradient_check == 7.9e-8


@pytest.mark.parametrize("folder", ["runs", "seeds", "gradients"])
def test_a_missing_table_is_named(project: Path, folder: str) -> None:
    Path(f"plots/{folder}/plain.csv").unlink()
    with pytest.raises(
        evidence.EvidenceError, match=rf"^plots/{folder}/plain\.csv: cannot be read"
    ):
        evidence.load_runs("plain", NETWORK)


def test_a_missing_column_is_named(project: Path) -> None:
    columns = dict(records.read_csv("plots/seeds/plain.csv"))
    del columns["epochs"]
    records.write_csv("plots/seeds/plain.csv", columns)
    with pytest.raises(evidence.EvidenceError, match=r"plain\.csv: the column epochs is missing"):
        evidence.load_runs("plain", NETWORK)


@pytest.mark.parametrize("bad", ["nan", "inf", "a few"])
def test_a_value_that_is_no_finite_number_is_refused(project: Path, bad: str) -> None:
    path = Path("plots/seeds/plain.csv")
    path.write_text(path.read_text().replace("0.91", bad))
    with pytest.raises(evidence.EvidenceError, match="validation_accuracy holds something else"):
        evidence.load_runs("plain", NETWORK)


def test_a_ragged_table_is_refused(project: Path) -> None:
    Path("plots/runs/plain.csv").write_text("seed,step\n0\n")
    with pytest.raises(evidence.EvidenceError, match=r"^plots/runs/plain\.csv"):
        evidence.load_runs("plain", NETWORK)


def test_a_table_without_rows_is_refused(project: Path) -> None:
    header = Path("plots/seeds/plain.csv").read_text().splitlines()[0]
    Path("plots/seeds/plain.csv").write_text(header + "\n")
    with pytest.raises(evidence.EvidenceError, match="there are no rows"):
        evidence.load_runs("plain", NETWORK)


def test_a_seed_that_one_table_lacks_is_named(project: Path) -> None:
    change("plots/runs/plain.csv", seed=[0, 0])
    with pytest.raises(evidence.EvidenceError, match="plain: no curve of seed 1"):
        evidence.load_runs("plain", NETWORK)


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"largest_difference": "small"}'])
def test_a_gradient_check_without_its_result_is_refused(project: Path, text: str) -> None:
    Path("metrics/gradient_check.json").write_text(text)
    with pytest.raises(evidence.EvidenceError, match=r"^metrics/gradient_check\.json: "):
        evidence.load_runs("plain", NETWORK)
