"""The output formats: golden files over one result with every hard value, and their rules one by one."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from aisql.errors import UsageError
from aisql.render.registry import FORMATS, Options, format_named, format_of, write
from aisql.result import Column, Result
from aisql.vectors import as_json, is_vector, pack, unpack

GOLDEN = Path(__file__).parent / "golden"
TEXTS = [name for name, record in FORMATS.items() if not record.binary]
VECTOR = pack([0.1, 1e20, -2])
HARD_ROWS = (
    (1, "plain", 1.5, None, None, None),
    (-9223372036854775808, "", -0.0, "NULL", b"", VECTOR),
    (9223372036854775807, None, float("inf"), "", bytes.fromhex("00ffab"), None),
    (
        0,
        'She said "no", then left',
        float("-inf"),
        "it's a | bar \\| <b>bold</b> & *more* a_b _c_",
        None,
        None,
    ),
    (2, "two\nlines", 1e16, "  spaces  ", None, None),
    (3, "three\r\nwith\rreturns\n", 0.1 + 0.2, "tab\there", None, None),
    (4, "中文和 English", 5e-324, "한국어", None, None),
    (5, "👩‍👩‍👧 family, ☺️ and 🇩🇪", 100.0, "e\u0301", None, None),
    (6, "שלום עולם", None, "مرحبا", None, None),
    (7, "\x1b[31mred\x1b[0m \x07\x00\x7f\x9b", None, "\u202eevil\u2066\u2028", None, None),
    (8, '{"a": [1, "é\\n"], "b": null}', None, "[red]markup[/red] :smile: \\", None, None),
    (9, "vector", None, "9007199254740993", b"\x89PNG", pack([1])),
)


def hard_result(listing: bool = False) -> Result:
    columns = (
        Column("id", "BIGINT"),
        Column("text, with comma"),
        Column("score", "DOUBLE"),
        Column('a "b"'),
        Column("bytes", "BLOB"),
        Column("embedding"),
    )
    return Result(columns, HARD_ROWS, listing=listing)


def result(*rows: tuple, names: str = "a b", listing: bool = False) -> Result:
    return Result(tuple(map(Column, names.split())), rows, listing=listing)


def written(answer: Result, format_name: str, options: Options = Options()) -> str:  # noqa: B008 # it cannot change
    stream = io.StringIO(newline="")
    write(answer, stream, format_name, options)
    return stream.getvalue()


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_writes_the_hard_values_as_its_golden_file_has_them(name):
    golden = GOLDEN / f"{name}.{FORMATS[name].extension}"
    assert written(hard_result(), name) == golden.read_bytes().decode()


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_writes_them_without_a_header_and_with_a_text_for_null_as_its_golden_file_has_them(name):
    is_json = name.startswith("json")  # it has names in every row and a null of its own
    golden = GOLDEN / f"{name}{'' if is_json else '-bare'}.{FORMATS[name].extension}"
    assert written(hard_result(), name, Options(null="(null)", header=False)) == golden.read_bytes().decode()


def test_parquet_holds_the_hard_values_as_its_golden_file_does():
    content = io.BytesIO()
    stream = io.TextIOWrapper(content)
    write(hard_result(), stream, "parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(content.getvalue()))
    assert table.equals(pyarrow.parquet.read_table(GOLDEN / "parquet.parquet"))
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        (*row[:5], None if row[5] is None else list(unpack(row[5]))) for row in HARD_ROWS
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_writes_nothing_for_a_result_without_columns(name):
    assert written(Result(changes=3), name, Options(timing=lambda: 1.0)) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("table", "Empty set\n"),
        ("box", "Empty set\n"),
        ("vertical", "Empty set\n"),
        ("csv", "a,b\n"),
        ("tsv", "a\tb\n"),
        ("list", "a|b\n"),
        ("json", "[]\n"),
        ("jsonl", ""),
        ("markdown", "| a   | b   |\n| --- | --- |\n"),
        (
            "html",
            '<meta charset="utf-8">\n<table style="white-space: pre-wrap">\n'
            "<tr><th>a</th><th>b</th></tr>\n</table>\n",
        ),
        ("insert", ""),
    ],
)
def test_a_result_without_rows_is_said_in_the_way_of_the_format(name, text):
    assert written(result(), name) == text


def test_an_unknown_format_is_refused_with_the_names_of_the_known_ones():
    with pytest.raises(UsageError) as caught:
        written(result(), "yaml")
    assert (caught.value.message, caught.value.hint) == (
        "unknown format: yaml",
        "one of table, box, vertical, csv, tsv, list, json, jsonl, markdown, html, insert, parquet",
    )


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_unsafe_reaches_a_terminal_raw(name):
    text = written(hard_result(), name, Options(terminal=True))
    assert [
        character
        for character in "\x00\x07\r\x1b\x7f\x9b\u202e\u2066\u2028" + "\t" * (name != "tsv")
        if character in text
    ] == []


@pytest.mark.parametrize("name", ["json", "jsonl"])
@pytest.mark.parametrize("terminal", [True, False])
def test_json_never_holds_anything_unsafe(name, terminal):
    text = written(hard_result(), name, Options(terminal=terminal))
    assert [
        character for character in "\x00\x07\t\r\x1b\x7f\x9b\u202e\u2066\u2028" if character in text
    ] == []


# --- table


def test_a_table_has_text_left_and_numbers_right_with_the_header_like_its_column():
    assert written(result(("x", 1), ("longer", 100), names="name number"), "table") == (
        "+--------+--------+\n"
        "| name   | number |\n"
        "+--------+--------+\n"
        "| x      |      1 |\n"
        "| longer |    100 |\n"
        "+--------+--------+\n"
        "2 rows in set\n"
    )


def test_a_column_is_numeric_with_nulls_but_not_with_only_nulls_or_with_text():
    assert written(result((1, None, 1), (None, None, "xxxx"), names="a___ b___ c___"), "table") == (
        "+------+------+------+\n"
        "| a___ | b___ | c___ |\n"
        "+------+------+------+\n"
        "|    1 | NULL | 1    |\n"
        "| NULL | NULL | xxxx |\n"
        "+------+------+------+\n"
        "2 rows in set\n"
    )


def test_a_newline_makes_the_row_higher_and_a_column_name_of_several_lines_the_header():
    answer = Result((Column("f(\n  x)"), Column("n")), [("one\ntwo", 1), ("three", 20)])
    assert written(answer, "table") == (
        "+-------+----+\n"
        "| f(    |    |\n"
        "|   x)  |  n |\n"
        "+-------+----+\n"
        "| one   |  1 |\n"
        "| two   |    |\n"
        "| three | 20 |\n"
        "+-------+----+\n"
        "2 rows in set\n"
    )


@pytest.mark.parametrize(
    ("rows", "text"), [([], "Empty set"), ([("x",)], "1 row in set"), ([("x",)] * 2, "2 rows in set")]
)
def test_the_footer_tells_the_time_where_it_is_wanted(rows, text):
    last = written(result(*rows, names="a"), "table", Options(timing=lambda: 0.1234)).splitlines()[-1]
    assert last == f"{text} (0.12 sec)"


def test_the_time_is_asked_when_the_last_row_is_there():
    events = []

    def rows():
        yield ("x",)
        events.append("last row")

    def timing() -> float:
        events.append("time")
        return 0.0

    written(Result((Column("a"),), rows()), "table", Options(timing=timing))
    assert events == ["last row", "time"]


def test_a_wider_cell_after_the_measured_rows_breaks_only_its_own_row():
    rows = [("x", 1)] * 1000 + [("wide cell", 2), ("中文字", 12345), ("y", 3)]
    assert written(result(*rows), "table").splitlines()[-5:] == [
        "| wide cell | 2 |",
        "| 中文字 | 12345 |",
        "| y | 3 |",
        "+---+---+",
        "1003 rows in set",
    ]


def test_columns_without_any_width_are_drawn():
    assert written(Result((Column(""),), [("",)]), "table") == "+--+\n|  |\n+--+\n|  |\n+--+\n1 row in set\n"


# --- csv


def test_csv_read_back_by_the_standard_library_gives_the_texts_that_were_written():
    def as_read(value):
        if value is None:
            return ""
        if is_vector(value):
            return as_json(value)
        return value.hex().upper() if isinstance(value, bytes) else str(value)

    read = list(csv.reader(io.StringIO(written(hard_result(), "csv"), newline="")))
    assert read == [
        ["id", "text, with comma", "score", 'a "b"', "bytes", "embedding"],
        *([as_read(value) for value in row] for row in HARD_ROWS),
    ]


def test_null_and_the_empty_text_differ_in_csv_even_in_a_single_column():
    assert written(result((None,), ("",), names="a"), "csv") == 'a\n\n""\n'


def test_an_empty_text_for_null_is_an_empty_field():
    assert written(result((None, ""), (1, None)), "csv", Options(null="")) == 'a,b\n,""\n1,\n'


# --- markdown, html, insert, parquet


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a|b\\|", "a\\|b\\\\\\|"),
        ("snake_case _emphasis_", "snake_case \\_emphasis\\_"),
        ("<script>&amp;", "\\<script>\\&amp;"),
        ("*a* [b](c) `d` ~~e~~", "\\*a\\* \\[b\\](c) \\`d\\` \\~\\~e\\~\\~"),
        ("one\ntwo", "one<br>two"),
    ],
)
def test_markup_is_text_in_markdown(text, cell):
    answer = Result((Column(text),), [(text,)])
    assert written(answer, "markdown") == f"| {cell} |\n| {'-' * len(cell)} |\n| {cell} |\n"


def test_a_page_shows_what_is_markup_elsewhere():
    answer = Result((Column("<b>"),), [("<script>&amp;</script>",)])
    assert written(answer, "html").splitlines()[2:] == [
        "<tr><th>&lt;b&gt;</th></tr>",
        "<tr><td>&lt;script&gt;&amp;amp;&lt;/script&gt;</td></tr>",
        "</table>",
    ]


def test_statements_name_columns_that_sqlite_can_tell_apart():
    answer = Result((Column("a"), Column("A"), Column('"')), [(1, 2, 3)])
    assert written(answer, "insert", Options(table='my "t"')) == (
        'INSERT INTO "my ""t""" ("a", "A_2", """") VALUES (1, 2, 3);\n'
    )


def test_parquet_is_not_for_terminals():
    with pytest.raises(UsageError) as caught:
        written(result((1, 2)), "parquet", Options(terminal=True))
    assert caught.value.message == "parquet cannot be shown"


# --- names


@pytest.mark.parametrize(
    ("path", "now", "name"),
    [
        ("a.txt", "csv", "table"),
        ("a.txt", "box", "box"),
        ("a.txt", "list", "list"),
        ("A.CSV", "table", "csv"),
        ("a.b/c.NDJSON.gz", "table", "jsonl"),
        ("a.gz", "table", None),
        ("csv", "table", None),
        ("a.dat", "csv", None),
    ],
)
def test_the_end_of_a_name_tells_the_format(path, now, name):
    assert format_of(path, now) == name


def test_no_name_of_a_format_means_two():
    names = [word for record in FORMATS.values() for word in (record.name, *record.others)]
    assert sorted(set(names)) == sorted(names)
    assert [format_named(word.upper()) for word in names] == [
        record.name for record in FORMATS.values() for _ in (record.name, *record.others)
    ]


# --- json


def values(text: str) -> list:
    return [json.loads(line) for line in text.splitlines()]


def as_json_value(value):
    if is_vector(value):
        return json.loads(as_json(value))
    return value.hex().upper() if isinstance(value, bytes) else value


def test_json_lines_read_back_give_the_values_that_were_written():
    assert [tuple(row.values()) for row in values(written(hard_result(), "jsonl"))] == [
        tuple(as_json_value(value) for value in row) for row in HARD_ROWS
    ]


def test_the_json_array_holds_the_objects_of_json_lines():
    assert json.loads(written(hard_result(), "json")) == values(written(hard_result(), "jsonl"))


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        ("a a a", ["a", "a_1", "a_2"]),
        ("a a a_1", ["a", "a_2", "a_1"]),
        ("a a_1 a", ["a", "a_1", "a_2"]),
        ("a A", ["a", "A"]),
    ],
)
def test_a_repeated_column_name_gets_a_number_that_is_not_taken(names, keys):
    row = tuple(range(len(keys)))
    assert written(result(row, names=names), "jsonl") == json.dumps(dict(zip(keys, row, strict=True))) + "\n"


def test_json_has_a_number_for_infinity_and_null_for_not_a_number():
    row = (float("inf"), float("-inf"), float("nan"))
    assert written(result(row, names="a b c"), "jsonl") == '{"a": 1e999, "b": -1e999, "c": null}\n'


def test_a_lone_surrogate_survives_in_json_as_an_escape():
    assert written(result(("\ud800",), names="a"), "jsonl") == '{"a": "\\ud800"}\n'
