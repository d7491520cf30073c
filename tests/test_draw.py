from pathlib import Path
from xml.etree import ElementTree

import pytest
from projects import copy_of

import draw as stage
from figures.claims import asked
from figures.curves import read_figures
from figures.style import use_house_style
from judging.verdicts import read_verdicts
from reporting.wording import picture


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that `draw` reads: the published results."""
    needed = ("plots/curves", "plots/seeds", "metrics/tricks.json", "metrics/verdicts.json")
    needed += (".dvc/plots", "figures.yaml", "variants.yaml", "claims/protocol.yaml")
    copy_of(tmp_path, *needed)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (folder / stage.OUT).iterdir()}


def ids(svg: bytes) -> list[str]:
    found = (element.get("id") for element in ElementTree.fromstring(svg).iter())  # noqa: S314
    return [one for one in found if one]


def test_every_figure_is_drawn_whole_and_twice_to_the_same_bytes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.main()
    figures = drawn(project)
    judged = [one for one in read_verdicts()["claims"] if asked(one)]
    reports = {one.report: picture(one.report) for one in judged}
    expected = {"answer-light", "answer-dark", "runs", *read_figures()}
    assert set(figures) == expected | set(reports.values())
    assert capsys.readouterr().out == f"draw: wrote {len(figures)} figures to {stage.OUT}\n"
    for report, name in reports.items():
        own = {f"claim.{one.id}" for one in judged if one.report == report}
        assert {one for one in ids(figures[name]) if one.startswith("claim.")} == own
    for name, svg in figures.items():
        assert len(svg) < 400_000, name
        assert (b"prefers-color-scheme: dark" in svg) == (not name.startswith("answer")), name
        assert len(ids(svg)) == len(set(ids(svg))), name

    stage.main()
    assert drawn(project) == figures


def test_no_text_overlaps_another_leaves_its_figure_or_is_small_on_a_phone(project: Path) -> None:
    use_house_style()
    for name, draw in stage.drawings().items():
        figure = draw()
        figure.draw_without_rendering()
        phone = 358 / (96 * figure.get_figwidth())  # a page's width there, in pixels
        for axes in figure.axes:
            ends = sorted(axes.get_ylim())
            ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
            texts = [label for tick, label in ticks if ends[0] <= tick <= ends[1]]
            texts += [*axes.texts, *(axes.get_legend().get_texts() if axes.get_legend() else ())]
            assert min(text.get_fontsize() for text in texts) * phone * 96 / 72 > 9, name
            boxes = [text.get_window_extent() for text in texts]
            for i, box in enumerate(boxes):
                assert -1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1, name
                assert not any(box.overlaps(other) for other in boxes[:i]), name
