"""Titles that state a finding: proved by what is published, and gone when it is not."""

from dataclasses import replace

import pytest
from projects import HERE

from figures.curves import FIGURES, read_shown
from figures.style import WIDTH, new_figure, use_house_style
from figures.titles import Title
from judging.verdicts import Verdict, read_verdicts


@pytest.fixture
def titles(monkeypatch: pytest.MonkeyPatch) -> dict[str, Title]:
    monkeypatch.chdir(HERE)
    return read_shown().titles


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> list[Verdict]:
    monkeypatch.chdir(HERE)
    return read_verdicts()


def test_what_is_published_proves_every_finding_and_its_title_fits(
    titles: dict[str, Title], verdicts: list[Verdict]
) -> None:
    use_house_style()
    assert set(titles) >= {*FIGURES, "gradients", "claims-ten-layers"}
    for title in titles.values():
        text = title.text(verdicts)
        assert text.endswith(title.finding)
        assert bool(title.finding) == any(title.proof.values())
        for words in (text, title.plain):
            figure = new_figure(words, 1.0, "")
            figure.draw_without_rendering()
            assert figure._suptitle.get_window_extent().x1 < WIDTH * figure.dpi, words


def test_any_other_verdict_on_a_claim_brings_back_the_plain_title(
    titles: dict[str, Title], verdicts: list[Verdict]
) -> None:
    for title in titles.values():
        for claims in title.proof.values():
            for claim in claims:
                one = {"verdict": "undecided"}
                changed = [replace(v, **one) if v.id == claim else v for v in verdicts]
                assert title.text(changed) == title.plain
                assert title.text([v for v in verdicts if v.id != claim]) == title.plain
