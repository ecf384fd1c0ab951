"""Files of data to rows: CSV, JSON and Parquet, however they come."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from aisql.data.base import BadRow, Data, Source, refuse
from aisql.data.numbers import converter, real, whole
from aisql.data.registry import BY_ENDING, READABLE, format_inside, format_of, read
from aisql.errors import AisqlError, FileError, OptionError
from aisql.result import Value


class Drops(io.RawIOBase):
    """Bytes that come a few at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        self._rest = io.BytesIO(content)
        self._size = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._rest.read(min(self._size, len(buffer)))
        buffer[: len(piece)] = piece
        return len(piece)


def source(content: str | bytes, size: int = 0) -> Source:
    """A file `f` with this content, of which so many bytes come at once."""
    data = content.encode() if isinstance(content, str) else content
    return Source("f", (lambda: Drops(data, size)) if size else (lambda: io.BytesIO(data)))  # type: ignore[arg-type,return-value]


def table(name: str, content: str | bytes, **options: Value) -> Data:
    """What a file of a format holds."""
    return read(READABLE[name], [source(content)], options)


def all_of(data: Data) -> tuple[list[str], list[str], list[tuple[Value, ...]]]:
    """Names, types and rows."""
    return list(data.names), list(data.types), list(data.rows())


CSV: list[tuple[str | bytes, dict[str, Value], object]] = [
    ("a,b\n1,x\n", {}, (["a", "b"], ["INTEGER", "TEXT"], [(1, "x")])),
    ("a;b\n1;2,5\n2;3,5\n", {}, (["a", "b"], ["INTEGER", "TEXT"], [(1, "2,5"), (2, "3,5")])),
    ("a\tb|c\n1\t2|3\n", {}, (["a", "b|c"], ["INTEGER", "TEXT"], [(1, "2|3")])),
    ("a|b\n1|2\n", {}, (["a", "b"], ["INTEGER"] * 2, [(1, 2)])),
    ("a,b\r\n1,2\r\n", {}, (["a", "b"], ["INTEGER"] * 2, [(1, 2)])),
    ("a,b\r1,2\r3,4", {}, (["a", "b"], ["INTEGER"] * 2, [(1, 2), (3, 4)])),
    ("'a,b',c\n'1,2',3\n", {}, (["a,b", "c"], ["TEXT", "INTEGER"], [("1,2", 3)])),
    ("it's,'twas\n1,2\n", {}, (["it's", "'twas"], ["INTEGER"] * 2, [(1, 2)])),
    ('a,b\n1,"x\n""y"""\n', {}, (["a", "b"], ["INTEGER", "TEXT"], [(1, 'x\n"y"')])),
    ("1,2\n3,4\n", {}, (["column1", "column2"], ["INTEGER"] * 2, [(1, 2), (3, 4)])),
    ("1,2\n3,4\n", {"header": 1}, (["1", "2"], ["INTEGER"] * 2, [(3, 4)])),
    ("a\n1\n", {"header": "false"}, (["column1"], ["TEXT"], [("a",), ("1",)])),
    ("only\n", {}, (["only"], ["TEXT"], [])),
    ("note\na; b\nc\nd; e\n", {}, (["note"], ["TEXT"], [("a; b",), ("c",), ("d; e",)])),
    ("a\n1\n\n2\n", {}, (["a"], ["INTEGER"], [(1,), (None,), (2,)])),
    ("a,b\n1,2\n\n3,4\n", {}, (["a", "b"], ["INTEGER"] * 2, [(1, 2), (3, 4)])),
    ("a,A,, a\n1,2,3,4\n", {}, (["a", "A_2", "column3", "a_3"], ["INTEGER"] * 4, [(1, 2, 3, 4)])),
    ("a,b\n1,NA\n2,3\n,\n", {}, (["a", "b"], ["INTEGER"] * 2, [(1, None), (2, 3), (None, None)])),
    ("a,b\nx,NA\n", {}, (["a", "b"], ["TEXT", "TEXT"], [("x", "NA")])),
    ("a,b\n-,1\n-,\n", {"null": "-"}, (["a", "b"], ["TEXT", "TEXT"], [(None, "1"), (None, "")])),
    ("a,b\n007,1.50\n", {}, (["a", "b"], ["TEXT", "REAL"], [("007", 1.5)])),
    ("a,b\n1,1\n", {"types": "TEXT"}, (["a", "b"], ["TEXT"] * 2, [("1", "1")])),
    ("a,B\n1,1\n", {"types": '{"b": "text"}'}, (["a", "B"], ["INTEGER", "TEXT"], [(1, "1")])),
    ("a\n9223372036854775807\n", {}, (["a"], ["INTEGER"], [(2**63 - 1,)])),
    ("a\n9223372036854775808\n", {}, (["a"], ["TEXT"], [("9223372036854775808",)])),
    ("a\n0\n-1\n-0\n", {}, (["a"], ["TEXT"], [("0",), ("-1",), ("-0",)])),
    ("a\n1.5\n9007199254740993\n", {}, (["a"], ["REAL"], [(1.5,), (9007199254740993,)])),
    ("a, b\n1, 2\n3, -4 \n", {}, (["a", "b"], ["INTEGER"] * 2, [(1, 2), (3, -4)])),
    ("a,b\n.5,1. \n-.25,x\n", {}, (["a", "b"], ["REAL", "TEXT"], [(0.5, "1. "), (-0.25, "x")])),
    ("a\n1.5\n-inf\ninf\n", {}, (["a"], ["REAL"], [(1.5,), (float("-inf"),), (float("inf"),)])),
    ("a\n1\n-Infinity\n INF\n", {}, (["a"], ["REAL"], [(1.0,), (float("-inf"),), (float("inf"),)])),
    (
        'a\tb\n"x\t1"\r\n"\t2\r\n',
        {"quote": "", "delim": "tab"},
        (["a", "b"], ["TEXT", "TEXT"], [('"x', '1"'), ('"', "2")]),
    ),
    ("a\nx\ninf\n", {}, (["a"], ["TEXT"], [("x",), ("inf",)])),
    ("a\n1\nx\n007\n2\n", {"sample": 1}, (["a"], ["INTEGER"], [(1,), ("x",), ("007",), (2,)])),
    ("a\n1.5\n1.2.3\n2\n", {"sample": 1}, (["a"], ["REAL"], [(1.5,), ("1.2.3",), (2.0,)])),
    ("a\n1\n.\n", {"sample": -1}, (["a"], ["TEXT"], [("1",), (".",)])),
    ("é\nü\n".encode("latin-1"), {"encoding": "latin-1"}, (["é"], ["TEXT"], [("ü",)])),
    ("é\nü\n".encode("utf-16"), {}, (["é"], ["TEXT"], [("ü",)])),
    ("é\nü\n".encode("utf-8-sig"), {}, (["é"], ["TEXT"], [("ü",)])),
    ("a\nx\0y\n", {}, (["a"], ["TEXT"], [("x\0y",)])),
]


@pytest.mark.parametrize(("content", "options", "expected"), CSV, ids=[repr(each[0]) for each in CSV])
def test_how_csv_is_written_is_found_out(
    content: str | bytes, options: dict[str, Value], expected: object
) -> None:
    assert all_of(table("csv", content, **options)) == expected


JSON: list[tuple[str, list[str], list[tuple[Value, ...]]]] = [
    ('{"a": 1}\n{"b": "x", "a": null}\n', ["a", "b"], [(1, None), (None, "x")]),
    ('[{"a": 1},\n{"a": 2.5}]', ["a"], [(1,), (2.5,)]),
    ('{"a": 1}{"a": 2} [{"a": 3}, {"a": 4}] []', ["a"], [(1,), (2,), (3,), (4,)]),
    ('{"a": [1, {"b": "é"}], "c": true}', ["a", "c"], [('[1, {"b": "é"}]', 1)]),
    ('{"a": [1e999, {"b": -1e999}, "é"]}', ["a"], [('[1e999, {"b": -1e999}, "é"]',)]),
    ('{"a": 1, "a": 2}', ["a"], [(2,)]),
    ('{"a": 12345678901234567890, "A": 0.1}', ["a", "A_2"], [("12345678901234567890", 0.1)]),
    ('\ufeff{"a":\n"x\\u00e9\\ud83d\\ude00"\n}', ["a"], [("xé😀",)]),
    ('{"a": 1}\n{}\n', ["a"], [(1,), (None,)]),
]


@pytest.mark.parametrize(("content", "names", "rows"), JSON, ids=[each[0] for each in JSON])
@pytest.mark.parametrize("size", [0, 1, 7])
def test_json_is_objects_however_they_come(
    content: str, names: list[str], rows: list[tuple[Value, ...]], size: int
) -> None:
    data = read(READABLE["json"], [source(content, size)], {})
    assert (list(data.names), list(data.rows())) == (names, rows)


def test_names_that_come_after_the_sample_are_left_out_and_told() -> None:
    late = '{"a": 1}\n{"a": 2, "b": 3}\n'
    data = table("json", late, sample=1)
    assert (list(data.names), list(data.rows())) == (["a"], [(1,), (2,)])
    assert data.left_out == {"b": None}
    assert data.growing is not None
    chunks = list(data.growing(refuse))
    assert [(chunk.names, chunk.rows) for chunk in chunks if chunk.rows] == [
        (["a", "b"], [(1, None), (2, 3)])
    ]
    assert list(table("json", late, sample=-1).names) == ["a", "b"]


UNQUOTED = "quote => '' takes quotes for text"
BAD: list[tuple[str, str | bytes, list[BadRow], list[tuple[Value, ...]]]] = [
    (
        "csv",
        b'a,b\n1,2\n3\n4,5,6\n"x"y,2\n7,8\n\xff,1\n9,10\n"z',
        [
            BadRow("f", 3, "1 field, but the header has 2", "3"),
            BadRow("f", 4, "3 fields, but the header has 2", "4,5,6"),
            BadRow("f", 5, "',' expected after '\"'", '"x"y,2', UNQUOTED),
            BadRow("f", 7, "it is not UTF-8", "\ufffd,1", "encoding => 'latin-1' reads every byte"),
            BadRow("f", 9, "a quote is never closed, in the row that begins in line 9", '"z', UNQUOTED),
        ],
        [(1, 2), (7, 8), (9, 10)],
    ),
    (
        "json",
        b'{"a": 1}\nx\n{"a": 2}}\n{"a": "\\ud800"}\n{"a": "\xff"}\n',
        [
            BadRow("f", 2, "not JSON: Expecting value", "x"),
            BadRow("f", 3, "not JSON: Expecting value", "}"),
            BadRow("f", 4, "half a character cannot be kept", '{"a": "\\ud800"}'),
            BadRow("f", 5, "it is not UTF-8", '{"a": "\ufffd"}', "encoding => 'latin-1' reads every byte"),
        ],
        [(1,), (2,)],
    ),
    (
        "json",
        b'{"a": 1}\n{"a": 2\n{"a": 3}\n{"a": [4,\n{"a": 5}\n{"a": 6}\n{"a":\n  x}\n{"a": "7\n{"a": 8}\n',
        [
            BadRow("f", 2, "not JSON: Expecting ',' delimiter", '{"a": 2'),
            BadRow("f", 4, "not JSON: Expecting ',' delimiter", '{"a": [4,'),
            BadRow("f", 8, "not JSON: Expecting value", '{"a":\n  x}'),
            BadRow("f", 9, "not JSON: Invalid control character", '{"a": "7'),
        ],
        [(1,), (3,), (5,), (6,), (8,)],
    ),
    (
        "csv",
        b'a,b\n1,"x\ny" z\n2,"p\nq"\n3,"x\n\n4,y\n',
        [
            BadRow("f", 3, "',' expected after '\"'", '1,"x\ny" z', UNQUOTED),
            BadRow(
                "f", 8, "a quote is never closed, in the row that begins in line 6", '3,"x\n\n4,y', UNQUOTED
            ),
        ],
        [(2, "p\nq")],
    ),
    (
        "json",
        b'[\n  {"a": 1},\n  {"a": x, "b": [\n    {"a": "}]"}]},\n  {"a": 2,\n  {"a": 3}\n  {"a": 4},\n  5,\n'
        b'  {"a": "\xff"},\n  {"a": "6},\n  {"a": NaN}}, {"a": 7},\n  {"a": 8\n]\n{"a": 9}\n',
        [
            BadRow("f", 3, "not JSON: Expecting value", '{"a": x, "b": [\n    {"a": "}]"}]}'),
            BadRow("f", 5, "not JSON: Expecting property name enclosed in double quotes", '{"a": 2,'),
            BadRow("f", 7, "not JSON: Expecting ',' delimiter", '{"a": 4}'),
            BadRow("f", 8, 'a row is an object, as in {"name": 1}', "5"),
            BadRow("f", 9, "it is not UTF-8", '{"a": "\ufffd"}', "encoding => 'latin-1' reads every byte"),
            BadRow("f", 10, "not JSON: Invalid control character", '{"a": "6},'),
            BadRow("f", 11, "not JSON: NaN is no number", '{"a": NaN}'),
            BadRow("f", 11, "not JSON: Expecting ',' delimiter", "}"),
            BadRow("f", 13, "not JSON: Expecting ',' delimiter", '{"a": 8'),
        ],
        [(1,), (3,), (7,), (9,)],
    ),
]


@pytest.mark.parametrize(
    ("kind", "content", "bad", "rows"), BAD, ids=["csv", "json", "broken off", "quotes", "array"]
)
@pytest.mark.parametrize("size", [0, 1, 7])
def test_bad_rows_are_told_with_their_lines_and_the_others_are_read(
    kind: str, content: bytes, bad: list[BadRow], rows: list[tuple[Value, ...]], size: int
) -> None:
    data, found = read(READABLE[kind], [source(content, size)], {}), list[BadRow]()
    assert [tuple(row) for chunk in data.chunks(found.append) for row in chunk.rows] == rows
    assert found == bad
    with pytest.raises(FileError, match=rf"f:{bad[0].line}: "):
        list(data.rows())


def test_of_a_row_without_an_end_no_more_than_its_beginning_is_kept() -> None:
    content, found = 'a\n"' + "x\n" * 100_000, list[BadRow]()
    list(table("csv", content, sample=1).chunks(found.append))
    assert [(bad.line, bad.text) for bad in found] == [(100_001, content[2 : 2 + 65_536].rstrip())]


def test_lines_are_counted_inside_of_a_field_that_is_longer_than_what_is_read_at_once() -> None:
    long = "\n" * 100_000 + "x\r\n" * 30_000
    content, found = f'a,b\n1,"{long}"\n2\n3,"{long}""{long}"\n4\n5,"', list[BadRow]()
    rows = [
        tuple(row) for chunk in table("csv", content, sample=1).chunks(found.append) for row in chunk.rows
    ]
    assert rows == [(1, long), (3, f'{long}"{long}')]
    unclosed = "a quote is never closed, in the row that begins in line 390006"
    assert found == [
        BadRow("f", 130_003, "1 field, but the header has 2", "2"),
        BadRow("f", 390_005, "1 field, but the header has 2", "4"),
        BadRow("f", 390_006, unclosed, '5,"', UNQUOTED),
    ]


def test_columns_that_are_not_wanted_cost_nothing() -> None:
    stream = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.table({"a": [1], "b": [datetime(2026, 1, 1)], "c": [3]}), stream)
    contents = {
        "csv": b"a,b,c\n1,2,3\n",
        "json": b'{"a": 1, "b": [2], "c": 3}',
        "parquet": stream.getvalue().to_pybytes(),
    }
    found = {
        kind: [tuple(row) for chunk in table(kind, content).chunks(refuse, {0, 2}) for row in chunk.rows]
        for kind, content in contents.items()
    }
    assert found == {"csv": [(1, "2", 3)], "json": [(1, None, 3)], "parquet": [(1, None, 3)]}


def test_rows_before_a_bad_one_come_out_first() -> None:
    for kind, content in (("csv", "a,b\n1,2\n3,4\n5\n"), ("json", '{"a": 1}\n{"a": 3}\nx\n')):
        rows = table(kind, content).rows()
        assert [next(rows)[0], next(rows)[0]] == [1, 3]
        with pytest.raises(FileError):
            next(rows)


BROKEN = [
    ("csv", b"", {}, "f: the file is empty"),
    ("csv", b'"a', {}, "f:1: a quote is never closed, in the row that begins in line 1"),
    (
        "csv",
        b'a\n1\n"2\n3"\n"4\n5\n6\n',
        {},
        "f:7: a quote is never closed, in the row that begins in line 5",
    ),
    ("json", b"", {}, "f: there is no object in it"),
    ("json", b"[]", {}, "f: there is no object in it"),
    ("json", b"[1, 2]", {}, "f:1: a row is an object, as in"),
    ("json", b'[{"a": 1},\n{"a": 2}\n', {}, "f:3: not JSON: the array has no end"),
    ("json", b'[{"a": 1}\n{"a": 2}]', {}, "f:2: not JSON: Expecting ',' delimiter"),
    ("json", b'[{"a": 1},]', {}, "f:1: not JSON: "),
    ("json", b'{"a": NaN}', {}, "f:1: not JSON: NaN is no number"),
    ("json", b"[" * 100_000, {}, "f:1: nested too deeply"),
    ("json", b'[{"a": "5" x"}, {"a": 1}]', {}, "f:1: not JSON: Expecting ',' delimiter"),
    ("parquet", b"PAR1 and no more", {}, "cannot read f: it is not a Parquet file, or damaged"),
    ("csv", gzip.compress(b"a\n1\n" * 99)[:-9], {}, "cannot read f: it breaks off inside what is packed"),
    ("csv", gzip.compress(b"a\n1\n")[:12] + b"xxxxxxxxxxxxxxxxx", {}, "cannot read f: "),
    ("csv", zstandard.compress(b"a\n1\n" * 99)[:14], {}, "cannot read f: it breaks off"),
    ("csv", zstandard.compress(b"a\n1\n")[:6] + b"xxxxxxxxxxxxxxxxx", {}, "cannot read f: it is damaged"),
    ("csv", b"a\n1\n", {"delimiter": ",,"}, "'delimiter' is one character, not ',,'"),
    ("csv", b"a\n1\n", {"header": "yes"}, "'header' is true or false, not 'yes'"),
    ("csv", b"a\n1\n", {"encoding": "klingon"}, "there is no encoding 'klingon'"),
    ("csv", b"a\n1\n", {"encoding": "hex"}, "there is no encoding 'hex'"),
    ("csv", b"a\n1\n", {"sample": 0}, "'sample' is a number of rows, or -1 for all, not 0"),
    ("csv", b"a\n1\n", {"types": "DATE"}, "'types' cannot be 'DATE'"),
    ("csv", b"a\n1\n", {"null": 1}, "'null' is a text, not 1"),
    ("json", b'{"a": 1}', {"header": 1}, "json has no option 'header'"),
]


@pytest.mark.parametrize(("kind", "content", "options", "message"), BROKEN, ids=[each[3] for each in BROKEN])
def test_what_cannot_be_read_is_told(
    kind: str, content: bytes, options: dict[str, Value], message: str
) -> None:
    with pytest.raises(AisqlError) as caught:
        list(table(kind, content, **options).rows())
    assert isinstance(caught.value, OptionError if options else FileError)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_files_are_unpacked_by_what_they_begin_with(pack: Callable[[bytes], bytes]) -> None:
    content = pack(b"a,b\n1,2\n") + pack(b"3,4\n")
    assert list(table("csv", content).rows()) == [(1, 2), (3, 4)]


def test_formats_go_by_the_ends_of_names_or_by_the_first_bytes() -> None:
    names = ["a.csv", "A.TSV.gz", "d/x.jsonl.zst", "x.ndjson", "x.json", "x.parquet", "csv", "x.txt", "x.gz"]
    found = [record.name if (record := format_of(name)) else None for name in names]
    assert found == ["csv", "tsv", "json", "json", "json", "parquet", None, None, None]
    assert sorted(BY_ENDING) == ["csv", "json", "jsonl", "ndjson", "parquet", "tsv"]
    contents = [b"a,b\n", b' \n{"a": 1}', b"\xef\xbb\xbf[", b"PAR1", gzip.compress(b"{}"), b""]
    found = [format_inside(source(content)).name for content in contents]
    assert found == ["csv", "json", "json", "parquet", "json", "csv"]


def test_several_files_are_one_table_by_the_names_of_their_columns() -> None:
    files = [source("a,b\n1,x\n"), source("B,a\ny,2\n")]
    assert list(read(READABLE["csv"], files, {"filename": 1}).rows()) == [(1, "x", "f"), (2, "y", "f")]
    with pytest.raises(FileError, match="f: its columns are others than those of f"):
        list(read(READABLE["csv"], [*files, source("a,c\n1,2\n")], {}).rows())


def test_a_file_that_changes_while_it_is_read_is_told() -> None:
    versions = iter((1, 1, 1, 2))
    content = b"a\n" + b"1\n" * 40_000
    changing = Source("f", lambda: io.BytesIO(content), lambda: next(versions))
    rows = read(READABLE["csv"], [changing], {}).rows()
    assert next(rows) == (1,)
    with pytest.raises(FileError, match="f changed while it was read"):
        list(rows)


def test_a_change_that_cannot_be_read_is_told_as_a_change() -> None:
    versions = iter((1, 1, 1, 2))
    changing = Source("f", lambda: io.BytesIO(b"a\n1\n2,x\n"), lambda: next(versions))
    with pytest.raises(FileError, match="f changed while it was read"):
        list(read(READABLE["csv"], [changing], {}).rows())


def parquet(kind: pyarrow.DataType, *values: object) -> list[Value]:
    """What is read of a Parquet file with one column of values of that type."""
    stream = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.table({"a": pyarrow.array(values, kind)}), stream)
    return [row[0] for row in table("parquet", stream.getvalue().to_pybytes()).rows()]


def test_values_of_parquet_are_those_of_sqlite_and_inside_of_others_json() -> None:
    moment, cents = datetime(2026, 1, 2, 3, 4, 5), Decimal("1.10")  # as most files have them
    times = pyarrow.timestamp("ns")
    assert parquet(pyarrow.decimal128(38, 0), Decimal(2**53 + 1), Decimal(2**63), None) == [
        2**53 + 1,
        str(2**63),
        None,
    ]
    assert parquet(pyarrow.decimal128(5, 2), cents) == [1.1]
    assert parquet(pyarrow.list_(times), [moment, None]) == ['["2026-01-02 03:04:05", null]']
    assert parquet(pyarrow.large_list(times), [moment]) == ['["2026-01-02 03:04:05"]']
    assert parquet(pyarrow.list_(times, 1), [moment]) == ['["2026-01-02 03:04:05"]']
    assert parquet(pyarrow.struct({"t": pyarrow.list_(times)}), {"t": [moment]}) == [
        '{"t": ["2026-01-02 03:04:05"]}'
    ]
    assert parquet(pyarrow.map_(pyarrow.string(), times), [("k", moment)]) == [
        '[["k", "2026-01-02 03:04:05"]]'
    ]
    assert parquet(pyarrow.list_(pyarrow.binary()), [b"\xff"]) == ['["FF"]']
    assert parquet(pyarrow.list_(pyarrow.decimal128(5, 2)), [cents]) == ["[1.1]"]
    assert parquet(pyarrow.list_(pyarrow.float64()), [float("inf"), float("nan"), 0.5]) == [
        "[1e999, null, 0.5]"
    ]


def test_parquet_is_read_by_the_batch() -> None:
    stream = pyarrow.BufferOutputStream()
    rows = pyarrow.table({"i": list(range(2_500)), "l": [[each] for each in range(2_500)]})
    pyarrow.parquet.write_table(rows, stream)
    data = table("parquet", stream.getvalue().to_pybytes())
    chunks = list(data.chunks(list[BadRow]().append))
    assert [len(chunk.rows) for chunk in chunks] == [1_000, 1_000, 500]
    assert (data.names, chunks[2].rows[-1]) == (["i", "l"], (2_499, "[2499]"))


def test_what_is_very_long_is_read_without_beginning_anew_with_each_of_its_parts() -> None:
    long = "x" * 20_000_000
    assert [len(str(row[0])) for row in table("json", f'{{"a": "{long}"}}\n{{"a": 1}}').rows()] == [
        len(long),
        1,
    ]
    assert [len(str(row[0])) for row in table("csv", f"a\n{long}\n1\n").rows()] == [len(long), 1]


# ---------------------------------------------------------------- against the libraries

texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["", "1", "-0", "007", "1.50", "a,b", 'q"q', "x\ny", "x\r\ny", "é", "NULL", "1e5", "-"]
)


@given(rows=st.lists(st.tuples(texts, texts, texts), min_size=1), size=st.integers(1, 40))
def test_csv_is_what_the_library_writes(rows: list[tuple[str, str, str]], size: int) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("k", "l", "m"), *rows])
    options: dict[str, Value] = {"types": "TEXT", "header": 1, "delimiter": ",", "quote": '"'}
    data = read(READABLE["csv"], [source(file.getvalue(), size)], options)
    assert list(data.rows()) == [tuple(field or None for field in row) for row in rows]


values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
objects = st.dictionaries(texts, values | st.lists(values, max_size=3), min_size=1, max_size=4)


@given(
    rows=st.lists(objects, min_size=1), size=st.integers(1, 40), layout=st.sampled_from(["\n", "", ",", "["])
)
def test_json_is_what_the_library_writes(rows: list[dict[str, Any]], size: int, layout: str) -> None:
    lines = [json.dumps(row, ensure_ascii=len(layout) == 1) for row in rows]
    content = json.dumps(rows, indent=1) if layout in "[," and layout else layout.join(lines)
    data = read(READABLE["json"], [source(content, size)], {"sample": -1})
    keys = list(dict.fromkeys(key for row in rows for key in row))
    found = [dict(zip(keys, row, strict=True)) for row in data.rows()]
    assert found == [{key: _kept(row.get(key)) for key in keys} for row in rows]


def _kept(value: Any) -> Value:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value  # type: ignore[no-any-return]


@given(
    fields=st.lists(texts | st.from_regex(r"-?[0-9.eE+]{1,20}", fullmatch=True)), kind=st.sampled_from("IR")
)
def test_many_values_are_what_each_of_them_is(fields: list[str], kind: str) -> None:
    one = whole if kind == "I" else real
    nothing = {"", "NULL", "null", "NA", "N/A", "NaN", "nan", "\\N"}
    expected = [None if field in nothing else one(field) for field in fields]
    expected = [
        field if value is None and field not in nothing else value
        for field, value in zip(fields, expected, strict=True)
    ]
    assert list(converter("INTEGER" if kind == "I" else "REAL", "")(fields)) == expected
