"""The fields of CSV files, and what is none."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from aisql.data.base import BadRow, Source
from aisql.data.opening import Block, blocks, is_text, shown, shown_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _csv

_LONGEST = 1 << 28
"""Characters of one field, at the most."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Some rows as fields, and the line each ends in."""

    file: str
    numbers: Sequence[int]
    rows: list[list[str]]


class Feed:
    """Parts the text of one file into fields, the fastest way that is right for each piece of it."""

    def __init__(self, source: Source, encoding: str | None, delimiter: str, quote: str) -> None:
        self._file = source.name
        self._encoding = encoding or "UTF-8"
        self._delimiter = delimiter
        self._quote = quote
        self._pieces = pieces(source, encoding)
        self._line = 0  # lines before the piece
        self._clean = True

    def rows(self) -> Iterator[Lines | BadRow]:
        """The rows, [] for an empty line, and what is none, in its place."""
        csv.field_size_limit(_LONGEST)
        for piece in self._pieces:
            self._clean = piece.clean
            if self._quote in piece.text or "\r" in piece.text:
                found = self._parsed(lines_of(piece))
            else:
                lines = piece.text.removesuffix("\n").split("\n")
                rows = [line.split(self._delimiter) if line else [] for line in lines]
                found = iter((self._numbered(rows),))
            for each in found:
                if self._clean or isinstance(each, BadRow):
                    yield each
                else:
                    yield from parted(each, self._reason, "encoding => 'latin-1' reads every byte")

    def _numbered(self, rows: list[list[str]]) -> Lines:
        """Rows of one line each."""
        first = self._line + 1
        self._line += len(rows)
        return Lines(self._file, range(first, first + len(rows)), rows)

    def _reader(self, lines: Iterable[str]) -> _csv.Reader:
        return csv.reader(lines, delimiter=self._delimiter, quotechar=self._quote, strict=True)

    def _parsed(self, lines: list[str]) -> Iterator[Lines | BadRow]:
        try:
            rows = list(self._reader(lines))
        except csv.Error:  # perhaps of a field that goes on behind the piece
            rows = []
        if len(rows) == len(lines):
            yield self._numbered(rows)
        else:
            yield from self._one_by_one(lines)

    def _one_by_one(self, held: list[str]) -> Iterator[Lines | BadRow]:
        """The same where a row may have several lines, and may go on in the next piece."""
        coming = _Coming(held, self._more)
        reader = self._reader(coming.lines())
        numbers: list[int] = []
        rows: list[list[str]] = []
        before = ended = self._line
        while reader.line_num < coming.known:
            try:
                for row in reader:
                    ended = before + coming.line(reader.line_num)
                    numbers.append(ended)
                    rows.append(row)
                    coming.begin = reader.line_num
                    if reader.line_num >= coming.known:
                        break
            except csv.Error as error:
                yield Lines(self._file, numbers, rows)
                numbers, rows = [], []
                reason, begin = str(error), ended + 1
                if coming.has_ended:
                    reason = f"a quote is never closed, in the row that begins in line {begin}"
                text = coming.text(reader.line_num).rstrip("\r\n")
                ended = before + coming.line(reader.line_num)
                yield BadRow(self._file, ended, reason, text, "quote => '' takes quotes for text")
                coming.begin = reader.line_num
        yield Lines(self._file, numbers, rows)
        self._line = before + coming.line(coming.known)

    def _more(self) -> tuple[list[str], int]:
        """The lines of the next piece. Those before its first quote are one, with so many beside the first:
        all of them are in the field that goes on there."""
        piece = next(self._pieces, Block(""))
        self._clean = self._clean and piece.clean
        place = piece.text.find(self._quote)
        cut = len(piece.text) if place < 0 else piece.text.rfind("\n", 0, place) + 1
        if not cut:
            return lines_of(piece), 0
        inside = piece.text[:cut]
        return [inside, *lines_of(Block(piece.text[cut:]))], len(lines_of(Block(inside))) - 1

    def _reason(self, row: Sequence[str]) -> str | None:
        return None if all(map(is_text, row)) else f"it is not {self._encoding}"


class _Coming:
    """Lines that the csv module asks for as it needs them, and the text of the row it is in.

    `more` gives those of the next piece, and how many are beside others in one. `known` have been there,
    `begin` of them before that row.
    """

    def __init__(self, held: list[str], more: Callable[[], tuple[list[str], int]]) -> None:
        self._held = held
        self._more = more
        self._beside = 0
        self._part = ""  # what the row has in earlier pieces
        self.known = len(held)
        self.begin = 0

    def lines(self) -> Iterator[str]:
        """The lines, the next piece of them once those before are used up: a row goes on there."""
        while self._held:
            yield from self._held
            self._part = self.text(self.known)
            self._held, beside = self._more()
            self._beside += beside
            self.known += len(self._held)

    def line(self, number: int) -> int:
        """How many lines the first ones have been, with those that were beside others."""
        return number + self._beside

    @property
    def has_ended(self) -> bool:
        """Whether the row had no end before that of the file."""
        return not self._held

    def text(self, end: int) -> str:
        """What the row has in so many lines, or the beginning of that."""
        first = self.known - len(self._held)
        part = self._part if self.begin < first else ""
        return shown_part(part + "".join(self._held[max(0, self.begin - first) : end - first]))


def parted(
    lines: Lines, reason: Callable[[Sequence[str]], str | None], hint: str | None = None
) -> Iterator[Lines | BadRow]:
    """The rows, and those that there is a reason against, in their places."""
    begin = 0
    for place, row in enumerate(lines.rows):
        if (why := reason(row)) is not None:
            yield Lines(lines.file, lines.numbers[begin:place], lines.rows[begin:place])
            yield BadRow(lines.file, lines.numbers[place], why, shown(joined(row)), hint)
            begin = place + 1
    yield Lines(lines.file, lines.numbers[begin:], lines.rows[begin:])


def pieces(source: Source, encoding: str | None) -> Iterator[Block]:
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


def lines_of(piece: Block) -> list[str]:
    """The lines with their ends, whichever these are."""
    return list(io.StringIO(piece.text, newline=""))


def _together(*parts: Block) -> Block:
    return Block("".join([part.text for part in parts]), all(part.clean for part in parts))


def joined(row: Sequence[str]) -> str:
    """Fields as a line of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(row)
    return line.getvalue()
