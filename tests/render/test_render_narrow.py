"""Tables on a terminal that has no room for them."""

import io

import pytest

from aisql.render.escape import cell_width
from aisql.render.images import noted
from aisql.render.narrow import cut, fitted_widths
from aisql.render.registry import Options, write
from aisql.render.wrapping import wrapped
from aisql.result import Column, Result

LONG = "x" * 60
WHOLE = "ask for all"


def written(rows, width, expanded="auto", **options):
    stream = io.StringIO()
    columns = tuple(Column(name) for name in "abcdefgh"[: len(rows[0])])
    terminal = Options(terminal=True, width=width, expanded=expanded, whole=WHOLE, **options)
    write(Result(columns, rows), stream, "table", terminal)
    return stream.getvalue()


def test_what_fits_is_the_table_it_is_everywhere():
    rows = [(1, "text"), (2, "more")]
    stream = io.StringIO()
    write(Result((Column("a"), Column("b")), rows), stream, "table")
    assert written(rows, 40) == stream.getvalue()


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("two\nlines", 4, "two\nlin…"),
        ("中文字符", 5, "中文…"),
        ("中文字符", 4, "中…"),
        ("👩‍👩‍👧 family", 6, "👩‍👩‍👧 fa…"),
        ("", 1, ""),
    ],
)
def test_a_cell_is_cut_to_its_column_by_terminal_cells(text, width, shown):
    assert cut(text, width) == shown
    assert all(cell_width(line) <= width for line in shown.split("\n"))


@pytest.mark.parametrize(
    ("widths", "numeric", "room", "fitted"),
    [
        ([5, 5], [False, False], 17, [5, 5]),
        ([60, 5], [False, False], 40, [28, 5]),
        ([60, 60], [False, False], 57, [25, 25]),
        ([60, 18], [False, False], 57, [32, 18]),
        ([20, 60], [True, False], 57, [20, 30]),
        ([60, 60], [False, False], 38, None),
        ([20, 20], [True, True], 40, None),
    ],
)
def test_the_widest_texts_give_way_and_numbers_never_do(widths, numeric, room, fitted):
    assert fitted_widths(widths, numeric, room) == fitted


def test_long_texts_are_cut_and_told_of():
    assert written([(1, LONG), (2, "short")], 30) == (
        "+---+------------------------+\n"
        "| a | b                      |\n"
        "+---+------------------------+\n"
        "| 1 | xxxxxxxxxxxxxxxxxxxxx… |\n"
        "| 2 | short                  |\n"
        "+---+------------------------+\n"
        "2 rows in set\nlong texts are cut; ask for all\n"
    )


def test_a_single_row_and_too_many_columns_are_vertical_where_they_may_be():
    assert written([(LONG,)], 30) == f"{'*' * 11} 1. row {'*' * 11}\na: {LONG}\n1 row in set\n"
    shown = written([(LONG, LONG, LONG)] * 2, 30)
    assert shown.count(f": {LONG}\n") == 6
    assert shown.endswith("2 rows in set\n")


def test_columns_without_room_are_left_out_where_rows_may_not_be_vertical():
    shown = written([(LONG, 1, LONG)] * 2, 30, "off")
    assert shown.endswith("2 rows in set\n2 of 3 columns shown, long texts are cut; ask for all\n")
    assert {len(line) for line in shown.splitlines()[:-2]} == {24}


def test_rows_that_come_later_are_cut_to_the_columns_that_were_measured():
    shown = written([(number, "short") for number in range(1000)] + [(1000, LONG)], 80)
    assert shown.splitlines()[-4] == "| 1000 | xxxx… |"
    assert shown.endswith("1001 rows in set\nlong texts are cut; ask for all\n")


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("short", 5, ["short"]),
        ("one two three", 7, ["one two", "three"]),
        ("one  two", 5, ["one ", "two"]),
        ("unbreakable", 4, ["unbr", "eaka", "ble"]),
        ("  set in more", 8, ["  set in", "more"]),
        ("two\nlines of it", 6, ["two", "lines", "of it"]),
        ("中文字符", 5, ["中文", "字符"]),
        (" " * 9, 4, ["    ", ""]),
    ],
)
def test_a_text_goes_on_in_the_next_line(text, width, lines):
    assert wrapped(text, width).split("\n") == lines


def test_a_text_of_megabytes_goes_on_at_once_and_its_words_may_stay_whole():
    for text, width, count in (("word " * 400_000, 40, 50_000), ("漢字 " * 5_000, 50, 500)):
        lines = wrapped(text, width).split("\n")
        assert (len(lines), set(lines[:-1])) == (count, {lines[0]})
    assert wrapped("a wide-word-of-its-own b c d", 5, words=False) == "a\nwide-word-of-its-own\nb c d"
    assert wrapped("x" * 1_000_000, 5, words=False) == "x" * 1_000_000


def test_prose_in_a_vertical_row_is_broken_at_blanks_where_there_is_room():
    prose = [("one two three four five", 1, "six")]
    assert written(prose, 20) == (
        f"{'*' * 6} 1. row {'*' * 6}\na: one two three\n   four five\nb: 1\nc: six\n1 row in set\n"
    )
    assert written(prose, 18).splitlines()[1] == "a: one two three four five"


def test_of_a_listing_nothing_is_cut():
    stream, columns = io.StringIO(), (Column("a"), Column("b"))
    terminal = Options(terminal=True, width=30, expanded="auto", whole=WHOLE)
    rows = [("name", "a text for which there is no room"), ("b", "x")]
    write(Result(columns, rows, listing=True), stream, "table", terminal)
    border = f"+------+{'-' * 21}+\n"
    assert stream.getvalue() == (
        f"{border}| a    | b{' ' * 19}|\n{border}"
        "| name | a text for which    |\n|      | there is no room    |\n"
        f"| b    | x{' ' * 19}|\n{border}2 rows in set\n"
    )


def test_images_are_notes():
    address = "data:image/png;base64,iVBORw0KGgo="
    assert "| [image/png, 8 bytes] |\n" in written([(address,)], 40, images=noted)
    broken = "data:image/png;base64,???"
    assert f"| {broken} |\n" in written([(broken,)], 40, images=noted)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("csv", "a,b\n-,1\n"),
        ("table", "+---+---+\n| a | b |\n+---+---+\n| - | 1 |\n+---+---+\n1 row in set\n"),
    ],
)
def test_null_can_be_another_text(name, text):
    stream = io.StringIO()
    write(Result((Column("a"), Column("b")), [(None, 1)]), stream, name, Options(null="-"))
    assert stream.getvalue() == text


@pytest.mark.parametrize(
    ("name", "text"), [("csv", "x,1\n"), ("table", "+---+---+\n| x | 1 |\n+---+---+\n1 row in set\n")]
)
def test_the_header_can_be_left_out(name, text):
    stream = io.StringIO()
    write(Result((Column("abc"), Column("b")), [("x", 1)]), stream, name, Options(header=False))
    assert stream.getvalue() == text
