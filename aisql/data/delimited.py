"""CSV and TSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aisql.data.base import SAMPLE, BadRow, Chunk, Data, Reject, Source, distinct, refuse, unchanging
from aisql.data.dialects import Dialect, has_header, sniffed
from aisql.data.numbers import converter, type_of, wider
from aisql.data.opening import Block, blocks, is_text
from aisql.errors import FileError
from aisql.result import Row

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
    numbers: list[int]
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
    return next(_groups(source, style.encoding), ([], True))[0]


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
            is_first = self._style.dialect.header is not False or not first
            for lines in self._lines(source):
                if isinstance(lines, BadRow):
                    bad = bad or lines  # told when the rows are read, if there are any
                    if most is None:
                        refuse(bad)
                    continue
                if not lines.rows:
                    continue
                first = first or lines.rows[0]
                rows = lines.rows[1:] if is_first else lines.rows
                kinds = self._kinds(rows, kinds or [""] * len(first))
                is_first, number = False, number + len(rows)
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
        csv.field_size_limit(_LONGEST)
        feed = _Feed(source, self._style.encoding)
        dialect = self._style.dialect
        reader = csv.reader(
            feed.lines(), delimiter=dialect.delimiter or ",", quotechar=dialect.quote or '"', strict=True
        )
        found = _Lines(source.name, [], [])
        width, has_ended = 0, False
        while not has_ended:
            try:
                for row in reader:
                    width = width or len(row)
                    if row or width == 1:  # an empty line is a row where a row has one field
                        found.rows.append(row or [""])
                        found.numbers.append(reader.line_num)
                    if reader.line_num >= feed.known:
                        yield from feed.checked(found)
                        found = _Lines(source.name, [], [])
                has_ended = True
            except csv.Error as error:
                yield from feed.checked(found)
                found = _Lines(source.name, [], [])
                yield BadRow(source.name, reader.line_num, str(error), feed.text(reader.line_num))
        yield from feed.checked(found)


class _Feed:
    """Gives csv.reader lines. `known` is the number of those it can have without waiting."""

    def __init__(self, source: Source, encoding: str | None) -> None:
        self._file = source.name
        self._encoding = encoding or "UTF-8"
        self._groups = _groups(source, encoding)
        self._held: list[str] = []
        self._clean = True
        self.known = 0

    def lines(self) -> Iterator[str]:
        """All lines."""
        for lines, clean in self._groups:
            self._held, self._clean = lines, clean
            self.known += len(lines)
            yield from lines

    def text(self, number: int) -> str:
        """A line of those given last."""
        place = number - 1 - (self.known - len(self._held))
        return self._held[place].rstrip("\r\n") if 0 <= place < len(self._held) else ""

    def checked(self, found: _Lines) -> Iterator[_Lines | BadRow]:
        """The rows, and what is no text, in its place."""
        if self._clean:
            yield found
        else:
            yield from _parted(found, self._reason, "encoding => 'latin-1' reads every byte")

    def _reason(self, row: Sequence[str]) -> str | None:
        return None if all(map(is_text, row)) else f"it is not {self._encoding}"


def _parted(
    lines: _Lines, reason: Callable[[Sequence[str]], str | None], hint: str | None = None
) -> Iterator[_Lines | BadRow]:
    """The rows, and those that there is a reason against, in their places."""
    kept = _Lines(lines.file, [], [])
    for number, row in zip(lines.numbers, lines.rows, strict=True):
        if (why := reason(row)) is None:
            kept.numbers.append(number)
            kept.rows.append(row)
            continue
        yield kept
        kept = _Lines(lines.file, [], [])
        yield BadRow(lines.file, number, why, joined(row), hint)
    yield kept


def _groups(source: Source, encoding: str | None) -> Iterator[tuple[list[str], bool]]:
    """The lines of a file with their ends, as many at once as there are; whether they are text."""
    parts: list[Block] = []
    for block in blocks(source, encoding):
        cut = block.text.rfind("\n") + 1 or block.text.rfind("\r", 0, -1) + 1
        if not cut:
            parts.append(block)
            continue
        parts.append(Block(block.text[:cut], block.clean))
        yield _whole(parts)
        parts = [Block(block.text[cut:], block.clean)] if cut < len(block.text) else []
    if parts:
        yield _whole(parts)


def _whole(parts: Sequence[Block]) -> tuple[list[str], bool]:
    text = "".join([part.text for part in parts])
    return list(io.StringIO(text, newline="")), all(part.clean for part in parts)


def joined(row: Sequence[str]) -> str:
    """Fields as a line of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(row)
    return line.getvalue()


class _Rows:
    """Makes rows of values of the fields of all files."""

    def __init__(self, names: Sequence[str], kinds: Sequence[str], null: str, *, header: bool) -> None:
        self._names = names
        self._width = len(names)
        self._header = header
        self._converters = [converter(kind, null) for kind in kinds]

    def of(self, file: str, first: str) -> Callable[[_Lines], Iterator[Chunk | BadRow]]:
        """What does so for one file, from its first row on; its columns may have another order than in the
        `first` file."""
        order: list[int] | None = None
        is_header = self._header

        def rows(lines: _Lines) -> Iterator[Chunk | BadRow]:
            nonlocal order, is_header
            if is_header and lines.rows:
                is_header = False
                order = self._order(distinct(lines.rows[0]), file, first)
                lines = _Lines(file, lines.numbers[1:], lines.rows[1:])
            is_whole = set(map(len, lines.rows)) <= {self._width}
            for found in (lines,) if is_whole else _parted(lines, self._reason):
                if isinstance(found, BadRow):
                    yield found
                else:
                    yield Chunk(file, found.numbers, self._values(found.rows, order))

        return rows

    def _order(self, names: list[str], file: str, first: str) -> list[int] | None:
        if names == self._names:
            return None
        places = {name.lower(): place for place, name in enumerate(names)}
        if places.keys() != {name.lower() for name in self._names}:
            raise FileError(f"{file}: its columns are others than those of {first}")
        return [places[name.lower()] for name in self._names]

    def _reason(self, row: Sequence[str]) -> str | None:
        if len(row) == self._width:
            return None
        beside = "the header" if self._header else "the first line"
        return f"{len(row)} fields, but {beside} has {self._width}"

    def _values(self, rows: Sequence[Sequence[str]], order: list[int] | None) -> list[Row]:
        if not rows:
            return []
        columns: list[Sequence[str]] = list(zip(*rows, strict=True))
        if order is not None:
            columns = [columns[place] for place in order]
        values = [convert(column) for convert, column in zip(self._converters, columns, strict=True)]
        return list(zip(*values, strict=True))
