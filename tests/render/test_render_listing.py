"""Tables look as rich draws them, whatever is in them."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from test_render_formats import HARD_ROWS, hard_result

from aisql.render import table
from aisql.render.registry import Options, write
from aisql.render.table import cell_texts, footer, header_texts, numeric_columns
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


def drawn(names, rows) -> str:
    stream = io.StringIO(newline="")
    table.write(Result(tuple(map(Column, names)), rows), stream, Options())
    return stream.getvalue()


def drawn_by_rich(names, rows) -> str:
    stream = io.StringIO(newline="")
    if rows:
        console = Console(
            file=stream, width=1_000_000_000, height=1, color_system=None, force_terminal=False, _environ={}
        )
        numeric = numeric_columns(rows, len(names))
        theirs = Table(box=box.ASCII2, header_style="")
        for name, right in zip(header_texts(Result(tuple(map(Column, names)))), numeric, strict=True):
            theirs.add_column(Text(name), justify="right" if right else "left", no_wrap=True)
        for row in rows:
            theirs.add_row(*map(Text, cell_texts(row, Options())))
        console.print(theirs, crop=False)
    return stream.getvalue() + footer(len(rows), Options())


@settings(max_examples=50)
@given(st.data())
def test_rich_draws_the_same_bytes(data):
    names = data.draw(st.lists(NAMES, min_size=1, max_size=4))
    rows = data.draw(st.lists(st.tuples(*[VALUES] * len(names)), max_size=4))
    assert drawn(names, rows) == drawn_by_rich(names, rows)


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
def test_rich_draws_the_hard_results_the_same(names, rows):
    assert drawn(names, rows) == drawn_by_rich(names, rows)


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
