"""Stage: validate every setting before anything is trained.

DVC deletes a stage's outputs before it runs it, so a bad setting must be found in a stage of its
own: then no published result is lost. Each network's settings are written, resolved, to a file of
its own, on which its training depends: `32` and `[32]` become the same there, and a change of one
variant trains that one alone.
"""

import determinism  # noqa: F401

import sys
from dataclasses import asdict
from pathlib import Path

import records
from interruption import one_line
from knobs import SettingsError, as_knobs
from settings import (
    PARAMS,
    VARIANTS,
    check_batch,
    load_data,
    load_network,
    load_variants,
)

OUT = Path("build/settings")


@one_line("check_settings")
def main() -> None:
    """Write build/settings/, or exit with one line."""
    try:
        data, network, variants = load_data(), load_network(), load_variants()
        check_batch(str(PARAMS), network, data)
        for name, training in variants.items():
            check_batch(f"{VARIANTS}: {name}", training, data)
        records.write_json(OUT / "data.json", asdict(data))
        for name, training in {"train": network, **variants}.items():
            records.write_json(OUT / f"{name}.json", as_knobs(training))
    except (SettingsError, OSError) as error:
        sys.exit(f"check_settings: {error}")
    print(f"check_settings: params.yaml and {len(variants)} variants are valid")


if __name__ == "__main__":
    main()
