"""A browser for the tests of pages."""

import pytest
from tools import need_module, need_program


@pytest.fixture(scope="session")
def browser():
    """A Chromium of the system's."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = need_program(*names, package="chromium")
    need_module("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium)
        yield started
        started.close()
