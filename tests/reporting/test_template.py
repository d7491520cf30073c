import pytest

from reporting.template import BEGIN, END, TemplateError, fill, paste


def test_places_are_filled_and_formulae_left_alone() -> None:
    template = r"{{a table}} and $`\frac{\partial C}{\partial w_{ji}}`$ and {{a table}}"
    assert fill(template, {"a table": "T"}) == r"T and $`\frac{\partial C}{\partial w_{ji}}`$ and T"


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert fill("{{a}} {{b}}", {"a": "{{b}}", "b": "B"}) == "{{b}} B"


def test_a_place_without_a_text_is_named() -> None:
    with pytest.raises(TemplateError, match="there is no text 'cliams A 3'; there are claims A 3"):
        fill("{{cliams A 3}}", {"claims A 3": ""})


def test_a_text_without_a_place_is_named() -> None:
    with pytest.raises(TemplateError, match="the template has no place for claims A 5"):
        fill("{{summary}}", {"summary": "", "claims A 5": ""})


def test_pasting_replaces_what_is_between_the_markers_and_nothing_else() -> None:
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    pasted = paste(page, "new\n")
    assert pasted == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"
    assert paste(pasted, "new\n") == pasted


@pytest.mark.parametrize(
    "page", ["none", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"]
)
def test_a_page_without_its_two_markers_is_refused(page: str) -> None:
    with pytest.raises(TemplateError, match="each of them once"):
        paste(page, "new")
