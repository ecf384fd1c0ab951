"""How results are shown at the moment."""

from __future__ import annotations

from aisql.render.registry import DEFAULT, Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class View:
    """What commands change of how results look.

    `expanded` writes tables vertically: `on`, `off`, or `auto` where a terminal has no room for them. `pager`
    is the program that shows long results, None for the usual one, '' for none. `null` is what stands for
    NULL, None for what a format has for it. `table` is the table that INSERT statements fill, '' for one
    named after the file they are in.
    """

    def __init__(self, format_name: str) -> None:
        self.format = format_name
        self.table = ""
        self.null: str | None = None
        self.header = True
        self.expanded = "auto"
        self.timing = False
        self.pager: str | None = None

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
