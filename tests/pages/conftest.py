"""The published results with networks that train in seconds, their site, and a browser."""

import contextlib

import pytest
import real_mnist
from hand_made import write_lock
from projects import FILES, copy_of, edit
from tools import need_module, need_program

import build_site
from workflow.settings import OWN, load_network, load_variants

KNOBS = {"training_images": 2000, "test_images": 500, "epochs": 6}
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu"]  # as root, and without a screen


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A project whose networks are small, with what is published as if it were of them."""
    needed = ("src", "page", "report/templates", "claims", "metrics", "plots", *FILES)
    folder = copy_of(tmp_path_factory.mktemp("project"), *needed)
    edit(folder / "params.yaml", lambda content: content.update(KNOBS))
    edit(folder / "variants.yaml", _shorten)
    with contextlib.chdir(folder):
        real_mnist.save(2000, 500)
        for name, network in ({OWN: load_network()} | load_variants()).items():
            write_lock(name, network)
    return folder


def _shorten(content):
    for own in (content["protocol"], *content["variants"].values()):
        own.update({key: value for key, value in KNOBS.items() if key in own})


@pytest.fixture(scope="session")
def at_hand(project):
    """The networks that the site is made with."""
    with contextlib.chdir(project):
        return build_site.networks_at_hand(load_network(), load_variants())


@pytest.fixture(scope="session")
def site(project, at_hand):
    """The folder of the two pages."""
    with contextlib.chdir(project), pytest.MonkeyPatch.context() as patched:
        patched.setattr(build_site, "networks_at_hand", lambda *_: at_hand)
        build_site.main()
    return project / "site"


@pytest.fixture(scope="session")
def browser():
    """A Chromium of the system's."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = need_program(*names, package="chromium")
    need_module("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        yield started
        started.close()


@pytest.fixture
def visit(browser, site):
    """Open a page: its console has to stay silent, and nobody may be asked for anything."""
    heard, asked = [], []

    def opened(name, width=1200, scheme="light"):
        page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
        page.goto(f"{site.as_uri()}/{name}")
        return page

    yield opened
    assert heard == []
    assert set(asked) <= {"file", "data"}
