"""Parquet files, by pyarrow, which comes with the extra `parquet`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from aisql.data.base import Source, Table, distinct
from aisql.errors import OpenError, StatementError
from aisql.result import Row, Value

_LEAST, _GREATEST = -(2**63), 2**63 - 1


def read(sources: Sequence[Source]) -> Table:
    """The table that the files hold together; they must have the same columns.

    Times are texts as SQLite writes them, decimals are REAL; lists and structures are JSON. Raises OpenError
    for a file that cannot be read, StatementError where pyarrow is missing.
    """
    tables = [_read(source) for source in sources]
    names = tables[0].column_names
    if not names:
        raise OpenError(f"{sources[0].name}: there is no column in it")
    for source, table in zip(sources, tables, strict=True):
        if table.column_names != names:
            raise OpenError(f"{source.name}: its columns are others than those of {sources[0].name}")
    rows = (row for source, table in zip(sources, tables, strict=True) for row in _rows(source, table))
    return Table(distinct(names), [""] * len(names), rows)


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


def _read(source: Source) -> Any:
    pyarrow = _pyarrow()
    with source.open() as file, _refusals(pyarrow, source):
        table = pyarrow.parquet.read_table(file)
        fields = [field.with_type(_readable(pyarrow, field.type)) for field in table.schema]
        return table.cast(pyarrow.schema(fields), safe=False)


@contextmanager
def _refusals(pyarrow: Any, source: Source) -> Iterator[None]:
    try:
        yield
    except (pyarrow.ArrowException, OSError, OverflowError, ValueError) as error:
        reason = "it is not a Parquet file, or damaged" if isinstance(error, pyarrow.ArrowInvalid) else error
        raise OpenError(f"cannot read {source.name}: {reason}") from error


def _readable(pyarrow: Any, kind: Any) -> Any:
    """The type a column is read as: what Python's clock cannot tell apart is left out."""
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        return pyarrow.timestamp("us", kind.tz)
    if pyarrow.types.is_time64(kind):
        return pyarrow.time64("us")
    if pyarrow.types.is_duration(kind):
        return pyarrow.duration("us")
    return kind


def _rows(source: Source, table: Any) -> Iterator[Row]:
    for batch in table.to_batches():
        with _refusals(_pyarrow(), source):
            columns = [list(map(_value, column.to_pylist())) for column in batch.columns]
        yield from zip(*columns, strict=True)


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
