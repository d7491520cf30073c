"""What pages name is there: lines of code, tests, files, pictures and places in pages."""

import importlib
import inspect
import re

import pytest
from projects import HERE
from prose import broken_links, images

from mlp import network

PAGES = sorted({*HERE.glob("[CR]*.md"), *HERE.glob("[dr]*/*.md")})
TEXT = (HERE / "docs/backpropagation.md").read_text(encoding="utf-8")
# (name of a function, its file, quoted lines) of every block of code.
QUOTED = re.findall(
    r"\[`([\w.]+)`\]\(\.\./src/([\w/]+)\.py\):\n\n```python\n(.*?)```", TEXT, re.DOTALL
)


def lines(text):
    return {line.strip() for line in text.splitlines()}


def test_every_line_that_derives_backpropagation_is_in_the_function_it_is_said_to_be_in():
    assert len(QUOTED) == TEXT.count("```python")
    for name, path, quoted in QUOTED:
        function = getattr(importlib.import_module(path.replace("/", ".")), name)
        assert lines(quoted) <= lines(inspect.getsource(function)), name


def test_every_matrix_product_above_the_first_layer_is_derived():
    quoted = set.union(*(lines(text) for _, _, text in QUOTED))
    for function in (network.forward, network.backward, network.descend):
        products = {line for line in lines(inspect.getsource(function)) if "multiply_add(" in line}
        assert products
        assert products <= quoted


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere_and_every_picture_has_a_text(page):
    text = page.read_text(encoding="utf-8")
    assert broken_links(text, page.parent) == []
    assert all(len(words) > 20 for words in images(text).values())


def test_every_promise_has_its_test():
    page = (HERE / "docs/reliability.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text() for path in (HERE / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_\w+|tests/[\w/.]+)`", page)
    assert len(named) > 10
    assert [n for n in named if f"def {n}(" not in tests and not (HERE / n).exists()] == []
