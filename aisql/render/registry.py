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
        `table` is the table that statements of the format `insert` fill.
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
        table: str = "t"

    Writer: TypeAlias = Callable[[Result, Stream, Options], None]

    class Format(NamedTuple):
        """An output format: its name, what it is in a few words, how its files end, what writes it.

        `others` are what other programs call it, or end its files with. A `binary` one needs a stream that
        takes bytes, as those of files do, and takes one result. What follows an `open_ended` one would be
        taken for a part of it, but for an empty line between them.
        """

        name: str
        summary: str
        extension: str
        writer: Writer
        others: tuple[str, ...] = ()
        binary: bool = False
        open_ended: bool = False

else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Options = namedtuple(
        "Options",
        ["terminal", "timing", "null", "header", "width", "expanded", "whole", "images", "rows", "table"],
        defaults=[False, None, None, True, None, "off", "", None, 0, "t"],
    )
    Format = namedtuple(
        "Format",
        ["name", "summary", "extension", "writer", "others", "binary", "open_ended"],
        defaults=[(), False, False],
    )


# A format's module is imported when the format is asked for, never before.


def _table(result: Result, stream: Stream, options: Options) -> None:
    if options.expanded == "on":
        from aisql.render.vertical import write
    else:
        from aisql.render.table import write
    write(result, stream, options)


def _box(result: Result, stream: Stream, options: Options) -> None:
    if options.expanded == "on":
        _vertical(result, stream, options)
        return
    from aisql.render.table import BOX, write

    write(result, stream, options, look=BOX)


def _vertical(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.vertical import write

    write(result, stream, options)


def _csv(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.delimited import write

    write(result, stream, options)


def _tsv(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.delimited import write

    write(result, stream, options, "\t")


def _list(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.barred import write

    write(result, stream, options)


def _json(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.json_array import write

    write(result, stream, options)


def _jsonl(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.json_lines import write

    write(result, stream, options)


def _markdown(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.markdown import write

    write(result, stream, options)


def _html(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.html import write

    write(result, stream, options)


def _insert(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.inserts import write

    write(result, stream, options)


def _parquet(result: Result, stream: Stream, options: Options) -> None:
    from aisql.render.parquet import write

    write(result, stream, options)


_ALL = (
    Format("table", "a table with borders, to look at", "txt", _table, ("aligned", "ascii", "column")),
    Format("box", "a table with drawn borders", "txt", _box),
    Format("vertical", "a line for each value, for rows that are wide", "txt", _vertical, ("line",)),
    Format("csv", "comma-separated values with a header row (RFC 4180)", "csv", _csv),
    Format("tsv", "the same with tabs", "tsv", _tsv, ("tabs", "tab")),
    Format("list", "values with a bar between them", "txt", _list, ("unaligned",)),
    Format("json", "one JSON array of objects", "json", _json),
    Format("jsonl", "one JSON object per line", "jsonl", _jsonl, ("jsonlines", "ndjson")),
    Format("markdown", "a table in Markdown", "md", _markdown, open_ended=True),
    Format("html", "a table for web pages", "html", _html, ("htm",)),
    Format("insert", "INSERT statements", "sql", _insert),
    Format("parquet", "a Parquet file, with the extra `parquet`", "parquet", _parquet, binary=True),
)
FORMATS = MappingProxyType({record.name: record for record in _ALL})
DEFAULT = Options()
PACKED = ".gz"
"""The end of a file's name that has it packed with gzip."""


def write(result: Result, stream: Stream, format_name: str, options: Options = DEFAULT) -> None:
    """Writes the result to a text stream as its rows come; a result without columns writes nothing.

    The first row is written and flushed before the second is asked for; a table holds up to 1,000 rows. Then
    rows are held only while they come at once, no more than a buffer holds, and the stream's own buffering
    decides. Before a wait `result.pause`, which is set here, writes and flushes all. The result is left open.
    Errors of the rows and of the stream pass through. Raises UsageError for a format there is not.
    """
    record = FORMATS[format_named(format_name)]
    if result.columns:
        record.writer(result, stream, options)


def is_looked_at(format_name: str) -> bool:
    """Whether the format is for people, who look at it, and no program reads it."""
    record = FORMATS.get(format_name)
    return record is not None and record.extension == "txt"


def format_named(word: str) -> str:
    """The name of the format that is called so, here or elsewhere. Raises UsageError."""
    lowered = word.lower()
    for record in _ALL:
        if lowered == record.name or lowered in record.others:
            return record.name
    raise UsageError(f"unknown format: {word}", hint=f"one of {', '.join(FORMATS)}")


def format_of(path: str, now: str) -> str | None:
    """The format a file has by the end of its name, None where none of ours ends so.

    Of several it is the one that holds `now`, if that is among them.
    """
    _, dot, ending = path.lower().removesuffix(PACKED).rpartition(".")
    found = [each.name for each in _ALL if dot and ending in {each.extension, *each.others}]
    return now if now in found else next(iter(found), None)
