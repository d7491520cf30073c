"""What a user reads when something is refused."""

from collections.abc import Callable

from workflow.command import UserError


def outcome(function: Callable[..., object], *arguments: object) -> str:
    """The one line with which `function` refuses `arguments`, or "" if it does not."""
    line = ""
    try:
        function(*arguments)
    except UserError as error:
        line = str(error)
    assert "\n" not in line
    return line


def refusal(function: Callable[..., object], *arguments: object) -> str:
    """That line, which there must be."""
    line = outcome(function, *arguments)
    assert line, "nothing was refused"
    return line
