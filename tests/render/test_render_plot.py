"""Drawings on a terminal: whole screens in golden files, and what holds of all of them."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisql.render.chart import Bars, Point, Points, Series
from aisql.render.escape import UNSAFE, cell_width
from aisql.render.plot import drawn
from aisql.render.view import Surface

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "\x1b]0;title\x07\n\u202eevil"
_DAY = 86_400.0


def curve(of, name: str) -> Series:
    return Series(name, tuple(Point(step / 10, of(step / 10)) for step in range(100)))


def scattered(count: int) -> tuple[Point, ...]:
    return tuple(Point(step * 7 % 100, step * step % 101) for step in range(count))


SINE, COSINE = curve(math.sin, "sine"), curve(math.cos, "cosine")
CHARTS = (
    Bars(
        "n by country", ("France", "日本", "Deutschland"), (("n", (12.0, 3.0, 4.25)),), ("left out: 1 NULL",)
    ),
    Bars("gain, loss by year", ("2024", "2025"), (("gain", (12.0, 0.0)), ("loss", (-8.0, -1e-9))), ()),
    Bars("nothing", ("a", HOSTILE), (("n", (0.0, 1e16)),)),
    Points("sine by x", (SINE,), are_joined=True),
    Points("sine, cosine by x", (SINE, COSINE), are_joined=True),
    Points("few", (Series("few", scattered(20)),)),
    Points("many", (Series("many", scattered(300)),)),
    Points("one", (Series("one", (Point(1e12, 0.001, "alone"),)),)),
    Points(
        "groups",
        (
            Series("good", (Point(1, 2, "a long label that is cut"), Point(2, 4, HOSTILE))),
            Series("日本", (Point(3, 3, "日本語"), Point(4, 2, "at the end"))),
        ),
    ),
    Points(
        "months",
        (Series("months", tuple(Point(1.7e9 + month * 30 * _DAY, month % 5) for month in range(14))),),
        are_joined=True,
        x_is_time=True,
    ),
)
SURFACES = {
    "plots": Surface(),
    "plots_dumb": Surface(60, 16, is_plain=True),
    "plots_colour": Surface(50, 14, has_colour=True),
}


@pytest.mark.parametrize("name", SURFACES)
def test_drawings_are_those_of_the_golden_files(name):
    shown = "".join(line for chart in CHARTS for line in [*drawn(chart, SURFACES[name]), "\n"])
    assert shown == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_a_drawing_for_a_dumb_terminal_has_no_signs_of_its_own_beyond_ascii():
    chart = Points("sine by x", (SINE, COSINE), are_joined=True)
    assert "".join(drawn(chart, Surface(is_plain=True))).isascii()


NUMBERS = st.one_of(st.floats(-1e300, 1e300).filter(lambda x: not 0 < abs(x) < 1e-300), st.integers(-5, 5))
TEXTS = st.text(max_size=20)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, TEXTS), min_size=1, max_size=20),
    st.booleans(),
    st.builds(Surface, st.integers(40, 100), st.integers(5, 40), st.booleans(), st.booleans()),
)
def test_no_drawing_is_wider_or_higher_than_its_surface_or_unsafe_to_show(rows, are_joined, surface):
    points = tuple(Point(float(x), float(y), label) for x, y, label in rows)
    bars = Bars("b", tuple(label for *_, label in rows), (("n", tuple(float(x) for x, *_ in rows)),))
    for chart in (bars, Points(rows[0][2], (Series("n", points),), are_joined)):
        lines = [re.sub("\x1b\\[[0-9]+m", "", line) for line in drawn(chart, surface)]
        assert [line for line in lines if UNSAFE.search(line) or line.count("\n") != 1] == []
        assert max(cell_width(line[:-1]) for line in lines) <= surface.columns
    assert len(lines) <= max(surface.lines, 8)
