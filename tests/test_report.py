"""The report: on the results in this checkout, and on verdicts written by hand."""

import re
import sys
from pathlib import Path

import pytest
from projects import HERE, copy_of, must, one_line, run
from prose import broken_links, images, numbers_in
from verdict_entries import prediction, verdict, write_verdicts

import report
from judging.verdicts import read_verdicts
from report import BEGIN, END
from reporting.template import PLACES
from workflow import files
from workflow.command import UserError
from workflow.settings import load_variants

SCRIPT = (sys.executable, str(HERE / "src/report.py"))
TEMPLATES = [(HERE / path).read_text(encoding="utf-8") for path in PLACES]
REPORT = (HERE / "report/report.md").read_text(encoding="utf-8")
READINGS = (HERE / "report/readings.md").read_text(encoding="utf-8")
MEANS = {
    **{"parameters": 50880, "epochs": 47.1, "train_loss": 0.0765, "validation_loss": 0.2939},
    **{"validation_loss_std": 0.01, "validation_accuracy": 0.123456, "validation_accuracy_std": 0},
}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the report is written from, in a folder of its own, with verdicts on three reports."""
    published = ("variants.yaml", "grid.yaml", "README.md")
    results = ("metrics/tricks.json", "metrics/spread_by_source.json")
    copy_of(tmp_path, *published, *results, *PLACES)
    write_verdicts(
        tmp_path,
        verdict(id="a-1", report="A", where="task 2d", since_pilot="Read anew."),
        verdict(id="c-1", report="C", where="task 9, first trick", verdict="contradicted"),
        prediction("overfitting", "ten-layers", id="why-1"),
    )
    monkeypatch.chdir(tmp_path)
    files.write_json("metrics/comparison.json", dict.fromkeys(load_variants(), MEANS))
    return tmp_path


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next."""
    return page.partition(f"{heading}\n")[2].partition("\n#")[0]


def test_the_published_report_is_what_the_published_results_say(tmp_path: Path) -> None:
    copy_of(tmp_path, "variants.yaml", "grid.yaml", *PLACES, "metrics")
    must(tmp_path, *SCRIPT)
    for page in ("report.md", "readings.md", "summary.md"):
        assert (tmp_path / "report" / page).read_text() == (HERE / "report" / page).read_text()


def test_the_report_is_short_and_shows_the_summary_before_any_statistics() -> None:
    assert len(REPORT.split()) < 6500
    summary = (HERE / "report/summary.md").read_text(encoding="utf-8")
    paragraphs = summary.strip().split("\n\n")
    places = [REPORT.index(paragraph) for paragraph in paragraphs]
    assert places == sorted(places)
    assert not re.search("interval|Holm|correction", REPORT[: places[-1]])


def test_every_published_claim_is_in_both_pages_once_and_leads_from_one_to_the_other() -> None:
    verdicts = read_verdicts(HERE / "metrics/verdicts.json")
    plain = REPORT.replace("$`", "$").replace("`$", "$")
    for page in (REPORT, READINGS):
        assert sorted(re.findall(r'<a id="([^"]+)"', page)) == sorted(one.id for one in verdicts)
    for one in verdicts:
        row, reading = (
            next(line for line in page.splitlines() if f'<a id="{one.id}"' in line)
            for page in (REPORT, READINGS)
        )
        assert one.statement in row
        assert f"[{one.verdict}](readings.md#{one.id})" in row
        assert (one.quote or one.explanation) in plain
        assert reading.endswith(f"[{one.statement}](report.md#{one.id}) {one.reason}")


def test_the_templates_hold_no_result() -> None:
    # A year, the confidence of an interval, the pilot's seeds, and the sizes of the two sets.
    allowed = {"2021", "95", "0", "5", "20,000", "10,000"}
    assert set(numbers_in("".join(TEMPLATES))) <= allowed


def test_claims_stand_below_their_task_and_those_of_a_further_report_in_its_own_section(
    copy: Path,
) -> None:
    report.write_report()
    page = (copy / "report/report.md").read_text()
    assert '<a id="a-1">' in section(page, "### Task 2d: number of parameters")
    assert "\n## Report C, task 9\n\n| claim |" in page
    assert '<a id="c-1">' in section(page, "## Report C, task 9")
    assert section(page, "### Task 1b: the same in matrices").count(report.NO_CLAIM) == 2
    assert "| report A | report C | all |" in (copy / "report/summary.md").read_text()


def test_explanations_changes_the_freeze_and_all_networks_are_told(copy: Path) -> None:
    report.write_report()
    page, second = (path.read_text() for path in (report.REPORT, report.READINGS))
    assert ": overfitting, 1 of 1 supported.\n" in page
    assert "### `ten-layers`\n\n| claim |" in page
    assert '### `ten-layers`\n\n- <a id="why-1">' in second
    assert section(second, "## What changed in the readings since the pilot").strip() == (
        "- [`a-1`](#a-1): Read anew."
    )
    assert "the commit `1a2b3c`" in page
    assert second.count("0.1235\u00a0±\u00a00.0000") == len(load_variants())


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("metrics/verdicts.json", "{}", "metrics/verdicts.json: "),
        ("metrics/comparison.json", "{}", "metrics/comparison.json: has no plain; `dvc repro comp"),
        (
            "metrics/tricks.json",
            "{}",
            "metrics/tricks.json: has no initial weights; `dvc",
        ),
        ("report/template.md", "{{claims}}", "report/template.md: claims is nothing to fill in"),
        (
            "report/template.md",
            "{{tricks}}",
            "report/template.md: has no place for findings, ",
        ),
        ("report/readings_template.md", "", "report/readings_template.md: has no place for read"),
    ],
)
def test_a_fault_ends_in_one_line_and_keeps_the_old_report(
    copy: Path, path: str, content: str, message: str
) -> None:
    files.write(report.REPORT, "published\n")
    Path(path).write_text(content)
    with pytest.raises(UserError, match=f"^{re.escape(message)}.*$"):
        report.write_report()
    assert report.REPORT.read_text() == "published\n"


def test_every_figure_is_in_the_report_with_a_text_for_who_cannot_see_it() -> None:
    drawn = {f"figures/{file.name}" for file in (HERE / "report/figures").glob("*.svg")}
    shown = images(REPORT)
    assert set(shown) == drawn
    assert all(len(text) > 20 for text in shown.values())


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", REPORT)
    assert len(named) >= 4
    for name, path in named:
        assert f"\ndef {name}(" in (HERE / path).read_text(encoding="utf-8"), name


def test_every_link_of_the_pages_leads_somewhere() -> None:
    for page in (REPORT, READINGS):
        assert broken_links(page, HERE / "report") == []
        for target, anchor in re.findall(r"\]\((re\w+\.md)#([^)]+)\)", page):
            other = {"report.md": REPORT, "readings.md": READINGS}[target]
            headings = [line.lower().replace(" ", "-") for line in other.splitlines()]
            assert f'<a id="{anchor}">' in other or f"##-{anchor}" in headings


def test_the_readme_shows_the_summary_of_the_report() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    shown = readme.partition(BEGIN)[2].partition(END)[0].strip()
    summary = (HERE / "report/summary.md").read_text(encoding="utf-8").strip()
    assert shown == summary, "README.md is out of date: run `make readme`"


def test_the_readme_gets_its_summary_and_keeps_all_else(copy: Path) -> None:
    readme = (copy / "README.md").read_text()
    files.write(report.SUMMARY, "| fresh |\n")
    assert must(copy, *SCRIPT, "--readme") == "report: wrote README.md\n"
    before, after = readme.partition(BEGIN)[0], readme.partition(END)[2]
    assert (copy / "README.md").read_text() == f"{before}{BEGIN}\n| fresh |\n{END}{after}"


def test_a_readme_without_markers_is_refused_in_one_line(copy: Path) -> None:
    (copy / "README.md").write_text("nothing\n")
    assert one_line(run(copy, *SCRIPT, "--readme")).startswith("report: README.md: expected <!-- ")
