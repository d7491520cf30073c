"""docs/speed.md, docs/speed.svg and docs/scaling.md from results.json and scaling.json.

Run it in the project's environment. The prose is in templates/; every number is a result.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))

import determinism  # noqa: E402, F401

import json  # noqa: E402

import chart  # noqa: E402
import tables  # noqa: E402

import records  # noqa: E402
from figures import style  # noqa: E402
from reporting.template import fill  # noqa: E402

DOCS = HERE.parent / "docs"
KERNELS = "NumPy's {numpy} code and OpenBLAS's {blas} kernels"
MACHINES, EXPERIMENTS = 100, 10_000


def read(name: str) -> tables.Results:
    """A file of measurements, as it was written."""
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def machine(results: tables.Results) -> dict[str, str]:
    """What the numbers were measured on, in words."""
    about, versions = results["machine"], results["versions"]
    kernels = about["kernels"]
    return {
        "processor": about["processor"],
        "cores": str(about["cores"]),
        "simd": ", ".join(about["simd"]),
        "pinned kernels": KERNELS.format(**kernels["ours"]),
        "own kernels": KERNELS.format(**kernels["ours_unpinned"]),
        "versions": ", ".join(f"{name} {number}" for name, number in sorted(versions.items())),
    }


def speed(results: tables.Results) -> dict[str, str]:
    """The texts of docs/speed.md."""
    memory = results["memory_mb"]
    return machine(results) | {
        "rounds": str(results["rounds"]),
        "steps": tables.steps(results),
        "ratios": tables.ratios(results),
        "whole": tables.whole(results),
        "width": tables.scaling(results, "width"),
        "depth": tables.scaling(results, "depth"),
        "memory": str(memory["2"]),
        "memory of three": str(memory["3"]),
        "memory of a worker": str(memory["3"] - memory["2"]),
        "import": f"{results['import_seconds']:.2f}",
    }


def queue_section(results: tables.Results) -> str:
    """What docs/scaling.md says of many experiments."""
    texts = queue_texts(results, read("scaling"))
    return fill((HERE / "templates/queue.md").read_text(encoding="utf-8"), texts).strip()


def queue_texts(results: tables.Results, queue: tables.Results) -> dict[str, str]:
    """The measurements of a queue, and what they come to for many machines."""
    each = queue["run_seconds"] * queue["jobs"] / queue["experiments"]
    seed = results["whole_training"][0]["seconds"]
    own = EXPERIMENTS / MACHINES
    # A machine of `jobs` cores has an experiment on each, with six seeds one after the other.
    hours = own / queue["jobs"] * (each + 6 * seed) / 3600
    return {
        **{key: f"{queue[key]:,}" for key in queue},
        "seconds to queue one": f"{queue['queue_seconds'] / queue['experiments']:.1f}",
        "seconds of one": f"{each:.0f}",
        "seconds to show one": f"{queue['show_seconds'] / queue['experiments']:.2f}",
        "seed": f"{seed:.0f}",
        "all": f"{EXPERIMENTS:,}",
        "machines": str(MACHINES),
        "own": f"{own:.0f}",
        "hours": f"{hours:.1f}",
        "minutes to show all": f"{queue['show_seconds'] * own / 60:.0f}",
        "gigabytes": f"{queue['git_megabytes'] * own / 1000:.1f}",
    }


def main() -> None:
    """Write the three files."""
    results = read("results")
    pages = {"speed": speed(results), "scaling": {"queue": queue_section(results)}}
    for name, texts in pages.items():
        template = (HERE / f"templates/{name}.md").read_text(encoding="utf-8")
        records.write_text(DOCS / f"{name}.md", fill(template, texts))
    style.save_figures(DOCS, {"speed": lambda: chart.draw(results)})
    print("report: wrote docs/speed.md, docs/speed.svg and docs/scaling.md")


if __name__ == "__main__":
    main()
