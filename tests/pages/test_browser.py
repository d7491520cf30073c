"""Both pages of plots in a real Chromium: DVC's own, and the one that needs no internet."""

import io
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from plot_projects import definitions, dvc_draws, make_plots_project
from projects import HERE, dvc, must
from tools import npm_file

pytestmark = pytest.mark.proof

# The scripts that DVC's page asks for, each with the SHA-256 of the file. The page asks a mirror of
# npm for them; here they are taken from the npm packages themselves.
SCRIPTS = {
    "vega@5.20.2": "4794d0169cb1f3ebad8117fe98ba5bd652dd725905ec0384e832391dbccb03be",
    "vega-lite@5.2.0": "d73157451b3978015ab31dacd55ff90d986ab8663fc0abed50f97b3cd90002cb",
    "vega-embed@6.18.2": "1ba9826431ddc9805e815ad92acc811c819f2bfd32bda2a128b8c4b5070fab5e",
}
DRAWN = "canvas.marks, svg.marks"
# Colors of DVC for the first and second revision.
WORKSPACE, HEAD = (0x94, 0x5D, 0xD6), (0x13, 0xAD, 0xC7)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """Name and version -> the file that a page gets for it."""
    folder = tmp_path_factory.mktemp("npm")
    return {
        name: npm_file(folder, name, f"build/{name.partition('@')[0]}.min.js", known)
        for name, known in SCRIPTS.items()
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The plots as published in HEAD; in the workspace those of `train` are another network's."""
    made = make_plots_project(tmp_path_factory.mktemp("project"))
    for kind in ("curves", "gradients", "runs", "seeds"):
        folder = made / "plots" / kind
        shutil.copy(folder / "momentum-hidden-32.csv", folder / "train.csv")
    return made


@pytest.fixture(scope="module")
def page(project):
    """DVC's own page of two revisions."""
    dvc(project, "plots", "diff", "HEAD", "workspace")
    return project / "dvc_plots/index.html"


@pytest.fixture(scope="module")
def specifications(project):
    return dvc_draws(project, "show")


class Visit:
    """A page, opened from its file; what it asked for is answered from `scripts` alone."""

    def __init__(self, browser, file: Path, scripts: dict[str, bytes]) -> None:
        self.errors: list[str] = []
        self.refused: list[str] = []
        self.scripts = scripts
        self.page = browser.new_page(viewport={"width": 1800, "height": 1000})
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route(re.compile("^(?!file:|data:|blob:)"), self._answer)
        self.page.goto(file.as_uri())

    def _answer(self, route) -> None:
        name = route.request.url.rpartition("/npm/")[2]
        if name in self.scripts:
            route.fulfill(body=self.scripts[name], content_type="text/javascript")
        else:
            self.refused.append(route.request.url)
            route.abort()

    def pictures(self, count: int) -> list[np.ndarray]:
        """What is seen of each plot, (height, width, 3), once all are there."""
        drawn = self.page.locator(DRAWN)
        self.page.wait_for_function(
            "([plots, count]) => document.querySelectorAll(plots).length >= count",
            arg=[DRAWN, count],
        )
        shots = [drawn.nth(i).screenshot() for i in range(drawn.count())]
        return [np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")) for shot in shots]


def colorful(picture: np.ndarray) -> int:
    """How many pixels are neither white nor grey: marks, not axes and text."""
    return int((np.ptp(picture.astype(int), axis=-1) > 40).sum())


def pixels(picture: np.ndarray, color: tuple[int, int, int]) -> int:
    """How many pixels have this color, or nearly."""
    return int((np.abs(picture.astype(int) - color).max(axis=-1) < 12).sum())


def check(visit: Visit) -> list[np.ndarray]:
    """Every plot is drawn, with marks in it, and nothing went wrong; the pictures."""
    pictures = visit.pictures(len(definitions()))
    assert len(pictures) == len(definitions())
    assert all(colorful(picture) > 300 for picture in pictures)
    assert visit.errors == []
    assert visit.refused == []
    return pictures


def test_dvc_s_own_page_draws_every_plot_of_two_revisions(browser, scripts, page, specifications):
    asked = re.findall(r'<script src="https://[^"]+/npm/([^"]+)"', page.read_text())
    assert set(asked) == set(SCRIPTS)
    names = list(specifications)
    pictures = dict(zip(names, check(Visit(browser, page, scripts)), strict=True))
    for name in ("train-loss", "train-accuracy", "plots/runs/train.csv"):
        assert pixels(pictures[name], WORKSPACE) > 200
        assert pixels(pictures[name], HEAD) > 200
    assert all(pictures[name].shape[1] > 620 for name in names if name.startswith("task-"))


def test_the_vega_lite_of_dvc_s_page_stacks_no_band(browser, scripts, specifications):
    empty = browser.new_page()
    for script in scripts.values():
        empty.add_script_tag(content=script.decode())
    for name, specification in specifications.items():
        few = specification["data"]["values"][:2]  # how it compiles does not depend on the others
        specification = specification | {"data": {"values": few}}
        compiled = empty.evaluate("one => vegaLite.compile(one).spec.data", specification)
        done = [step["type"] for data in compiled for step in data.get("transform", [])]
        assert "stack" not in done, name


def test_the_page_of_make_plots_needs_no_network(browser, project):
    must(project, "python", str(HERE / "src/plots_page.py"))
    check(Visit(browser, project / "plots.html", {}))


def test_a_page_without_its_scripts_is_found_wanting(browser, page):
    visit = Visit(browser, page, {})
    assert len(visit.refused) == len(SCRIPTS)
    assert "vegaEmbed is not defined" in visit.errors[0]
