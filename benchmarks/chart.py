"""The measurements as one picture: a step of every peer, and its cost against width and depth."""

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator
from tables import TITLES, Results, by_network, network

from figures import style

# Okabe and Ito's palette (Color Universal Design, 2008).
COLORS = {
    "ours": "#D55E00",
    "ours_unpinned": "#E69F00",
    "blas_floor": "#555555",
    "jax": "#0072B2",
    "torch": "#CC79A7",
    "scikit_learn": "#56B4E9",
    "textbook": "#009E73",
}
MARKERS = {"ours": "o", "ours_unpinned": "o", "blas_floor": "|"}


def draw(results: Results) -> Figure:
    """Draw all peers' steps above, width and depth below."""
    figure = style.new_figure(
        "A training step of one network, on one core",
        7.2,
        "Median microseconds, batches of 32. Further left and further down is faster.",
    )
    above, below = figure.subfigures(2, 1, height_ratios=(1.1, 1))
    peers(above.subplots(), results)
    left, right = below.subplots(1, 2)
    lines(left, results, "width", "units of one hidden layer")
    lines(right, results, "depth", "hidden layers of 64 units")
    left.set_ylabel("microseconds a step")
    left.legend(frameon=False)
    return figure


def peers(axes: Axes, results: Results) -> None:
    """Draw a row a network, a point a peer."""
    networks = by_network(results)
    for peer, title in TITLES.items():
        axes.plot(
            [times[peer] for times in networks.values()],
            range(len(networks)),
            MARKERS.get(peer, "D"),
            color=COLORS[peer],
            markersize=12 if peer == "blas_floor" else 6,
            label=title,
        )
    axes.set_xscale("log")
    axes.set_yticks(range(len(networks)), [f"hidden {network(*key)}" for key in networks])
    axes.invert_yaxis()
    axes.set_xlabel("microseconds a step")
    plain_ticks(axes.xaxis)
    axes.legend(
        ncols=len(TITLES),
        loc="lower center",
        bbox_to_anchor=(0.45, 1),
        frameon=False,
        handletextpad=0,
        columnspacing=1,
    )


def lines(axes: Axes, results: Results, quantity: str, label: str) -> None:
    """Draw a line a peer against width or depth, both axes logarithmic."""
    rows = results[quantity]
    for peer in ("ours", "jax", "blas_floor"):
        axes.loglog(
            [row[quantity] for row in rows],
            [row[peer] for row in rows],
            marker=".",
            color=COLORS[peer],
            label=TITLES[peer],
        )
    axes.set_xticks([row[quantity] for row in rows], [str(row[quantity]) for row in rows])
    axes.xaxis.minorticks_off()
    plain_ticks(axes.yaxis)
    axes.set_xlabel(label)


def plain_ticks(axis: Axis) -> None:
    """Write 1, 2 and 5 of every power of ten out."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.minorticks_off()
