"""The page that `make plots` writes; test_browser.py opens it."""

import html
import re

import pytest
from plot_projects import definitions, make_plots_project
from projects import HERE, must, one_line, run

from plots_page import page

COMMAND = ("python", str(HERE / "src/plots_page.py"))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_plots_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def drawn(project):
    """The project, without a page from before."""
    (project / "plots.html").unlink(missing_ok=True)
    return project


def test_one_file_holds_every_plot_and_all_scripts(drawn):
    printed = must(drawn, *COMMAND)
    assert printed.startswith(f"plots_page: wrote plots.html, {len(definitions())} plots; ")
    text = (drawn / "plots.html").read_text()
    assert all(html.escape(plot["title"]) in text for plot in definitions().values())
    assert not re.search(r"<script[^>]+src=|<link", text)
    assert '<meta name="viewport" content="width=device-width' in text
    assert must(drawn, "git", "status", "--porcelain") == ""


def test_of_two_revisions_what_differs_comes_first_and_the_rest_is_folded(drawn):
    file = drawn / "plots/seeds/train.csv"
    kept = file.read_bytes()
    file.write_bytes((drawn / "plots/seeds/momentum.csv").read_bytes())
    must(drawn, *COMMAND, "HEAD", "workspace")
    file.write_bytes(kept)
    text = (drawn / "plots.html").read_text()
    assert len(text) < 4_000_000
    titles = {name: html.escape(plot["title"]) for name, plot in definitions().items()}
    shown, folded = text.partition("<h1>")[2].partition("<details>")[::2]
    assert re.findall("<h2>(.*?)</h2>", shown) == [titles.pop("plots/seeds/train.csv")]
    assert set(re.findall("<h2>(.*?)</h2>", folded)) == set(titles.values())
    assert len(set(re.findall('<a href="#(.*?)"', shown))) == len(definitions())


def test_what_is_missing_is_named_in_one_line_and_no_page_is_written(drawn):
    file = drawn / "plots/curves/momentum.csv"
    kept = file.read_bytes()
    file.unlink()
    done = run(drawn, *COMMAND, "HEAD", "workspace")
    file.write_bytes(kept)
    assert "plots_page: plots/curves/momentum.csv (workspace): " in one_line(done)
    assert not (drawn / "plots.html").exists()


def test_a_revision_that_is_not_there_ends_in_one_line(drawn):
    done = run(drawn, *COMMAND, "no-such-branch", "workspace")
    assert one_line(done) == "plots_page: unknown Git revision 'no-such-branch'\n"
    assert not (drawn / "plots.html").exists()


def test_a_folder_without_plots_ends_in_one_line(tmp_path):
    done = run(tmp_path, *COMMAND)
    assert one_line(done) == "plots_page: DVC found no plots; dvc.yaml defines them\n"
    assert not (tmp_path / "plots.html").exists()


def test_data_cannot_end_the_script_it_stands_in():
    title = {"text": "</script><script>alert(1)</script>"}
    text = page({"</script>": {"title": title, "data": {"values": [{"rev": "HEAD"}]}}}, "<b>")
    assert text.count("</script>") == 2  # of the page itself
    assert "<b>" not in text
