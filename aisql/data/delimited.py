"""CSV and TSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aisql.data.base import SAMPLE, BadRow, Chunk, Data, Reject, Source, distinct, refuse, unchanging
from aisql.data.dialects import Dialect, has_header, sniffed
from aisql.data.numbers import converter, type_of, wider
from aisql.data.opening import Block, blocks, is_text, shown
from aisql.errors import FileError
from aisql.result import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _csv
    from typing import Any

_SAMPLE_CHARACTERS = 1 << 23
_LONGEST = 1 << 28
"""Characters of one field, at the most."""


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


@dataclass(frozen=True, slots=True)
class _Lines:
    """Some rows as fields, and the line each ends in."""

    file: str
    numbers: Sequence[int]
    rows: list[list[str]]


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
    return _lines_of(next(_pieces(source, style.encoding), Block("")))


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
                is_enough = most is not None and (number >= most or length > _SAMPLE_CHARACTERS)
                if is_enough or (number and source.pauses()):
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
        rows = _Rows(names, kinds, self._style.null, header=header)
        chunks = unchanging(self._sources, lambda reject: self._chunks(rows, reject))
        return Data(names, kinds, chunks, named=header)

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

    def _lines(self, source: Source) -> Iterator[_Lines | BadRow]:
        """The rows of a file, as many at once as can be read without waiting."""
        dialect = self._style.dialect
        feed = _Feed(source, self._style.encoding, dialect.delimiter or ",", dialect.quote or '"')
        width = 0
        for found in feed.rows():
            if isinstance(found, _Lines) and found.rows:
                width = width or len(next(filter(None, found.rows), ()))
                if [] in found.rows:  # an empty line is a row where a row has one field
                    found = _without_empty(found, width)  # what is read
            yield found


def _without_empty(lines: _Lines, width: int) -> _Lines:
    if width == 1:
        return replace(lines, rows=[row or [""] for row in lines.rows])
    pairs = [pair for pair in zip(lines.numbers, lines.rows, strict=True) if pair[1]]
    return _Lines(lines.file, [number for number, _ in pairs], [row for _, row in pairs])


class _Feed:
    """Parts the text of one file into fields, the fastest way that is right for each piece of it."""

    def __init__(self, source: Source, encoding: str | None, delimiter: str, quote: str) -> None:
        self._file = source.name
        self._encoding = encoding or "UTF-8"
        self._delimiter = delimiter
        self._quote = quote
        self._pieces = _pieces(source, encoding)
        self._line = 0  # lines before the piece
        self._held: list[str] = []  # the lines of the piece
        self._clean = True

    def rows(self) -> Iterator[_Lines | BadRow]:
        """The rows, [] for an empty line, and what is none, in its place."""
        csv.field_size_limit(_LONGEST)
        for piece in self._pieces:
            self._clean = piece.clean
            if self._quote in piece.text or "\r" in piece.text:
                found = self._parsed(_lines_of(piece))
            else:
                lines = piece.text.removesuffix("\n").split("\n")
                rows = [line.split(self._delimiter) if line else [] for line in lines]
                found = iter((self._numbered(rows),))
            for each in found:
                if self._clean or isinstance(each, BadRow):
                    yield each
                else:
                    yield from _parted(each, self._reason, "encoding => 'latin-1' reads every byte")

    def _numbered(self, rows: list[list[str]]) -> _Lines:
        """Rows of one line each."""
        first = self._line + 1
        self._line += len(rows)
        return _Lines(self._file, range(first, first + len(rows)), rows)

    def _reader(self, lines: Iterable[str]) -> _csv.Reader:
        return csv.reader(lines, delimiter=self._delimiter, quotechar=self._quote, strict=True)

    def _parsed(self, lines: list[str]) -> Iterator[_Lines | BadRow]:
        try:
            rows = list(self._reader(lines))
        except csv.Error:  # perhaps of a field that goes on behind the piece
            rows = []
        if len(rows) == len(lines):
            yield self._numbered(rows)
        else:
            yield from self._one_by_one(lines)

    def _one_by_one(self, held: list[str]) -> Iterator[_Lines | BadRow]:
        """The same where a row may have several lines, and may go on in the next piece."""
        known = 0

        def lines() -> Iterator[str]:
            nonlocal held, known
            while held:
                known += len(held)
                yield from held
                piece = next(self._pieces, Block(""))
                self._clean = self._clean and piece.clean
                held = _lines_of(piece)

        reader = self._reader(lines())
        numbers: list[int] = []
        rows: list[list[str]] = []
        before = ended = self._line
        while reader.line_num < known or not known:
            try:
                for row in reader:
                    numbers.append(before + reader.line_num)
                    rows.append(row)
                    if reader.line_num >= known:
                        break
            except csv.Error as error:
                yield _Lines(self._file, numbers, rows)
                begin = max(numbers[-1:], default=ended) + 1
                numbers, rows = [], []
                text = held[reader.line_num - known - 1].rstrip("\r\n") if held else ""
                ended = before + reader.line_num
                reason = f"a quote is never closed, in the row that begins in line {begin}"
                yield BadRow(self._file, ended, str(error) if held else reason, text)
        yield _Lines(self._file, numbers, rows)
        self._line = before + known

    def _reason(self, row: Sequence[str]) -> str | None:
        return None if all(map(is_text, row)) else f"it is not {self._encoding}"


def _parted(
    lines: _Lines, reason: Callable[[Sequence[str]], str | None], hint: str | None = None
) -> Iterator[_Lines | BadRow]:
    """The rows, and those that there is a reason against, in their places."""
    begin = 0
    for place, row in enumerate(lines.rows):
        if (why := reason(row)) is not None:
            yield _Lines(lines.file, lines.numbers[begin:place], lines.rows[begin:place])
            yield BadRow(lines.file, lines.numbers[place], why, shown(joined(row)), hint)
            begin = place + 1
    yield _Lines(lines.file, lines.numbers[begin:], lines.rows[begin:])


def _pieces(source: Source, encoding: str | None) -> Iterator[Block]:
    """The text of a file in whole lines, as many at once as there are."""
    parts: list[Block] = []
    for block in blocks(source, encoding):
        cut = block.text.rfind("\n") + 1 or block.text.rfind("\r", 0, -1) + 1
        if not cut:
            parts.append(block)
            continue
        yield _together(*parts, Block(block.text[:cut], block.clean))
        parts = [Block(block.text[cut:], block.clean)] if cut < len(block.text) else []
    if parts:
        yield _together(*parts)


def _lines_of(piece: Block) -> list[str]:
    return list(io.StringIO(piece.text, newline=""))


def _together(*parts: Block) -> Block:
    return Block("".join([part.text for part in parts]), all(part.clean for part in parts))


def joined(row: Sequence[str]) -> str:
    """Fields as a line of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(row)
    return line.getvalue()


def _order(names: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    """The places of the wanted names among others; None where they are the same or are not there."""
    places = {name.lower(): place for place, name in enumerate(names)}
    found = [places[name.lower()] for name in wanted if name.lower() in places]
    return None if len(found) < len(wanted) or found == list(range(len(names))) else found


class _Rows:
    """Makes rows of values of the fields of all files."""

    def __init__(self, names: Sequence[str], kinds: Sequence[str], null: str, *, header: bool) -> None:
        self._names = names
        self._width = len(names)
        self._header = header
        self._null = null
        self._texts = [place for place, kind in enumerate(kinds) if kind == "TEXT"]
        self._numbers = [(place, converter(kind, null)) for place, kind in enumerate(kinds) if kind != "TEXT"]

    def of(self, file: str, first: str) -> Callable[[_Lines], Iterator[Chunk | BadRow]]:
        """What does so for one file, from its first row on; its columns may have another order than in the
        `first` file."""
        order: list[int] | None = None
        is_header = self._header

        def rows(lines: _Lines) -> Iterator[Chunk | BadRow]:
            nonlocal order, is_header
            if is_header and lines.rows:
                is_header = False
                names = distinct(lines.rows[0])
                if {name.lower() for name in names} != {name.lower() for name in self._names}:
                    raise FileError(f"{file}: its columns are others than those of {first}")
                order = _order(names, self._names)
                lines = _Lines(file, lines.numbers[1:], lines.rows[1:])
            is_whole = set(map(len, lines.rows)) <= {self._width}
            for found in (lines,) if is_whole else _parted(lines, self._reason):
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
        for row in values:
            if self._null in row:
                for place in self._texts:
                    if row[place] == self._null:
                        row[place] = None
        for place, convert in self._numbers:
            for row, value in zip(values, convert([row[place] for row in values]), strict=True):
                row[place] = value
        return values
