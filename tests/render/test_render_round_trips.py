"""Values that are written and read back by others are the values they were."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

import apsw
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisql.errors import StatementError
from aisql.render.registry import Options, write
from aisql.result import Column, Result, Row, Value
from aisql.vectors import is_vector, pack

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(",;|\t\r\n\"'\\\0<& "))
WHOLE = st.integers(-(2**63), 2**63 - 1)
NUMBER = st.floats(allow_nan=False)
BLOB = st.binary().filter(lambda value: not is_vector(value))
VALUE = st.none() | TEXT | WHOLE | NUMBER | BLOB


def rows(*columns: st.SearchStrategy[Value]) -> st.SearchStrategy[list[Row]]:
    """Up to 30 rows, so that some are written together."""
    return st.lists(st.tuples(*columns), max_size=30)


def written(answer: list[Row], format_name: str, options: Options = Options(), width: int = 2) -> str:  # noqa: B008 # it cannot change
    stream = io.StringIO(newline="")
    write(Result(tuple(map(Column, "abcde"[:width])), answer), stream, format_name, options)
    return stream.getvalue()


def as_text(value: Value) -> str:
    if isinstance(value, bytes):
        return value.hex().upper()
    return value if isinstance(value, str) else "" if value is None else repr(value)


@pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("tsv", "\t")])
@given(answer=rows(VALUE, VALUE))
def test_the_csv_module_reads_the_texts_of_values(name: str, delimiter: str, answer: list[Row]) -> None:
    lines = io.StringIO(written(answer, name), newline="")
    read = list(csv.reader(lines, delimiter=delimiter, strict=True))
    assert read == [["a", "b"], *[list(map(as_text, row)) for row in answer]]


@pytest.mark.parametrize("width", [1, 2])
@given(answer=rows(st.none() | st.text(',"\r\nx', max_size=2), st.none() | st.just("")))
def test_however_many_rows_are_written_together_they_are_the_same_csv(width: int, answer: list[Row]) -> None:
    bare = Options(header=False)
    narrow = [row[:width] for row in answer]
    one_by_one = [written([row], "csv", bare, width) for row in narrow]
    assert written(narrow, "csv", bare, width) == "".join(one_by_one)


@given(rows(VALUE, VALUE))
def test_json_has_the_same_numbers_and_texts(answer: list[Row]) -> None:
    lines = [tuple(json.loads(line).values()) for line in written(answer, "jsonl").splitlines()]
    array = [tuple(each.values()) for each in json.loads(written(answer, "json"))]
    expected = [tuple([as_text(each) if isinstance(each, bytes) else each for each in row]) for row in answer]
    assert (repr(lines), repr(array)) == (repr(expected), repr(expected))


@given(rows(VALUE, VALUE))
def test_sqlite_has_the_same_values_after_the_statements(answer: list[Row]) -> None:
    database = apsw.Connection(":memory:")
    database.execute('CREATE TABLE "x y" (a, b)')
    database.execute(written(answer, "insert", Options(table="x y")))
    assert repr(database.execute('SELECT * FROM "x y"').fetchall()) == repr(answer)
    database.close()


@given(rows(st.none() | TEXT, st.none() | WHOLE, st.none() | NUMBER, st.none() | BLOB))
def test_parquet_has_the_same_values(answer: list[Row]) -> None:
    assert repr(read_parquet(answer)) == repr(answer)


def read_parquet(answer: Iterable[Row], *columns: Column) -> list[tuple[object, ...]]:
    content = io.BytesIO()
    stream = io.TextIOWrapper(content)
    write(Result(columns or tuple(map(Column, "abcd")), answer), stream, "parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(content.getvalue()))
    return [tuple(row.values()) for row in table.to_pylist()]


def test_vectors_are_lists_of_numbers_in_parquet() -> None:
    answer = [(None,), (pack([0.5, -2]),), (pack([1]),)]
    assert read_parquet(answer, Column("a")) == [(None,), ([0.5, -2.0],), ([1.0],)]


def test_parquet_is_written_while_rows_come() -> None:
    def rows() -> Iterator[Row]:
        for number in range(120_000):
            if number % 40_000 == 0:
                sizes.append(len(content.getvalue()))
            yield number, None

    sizes: list[int] = []
    content = io.BytesIO()
    stream = io.TextIOWrapper(content)
    write(Result((Column("a"), Column("b", "DOUBLE")), rows()), stream, "parquet")
    assert sizes[0] <= sizes[1] < 100 < 100_000 < sizes[2]
    file = pyarrow.parquet.ParquetFile(io.BytesIO(content.getvalue()))
    groups = [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)]
    assert (groups, str(file.schema_arrow)) == ([50_000, 50_000, 20_000], "a: int64\nb: double")


@pytest.mark.parametrize(
    ("first", "later", "message"),
    [
        (1, "x", "column a has values of several types, which Parquet cannot hold"),
        (1, 1.5, "column a has values of several types, which Parquet cannot hold"),
        (pack([1]), b"x", "column a has values of several types, which Parquet cannot hold"),
        (1.5, 2**53 + 1, "column a has a whole number that is too long beside fractions"),
    ],
)
def test_a_later_value_of_another_type_is_an_error_and_ends_no_file(
    first: Value, later: Value, message: str
) -> None:
    content = io.BytesIO()
    stream = io.TextIOWrapper(content)
    with pytest.raises(StatementError) as caught:
        write(Result((Column("a"),), [*[(first,)] * 50_000, (later,)]), stream, "parquet")
    assert caught.value.message == message
    assert not content.getvalue()[4:].endswith(b"PAR1")
