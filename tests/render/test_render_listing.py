"""Listings are drawn by rich, everything else by our own writer, and nobody can tell."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_render_formats import HARD_ROWS, hard_result

from aisql.render import listing, table
from aisql.render.registry import Options, write
from aisql.result import Column, Result

TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        " ",
        "a\n",
        "\n",
        "a  b ",
        "NULL",
        "👩‍👩‍👧",
        "☺️ x",
        "中文 ",
        "[red]x[/red]",
        "[/]",
        ":smile:",
        "\t",
        "\x1b[1m",
    ]
)
VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.binary(max_size=4) | TEXTS
NAMES = st.builds(lambda text: f"n{text}", TEXTS) | st.just("a header much wider than what stands below")


def drawn(writer, names, rows) -> str:
    stream = io.StringIO(newline="")
    writer.write(Result(tuple(map(Column, names)), rows, listing=True), stream, Options())
    return stream.getvalue()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_rich_and_our_own_writer_draw_the_same_bytes(data):
    names = data.draw(st.lists(NAMES, min_size=1, max_size=4))
    rows = data.draw(st.lists(st.tuples(*[VALUES] * len(names)), max_size=4))
    assert drawn(listing, names, rows) == drawn(table, names, rows)


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        ([column.name for column in hard_result().columns], HARD_ROWS),
        (["a", "b"], []),
        (["wide header of a narrow column", "n"], [("", 1)]),
        (["two\nlines", "n"], [("x\ny", 1), (None, None)]),
        (["long"], [("word " * 500,)]),
    ],
)
def test_rich_and_our_own_writer_draw_the_hard_results_the_same(names, rows):
    assert drawn(listing, names, rows) == drawn(table, names, rows)


def test_a_listing_shows_markup_as_text_and_knows_no_width_and_no_colour(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    write(Result((Column("name"),), [("[red]" + "x" * 40,)], listing=True), stream, "table")
    assert stream.getvalue() == (
        f"+{'-' * 47}+\n| name{' ' * 41} |\n+{'-' * 47}+\n| [red]{'x' * 40} |\n+{'-' * 47}+\n1 row in set\n"
    )


def test_a_listing_in_another_format_is_like_any_result():
    stream = io.StringIO()
    write(Result((Column("name"),), [("m1",)], listing=True), stream, "jsonl")
    assert stream.getvalue() == '{"name": "m1"}\n'
