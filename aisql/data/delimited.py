"""CSV and TSV files."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aisql.data.base import (
    EVERY,
    SAMPLE,
    BadRow,
    Chunk,
    Data,
    Reject,
    Source,
    distinct,
    is_sample,
    refuse,
    unchanging,
)
from aisql.data.dialects import Dialect, has_header, sniffed
from aisql.data.fields import Feed, Lines, lines_of, parted, pieces
from aisql.data.numbers import converter, type_of, wider
from aisql.data.opening import Block
from aisql.errors import FileError
from aisql.result import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True, slots=True)
class Style:
    """How files are to be read; what is None is found out.

    `usual` separates fields where nothing else is likelier; `null` is the field that stands for NULL. `types`
    are those of columns by their names in small letters, and by '' of all others; `sample` rows tell the
    rest, all of them where it is None, which have to be good then. A column without a name has its number
    behind `unnamed`, the first one `start`.
    """

    dialect: Dialect = field(default_factory=Dialect)
    usual: str = ","
    null: str = ""
    encoding: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    sample: int | None = SAMPLE
    unnamed: str = "column"
    start: int = 1


def read(sources: Sequence[Source], style: Style) -> Data:
    """The table that the files hold together.

    The first line of each names the columns, or that of none does. Raises FileError, naming file and line,
    when a file cannot be read; so may reading the rows.
    """
    dialect = sniffed(_first_lines(sources[0], style), style.dialect, style.usual)
    reading = _Reading(sources, replace(style, dialect=dialect))
    first, kinds = reading.sample()
    if not first:
        hint = "the first line names the columns" if dialect.header else None
        raise FileError(f"{sources[0].name}: the file is empty", hint=hint)
    return reading.data(first, kinds)


def _first_lines(source: Source, style: Style) -> list[str]:
    return lines_of(next(pieces(source, style.encoding), Block("")))


class _Reading:
    """Reads files in a dialect whose delimiter and quote are known."""

    def __init__(self, sources: Sequence[Source], style: Style) -> None:
        self._sources = sources
        self._style = style

    def sample(self) -> tuple[list[str], list[str]]:
        """The first line, and the types of the columns in those behind it, '' where they say nothing."""
        most, number, length = self._style.sample, 0, 0
        first: list[str] = []
        kinds: list[str] = []
        bad: BadRow | None = None
        for source in self._sources:
            is_header = self._style.dialect.header is not False or not first
            order: list[int] | None = None
            for lines in self._lines(source):
                if isinstance(lines, BadRow):
                    bad = bad or lines  # told when the rows are read, if there are any
                    if most is None or not (first or self._style.dialect.header is False):
                        refuse(bad)  # without the names the next row would pass for them
                    continue
                if not lines.rows:
                    continue
                first = first or lines.rows[0]
                rows = lines.rows[1:] if is_header else lines.rows
                if is_header:
                    order = _order(lines.rows[0], first)
                rows = rows if most is None else rows[: most - number]
                if order is not None:
                    rows = [[row[place] for place in order if place < len(row)] for row in rows]
                kinds = self._kinds(rows, kinds or [""] * len(first))
                is_header, number = False, number + len(rows)
                length += sum(map(len, map("".join, rows)))
                if is_sample(most, number, length) or (number and source.pauses()):
                    return first, kinds
        if bad is not None and not first:
            refuse(bad)
        return first, kinds

    def _kinds(self, rows: Sequence[Sequence[str]], before: Sequence[str]) -> list[str]:
        kinds = (
            type_of((row[place] for row in rows if len(row) > place), self._style.null)
            for place in range(len(before))
        )
        return [wider(kind, other) for kind, other in zip(kinds, before, strict=True)]

    def data(self, first: list[str], kinds: Sequence[str]) -> Data:
        """The columns, by the first line and the types in those behind it."""
        header = self._style.dialect.header
        if header is None:
            header = has_header(first, kinds)
        if not header:
            kinds = self._kinds([first], kinds)
        unnamed = (f"{self._style.unnamed}{self._style.start + place}" for place in range(len(first)))
        names = distinct(first) if header else list(unnamed)
        kinds = [self._type(name, kind) for name, kind in zip(names, kinds, strict=True)]

        def chunks(reject: Reject, wanted: Container[int] = EVERY, /) -> Iterator[Chunk]:
            rows = _Rows(names, kinds, self._style.null, wanted, header=header)
            return self._chunks(rows, reject)

        return Data(names, kinds, unchanging(self._sources, chunks), named=header)

    def _type(self, name: str, kind: str) -> str:
        types = self._style.types
        return types.get(name.lower(), types.get("", kind or "TEXT"))

    def _chunks(self, rows: _Rows, reject: Reject) -> Iterator[Chunk]:
        for source in self._sources:
            fitting = rows.of(source.name, self._sources[0].name)
            for lines in self._lines(source):
                if isinstance(lines, BadRow):
                    reject(lines)
                    continue
                for found in fitting(lines):
                    if isinstance(found, BadRow):
                        reject(found)
                    elif found.rows:
                        yield found

    def _lines(self, source: Source) -> Iterator[Lines | BadRow]:
        """The rows of a file, as many at once as can be read without waiting."""
        dialect = self._style.dialect
        feed = Feed(source, self._style.encoding, dialect.delimiter or ",", dialect.quote or '"')
        width = 0
        for found in feed.rows():
            if isinstance(found, Lines) and found.rows:
                width = width or len(next(filter(None, found.rows), ()))
                if [] in found.rows:  # an empty line is a row where a row has one field
                    found = _without_empty(found, width)  # what is read
            yield found


def _without_empty(lines: Lines, width: int) -> Lines:
    if width == 1:
        return replace(lines, rows=[row or [""] for row in lines.rows])
    pairs = [pair for pair in zip(lines.numbers, lines.rows, strict=True) if pair[1]]
    return Lines(lines.file, [number for number, _ in pairs], [row for _, row in pairs])


def _order(names: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    """The places of the wanted names among others; None where they are the same or are not there."""
    places = {name.lower(): place for place, name in enumerate(names)}
    found = [places[name.lower()] for name in wanted if name.lower() in places]
    return None if len(found) < len(wanted) or found == list(range(len(names))) else found


class _Rows:
    """Makes rows of values of the fields of all files; in columns that are not wanted the fields stay."""

    def __init__(
        self, names: Sequence[str], kinds: Sequence[str], null: str, wanted: Container[int], *, header: bool
    ) -> None:
        self._names = names
        self._width = len(names)
        self._header = header
        self._null = null
        taken = [(place, kind) for place, kind in enumerate(kinds) if place in wanted]
        self._texts = [place for place, kind in taken if kind == "TEXT"]
        self._numbers = [(place, converter(kind, null)) for place, kind in taken if kind != "TEXT"]

    def of(self, file: str, first: str) -> Callable[[Lines], Iterator[Chunk | BadRow]]:
        """What does so for one file, from its first row on; its columns may have another order than in the
        `first` file."""
        order: list[int] | None = None
        is_header = self._header

        def rows(lines: Lines) -> Iterator[Chunk | BadRow]:
            nonlocal order, is_header
            if is_header and lines.rows:
                is_header = False
                names = distinct(lines.rows[0])
                if {name.lower() for name in names} != {name.lower() for name in self._names}:
                    raise FileError(f"{file}: its columns are others than those of {first}")
                order = _order(names, self._names)
                lines = Lines(file, lines.numbers[1:], lines.rows[1:])
            is_whole = set(map(len, lines.rows)) <= {self._width}
            for found in (lines,) if is_whole else parted(lines, self._reason):
                if isinstance(found, BadRow):
                    yield found
                else:
                    yield Chunk(file, found.numbers, self._values(found.rows, order))

        return rows

    def _reason(self, row: Sequence[str]) -> str | None:
        if len(row) == self._width:
            return None
        beside = "the header" if self._header else "the first line"
        fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
        return f"{fields}, but {beside} has {self._width}"

    def _values(self, rows: Sequence[list[str]], order: list[int] | None) -> Sequence[Sequence[Value]]:
        """The values of rows, which become them."""
        if order is not None:
            rows = [[row[place] for place in order] for row in rows]
        values: Sequence[list[Any]] = rows
        for row in values if self._texts else ():
            if self._null in row:
                for place in self._texts:
                    if row[place] == self._null:
                        row[place] = None
        for place, convert in self._numbers:
            for row, value in zip(values, convert([row[place] for row in values]), strict=True):
                row[place] = value
        return values
