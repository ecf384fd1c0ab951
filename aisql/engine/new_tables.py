"""Makes a table of a file. Its types are those of all values, which is found out while they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING

from aisql.data.numbers import is_number
from aisql.engine.copy_files import ReadAgain
from aisql.engine.database import Database, quoted
from aisql.engine.rejects import Rows, insert_into

if TYPE_CHECKING:
    from aisql.data.base import Data
    from aisql.engine.copy_files import CopiedFile
    from aisql.engine.loading import Loading
    from aisql.result import Value

_TAKES: Mapping[str, frozenset[type]] = MappingProxyType(
    {"INTEGER": frozenset((int,)), "REAL": frozenset((float, int)), "TEXT": frozenset((str, bytes))}
)
"""The values that columns of a type leave as they are; those of any other type leave all."""
_EXACT = 2**53
"""Whole numbers up to here REAL keeps as they are."""


def make(
    database: Database, name: str, file: CopiedFile, rejects: str | None, *, replaces: bool
) -> tuple[int, int]:
    """Makes a table of the rows of a file, in the place of one that is there where it `replaces` it.

    Gives the numbers of rows and of bad rows. Raises FileError, SqlError; ReadAgain where not all values are
    of the types that the first rows told, for a column of INTEGER would make a 7 of '007'.
    """
    data = file.read()
    types = _types(file, data)
    table = f"main.{quoted(name)}"
    pairs = zip(data.names, types, strict=True)
    columns = ", ".join(f"{quoted(column)} {kind}".rstrip() for column, kind in pairs)
    file.arrive()  # nobody waits for it with the database locked
    with database.loading() as loading:
        if replaces:
            loading.run(f"DROP TABLE {table}")
        loading.run(f"CREATE TABLE {table} ({columns})")
        rows = Rows(database, loading, rejects)
        number, wider = _fill(rows, _Columns(loading, table, data.names), data, types, file)
        if wider:
            raise ReadAgain(file.typed({data.names[place].lower(): kind for place, kind in wider.items()}))
    return number, rows.bad


class _Columns:
    """The columns of a new table. Files that name more of them later make it wider."""

    def __init__(self, loading: Loading, table: str, names: Sequence[str]) -> None:
        self._loading = loading
        self._table = table
        self._width = len(names)
        self.insert = insert_into(table, names)

    def grow(self, names: Sequence[str]) -> None:
        """Adds those that are not there yet; they have no type. Raises SqlError."""
        for name in names[self._width :]:
            self._loading.run(f"ALTER TABLE {self._table} ADD COLUMN {quoted(name)}")
        if len(names) > self._width:
            self._width, self.insert = len(names), insert_into(self._table, names)


def _types(file: CopiedFile, data: Data) -> list[str]:
    """The types as far as they are known by now."""
    if file.has_texts:
        return [kind or "TEXT" for kind in data.types]
    first = next(data.chunks(lambda _: None), None)
    found = map(_type_of, zip(*first.rows, strict=True)) if first and first.rows else data.types
    return [file.types.get(name.lower(), kind) for name, kind in zip(data.names, found, strict=True)]


def _type_of(values: Sequence[Value]) -> str:
    kinds = set(map(type, values)) - {NoneType}
    if not kinds or kinds == {bytes}:
        return "BLOB" if kinds else ""
    return next((kind for kind in _TAKES if _fitting(kind, values, texts=False) == kind), "")


def _fill(
    rows: Rows, columns: _Columns, data: Data, types: Sequence[str], file: CopiedFile
) -> tuple[int, dict[int, str]]:
    """Writes all rows; gives their number, and other types for columns with values of another type.

    Once there are such values nothing more is written.
    """
    doubtful = [] if file.is_typed else [at for at, kind in enumerate(types) if _can_change(kind, file)]
    number, wider = 0, dict[int, str]()
    for chunk in (data.growing or data.chunks)(rows.reject):
        for place in doubtful:
            values = list(map(itemgetter(place), chunk.rows))
            kind = _fitting(wider.get(place, types[place]), values, texts=file.has_texts)
            if kind != types[place]:
                wider[place] = kind
        if not wider:
            columns.grow(chunk.names)
            number += rows.write(columns.insert, chunk, chunk.rows)
    return number, wider


def _can_change(kind: str, file: CopiedFile) -> bool:
    """Whether a value may come that a column of a type changes; fields are texts, if nothing else."""
    return kind in _TAKES and not (kind == "TEXT" and file.has_texts)


def _fitting(kind: str, values: Sequence[Value], *, texts: bool) -> str:
    """The type of a column with such values, the same one where it changes none of them.

    `texts` tells that they were fields, which can be read as another type.
    """
    kinds = set(map(type, values)) - {NoneType}
    if kinds <= _TAKES.get(kind, kinds) and (kind != "REAL" or int not in kinds or _are_exact(values)):
        return kind
    numbers = (value for value in values if not (texts and isinstance(value, str) and is_number(value)))
    return "REAL" if kind != "TEXT" and _are_exact(numbers) else "TEXT" if texts else ""


def _are_exact(values: Iterable[Value]) -> bool:
    """Whether the values are numbers that REAL keeps as they are."""
    return all(
        value is None or isinstance(value, float) or (isinstance(value, int) and abs(value) <= _EXACT)
        for value in values
    )
