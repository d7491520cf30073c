from dataclasses import replace

from hand_made import NETWORK

from reporting.networks import hidden, networks_table, settings

MEANS = {
    **{"parameters": 50880, "epochs": 47.1, "train_loss": 0.0764791},
    **{"validation_loss": 0.293884, "validation_loss_std": 0.0108014},
    **{"validation_accuracy": 0.91835, "validation_accuracy_std": None},
}


def test_a_network_stands_beside_its_means_and_deviations() -> None:
    row = networks_table({"plain": NETWORK}, {"plain": MEANS}).splitlines()[2]
    assert row == (
        "| `plain` | 64 | sigmoid, fan in, rate 0.1, up to 50 epochs | 50,880 | 47.1 | 0.0765 "
        "| 0.2939\u00a0±\u00a00.0108 | 0.9183 |"
    )


def test_equal_layers_are_counted() -> None:
    assert hidden([64]) == "64"
    assert hidden([59, 59]) == "2 × 59"
    assert hidden([64, 32]) == "64, 32"


def test_settings_name_what_differs() -> None:
    unshuffled = replace(NETWORK, momentum=0.9, shuffle=False, activation="improved_sigmoid")
    assert settings(unshuffled) == (
        "improved sigmoid, fan in, rate 0.1, momentum 0.9, never shuffled, up to 50 epochs"
    )
    newer = replace(NETWORK, momentum=0.9, nesterov=True, weight_decay=1e-4, epochs=30)
    assert settings(newer) == (
        "sigmoid, fan in, rate 0.1, Nesterov momentum 0.9, weight decay 0.0001, up to 30 epochs"
    )
