"""What a user reads when something is refused."""

from collections.abc import Callable

import pytest

from workflow.command import UserError


def refusal(function: Callable[..., object], *arguments: object) -> str:
    """The one line with which `function` refuses `arguments`."""
    with pytest.raises(UserError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def outcome(function: Callable[..., object], *arguments: object) -> str:
    """That line, or "" if nothing is refused. Any error but UserError comes out."""
    line = ""
    try:
        function(*arguments)
    except UserError as error:
        line = str(error)
    assert "\n" not in line
    return line
