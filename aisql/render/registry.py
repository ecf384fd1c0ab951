"""The output formats, one record each; the command line, completion and help read this table."""

from __future__ import annotations

from collections import namedtuple
from types import MappingProxyType

from aisql.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NamedTuple, Protocol, TypeAlias

    from aisql.result import Result, Value

    class Stream(Protocol):
        """What a writer needs of a text stream."""

        def write(self, text: str, /) -> object:
            """Writes a text."""
            ...

        def writelines(self, texts: Iterable[str], /) -> object:
            """Writes texts one after the other."""
            ...

        def flush(self) -> None:
            """Shows what was written."""
            ...

    class Options(NamedTuple):
        """How a result is written, whatever the format.

        `terminal`: the stream is a terminal, so nothing unsafe may be written to it raw.
        `timing` gives the seconds the statement has taken so far; it is asked when the last row is
        written, for rows are still being made while they are. None leaves the time out.
        `null` is what stands for NULL, None for what the format has for it. `header` tells whether the names
        of the columns are written. `width` is that of the terminal, None where nothing may be cut;
        `expanded` writes tables vertically (`on`), never (`off`), or where they are too wide (`auto`);
        `whole` says how what was cut can be seen. `images` gives what is shown in the place of an image.
        `rows` is how many rows are shown where people look, 0 for all; the rest are only counted.
        """

        terminal: bool = False
        timing: Callable[[], float] | None = None
        null: str | None = None
        header: bool = True
        width: int | None = None
        expanded: str = "off"
        whole: str = ""
        images: Callable[[Value], Value] | None = None
        rows: int = 0

    Writer: TypeAlias = Callable[[Result, Stream, Options], None]

    class Format(NamedTuple):
        """An output format: its name, what it is in a few words, its file extension, what writes it."""

        name: str
        summary: str
        extension: str
        writer: Writer
else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Options = namedtuple(
        "Options",
        ["terminal", "timing", "null", "header", "width", "expanded", "whole", "images", "rows"],
        defaults=[False, None, None, True, None, "off", "", None, 0],
    )
    Format = namedtuple("Format", ["name", "summary", "extension", "writer"])


# A format's module is imported when the format is asked for, never before.


def _table(result: Result, stream: Stream, options: Options) -> None:
    if options.expanded == "on":
        from aisql.render.vertical import write
    elif result.listing:
        from aisql.render.listing import write
    else:
        from aisql.render.table import write
    write(result, stream, options)


def _vertical(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.vertical import write

    write(result, stream, options)


def _csv(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.comma_separated import write

    write(result, stream, options)


def _json(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.json_array import write

    write(result, stream, options)


def _jsonl(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.json_lines import write

    write(result, stream, options)


_ALL = (
    Format("table", "a table with borders, to look at", "txt", _table),
    Format("csv", "comma-separated values with a header row (RFC 4180)", "csv", _csv),
    Format("json", "one JSON array of objects", "json", _json),
    Format("jsonl", "one JSON object per line", "jsonl", _jsonl),
    Format("vertical", "a line for each value, for rows that are wide", "txt", _vertical),
)
FORMATS = MappingProxyType({record.name: record for record in _ALL})
DEFAULT = Options()


def write(result: Result, stream: Stream, format_name: str, options: Options = DEFAULT) -> None:
    """Writes the result to a text stream as its rows come; a result without columns writes nothing.

    Every row is written before the next one is asked for, in a table from the 1,001st row on. The first
    rows are flushed, then the stream's own buffering decides, and `result.pause`, which is set here: before
    a wait all that was written is flushed. The result is left open. Errors of the rows and of the stream
    pass through. Raises UsageError for a format that is not in the table.
    """
    record = FORMATS.get(format_name)
    if record is None:
        raise UsageError(f"unknown format: {format_name}", hint=f"one of {', '.join(FORMATS)}")
    if result.columns:
        record.writer(result, stream, options)


def is_looked_at(format_name: str) -> bool:
    """Whether the format is for people, who look at it, and no program reads it."""
    record = FORMATS.get(format_name)
    return record is not None and record.extension == "txt"


def format_of(path: str) -> str | None:
    """The format a file has by the end of its name, None where none of ours ends so."""
    ending = path.rpartition(".")[2].lower()
    return next((record.name for record in _ALL if record.extension == ending), None)
