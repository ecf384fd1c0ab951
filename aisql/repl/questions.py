"""Questions that a command asks the user."""

from __future__ import annotations

from aisql.commands import agreement
from aisql.errors import UsageError
from aisql.render.escape import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from aisql.repl.terminal import Terminal


def answered(terminal: Terminal, question: str) -> str:
    """The line that the user answers with.

    Raises KeyboardInterrupt for Ctrl-C, and for Ctrl-D, which means the same here; UsageError where nobody
    sits there.
    """
    if terminal.ask is None:
        raise UsageError("there is nobody to ask", hint="this needs a terminal")
    terminal.output.flush()
    try:
        return terminal.ask(visible(question)).strip()
    except EOFError:
        raise KeyboardInterrupt from None


def agrees(ask: Callable[[str], str], question: str) -> bool:
    """Whether the user agrees; Ctrl-C and Ctrl-D mean no."""
    try:
        return agreement.agrees(ask, question)
    except (EOFError, KeyboardInterrupt):
        return False
