import hashlib
import json
from pathlib import Path

from hand_made import write_results

import files
from compare import KINDS, fingerprints, table
from settings import load_variants

PROJECT = Path(__file__).parents[1]


def test_the_table_has_a_row_a_network_and_says_mean_and_deviation() -> None:
    metrics = {
        "parameters": 50880,
        "epochs": 16.0333,
        "train_loss": 0.00185,
        "validation_loss": 0.15375,
        "validation_loss_std": 0.0044,
        "validation_accuracy": 0.96267,
        "validation_accuracy_std": 0.00094,
    }
    single = metrics | {"validation_loss_std": None, "validation_accuracy_std": None}
    head, rule, momentum, alone = table({"momentum": metrics, "alone": single}).splitlines()
    assert [c.strip() for c in momentum.strip("|").split("|")] == [
        *("momentum", "50,880", "16.0", "0.0019", "0.154 ± 0.004", "0.9627 ± 0.0009")
    ]
    assert [c.strip() for c in alone.strip("|").split("|")][4:] == ["0.154", "0.9627"]
    assert len({len(line) for line in (head, rule, momentum, alone)}) == 1


def test_every_file_of_results_has_its_fingerprint(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_results("plain", [0.9, 0.91])
    files.write("plots/curves/plain.csv", "step\n0\n")
    before = fingerprints("plain")
    assert set(before) == set(KINDS) == {"curves", "gradients", "runs", "seeds", "early", "correct"}
    assert before["curves"] == hashlib.sha256(b"step\n0\n").hexdigest()
    write_results("plain", [0.9, 0.92])
    changed = {kind for kind, hashed in fingerprints("plain").items() if hashed != before[kind]}
    assert changed == {"seeds", "correct"}


def test_the_published_comparison_has_every_variant_and_the_hash_of_its_files(monkeypatch) -> None:
    monkeypatch.chdir(PROJECT)
    published = json.loads(Path("metrics/comparison.json").read_text())
    assert set(published) == set(load_variants())
    for name, entry in published.items():
        own = json.loads(Path(f"metrics/{name}.json").read_text())
        assert entry == own | {"sha256": fingerprints(name)}
