"""The report: on the results in this checkout, and on verdicts written by hand."""

import re
from pathlib import Path

import pytest
from found import answer, content, tricks
from projects import HERE, copy_of
from prose import anchors, images, numbers_in
from refusals import refusal
from verdict_entries import COUNT, FIGURE, LOSS, prediction, verdict, write_verdicts

import report
from judging.claims import read_claims
from judging.verdicts import Verdict
from reporting import pages
from workflow import files
from workflow.settings import read_crossing

REPORT = (HERE / "report/report.md").read_text(encoding="utf-8")
MARKS = ("<!-- generated: answer -->\n", "<!-- end -->")
OF_PLAIN = {"variants": ["improved-init", "plain"]}
FIT = {"ten-layers-lr-0.02": 0.01, "init-sigmoid-lr-0.02": 0.02}
SHARE = {
    "variants": ["ten-layers-lr-0.02", "init-sigmoid-lr-0.02", "ten-layers", "init-sigmoid"],
    **{"relation": "share", "difference": 0.75, "interval": (0.6, 0.9)},
}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the report is written from, in a folder of its own, but for results."""
    settings = ("variants.yaml", "grid.yaml", "plots/grid.csv")
    copy_of(tmp_path, *settings, "README.md", "claims", "report/templates")
    monkeypatch.chdir(tmp_path)
    files.write_json("metrics/tricks.json", tricks(read_crossing().tricks))
    return tmp_path


def written(*verdicts: Verdict, train_loss: dict[str, float] = FIT) -> str:
    """The report on these claims and on why ten layers are worse."""
    about = "steps too large", "ten-layers"
    causes = [prediction(*about, **SHARE), prediction(*about, **SHARE, **LOSS)]
    write_verdicts(Path(), *causes, *verdicts, **content(train_loss=train_loss))
    report.write_report()
    return report.REPORT.read_text(encoding="utf-8").replace("\u00a0", " ")


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next."""
    return page.partition(f"{heading}\n")[2].partition("\n#")[0]


def test_the_published_report_is_what_the_published_results_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE)
    assert pages.report(pages.read_found()) == REPORT


def test_the_published_report_is_short_and_begins_with_five_sentences_that_lead_on() -> None:
    prose = [line for line in REPORT.splitlines() if not line.startswith("|")]
    assert len(" ".join(prose).split()) <= 2300
    answer = section(REPORT, "## The answer")
    links = re.findall(r"^\d\. \*\*\[[^]]+\]\(#([\w-]+)\)\.\*\* \S", answer, re.MULTILINE)
    assert len(links) == 5
    assert set(links) <= anchors(REPORT)
    assert answer.index("\n5. ") < answer.index("answer-light.svg") < answer.index("\n|trick|")


def test_all_that_the_reports_say_is_in_it_and_only_they_speak_of_validation() -> None:
    page = re.sub(r"\\|`", "", REPORT)
    for claim in (one for own in read_claims(HERE).values() for one in own):
        quote = re.sub(r"\\|`", "", claim.quote.replace("\n", " "))
        assert quote in page, claim.id
    assert "validation" not in re.sub("“[^”]*”|#[a-z0-9-]+", "", REPORT).lower()


def test_templates_hold_no_result() -> None:
    # The course and dates of the reports; the chance of error; the units that tasks name.
    allowed = {"4265", "2", "19", "2021", "5", "32", "64", "128"}
    texts = [path.read_text() for path in (HERE / "report/templates").glob("*.md")]
    prose = re.sub(r"\{[{%#].*?[}%#]\}", " ", " ".join(texts), flags=re.DOTALL)
    assert set(numbers_in(prose)) <= allowed


def test_claims_stand_in_their_task_what_is_contradicted_first(copy: Path) -> None:
    page = written(
        verdict(id="b-1", quote="it is fine", **OF_PLAIN),
        verdict(id="b-2", quote="it is not", verdict="contradicted", single_runs=0.25, **OF_PLAIN),
        verdict(id="b-3", quote="printed", **FIGURE | {"variants": ["plain"]}),
        verdict(id="b-4", quote="counted", **COUNT | OF_PLAIN | {"variants": ["plain"]}),
        verdict(id="c-1", report="C", where="task 9, end", quote="odd", **OF_PLAIN),
    )
    tasks = section(page, "## Task 3: the tricks of the trade")
    words = ("“it is not”", "“it is fine”", "“printed”", "“counted”")
    places = [tasks.index(each) for each in words]
    assert places == sorted(places)
    assert "25 % of runs agree" in tasks
    first = section(page, "## What is contradicted, and what surprises")
    assert "“it is not”" in first
    assert "“it is fine”" not in first
    assert {"b-2"} <= anchors(page)
    assert "“odd”" in section(page, "## Report C")  # which has no place of its own


def test_a_trick_that_looks_otherwise_at_its_best_rate_surprises(copy: Path) -> None:
    found = tricks(read_crossing().tricks)
    reported = {asked: answer(difference=1.0) for asked in ("accuracy", "loss")}
    found["momentum"]["as_reported"] = reported | {"speed": answer("worse", difference=1.0)}
    files.write_json("metrics/tricks.json", found)
    surprises = section(written(), "## What is contradicted, and what surprises")
    assert "**Momentum, speed:** worse as the reports trained it, better at its best" in surprises
    assert "accuracy" not in surprises


def test_markup_in_a_claim_or_a_trick_is_text_in_the_report(copy: Path) -> None:
    hostile = "<script>alert(1)</script> [x](http://y) | z"
    edited = Path("grid.yaml").read_text().replace("said: A and B, worse", f"said: '{hostile}'")
    Path("grid.yaml").write_text(edited)
    page = written(verdict(quote=hostile, also=[hostile], where=f"task 3, {hostile}", **OF_PLAIN))
    assert page.count("&lt;script&gt;") == 4
    assert "<script" not in page
    rows = [line for line in page.splitlines() if "&lt;script" in line]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4, 5}


def test_what_smaller_steps_leave_is_overfitting_only_where_they_fit_as_well(copy: Path) -> None:
    rest = section(written(), "### Why are they worse?")
    assert "75 % (60 to 90), more than half" in rest
    assert "25 % (10 to 40)" in rest
    rest = section(
        written(train_loss=FIT | {"ten-layers-lr-0.02": 0.03}), "### Why are they worse?"
    )
    assert "25 % (10 to 40)" not in rest
    assert rest.count("not overfitting alone|") == 2


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("metrics/verdicts.json", "{}", "metrics/verdicts.json: "),
        ("metrics/tricks.json", "{}", "metrics/tricks.json: has no initial weights; `dvc"),
        ("report/templates/report.md", "{{ nothing }}", "report/templates/report.md: 'nothing'"),
        ("report/templates/answer.md", "{% if %}", "report/templates/"),
    ],
)
def test_a_fault_ends_in_one_line_and_keeps_the_old_report(
    copy: Path, path: str, text: str, message: str
) -> None:
    written()
    before = report.REPORT.read_bytes()
    Path(path).write_text(text)
    assert refusal(report.write_report).startswith(message)
    assert report.REPORT.read_bytes() == before


def test_every_figure_is_shown() -> None:
    drawn = {f"figures/{file.name}" for file in (HERE / "report/figures").glob("*.svg")}
    assert set(images(REPORT)) == drawn


def test_the_readme_gets_its_blocks_and_keeps_all_else(copy: Path) -> None:
    written()
    page, readme = (copy / "README.md"), (copy / "README.md").read_text()
    page.write_text(readme.replace(MARKS[0], f"{MARKS[0]}stale\n"))
    report.write_readme()
    text = page.read_text()
    assert "stale" not in text
    assert all(block in text for block in pages.readme(pages.read_found()).values())
    assert text.startswith(readme.partition(MARKS[0])[0])
    assert text.endswith(readme.rpartition(MARKS[1])[2])
    page.write_text("nothing\n")  # without markers it is refused and kept
    assert refusal(report.write_readme).startswith("README.md: expected <!-- generated: answer")
    assert page.read_text() == "nothing\n"
