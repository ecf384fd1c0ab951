"""How results are shown at the moment."""

from __future__ import annotations

from collections import namedtuple

from aisql.render.prompt_text import PROMPT
from aisql.render.registry import DEFAULT, FORMATS, Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NamedTuple, TypeAlias

    class Surface(NamedTuple):
        """What a drawing has to stand on: so many columns and lines.

        It may have colours where the surface `has_colour`, and has only the signs of ASCII where that
        `is_plain`.
        """

        columns: int = 80
        lines: int = 24
        has_colour: bool = False
        is_plain: bool = False

    Drawing: TypeAlias = Callable[[Surface], Iterable[str]]
    """Gives the lines to write, each with its newline, once it is known what they stand on."""
else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Surface = namedtuple(
        "Surface",
        ["columns", "lines", "has_colour", "is_plain"],
        defaults=[80, 24, False, False],
    )


class View:
    """What commands change of how results look.

    `expanded` writes tables vertically: `on`, `off`, or `auto` where a terminal has no room for them. `pager`
    is the program that shows long results, None for the usual one, '' for none. `null` is what stands for
    NULL, None for what a format has for it. On a terminal a result is as wide as `width`, 0 for all there is,
    and shows so many `rows`, 0 for all. `prompt` is the text before what is typed, see `prompt_text`;
    a prompt that `guards` asks before what cannot be undone. `table` is the table that INSERT statements
    fill, '' for one named after the file they are in. With an `echo` each statement of a script is told
    before it runs; one that is `quiet` says nothing of statements that go well.
    """

    def __init__(self, format_name: str) -> None:
        self.format = format_name
        self.table = ""
        self.null: str | None = None
        self.header = True
        self.expanded = "auto"
        self.timing = False
        self.pager: str | None = None
        self.width = 0
        self.rows = 0
        self.prompt = PROMPT
        self.guards = False
        self.echo = False
        self.quiet = False

    def next_format(self) -> None:
        """Changes to the format behind this one that people can look at, after the last to the first."""
        names = [record.name for record in FORMATS.values() if not record.binary] * 2
        self.format = names[names.index(self.format) + 1]

    def options(self, seconds: Callable[[], float], stem: str = "") -> Options:
        """How a result is written where nothing is cut; `seconds` tells how long its statement has taken.

        `stem` is the name of the file it goes to, without its ending.
        """
        expanded = "on" if self.expanded == "on" else "off"
        return Options(
            timing=seconds if self.timing else None,
            null=self.null,
            header=self.header,
            expanded=expanded,
            table=self.table or stem or DEFAULT.table,
        )
