"""Files of data as rows, whatever their format."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NoReturn, Protocol

from aisql.errors import FileError
from aisql.result import Row, Value

SAMPLE = 20_480
"""Rows that tell the columns and their types, where it is not said how many."""
_SAMPLE_CHARACTERS = 1 << 23
"""How long they are at the most."""
EVERY: Container[int] = range(1 << 62)
"""The places of all columns there can be."""


def _unchanged() -> object:
    """The version of what nobody can change."""
    return None


@dataclass(frozen=True, slots=True)
class Source:
    """A file of data: its name in messages, and what opens it; it may be opened more than once.

    Two values of `version` that differ tell that its content has changed in between. `pauses` is asked
    whether more of it would have to be waited for now.
    """

    name: str
    open: Callable[[], BinaryIO]
    version: Callable[[], object] = _unchanged
    pauses: Callable[[], bool] = bool


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to be read once: names and declared types of columns ('' for none).

    Columns have names of their own where the files are `named`, else their places are what counts.
    """

    names: Sequence[str]
    types: Sequence[str]
    rows: Iterable[Row]
    named: bool = True


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: the file, the line it ends in, why, its text, and what may be done."""

    file: str
    line: int
    reason: str
    text: str
    hint: str | None = None


Reject = Callable[[BadRow], None]
"""What is told of every row that cannot be read; it may raise."""


def refuse(bad: BadRow) -> NoReturn:
    """Ends the reading at the first row that cannot be read. Raises FileError."""
    raise FileError(f"{bad.file}:{bad.line}: {bad.reason}", hint=bad.hint)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file, and the line each of them ends in (its number where files have no lines).

    `names` are those of their columns where they may be more than were known at first.
    """

    file: str
    lines: Sequence[int]
    rows: Sequence[Sequence[Value]]
    names: Sequence[str] = ()


class Chunks(Protocol):
    """Reads rows from the beginning each time it is called, no more at once than there are without waiting.

    In columns at other places than the `wanted` ones anything may stand. Raises FileError for a file that
    cannot be read or has changed since.
    """

    def __call__(self, reject: Reject, wanted: Container[int] = EVERY, /) -> Iterator[Chunk]: ...


@dataclass(frozen=True, slots=True)
class Data:
    """What files hold together: names and types of columns ('' for none), as a look at the first rows told.

    Columns have names of their own where the files are `named`. `left_out` has the names that came too late
    to be columns; `growing` reads the rows with a column for each of them, behind the others.
    """

    names: Sequence[str]
    types: Sequence[str]
    chunks: Chunks
    named: bool = True
    left_out: dict[str, None] | None = None
    growing: Chunks | None = None

    def rows(self, reject: Reject = refuse) -> Iterator[Row]:
        """All rows from the beginning."""
        for chunk in self.chunks(reject):
            yield from map(tuple, chunk.rows)

    def table(self) -> Table:
        """The same, to be read once."""
        return Table(self.names, self.types, self.rows(), self.named)


def unchanging(sources: Sequence[Source], chunks: Chunks) -> Chunks:
    """Chunks that end with a FileError where one of the files has changed after now."""
    before = [(source, source.version()) for source in sources]

    def check() -> None:
        for source, version in before:
            if source.version() != version:
                raise FileError(f"{source.name} changed while it was read", hint="run the statement again")

    def read(reject: Reject, wanted: Container[int]) -> Iterator[Chunk]:
        try:
            yield from chunks(reject, wanted)
        except FileError:  # perhaps it is the change that cannot be read
            check()
            raise

    def checked(reject: Reject, wanted: Container[int] = EVERY, /) -> Iterator[Chunk]:
        check()
        for chunk in read(reject, wanted):
            check()
            yield chunk
        check()

    return checked


def is_sample(most: int | None, rows: int, characters: int) -> bool:
    """Whether so many rows are enough, of `most` that are to be looked at; None is for all."""
    return most is not None and (rows >= most or (most <= SAMPLE and characters > _SAMPLE_CHARACTERS))


def distinct(names: Iterable[str]) -> list[str]:
    """The names of the columns: an empty one gets its place, one that was there already a number."""
    found: list[str] = []
    taken: set[str] = set()
    for place, name in enumerate(names, 1):
        # SQLite ends a name at a zero.
        base = candidate = name.strip().replace("\0", "\ufffd") or f"column{place}"
        number = 1
        while candidate.lower() in taken:
            number += 1
            candidate = f"{base}_{number}"
        taken.add(candidate.lower())
        found.append(candidate)
    return found
