"""What `make site` writes: two files that hold what was found, of the settings beside it."""

import base64
import contextlib
import html
import io
import re

import numpy as np
import pytest
from PIL import Image
from projects import edit, one_line, run
from real_mnist import pixels

import build_site
from judging.verdicts import read_verdicts
from reporting.wording import for_people
from runs import model as models
from workflow.settings import OWN, load_network, load_variants, words

PAGES = ("index.html", "draw.html")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_one_file_that_may_load_nothing_and_has_no_dead_link(site, name):
    texts = {page: (site / page).read_text() for page in PAGES}
    assert sum(len(text.encode()) for text in texts.values()) < 2_000_000
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
        assert f' id="{anchor}"' in texts[page or name] or not anchor


def test_every_claim_stands_on_the_page_and_no_id_is_read(project, site):
    text = (site / "index.html").read_text().partition('<script type="application/json"')[0]
    read = html.unescape(re.sub("<[^>]+>", " ", text))
    claims = read_verdicts(project / "metrics/verdicts.json")["claims"]
    for claim in claims:  # the reason of a frozen entry may name its neighbour
        read = read.replace(for_people(claim.reason), "")
    for claim in claims:
        assert for_people(claim.statement) in read
        assert claim.id not in read
    with contextlib.chdir(project):
        for name in load_variants():
            assert words(name) in read


def test_what_claims_and_tricks_say_is_text_and_nothing_else(project, at_hand, monkeypatch):
    monkeypatch.chdir(project)
    found = build_site.read_found()
    claim = found.verdicts[0]
    for key in ("quote", "statement", "where"):
        object.__setattr__(claim, key, HOSTILE)
    monkeypatch.setattr(build_site, "read_found", lambda: found)
    text = build_site.index_page({OWN: load_network()} | load_variants(), at_hand)
    assert "<img src=x" not in text
    assert text.count("</script>") == 2  # the page's own
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") > 2


def test_results_of_other_settings_are_refused_in_one_line(project, site):
    before, settings = (site / "index.html").read_bytes(), (project / "variants.yaml").read_bytes()
    edit(project / "variants.yaml", lambda all: all["variants"]["plain"].update(hidden=32))
    done = run(project, "python", "src/build_site.py")
    (project / "variants.yaml").write_bytes(settings)
    assert "variants.yaml: the results of plain are of other settings" in one_line(done)
    assert (site / "index.html").read_bytes() == before


def test_the_first_layer_is_shown_at_three_moments_on_one_scale(site, at_hand):
    page = (site / "index.html").read_text()
    for name, one in at_hand.items():
        found = re.findall(
            rf'base64,([^"]+)" alt="First-layer weights of {words(name)} (.+?)"', page
        )
        assert [moment for _, moment in found] == [*one.first_layers]
        pictures = [Image.open(io.BytesIO(base64.b64decode(picture))) for picture, _ in found]
        red, _, blue = np.moveaxis(np.stack([np.asarray(each) for each in pictures]), -1, 0)
        # Of the second unit of the second row, in a colour that is white at zero.
        place = np.s_[:, 30:58, 30:58]
        weights = np.stack(list(one.first_layers.values()))[:, :-1, 9].reshape(3, 28, 28)
        strong = np.abs(weights) > 0.2 * np.abs(weights[-1]).max()
        assert strong[-1].any()
        assert ((red[place] > blue[place]) == (weights > 0))[strong].all()
        changed = [np.abs(later - weights[0]).max() for later in weights[1:]]
        assert 0 < changed[0] < changed[1]


def test_what_yours_misreads_is_shown_as_mnist_has_it(site, at_hand):
    page = (site / "index.html").read_text()
    pictures, labels = pixels("t10k", 500)
    mean = models.probabilities(at_hand[OWN].model, pictures).mean(axis=0)
    wrong = [i for i in np.argsort(-mean.max(axis=1)) if mean[i].argmax() != labels[i]]
    text = re.sub(r"\s+", " ", page)
    assert "2 runs of your network vote on the 500 test images" in text
    assert f"and misread {len(wrong)}." in text
    found = re.findall(r'base64,([^"]+)" alt="A (\d) that is read as (\d)"', page)
    assert len(found) == 24
    for (png, digit, read), i in zip(found, wrong, strict=False):
        assert (int(digit), int(read)) == (labels[i], mean[i].argmax())
        assert (np.asarray(Image.open(io.BytesIO(base64.b64decode(png)))) == pictures[i]).all()
