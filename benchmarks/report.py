"""docs/speed.md, docs/speed.svg and docs/scaling.md from results.json and scaling.json.

Run it in the project's environment. The prose is in templates/; every number is a result.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import determinism  # noqa: F401

import json
import re

import chart
import tables

import files
from figures import style

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
MACHINES, EXPERIMENTS = 100, 10_000


def read(name: str) -> tables.Results:
    """Return a file of measurements."""
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def fill(template: str, texts: dict[str, str]) -> str:
    """Return templates/`template`.md with every {{place}} filled by its text."""
    prose = (HERE / f"templates/{template}.md").read_text(encoding="utf-8")
    return re.sub(r"\{\{(.+?)\}\}", lambda place: texts[place[1]], prose)


def speed(results: tables.Results) -> dict[str, str]:
    """Return the texts of docs/speed.md."""
    memory, about, versions = results["memory_mb"], results["machine"], results["versions"]
    product, evaluation = results["product_parts"], results["sorted_evaluation"]
    product_gain = product["whole_microseconds"] / product["parts_microseconds"]
    evaluation_gain = evaluation["predict_milliseconds"] / evaluation["sorted_milliseconds"]
    return {
        **{
            f"kernel of {peer}": f"{kernel['instructions']}: {kernel['code']}"
            for peer, kernel in results["kernels"].items()
        },
        **{f"product {key}": f"{value:,}" for key, value in product.items()},
        **{f"evaluation {key}": f"{value:,}" for key, value in evaluation.items()},
        "product gain": f"{product_gain:.2f}",
        "evaluation gain": f"{evaluation_gain:.2f}",
        "rounds": str(results["rounds"]),
        "whole rounds": str(results["whole_rounds"]),
        "processor": about["processor"],
        "cores": str(about["cores"]),
        "widest": "with AVX-512" if "avx512f" in about["simd"] else "without AVX-512",
        "simd": ", ".join(about["simd"]),
        "versions": ", ".join(f"{name} {number}" for name, number in sorted(versions.items())),
        "steps": tables.steps(results),
        "ratios": tables.ratios(results),
        "plain": tables.whole(results, "plain"),
        "ten layers": tables.whole(results, "momentum-ten-layers"),
        "width": tables.scaling(results, "width"),
        "depth": tables.scaling(results, "depth"),
        "memory": str(memory["2"]),
        "memory of three": str(memory["3"]),
        "memory of a worker": str(memory["3"] - memory["2"]),
        "import": f"{results['import_seconds']:.2f}",
    }


def queue(results: tables.Results, queue: tables.Results) -> dict[str, str]:
    """Return the measurements of a queue, and what they come to for many machines."""
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
    section = fill("queue", queue(results, read("scaling"))).strip()
    for name, texts in {"speed": speed(results), "scaling": {"queue": section}}.items():
        files.write(DOCS / f"{name}.md", fill(name, texts))
    style.save_figures(DOCS, {"speed": lambda: chart.draw(results)})
    print("report: wrote docs/speed.md, docs/speed.svg and docs/scaling.md")


if __name__ == "__main__":
    main()
