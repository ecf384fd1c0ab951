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
        that `output` leads to; None where it leads to none. `ask` reads an answer from the user; None where
        nobody sits there. `progress` is what is drawn on the terminal meanwhile. What is said may have
        colours where it `has_colour`. `clock` gives seconds, `sleep` waits some, `moment` is the time of day
        in words.
        """

        output: Stream
        say: Callable[[str], None]
        size: Callable[[], tuple[int, int]] | None
        ask: Callable[[str], str] | None
        progress: Progress | None
        has_colour: bool
        clock: Callable[[], float]
        sleep: Callable[[float], None]
        moment: Callable[[], str]
else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Terminal = namedtuple(
        "Terminal", ["output", "say", "size", "ask", "progress", "has_colour", "clock", "sleep", "moment"]
    )
