"""The pages that `make site` writes: what they hold, and what they do in a real Chromium."""

import base64
import contextlib
import csv
import html
import io
import json
import math
import re
import shutil
from urllib.parse import parse_qsl

import numpy as np
import pytest
import small_model
from hand_made import write_lock
from learned import MOMENTS, learned
from living_page import FIGURES, networks_shown, results_page
from PIL import Image
from projects import HERE, commit, copy_of, edit, make_repository, must, one_line, run
from refusals import refusal
from tools import npm_file

from judging import inference
from judging.claims import SEEDS, read_protocol
from judging.verdicts import read_verdicts
from mlp.evaluation import predict
from mnist import images as datasets
from mnist.pictures import read_digit
from predict import normalized
from reporting.wording import shown
from runs import model as models
from workflow import files
from workflow.files import read_yaml
from workflow.settings import load_network, load_variants

PAGES = ("index.html", "draw.html")
NEEDED = (
    ".dvc/plots",
    "claims",
    "figures.yaml",
    "grid.yaml",
    "metrics",
    "page",
    "params.yaml",
    "plots",
    "variants.yaml",
)
BRANCH = "<b>narrow"  # which Git allows
TABLES = ("plots/seeds/train.csv", "plots/runs/train.csv", *map(str, FIGURES))
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
AXE = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
# By relation: the number that stands for the end of what is claimed, and its sign.
ENDS = {
    **dict.fromkeys(("higher", "not_higher", "smaller_fall"), ("margin", 1)),
    **dict.fromkeys(("lower", "not_lower", "smaller_gain"), ("margin", -1)),
    **dict.fromkeys(("times_higher", "times_lower"), ("factor", 1)),
    "equal": ("tolerance", 1),
    "at_most": ("value", 1),
}
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
IDS, REPORTS = (f"all => all.map((one) => one.{key})" for key in ("id", "dataset.report"))
VERDICTS = "all => all.map((one) => one.dataset.verdict)"
MOVE = """([name, i, share]) => {
  const part = document.getElementById(name).querySelectorAll(".part")[i];
  const slider = part.querySelector("input");
  slider.value = Number(slider.min) + share * (slider.max - slider.min);
  slider.dispatchEvent(new Event("input"));
  return [Number(slider.value), part.querySelector(".reading").dataset.verdict];
}"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The published results, as if of trainings that take a second, and the site made from them."""
    folder = copy_of(tmp_path_factory.mktemp("project"), *NEEDED)
    knobs = {"training_images": 2000, "validation_images": 500, "epochs": 6, "seeds": 2}
    edit(folder / "params.yaml", lambda content: content.update(knobs))
    edit(folder / "variants.yaml", lambda content: content["protocol"].update(knobs))
    with contextlib.chdir(folder):
        for name, file in {"training": "train", "validation": "t10k"}.items():
            datasets.save(small_model.dataset(file, knobs[f"{name}_images"]), name)
        files.write_json(datasets.STATISTICS, small_model.statistics(datasets.hashes()))
    write_lock(folder, "train", *TABLES)
    must(folder, "python", str(HERE / "src/living_page.py"))
    return folder


@pytest.fixture(scope="module")
def branched(project, tmp_path_factory):
    """The same in Git, where a branch has a narrower network in the place of `train`."""
    folder = tmp_path_factory.mktemp("branched")
    shutil.copytree(project, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("site"))
    make_repository(copy_of(folder, ".dvc"))
    must(folder, "git", "checkout", "--quiet", "-b", BRANCH)
    edit(folder / "params.yaml", lambda content: content.update(hidden=32))
    for path in TABLES:
        shutil.copy(folder / path.replace("train", "momentum-hidden-32"), folder / path)
    write_lock(folder, "train", *TABLES)
    commit(folder, "Fewer units")
    must(folder, "git", "checkout", "--quiet", "main")
    return folder


@pytest.fixture(scope="module")
def claims(project):
    return read_verdicts(project / "metrics/verdicts.json")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_one_file_that_may_load_nothing_and_has_no_dead_link(project, name):
    texts = {page: (project / "site" / page).read_text() for page in PAGES}
    assert len(texts["index.html"].encode()) < 2_000_000
    elsewhere = (
        r"<(script|iframe)[^>]* src",
        r"<img src=.(?!data:image/png;base64,)",
        r"<link(?! rel=.icon. href=.data:,)",
    )
    assert not re.search("|".join(elsewhere), texts[name])
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', texts[name])
    hashed = r"'sha256-[\w+/]{43}='"
    allowed = f"script-src {hashed}; style-src {hashed}; img-src data:"
    policies = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    assert re.fullmatch(policies, html.unescape(policy))
    links = re.findall(r'<a [^>]*href="([^"]+)"', texts[name])
    assert len(links) > 4
    for page, _, anchor in (html.unescape(link).partition("#") for link in links):
        for choice, value in parse_qsl(anchor):  # of the filters
            [values] = re.findall(f'<select name="{choice}">(.+?)</select>', texts[name], re.DOTALL)
            assert f"<option>{html.escape(value)}</option>" in values
        assert f' id="{anchor}"' in texts[page or name] or "=" in anchor or not anchor


def test_what_claims_and_tables_say_is_text_and_nothing_else(project, claims, monkeypatch):
    monkeypatch.chdir(project)
    verdicts = {"claims": json.loads((project / "metrics/verdicts.json").read_text())["claims"]}
    words = ("quote", "statement", "reason", "where")
    verdicts["claims"][0] |= dict.fromkeys(words, HOSTILE)
    monkeypatch.setattr("judging.verdicts.read_json", lambda path: verdicts)
    text = results_page(networks_shown(None)[0], {}, [{"trick": HOSTILE, "brings": "+0.04"}])
    assert "<img" not in text
    assert text.count("</script>") == 2  # the page's own
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") > len(words)
    assert "<td>+0.04</td>" in text


def test_what_has_no_network_to_compare_is_refused_in_one_line_and_nothing_is_written(
    branched, monkeypatch
):
    done = run(branched, "python", str(HERE / "src/living_page.py"), "nowhere")
    known = "(allowed: an experiment, a branch, a commit)"
    assert f"nowhere: unknown Git revision 'nowhere' {known}" in one_line(done)
    assert not (branched / "site").exists()
    monkeypatch.chdir(branched)
    assert "main is the published network itself; " in refusal(networks_shown, "main")
    assert refusal(networks_shown, "plain") == f"plain: is shown anyway {known}"


def test_results_of_other_settings_are_refused(project, monkeypatch):
    monkeypatch.chdir(project)
    other = load_network().model_copy(update={"batch_size": 77})
    monkeypatch.setattr("living_page.load_network", lambda: other)
    said = "params.yaml: train was trained with other settings; `dvc repro train` trains "
    assert refusal(networks_shown, None).startswith(said)


def read_rows(path):
    with path.open() as file:
        return [*csv.DictReader(file)]


@pytest.fixture
def visit(browser, project):
    """Open a page: its console has to stay silent, and nobody may be asked for anything."""
    heard, asked = [], []

    def opened(name, width=1024, scheme="light", folder=project):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
        page.goto((folder / "site").as_uri() + f"/{name}")
        return page

    yield opened
    assert heard == []
    assert set(asked) <= {"file", "data"}


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The script of axe-core, which finds what keeps people out."""
    folder = tmp_path_factory.mktemp("npm")
    return npm_file(folder, "axe-core@4.14.1", "axe.min.js", AXE).decode()


@pytest.mark.proof
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1920])
def test_both_pages_fit_are_drawn_and_keep_nobody_out(visit, axe, width, scheme):
    pages = [visit(name, width, scheme) for name in PAGES]
    pages[0].evaluate(OPEN_ALL)
    pages[0].locator(".claim circle").last.wait_for()
    pages[1].click("#example")
    for page in pages:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.evaluate(axe)
        found = page.evaluate("axe.run().then((found) => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.proof
def test_every_run_is_a_dot_that_says_its_seed_and_every_name_its_settings(visit, project):
    page = visit("index.html")
    page.locator("#strip circle").last.dispatch_event("pointerover")
    metrics = [json.loads(file.read_text()) for file in (project / "metrics").glob("*.json")]
    runs = [one["seeds"] for one in metrics if "validation_accuracy" in one]
    assert page.locator("#strip circle").count() == sum(runs)
    assert page.inner_text("#strip .note").startswith("train, seed ")
    page.locator("#strip text", has_text="plain").hover()
    assert page.inner_text("#strip .note").startswith("plain: 64 units, sigmoid")


@pytest.mark.proof
def test_a_network_of_ones_own_is_shown_by_its_name_and_compared_as_ask_compares(visit, branched):
    must(branched, "python", str(HERE / "src/living_page.py"), BRANCH)
    page = visit("index.html", folder=branched)
    page.locator("#strip text", has_text=BRANCH).hover()
    assert page.inner_text("#strip .note").startswith(f"{BRANCH}: 32 units, ")
    assert page.locator("#ranks button", has_text=BRANCH).count() == 1
    assert page.locator("#layers h3").all_inner_texts() == [BRANCH, "train", "plain"]
    must(branched, "git", "checkout", "--quiet", BRANCH)
    asked = must(branched, "python", str(HERE / "src/ask.py"), "main").splitlines()
    cells = [re.split("  +", line) for line in asked if line.endswith(("worse", "better"))]
    assert len(cells) == 3
    rows = page.get_by_role("table", name=f"{BRANCH} beside the published network").locator("tr")
    assert [row.split("\t") for row in rows.all_inner_texts()[1:]] == cells
    page = visit("draw.html", folder=branched)
    page.click("#example")
    for name, units, runs in ((BRANCH, 32, 2), ("train", 64, 2), ("plain", 64, 6)):
        answer = page.get_by_role("region", name=name, exact=True)
        assert f"{name}: {units} units, " in answer.inner_text()
        assert f" of {runs} runs say so." in answer.locator(".said").inner_text()


@pytest.mark.proof
def test_the_keyboard_walks_through_the_curves_and_the_list_has_their_order(visit, project):
    curves = {file.stem: read_rows(file) for file in (project / "plots/curves").glob("*.csv")}
    page = visit("index.html")
    for quantity, sign in (("validation_loss", 1), ("validation_accuracy", -1)):
        page.select_option("#curve-quantity", quantity)
        page.focus("#step")
        for key, step in (("Home", 125), ("ArrowRight", 250), ("End", math.inf)):
            page.keyboard.press(key)
            order = page.locator("#ranks button").all_inner_texts()
            reached = {
                name: [float(row[quantity]) for row in rows if 0 < float(row["step"]) <= step]
                for name, rows in curves.items()
            }
            there = {name: values[-1] for name, values in reached.items() if values}
            assert sorted(order) == sorted(there)
            assert [there[name] for name in order] == sorted(there.values(), key=lambda v: sign * v)
            said = page.get_attribute("#step", "aria-valuetext")
            assert f"ahead: {order[0]}, " in said
            assert page.locator("#curve circle").count() == len(there)
    page.focus("#ranks li:last-child button")
    [name] = set(page.locator(".lit").evaluate_all("all => all.map((one) => one.dataset.network)"))
    assert name == order[-1]
    assert page.inner_text("#curve .note").startswith(f"{name}: ")


@pytest.mark.proof
def test_the_page_judges_as_the_judge_at_the_published_margin_and_at_others(
    visit, project, claims, monkeypatch
):
    page = visit("index.html")
    page.evaluate(OPEN_ALL)
    for claim in claims:
        page.locator(f"#{claim.id} .whole[data-verdict]").wait_for(state="attached")
        read = page.locator(f"#{claim.id} :is(.reading, .whole)").evaluate_all(VERDICTS)
        assert read == [*(part.verdict for part in claim.parts), claim.verdict], claim.id
    monkeypatch.chdir(project)
    margins, seen = read_protocol().margins, set()
    for name, i, part in ((one.id, i, part) for one in claims for i, part in enumerate(one.parts)):
        if part.relation not in ENDS or part.kind != SEEDS:
            continue
        number, sign = ENDS[part.relation]
        rule = inference.RELATIONS[part.relation]
        near = margins.of(part.unit, part.means[1]) if len(part.means) > 1 else 0
        near = math.log1p(margins.relative) if rule.ratio else near
        low, high = (math.log(e) if rule.ratio and e else e for e in part.interval)
        ends = (-math.inf if low is None else low, math.inf if high is None else high)
        for share in (0.03, 0.31, 0.52, 0.77, 0.98):
            value, verdict = page.evaluate(MOVE, [name, i, share])
            if rule.ratio and value <= 0:
                continue
            region = rule.region(**{number: sign * value / shown(part).factor})
            assert verdict == inference.read(ends, inference.readings(region, near)), (name, value)
            seen.add(verdict)
    assert len(seen) == 4


@pytest.mark.proof
def test_pointing_at_a_claim_shows_its_runs_until_it_is_opened(visit, claims):
    page = visit("index.html")
    for claim in claims[::9]:
        summary = page.locator(f"#{claim.id} summary")
        summary.hover()
        dots = len(claim.per_seed) + (claim.difference is not None)
        assert page.locator("#peek circle").count() == dots
        assert page.locator("#peek").bounding_box()["y"] > 0
        summary.click()
        assert not page.is_visible("#peek")


@pytest.mark.proof
def test_a_claim_has_an_address_and_filters_leave_what_they_say(visit, claims):
    page = visit("index.html#a-4e-overfitting")
    page.locator("#a-4e-overfitting[open] circle").first.wait_for()
    page.locator(".counts a", has_text="contradicted").click()
    left = page.locator(".claim:visible")
    verdicts = left.evaluate_all(VERDICTS)
    assert set(verdicts) == {"contradicted"}
    # Neither what arithmetic decides nor our own predictions are among them.
    counted = [one for one in claims if one.quote and one.verdict == "contradicted"]
    assert len(verdicts) == sum(one.kind == SEEDS for one in counted)
    assert page.locator(".counts a", has_text=f"{len(verdicts)} ✗ contradicted").count() == 1
    assert page.inner_text("#count").startswith(f"{len(verdicts)} of ")
    page.select_option("[name=report]", "A")
    assert 0 < left.count() < len(verdicts)
    page.evaluate("location.hash = 'b-3-init-loss'")  # which the filters hide
    page.locator("#b-3-init-loss[open] circle").first.wait_for()


@pytest.mark.proof
def test_a_trick_leads_to_the_claims_that_compare_its_networks(visit, claims):
    page = visit("index.html#trick=improved+sigmoid&report=B")  # an address to pass on
    assert set(page.locator(".claim:visible").evaluate_all(REPORTS)) == {"B"}
    tricks = read_yaml(HERE / "grid.yaml")
    for name, trick in (tricks["crossed"] | tricks["added"]).items():
        pairs = [set(pair) for pair in trick.get("reported", [])]
        about = {c.id for c in claims for p in c.parts for pair in pairs if pair <= {*p.variants}}
        links = page.get_by_role("rowheader", name=name, exact=True).locator("a")
        assert links.count() == bool(about)
        for _ in range(links.count() * 2):  # also where the address is that of the link already
            links.click()
            page.wait_for_function("scrollY > 1000")
            assert set(page.locator(".claim:visible").evaluate_all(IDS)) == about
            page.evaluate("scrollTo(0, 0)")


@pytest.mark.proof
def test_the_keyboard_opens_a_claim_and_moves_its_margin(visit):
    page = visit("index.html")
    reading = page.locator("#a-3-init-accuracy .reading")
    page.focus("#a-3-init-accuracy summary")
    # On the claim, past the link to the slider, and on the button that moves it back.
    for keys, verdict in (("Enter", "✓"), ("Tab Tab End", "✗"), ("Tab Enter", "✓")):
        for key in keys.split():
            page.keyboard.press(key)
        reading.filter(has_text=verdict).wait_for()


@pytest.mark.proof
@pytest.mark.parametrize("luck", [0.0, 0.5, 0.99])
def test_one_run_says_what_its_seed_alone_would_have_shown(visit, claims, luck):
    page = visit("index.html")
    page.evaluate(f"Math.random = () => {luck}")
    page.click("#draw-run")
    tested = [one for one in claims if one.kind == SEEDS and one.quote]
    judged = [one for one in tested if one.verdict != "undecided"]
    otherwise, report = set(), []
    for claim in tested:
        runs = zip(*(part.single_runs for part in claim.parts if part.single_runs), strict=False)
        alone = [all(run) for run in runs]
        so = alone[int(luck * len(alone))]
        report.append(f"It is {'so' if so else 'not so'}: {claim.statement}")
        if claim in judged and so != (claim.verdict == "supported"):
            otherwise.add(f"#{claim.id}")
    links = page.locator("#drawn a").evaluate_all("all => all.map((link) => link.hash)")
    assert set(links) == otherwise
    assert page.locator("#drawn details p").all_text_contents() == report
    said = f"agrees with {len(judged) - len(otherwise)} of {len(judged)} verdicts"
    assert said in page.inner_text("#drawn")


def shown_at_work(folder):
    """What each network that is shown at work learned, by its name."""
    with contextlib.chdir(folder):
        return {
            "train": learned("train", load_network()),
            "plain": learned("plain", load_variants()["plain"]),
        }


@pytest.mark.proof
def test_what_is_drawn_is_read_as_predict_reads_it_by_every_network(visit, project, monkeypatch):
    monkeypatch.chdir(project)
    page, pixels, digits = visit("draw.html"), datasets.statistics(), set()
    networks = {
        name: models.Model(weights, network.activation, pixels.mean, pixels.standard_deviation)
        for name, (network, weights, _) in shown_at_work(project).items()
    }

    def compare():
        picture = page.evaluate("document.getElementById('paper').toDataURL().split(',')[1]")
        (project / "drawn.png").write_bytes(base64.b64decode(picture))
        drawn = read_digit("drawn.png").pixels[None]
        for name, model in networks.items():
            images = normalized(drawn, model)
            chances = models.probabilities(model, images)[0]
            answer = page.get_by_role("region", name=name, exact=True)
            found = answer.locator("meter").evaluate_all("all => all.map((one) => one.value)")
            assert np.abs(found - chances).max() < 1e-5
            assert f" a {chances.argmax()}: " in answer.locator(".said").inner_text()
            votes = predict(model.weights, model.activation, images)[:, 0].argmax(axis=-1)
            assert answer.locator(".votes").inner_text().endswith(": " + ", ".join(map(str, votes)))
            driven = images[0] @ model.weights[0][0]
            strongest = driven[np.argsort(-np.abs(driven))[:8]]
            units = answer.locator(".units").inner_text().replace("−", "-").split()
            assert np.abs(np.array(units, float) - strongest).max() < 0.051
            digits.add(chances.argmax())

    for _ in range(100):
        page.click("#example")
        compare()
    assert digits == set(range(10))
    box = page.locator("#paper").bounding_box()
    for line in ([(0.5, 0.15), (0.5, 0.85)], [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]):
        page.click("#clear")
        for x, y in line:
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=9)
            page.mouse.down()
        page.mouse.up()
        compare()


def test_the_first_layer_is_shown_at_three_moments_on_one_scale(project):
    page = (project / "site/index.html").read_text()
    for name, (_, _, first_layer) in shown_at_work(project).items():
        found = re.findall(rf'base64,([^"]+)" alt="First-layer weights of {name} ([^"]+)"', page)
        assert [moment for _, moment in found] == [*MOMENTS]
        pictures = [Image.open(io.BytesIO(base64.b64decode(picture))) for picture, _ in found]
        red, _, blue, there = np.moveaxis(np.stack([np.asarray(one) for one in pictures]), -1, 0)
        # Of the second unit of the second row, as a color map that ends in dark red and dark blue.
        place = np.s_[:, 30:58, 30:58]
        weights = first_layer[:, :-1, 9].reshape(3, 28, 28)
        strong = np.abs(weights) > 0.2 * np.abs(weights[-1]).max()
        assert strong[-1].any()
        assert ((red[place] > blue[place]) == (weights > 0))[strong].all()
        assert (there[place] == 255).all()
        assert (there[:, 28:30] == 0).all()
