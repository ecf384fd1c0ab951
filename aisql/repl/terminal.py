"""What the shell has around it: streams, a terminal, a clock. The command line makes it."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple

    from aisql.render.progress import Progress
    from aisql.render.registry import Stream

    class Terminal(NamedTuple):
        """The surroundings of a shell.

        Results go to `output`, everything else to `say`. `size` gives the columns and lines of the terminal
        that `output` leads to, `say_width` the columns of the one that `say` leads to; None where it is none.
        `ask` reads an answer from the user; None where nobody sits there. `progress` is what is drawn on the
        terminal meanwhile. `clock` gives seconds, `sleep` waits some, `moment` is the time of day in words.
        """

        output: Stream
        say: Callable[[str], None]
        size: Callable[[], tuple[int, int]] | None
        say_width: Callable[[], int] | None
        ask: Callable[[str], str] | None
        progress: Progress | None
        clock: Callable[[], float]
        sleep: Callable[[float], None]
        moment: Callable[[], str]
else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Terminal = namedtuple(
        "Terminal", ["output", "say", "size", "say_width", "ask", "progress", "clock", "sleep", "moment"]
    )


def tell(terminal: Terminal, text: str) -> None:
    """Says a text, whose long lines are broken at blanks on a terminal."""
    if terminal.say_width is not None:
        from aisql.render.wrapping import broken

        text = broken(text, terminal.say_width())
    terminal.say(text)
