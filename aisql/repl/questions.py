"""Questions that a command asks the user."""

from __future__ import annotations

from aisql.errors import UsageError
from aisql.render.escape import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
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
        return terminal.ask(visible(f"{question} ")).strip()
    except (EOFError, KeyboardInterrupt):
        terminal.output.write("\n")
        raise KeyboardInterrupt from None


def agreed(terminal: Terminal, question: str) -> bool:
    """Whether the user agrees, who is there to be asked."""
    assert terminal.ask is not None  # noqa: S101 # the caller has looked
    try:
        return terminal.ask(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except (EOFError, KeyboardInterrupt):
        return False
