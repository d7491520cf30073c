"""The report: on the results in this checkout, and on copies that are edited."""

import determinism  # noqa: F401

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import records
from prose import broken_links, images, numbers_in

import report
from reporting.template import BEGIN, END

PROJECT = Path(__file__).parents[1]
TEMPLATE = (PROJECT / "report/template.md").read_text(encoding="utf-8")
REPORT = (PROJECT / "report/report.md").read_text(encoding="utf-8")
CLAIMS = records.read_json(PROJECT / "metrics/verdicts.json")["claims"]


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the report is made from, in a folder of its own, free to be edited."""
    for name in (
        "variants.yaml",
        "README.md",
        "report/template.md",
        "metrics/verdicts.json",
        "metrics/comparison.json",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = records.read_json(path)
    change(content)
    records.write_json(path, content)


def run_stage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "src/report.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["report.py", *arguments])
    report.main()


def test_the_published_report_is_what_the_published_results_say(copy: Path) -> None:
    done = run_stage(copy)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "report: wrote report/report.md and report/summary.md\n"
    assert (copy / "report/report.md").read_text() == REPORT
    summary = (copy / "report/summary.md").read_text()
    assert summary == (PROJECT / "report/summary.md").read_text()
    assert summary in REPORT


def test_every_claim_is_in_the_report_once_with_its_words() -> None:
    predictions = records.read_json(PROJECT / "metrics/verdicts.json")["ten_layers"]["predictions"]
    anchors = re.findall(r'<a id="([^"]+)"', REPORT)
    assert sorted(anchors) == sorted(entry["id"] for entry in CLAIMS + predictions)
    for claim in CLAIMS:
        row = next(line for line in REPORT.splitlines() if f'"{claim["id"]}"' in line)
        assert claim["statement"] in row
        assert row.replace("$`", "$").replace("`$", "$").count(claim["quote"]) == 1
        assert f"- `{claim['id']}`: " in REPORT


def test_every_claim_stands_below_the_heading_of_its_task() -> None:
    below: dict[str, str] = {}
    for section in re.split(r"^##+ ", REPORT, flags=re.MULTILINE):
        below |= dict.fromkeys(re.findall(r'<a id="([^"]+)"', section), section.split("\n")[0])
    for claim in CLAIMS:
        task = claim["where"].split(",")[0].removeprefix("task ")
        heading = below[claim["id"]]
        assert task in heading or (task, heading[:8]) == ("3", f"Report {claim['report']}")


def test_the_template_holds_no_result() -> None:
    # A year, and the confidence that every interval has.
    assert set(numbers_in(TEMPLATE)) <= {"2021", "95"}


def test_every_number_of_a_changed_measurement_changes(copy: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["plain"]["validation_accuracy"] = 0.123456

    assert "0.1235\u00a0±" not in REPORT
    edit(copy / "metrics/comparison.json", change)
    report.write_report()
    assert "| 0.1235\u00a0±\u00a0" in (copy / "report/report.md").read_text()


def test_the_prose_follows_the_verdicts(copy: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        found = content["ten_layers"]["networks"]["ten-layers"]["explanations"]
        found |= {"overfitting": "holds", "vanishing gradients": "fails", "unstable steps": "fails"}
        contradict = {"verdict": "contradicted", "p_adjusted": 0.0}
        next(c for c in content["claims"] if c["id"] == "a-3-momentum-accuracy").update(contradict)

    edit(copy / "metrics/verdicts.json", change)
    report.write_report()
    text, summary = (
        (copy / "report/report.md").read_text(),
        (copy / "report/summary.md").read_text(),
    )
    for page in (text, summary):
        assert "(`ten-layers`): overfitting holds, vanishing gradients fails" in page
        assert "What stands: overfitting." in page
        assert "“but it reduced the validation accuracy by a tiny bit” (report A" in page
    assert "❌\u00a0contradicted" in text


def test_a_claim_of_a_task_without_a_place_is_not_lost(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(content: dict[str, Any]) -> None:
        content["claims"][0]["where"] = "task 5, extra"

    records.write_text(report.REPORT, "published\n")
    edit(copy / "metrics/verdicts.json", change)
    message = r"^report: report/template\.md: there is no text 'claims A 1a'; there .*claims A 5"
    with pytest.raises(SystemExit, match=message):
        run_main(monkeypatch)
    assert (copy / "report/report.md").read_text() == "published\n"


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("metrics/verdicts.json", None, "report: [Errno 2]"),
        ("metrics/verdicts.json", "{", "report: metrics/verdicts.json: not JSON"),
        ("metrics/verdicts.json", "{}", "report: metrics/verdicts.json: something is missing"),
        ("metrics/comparison.json", "{}", "report: metrics/comparison.json: something is missing"),
        ("variants.yaml", "variants: [", "report: variants.yaml, line "),
        ("report/template.md", "{{claims}}", "report: report/template.md: there is no text 'clai"),
    ],
)
def test_a_fault_ends_in_one_line_and_keeps_the_old_report(
    copy: Path, monkeypatch: pytest.MonkeyPatch, path: str, content: str | None, message: str
) -> None:
    records.write_text(report.REPORT, "published\n")
    if content is None:
        Path(path).unlink()
    else:
        Path(path).write_text(content)
    with pytest.raises(SystemExit) as ended:
        run_main(monkeypatch)
    assert str(ended.value).startswith(message)
    assert "\n" not in str(ended.value)
    assert (copy / "report/report.md").read_text() == "published\n"


def test_one_seed_makes_a_report_too(copy: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        for entry in content["claims"] + content["ten_layers"]["predictions"]:
            entry |= {"interval": None, "p_value": None, "p_adjusted": None, "seeds": 1}
            entry |= {"verdict": None, "verdict_uncorrected": None}
            entry |= {"note": "one seed: no interval can be computed"}
            entry |= {key: entry[key][:1] for key in ("per_seed", "single_runs")}
            entry["single_run_supports"] = int(sum(entry["single_runs"]))

    edit(copy / "metrics/verdicts.json", change)
    report.write_report()
    assert "❔\u00a0no verdict" in (copy / "report/report.md").read_text()


def test_every_figure_is_in_the_report_with_a_text_for_who_cannot_see_it() -> None:
    drawn = {f"figures/{file.name}" for file in (PROJECT / "report/figures").glob("*.svg")}
    shown = images(REPORT)
    assert set(shown) == drawn
    assert all(len(text) > 20 for text in shown.values())


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", REPORT)
    assert len(named) >= 4
    for name, path in named:
        assert f"\ndef {name}(" in (PROJECT / path).read_text(encoding="utf-8"), name


def test_every_link_of_the_report_leads_somewhere() -> None:
    assert broken_links(REPORT, PROJECT / "report") == []


def test_the_readme_shows_the_summary_of_the_report() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition(BEGIN)[2].partition(END)[0].strip()
    summary = (PROJECT / "report/summary.md").read_text(encoding="utf-8").strip()
    assert shown == summary, "README.md is out of date: run `make readme`"


def test_the_readme_gets_its_summary_and_keeps_all_else(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (copy / "README.md").read_text()
    records.write_text(report.SUMMARY, "| fresh |\n")
    run_main(monkeypatch, "--readme")
    assert capsys.readouterr().out == "report: wrote README.md\n"
    fresh = (copy / "README.md").read_text()
    assert "\n| fresh |\n" in fresh
    assert fresh.partition("<!--")[0] == readme.partition("<!--")[0]
    assert fresh.rpartition("-->")[2] == readme.rpartition("-->")[2]


def test_a_readme_without_markers_is_refused_in_one_line(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PROJECT / "report/summary.md", report.SUMMARY)
    (copy / "README.md").write_text("nothing\n")
    with pytest.raises(SystemExit, match=r"^report: README\.md: expected <!-- gen"):
        run_main(monkeypatch, "--readme")
    assert (copy / "README.md").read_text() == "nothing\n"


def test_the_report_is_the_same_whatever_the_order_of_keys(copy: Path) -> None:
    path = copy / "metrics/comparison.json"
    backwards = dict(reversed(records.read_json(path).items()))
    path.write_text(json.dumps(backwards))
    report.write_report()
    assert (copy / "report/report.md").read_text() == REPORT
