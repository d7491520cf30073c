import hashlib
import json
from pathlib import Path

from compare import fingerprints, table
from settings import load_variants

PROJECT = Path(__file__).parents[1]


def test_the_table_has_a_row_a_variant_and_says_mean_and_deviation():
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
    head, rule, momentum, alone = table({"momentum": metrics, "alone": single})
    assert [c.strip() for c in momentum.strip("|").split("|")] == [
        *("momentum", "50,880", "16.0", "0.0019", "0.154 ± 0.004", "0.9627 ± 0.0009")
    ]
    assert alone.endswith("|           0.154 |              0.9627 |")
    assert len({len(line) for line in (head, rule, momentum, alone)}) == 1


def test_the_published_comparison_holds_every_variant_and_the_hash_of_its_files(monkeypatch):
    monkeypatch.chdir(PROJECT)
    published = json.loads(Path("metrics/comparison.json").read_text())
    assert set(published) == set(load_variants())
    for name, entry in published.items():
        own = json.loads(Path(f"metrics/{name}.json").read_text())
        assert entry == own | {"sha256": fingerprints(name)}
    curves = Path("plots/curves/plain.csv").read_bytes()
    assert published["plain"]["sha256"]["curves"] == hashlib.sha256(curves).hexdigest()
