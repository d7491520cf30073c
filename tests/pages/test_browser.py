"""What the pages do in a real Chromium."""

import base64
import contextlib
import json
import random

import numpy as np
import pytest
from tools import npm_file

from judging.claims import COMPARED
from judging.verdicts import read_verdicts
from mnist.pictures import read_digit
from runs import model as models
from workflow.settings import words

pytestmark = pytest.mark.proof

PAGES = ("index.html", "draw.html")
AXE = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
DATA = "JSON.parse(document.getElementById('data').textContent)"
ANSWERS = """() => {
  look();
  const answer = (part) => [
    part.querySelector("h2").textContent,
    part.querySelector(".said").textContent,
    [...part.querySelectorAll("meter")].map((one) => one.value),
  ];
  return [paper.toDataURL().split(",")[1], [...document.querySelectorAll(".vote")].map(answer)];
}"""
MIDDLES = """() => {
  const slider = document.getElementById("step");
  const { left, width } = slider.getBoundingClientRect();
  const share = (slider.value - slider.min) / (slider.max - slider.min);
  const line = document.querySelector(".here").getBoundingClientRect();
  return [left + 8 + share * (width - 16), line.left + line.width / 2];
}"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The script of axe-core, which finds what keeps people out."""
    folder = tmp_path_factory.mktemp("npm")
    return npm_file(folder, "axe-core@4.14.1", "axe.min.js", AXE).decode()


@pytest.fixture
def claims(project):
    return read_verdicts(project / "metrics/verdicts.json")["claims"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_both_pages_fit_are_drawn_and_keep_nobody_out(visit, axe, width, scheme):
    pages = [visit(name, width, scheme) for name in PAGES]
    if width == 390:
        assert pages[0].evaluate("document.documentElement.scrollHeight") < 12_000
        pages[0].evaluate("document.getElementById('gains').style.letterSpacing = '2px'")
        pages[0].set_viewport_size({"width": 389, "height": 844})
        pages[0].wait_for_selector("#gains [textLength]")  # letters are as wide as elsewhere
    pages[0].click("#draw-run")
    pages[0].evaluate(OPEN_ALL)
    pages[0].locator(".claim circle").last.wait_for()
    pages[1].click("#example")
    for page in pages:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        cut = """all => all.filter((one) => {
          const { left, right } = one.getBoundingClientRect();
          const around = (one.ownerSVGElement ?? document.body).getBoundingClientRect();
          return right > around.right + 1 || left < around.left - 1;
        }).map((one) => one.outerHTML)"""
        assert page.locator("svg text, td, th, img, canvas, p").evaluate_all(cut) == []
        page.evaluate(axe)
        found = page.evaluate("axe.run().then((found) => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_the_answer_comes_first_and_each_of_its_sentences_leads_to_evidence(visit):
    page = visit("index.html")
    assert page.locator(".answer, #gains, table").first.get_attribute("class") == "answer"
    assert page.locator("#gains ~ table").count() == 1
    assert page.locator(".answer a").count() == 5
    for link in page.locator(".answer a").all():
        page.evaluate("scrollTo(0, 0)")
        link.click()
        page.wait_for_function("scrollY > 100")
        assert page.locator(page.evaluate("location.hash")).bounding_box()["y"] < 844
    page.goto(page.url.partition("#")[0] + "#ten-layers")
    assert page.locator("#ten-layers .claim").first.is_visible()


def test_the_picture_of_tricks_says_what_the_judge_found_by_word_and_colour(visit, project):
    page, colours = visit("index.html", width=390), {}
    page.locator("#gains circle").first.wait_for()
    middle = page.locator("#gains .zero").first.bounding_box()["x"]
    shown = iter(page.locator("#gains g[data-verdict]").all())
    tricks = json.loads((project / "metrics/tricks.json").read_text())
    for name in page.locator("#gains .name").all_text_contents():
        trick = tricks.pop(name)
        for found in (one["accuracy"] for one in (trick, trick.get("as_reported")) if one):
            one = next(shown)
            text, circle = one.locator("text").text_content(), one.locator("circle").bounding_box()
            gain = float(text.rpartition(", ")[2].replace("−", "-"))
            assert f" {found['verdict']}, " in text
            assert gain == pytest.approx(100 * found["difference"], abs=0.006)
            assert (circle["x"] + circle["width"] / 2 > middle) == (gain > 0) or abs(gain) < 0.1
            colour = one.evaluate("one => getComputedStyle(one).color")
            assert colours.setdefault(found["verdict"], colour) == colour
    assert not tricks
    assert len(set(colours.values())) == len(colours)
    assert page.locator("#gains .margin").first.bounding_box()["width"] > 2


@pytest.mark.parametrize("luck", [0.0, 0.99])
def test_one_run_says_beside_the_button_what_its_seed_alone_would_have_shown(visit, claims, luck):
    page = visit("index.html", width=390)
    page.evaluate(f"Math.random = () => {luck}")
    page.click("#draw-run")
    holds = {one["anchor"]: one["holds"] for one in page.evaluate(DATA)["claims"]}
    judged = [one for one in claims if one.kind == COMPARED and one.quote and not one.same_as]
    for one in judged:
        if len(one.parts) == 1:  # the judge has counted these as well
            assert np.mean(holds[one.id]) == pytest.approx(one.parts[0].single_runs, abs=1e-5)
    settled = [one for one in judged if one.verdict in ("supported", "contradicted")]
    shown = {one.id: holds[one.id][int(luck * len(holds[one.id]))] for one in settled}
    wrong = {one.id for one in settled if shown[one.id] != (one.verdict == "supported")}
    lead = page.locator("#drawn .lead")
    assert f"right in {len(settled) - len(wrong)} of {len(settled)} " in lead.inner_text()
    shares = {one.id: np.mean(holds[one.id]) for one in judged}
    split = [name for name, share in shares.items() if 0 < share < 1]
    ran = {name: holds[name][int(luck * len(holds[name]))] for name in split}
    against = sum(ran[name] != (shares[name] > 0.5) for name in split)
    disagreement = f"On {len(split)} sentences single runs disagree: in {against} of them"
    assert disagreement in page.locator("#drawn").inner_text()
    button, result = page.locator("#draw-run").bounding_box(), lead.bounding_box()
    assert 0 < result["y"] - button["y"] < 120
    page.click("#drawn summary")
    links = page.locator("#drawn a").evaluate_all("all => all.map((link) => link.hash.slice(1))")
    assert set(links) == wrong


def test_claims_are_folded_by_task_and_chosen_by_verdict(visit, claims):
    page = visit("index.html")
    assert page.locator(".claim:visible").count() == 0
    page.locator(".task summary").first.click()
    assert page.locator(".claim:visible").count() > 0
    for verdict in sorted({one.verdict for one in claims}):
        page.select_option("#verdict", verdict)
        left = page.locator(".claim:visible")
        assert set(left.evaluate_all("all => all.map((one) => one.dataset.verdict)")) == {verdict}
        assert left.count() == sum(one.verdict == verdict for one in claims)
        assert left.first.locator(".verdict").first.inner_text()[2:].startswith(verdict)


def test_an_address_opens_a_claim_and_a_tap_shows_a_run_without_covering_anything(visit, claims):
    claim = next(one for one in claims if one.kind == COMPARED and one.quote)
    page = visit(f"index.html#{claim.id}", width=390)
    part = page.locator(f"#{claim.id} .part").first
    part.locator(".run").first.wait_for()
    assert part.locator(".run").count() == claim.seeds
    note, svg = part.locator(".note"), part.locator("svg").bounding_box()
    for point in ("click", "hover"):
        getattr(part.locator(".run").last, point)(force=True)
        assert note.inner_text().startswith("run ")
        assert note.bounding_box()["y"] >= svg["y"] + svg["height"] - 1
        page.locator("h1").hover()


def test_curves_are_of_chosen_networks_in_their_order_at_the_slider(visit):
    page = visit("index.html")
    curves = {one["name"]: one["curve"] for one in page.evaluate(DATA)["networks"]}
    page.focus("#step")
    for key in ("Home", "End", "ArrowLeft"):
        page.keyboard.press(key)
        step = np.exp(float(page.input_value("#step"))) * 1.0001
        thumb, line = page.evaluate(MIDDLES)
        assert abs(thumb - line) < 1.5
        order = page.locator("#ranks b").all_inner_texts()
        checks = [np.searchsorted(curves[name]["step"], step) - 1 for name in order]
        pairs = zip(order, checks, strict=True)
        ends = [curves[name]["validation_accuracy"][check] for name, check in pairs]
        assert ends == sorted(ends, reverse=True)
    assert "yours" in order
    page.click("#curves summary")
    for box in page.locator("#choice input").all():
        if box.is_enabled():
            box.check()
    assert page.locator("#curve polyline").count() == 6
    page.locator("#choice input:checked").first.uncheck()
    assert page.locator("#curve polyline").count() == 5


def test_every_run_is_a_dot_that_says_its_seed_or_words_say_where_it_is(visit):
    page = visit("index.html", width=390)
    page.locator("#every-run .run").first.wait_for()
    accuracies = [one["runs"]["validation_accuracy"] for one in page.evaluate(DATA)["networks"]]
    learned = [runs for runs in accuracies if np.mean(runs) > 0.5]
    assert page.locator("#every-run .run").count() == sum(map(len, learned))
    assert len(accuracies) - len(learned) == page.get_by_text("beyond this axis, at 11.35").count()
    page.locator("#every-run .yours .run").first.click(force=True)
    assert page.locator("#every-run .yours .note").text_content().startswith("seed ")


def test_what_is_drawn_is_read_as_predict_reads_it_by_both_networks(visit, project, at_hand):
    page, digits = visit("draw.html"), set()
    with contextlib.chdir(project):
        networks = {words(name): one.model for name, one in at_hand.items()}

    def compare():
        picture, answers = page.evaluate(ANSWERS)
        (project / "drawn.png").write_bytes(base64.b64decode(picture))
        drawn = read_digit(project / "drawn.png").pixels[None]
        assert {name for name, _, _ in answers} == set(networks)
        for name, said, found in answers:
            by_run = models.probabilities(networks[name], drawn)[:, 0]
            chances, votes = by_run.mean(axis=0), by_run.argmax(axis=1)
            assert np.abs(found - chances).max() < 1e-5
            assert said.startswith(str(chances.argmax()))
            if len(set(votes)) > 1:
                assert said.endswith(f": {', '.join(map(str, votes))}.")
            digits.add(chances.argmax())

    for _ in range(70):  # among them each digit
        page.evaluate("document.getElementById('example').click()")
        compare()
    assert digits == set(range(10))
    box, draws = page.locator("#paper").bounding_box(), random.Random(0)  # noqa: S311
    for _ in range(10):
        page.click("#clear")
        for _ in range(draws.randint(3, 6)):
            x, y = (draws.uniform(0.15, 0.85) for _ in "xy")
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=9)
            page.mouse.down()
        page.mouse.up()
        compare()


def test_the_answer_to_what_is_drawn_is_in_view_on_a_phone(visit):
    page = visit("draw.html", width=390)
    page.click("#example")
    for said in page.locator(".said").all():
        box = said.bounding_box()
        assert box["y"] + box["height"] < 844
