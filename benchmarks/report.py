"""Write docs/speed.md and docs/speed.svg from benchmarks/results.json (`make bench` does both)."""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))

from jinja2 import Environment, StrictUndefined  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.ticker import LogLocator  # noqa: E402

from figures import style  # noqa: E402
from workflow import files  # noqa: E402

DOCS = HERE.parent / "docs"
WORDS = ("ours", "JAX", "PyTorch", "scikit-learn", "textbook")
PEERS = dict(zip(("ours", "jax", "torch", "scikit_learn", "textbook"), WORDS, strict=True))
# Okabe and Ito's palette (Color Universal Design, 2008).
COLORS = ("#D55E00", "#0072B2", "#CC79A7", "#56B4E9", "#009E73")
HIDDEN = {"64": "64", "128": "128", "59-59": "59, 59", "ten-64": "ten of 64"}


def by_peer(rows: list[dict[str, Any]], value: str) -> dict[str, dict[str, float]]:
    """Return a value of each peer, by the words for what was measured."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        words = HIDDEN[row["hidden"]] + (", with momentum" if row.get("momentum") else "")
        found.setdefault(words, {})[row["peer"]] = row[value]
    return found


def draw(steps: dict[str, dict[str, float]]) -> Figure:
    """Draw a row a network and a dot a peer."""
    figure = style.new_figure(
        "A training step on one core", 3.9, "Median microseconds, 32 images; left is faster."
    )
    axes = figure.subplots()
    for (peer, words), color in zip(PEERS.items(), COLORS, strict=True):
        times = [row[peer] for row in steps.values()]
        axes.semilogx(times, range(len(steps)), "o", color=color, label=words)
    axes.set_yticks(range(len(steps)), list(steps))
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.minorticks_off()
    axes.legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1), frameon=False)
    return figure


def main() -> None:
    """Write both."""
    results = files.read_json(HERE / "results.json")
    steps = by_peer(results["rows"], "microseconds_per_step")
    evaluations = by_peer(results["evaluations"], "milliseconds")
    whole = {f"{row['network']} {row['peer']}": row for row in results["whole_training"]}
    template = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701 - Markdown
    page = template.from_string(files.read_text(HERE / "speed.md"))
    text = page.render(results, peers=PEERS, steps=steps, evaluations=evaluations, whole=whole)
    files.write(DOCS / "speed.md", text)
    style.use_house_style()
    files.write(DOCS / "speed.svg", style.to_svg(draw(steps)))
    print("report: wrote docs/speed.md and docs/speed.svg")


if __name__ == "__main__":
    main()
