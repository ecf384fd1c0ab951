"""Parquet files, by pyarrow, which comes with the extra `parquet`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import Any

from aisql.data.base import EVERY, Chunk, Data, Reject, Source, distinct, unchanging
from aisql.data.nested import as_json
from aisql.data.opening import opened
from aisql.errors import FileError, StatementError
from aisql.result import Column, Row, Value
from aisql.vectors import is_vector, unpack

_LEAST, _GREATEST = -(2**63), 2**63 - 1
_ROWS = 1_000
_GROUP_ROWS = 50_000
_GROUP_SIZE = 16_000_000
_KINDS: Mapping[type, str] = {int: "int64", float: "float64", str: "string", bytes: "binary"}
_DECLARED = (
    ("INT", "int64"),
    ("REAL", "float64"),
    ("FLOA", "float64"),
    ("DOUB", "float64"),
    ("BLOB", "binary"),
)
"""What is in the declared type of a column, and what its values are then."""


def read(sources: Sequence[Source]) -> Data:
    """The table that the files hold together; they must have the same columns.

    Times are texts as SQLite writes them, decimals are REAL; lists and structures are JSON. Raises FileError
    for a file that cannot be read, StatementError where pyarrow is missing; so may reading the rows.
    """
    names = _names(sources[0])
    if not names:
        raise FileError(f"{sources[0].name}: there is no column in it")
    for source in sources[1:]:
        if _names(source) != names:
            raise FileError(f"{source.name}: its columns are others than those of {sources[0].name}")

    def chunks(_reject: Reject, wanted: Container[int] = EVERY, /) -> Iterator[Chunk]:
        for source in sources:
            yield from _chunks(source, wanted)

    return Data(distinct(names), [""] * len(names), unchanging(sources, chunks))


def write(columns: Sequence[Column], rows: Iterable[Row], put: Callable[[bytes], object]) -> int:
    """Writes a table, some rows at a time, and gives their number; `put` takes the bytes.

    The type of a column is that of its first values, or the declared one where they are NULL; vectors are
    lists of numbers. Raises StatementError for a value of another type, and as above; what was put is no
    file then.
    """
    pyarrow = _pyarrow()
    names, groups = distinct(column.name for column in columns), _groups(rows)
    first = next(groups, [])
    kinds = [_kind(column, _values(first, place)) for place, column in enumerate(columns)]
    types = [getattr(pyarrow, kind)() for kind in kinds]
    types = [pyarrow.list_(each) if each == pyarrow.float32() else each for each in types]
    schema = pyarrow.schema(list(zip(names, types, strict=True)))
    sink, count = _Sink(put), 0
    writer = pyarrow.parquet.ParquetWriter(sink, schema)
    try:
        for group in chain([first], groups):
            arrays = [
                pyarrow.array(_converted(name, kind, _values(group, place)), each)
                for place, (name, kind, each) in enumerate(zip(names, kinds, types, strict=True))
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            count += len(group)
    except BaseException:
        sink.is_open = False  # the library ends the file all the same
        raise
    writer.close()
    return count


class _Sink:
    """What the library takes for a file."""

    closed = False

    def __init__(self, put: Callable[[bytes], object]) -> None:
        self._put = put
        self.is_open = True

    def write(self, content: bytes) -> None:
        if self.is_open:
            self._put(bytes(content))

    def flush(self) -> None:
        """Nothing is held here."""

    def close(self) -> None:
        """Who gave the function closes what is behind it."""


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, so many together as a file has in a row group."""
    group: list[Row] = []
    size = 0
    for row in rows:
        group.append(row)
        size += sum([len(value) for value in row if isinstance(value, str | bytes)])
        if len(group) == _GROUP_ROWS or size > _GROUP_SIZE:
            yield group
            group, size = [], 0
    if group:
        yield group


def _values(rows: Sequence[Row], place: int) -> list[Value]:
    return [row[place] for row in rows]


def _kind(column: Column, values: Sequence[Value]) -> str:
    """The type of a column, as pyarrow calls it; that of vectors is the type of their numbers."""
    types = {type(value) for value in values if value is not None}
    if types == {int, float}:
        return "float64"
    if not types:
        declared = column.type.upper()
        return next((kind for part, kind in _DECLARED if part in declared), "string")
    if types == {bytes} and all(value is None or is_vector(value) for value in values):
        return "float32"
    return _KINDS[next(iter(types))]


def _converted(name: str, kind: str, values: Sequence[Value]) -> Sequence[object]:
    """The values as the library takes them. Raises StatementError for one that is of another type."""
    types = {type(value) for value in values if value is not None}
    if kind == "float64" and types <= {int, float}:
        if any(isinstance(value, int) and int(float(value)) != value for value in values):
            raise StatementError(f"column {name} has a whole number that is too long beside fractions")
        return values
    vectors = [unpack(value) if is_vector(value) else None for value in values] if kind == "float32" else []
    if kind == "float32" and vectors.count(None) == values.count(None):
        return vectors
    if not types <= {each for each, known in _KINDS.items() if known == kind}:
        raise StatementError(
            f"column {name} has values of several types, which Parquet cannot hold",
            hint="CAST(column AS TEXT) makes one of them",
        )
    return values


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise StatementError(
            "Parquet needs pyarrow, which is not installed", hint="pip install 'aisql[parquet]'"
        ) from error
    return pyarrow


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    pyarrow = _pyarrow()
    with opened(source) as file, _refusals(pyarrow, source):
        yield pyarrow.parquet.ParquetFile(file)


def _names(source: Source) -> list[str]:
    with _opened(source) as file:
        return list(file.schema_arrow.names)


def _chunks(source: Source, wanted: Container[int]) -> Iterator[Chunk]:
    number = 1
    with _opened(source) as file:
        schema = _pyarrow().schema([_readable_field(_pyarrow(), field) for field in file.schema_arrow])
        for batch in file.iter_batches(_ROWS):
            readable = _pyarrow().Table.from_batches([batch]).cast(schema, safe=False)
            columns = [
                list(map(_value, column.to_pylist())) if place in wanted else [None] * len(column)
                for place, column in enumerate(readable.columns)
            ]
            rows = list(zip(*columns, strict=True))
            yield Chunk(source.name, range(number, number + len(rows)), rows)
            number += len(rows)


@contextmanager
def _refusals(pyarrow: Any, source: Source) -> Iterator[None]:
    try:
        yield
    except (pyarrow.ArrowException, OSError, OverflowError, ValueError) as error:
        reason = "it is not a Parquet file, or damaged" if isinstance(error, pyarrow.ArrowInvalid) else error
        raise FileError(f"cannot read {source.name}: {reason}") from error


def _readable(pyarrow: Any, kind: Any) -> Any:
    """The type a column is read as: what Python's clock cannot tell apart is left out."""
    types = pyarrow.types
    if types.is_timestamp(kind) and kind.unit == "ns":
        return pyarrow.timestamp("us", kind.tz)
    if types.is_time64(kind):
        return pyarrow.time64("us")
    if types.is_duration(kind):
        return pyarrow.duration("us")
    if types.is_struct(kind):
        return pyarrow.struct([_readable_field(pyarrow, each) for each in kind])
    if types.is_map(kind):
        return pyarrow.map_(_readable(pyarrow, kind.key_type), _readable(pyarrow, kind.item_type))
    if types.is_large_list(kind):
        return pyarrow.large_list(_readable_field(pyarrow, kind.value_field))
    if types.is_fixed_size_list(kind):
        return pyarrow.list_(_readable_field(pyarrow, kind.value_field), kind.list_size)
    if types.is_list(kind):
        return pyarrow.list_(_readable_field(pyarrow, kind.value_field))
    return kind


def _readable_field(pyarrow: Any, field: Any) -> Any:
    return field.with_type(_readable(pyarrow, field.type))


def _value(value: Any) -> Value:
    if value is None or isinstance(value, str | bytes | float):
        return value
    if isinstance(value, list | dict):
        return as_json(value, _inside)
    plain = _plain(value)
    # True and false are whole numbers too.
    return (
        plain
        if isinstance(plain, str | float)
        else int(plain)
        if _LEAST <= plain <= _GREATEST
        else str(plain)
    )


def _inside(value: Any) -> str | float | int:
    """A value inside of another one, as JSON can have it."""
    return value.hex().upper() if isinstance(value, bytes) else _plain(value)


def _plain(value: Any) -> str | float | int:
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return float(value) if int(value.as_tuple().exponent) < 0 else int(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)
