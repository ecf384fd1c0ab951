"""Drawings as files: SVG, and PNG. They look the same each time, and on every machine."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aisql.errors import UsageError
from aisql.render.chart import Bars, Chart, Points
from aisql.render.escape import visible
from aisql.render.ticks import time_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KINDS = ("svg", "png")
_WIDTH, _HEIGHT = 8.0, 5.0  # inches
_LINE = 0.22
"""Inches that a bar takes."""
_MARKERS = "o^sDvPX"
_LABELS = 40
"""So many points have their label beside them."""
_LABEL, _LONGEST = 24, 80
"""Signs of a label beside a point, and of any other text."""
_MOST_TIMES = 7
_SERIES = "series"
"""The label of every series until its name is written: one that begins with _ would be left out."""
_NO_XML = re.compile("[\ufffe\uffff]")
_OPTIONS: Mapping[Any, object] = {
    "text.parse_math": False,  # a dollar is a dollar
    "svg.fonttype": "none",
    "svg.hashsalt": "aisql",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100.0,
    "savefig.dpi": 150.0,
}


def picture(chart: Chart, name: str) -> bytes:
    """The picture for a file of that name.

    Raises UsageError for another ending, and where matplotlib is not there or does not like its environment.
    """
    kind = next((kind for kind in _KINDS if name.lower().endswith(f".{kind}")), None)
    if kind is None:
        raise UsageError(f"what kind of picture {name} is cannot be told", hint="names end in .svg or .png")
    try:
        return _drawn(chart, kind)
    except ImportError:
        hint = "pip install 'aisql[plot]'; without -o the terminal shows it"
        raise UsageError("matplotlib, which draws pictures, is not installed", hint=hint) from None
    except ValueError as error:  # MPLBACKEND, SOURCE_DATE_EPOCH
        raise UsageError(f"matplotlib does not draw: {error}") from error


def _drawn(chart: Chart, kind: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells of every sign that its font does not have
        import matplotlib

        with matplotlib.rc_context():
            matplotlib.rcdefaults()  # whatever a matplotlibrc says
            matplotlib.rcParams.update(_OPTIONS)
            return _saved(_figure(chart), kind)


def _saved(figure: Figure, kind: str) -> bytes:
    stream = BytesIO()
    metadata = {"Date": None, "Creator": "aisql"} if kind == "svg" else {"Software": "aisql"}
    figure.savefig(stream, format=kind, metadata=metadata)
    return stream.getvalue()


def _figure(chart: Chart) -> Figure:
    from matplotlib.figure import Figure  # not pyplot, which would look for a display

    height = _HEIGHT
    if isinstance(chart, Bars):
        height = max(2.0, 1 + _LINE * len(chart.labels) * max(1, len(chart.series) * 0.6))
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(_text(chart.title))
    if isinstance(chart, Bars):
        _draw_bars(axes, chart)
    else:
        _draw_points(axes, chart)
    if len(chart.names) > 1:
        legend = figure.legend(loc="outside right upper")
        for text, name in zip(legend.get_texts(), chart.names, strict=True):
            text.set_text(_text(name))
    return figure


def _draw_bars(axes: Axes, chart: Bars) -> None:
    thickness = 0.8 / len(chart.series)
    for number, (_, values) in enumerate(chart.series):
        places = [place + (number - (len(chart.series) - 1) / 2) * thickness for place in range(len(values))]
        axes.barh(places, values, thickness, label=_SERIES)
    axes.set_yticks(range(len(chart.labels)), [_text(label) for label in chart.labels])
    axes.invert_yaxis()  # the first is at the top


def _draw_points(axes: Axes, chart: Points) -> None:
    for series, marker in zip(chart.series, _MARKERS, strict=False):
        x, y = [point.x for point in series.points], [point.y for point in series.points]
        if chart.are_joined:
            axes.plot(x, y, label=_SERIES, marker="o" if len(x) == 1 else "")
        else:
            axes.scatter(x, y, s=16, label=_SERIES, marker=marker)
    points = [point for point in chart if point.label]
    for point in points[:_LABELS]:
        text = _text(point.label, _LABEL)
        label = axes.annotate(text, (point.x, point.y), (4, 2), textcoords="offset points", fontsize=7)
        label.set_in_layout(False)
    if chart.x_is_time:
        marks = time_ticks(*chart.x_ends, _MOST_TIMES)
        axes.set_xticks([mark.at for mark in marks], [mark.text for mark in marks])


def _text(text: str, longest: int = _LONGEST) -> str:
    """The text in one line, not too long, without what XML cannot hold or what would turn its direction."""
    short = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return _NO_XML.sub("�", visible(short, newline=False))
