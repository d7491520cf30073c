"""Stage: validate settings, claims and tricks before anything is trained.

DVC deletes a stage's outputs before it runs it, so a fault is found in a stage of its own, before
any result is lost. Each network's settings are written, resolved, to a file of its own, on which
its training depends, so that a change of one variant trains that one alone.
"""

from workflow import files
from workflow.command import run
from workflow.settings import OWN, SETTINGS, load_network, load_variants, read_crossing, stored


def main() -> None:
    """Write build/settings/."""
    networks = {OWN: load_network(), **load_variants()}
    from judging.claims import read_claims  # it loads SciPy, which a refusal need not wait for

    claims = sum(map(len, read_claims().values()))
    read_crossing()
    for name, network in networks.items():
        files.write(SETTINGS / f"{name}.json", stored(network))
    print(f"check_settings: params.yaml, {len(networks) - 1} variants, {claims} claims: valid")


if __name__ == "__main__":
    run(main, stage=True)
