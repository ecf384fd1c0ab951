"""Drawings as files: SVG and PNG."""

import os
import struct
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from aisql.errors import UsageError
from aisql.render.chart import Bars, Point, Points, Series
from aisql.render.picture import picture

HOSTILE = "</text><script>\x1b[31m\x00\ufffe $\\frac{ & 日本 \u202e"
BARS = Bars(f"bars {HOSTILE}", ("a", HOSTILE), (("n", (1.0, -2.0)), (HOSTILE, (3.0, 4.0))))
LINE = Points(
    "line",
    (Series("n", (Point(0, 1), Point(86_400, 2), Point(172_800, 1))),),
    are_joined=True,
    x_is_time=True,
)
POINTS = Points("points", (Series("one", (Point(1, 2, HOSTILE),)), Series("_two", (Point(3, 4, "x" * 999),))))


def texts(svg: bytes) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]


def test_an_svg_is_xml_with_the_texts_as_texts_whatever_is_in_them():
    shown = "</text><script>\\x1b[31m\\x00\ufffd $\\frac{ & 日本 \\u202e"
    assert {"a", shown, "n", f"bars {shown}"} <= set(texts(picture(BARS, "bars.svg")))
    assert {"one", "_two", "</text><script>\\x1b[31m\\x00\ufffd …", "x" * 23 + "…"} <= set(
        texts(picture(POINTS, "points.svg"))
    )


def test_times_are_marked_as_dates():
    assert {"01-01 00:00", "01-01 12:00", "01-03 00:00"} <= set(texts(picture(LINE, "line.svg")))


@pytest.mark.parametrize("name", ["chart.svg", "chart.PNG"])
def test_the_same_drawing_is_the_same_picture(name, tmp_path, monkeypatch):
    first = picture(LINE, name)
    (tmp_path / "matplotlibrc").write_text("figure.facecolor: red\n")
    monkeypatch.chdir(tmp_path)
    assert picture(LINE, name) == first
    assert b"20" + b"26-" not in first


def test_a_png_has_its_size():
    content = picture(LINE, "line.png")
    assert struct.unpack(">8sxxxx4sII", content[:24]) == (b"\x89PNG\r\n\x1a\n", b"IHDR", 1200, 750)


@pytest.mark.parametrize("name", ["chart.pdf", "chart", "svg", ""])
def test_another_kind_of_file_is_refused(name):
    with pytest.raises(UsageError) as caught:
        picture(LINE, name)
    assert caught.value.hint == "names end in .svg or .png"


def refused(program: str, **environment: str) -> str:
    """The error of a picture drawn by a process of its own, which begins with the program."""
    program += """
from aisql.errors import UsageError
from aisql.render.chart import Bars
from aisql.render.picture import picture
try:
    picture(Bars("", ("a",), (("n", (1.0,)),)), "a.svg")
except UsageError as error:
    print(error.message, error.hint, sep="|")
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment)
    return done.stdout


def test_without_the_library_the_hint_says_how_to_get_it():
    assert refused("import sys; sys.modules['matplotlib'] = None") == (
        "matplotlib, which draws pictures, is not installed|"
        "pip install 'aisql[plot]'; without -o the terminal shows it\n"
    )


def test_an_environment_that_the_library_does_not_like_is_an_error():
    assert refused("", MPLBACKEND="nosuch").startswith("matplotlib does not draw: Key backend: 'nosuch'")
