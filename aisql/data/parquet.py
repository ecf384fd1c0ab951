"""Parquet files, by pyarrow, which comes with the extra `parquet`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from aisql.data.base import Chunk, Data, Reject, Source, distinct, unchanging
from aisql.data.opening import opened
from aisql.errors import FileError, StatementError
from aisql.result import Row, Value

_LEAST, _GREATEST = -(2**63), 2**63 - 1
_ROWS = 1_000


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

    def chunks(_reject: Reject) -> Iterator[Chunk]:
        for source in sources:
            yield from _chunks(source)

    return Data(distinct(names), [""] * len(names), unchanging(sources, chunks))


def write(names: Sequence[str], rows: Sequence[Row], file: BinaryIO) -> None:
    """Writes a table. Raises StatementError for a column with values of several types, and as above."""
    pyarrow = _pyarrow()
    columns = []
    for place, name in enumerate(names):
        values = [row[place] for row in rows]
        kinds = {type(value) for value in values if value is not None}
        if len(kinds) > 1 and kinds != {int, float}:
            raise StatementError(
                f"column {name} has values of several types, which Parquet cannot hold",
                hint="CAST(column AS TEXT) makes one of them",
            )
        kind = float if kinds == {int, float} else next(iter(kinds), str)
        types = {int: pyarrow.int64(), float: pyarrow.float64(), bytes: pyarrow.binary()}
        columns.append(pyarrow.array(values, types.get(kind, pyarrow.string())))
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, names=list(names)), file)


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


def _chunks(source: Source) -> Iterator[Chunk]:
    number = 1
    with _opened(source) as file:
        schema = _pyarrow().schema(
            [field.with_type(_readable(_pyarrow(), field.type)) for field in file.schema_arrow]
        )
        for batch in file.iter_batches(_ROWS):
            readable = _pyarrow().Table.from_batches([batch]).cast(schema, safe=False)
            columns = [list(map(_value, column.to_pylist())) for column in readable.columns]
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
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        return pyarrow.timestamp("us", kind.tz)
    if pyarrow.types.is_time64(kind):
        return pyarrow.time64("us")
    if pyarrow.types.is_duration(kind):
        return pyarrow.duration("us")
    return kind


def _value(value: Any) -> Value:
    if value is None or isinstance(value, str | bytes | float):
        return value
    if isinstance(value, int):  # so are true and false
        return int(value) if _LEAST <= value <= _GREATEST else str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_text)
    return _text(value)


def _text(value: date | time | timedelta | bytes | object) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)
