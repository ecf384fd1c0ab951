r"""A table of GitHub's Markdown: what would be markup has a backslash before it, a newline is `<br>`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aisql.render.table import Look, cell_texts
from aisql.render.table import write as write_table

if TYPE_CHECKING:
    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row

_special = re.compile(r"[\\`*\[\]<&|~_\n]").search
# An underscore inside of a word is none.
_MARKUP = re.compile(r"[\\`*\[\]<&|~]|(?<!\w)_|_(?!\w)")
_NARROWEST = 3
"""Some readers want so many signs below a header."""


def write(result: Result, stream: Stream, options: Options) -> None:
    """Writes a table, and nothing around it."""
    write_table(result, stream, options._replace(width=None), look=_LOOK)


def _header(result: Result, options: Options) -> list[str]:
    """The names of the columns; a table needs a header, so they are empty where there is to be none."""
    names = tuple([column.name if options.header else "" for column in result.columns])
    return _cells(names, options)


def _cells(row: Row, options: Options) -> list[str]:
    return [_escaped(text) if _special(text) else text for text in cell_texts(row, options)]


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text).replace("\n", "<br>")


def _lines(widths: list[int], numeric: list[bool]) -> tuple[str, str, str]:
    rules = ["-" * (width - right) + ":" * right for width, right in zip(widths, numeric, strict=True)]
    return "", f"| {' | '.join(rules)} |\n", ""


_LOOK = Look("|", _lines, _header, _cells, _NARROWEST, is_bare=True)
