"""What is drawn: bars, or points of two numbers; who draws it has to know no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

MOST_SERIES = 7
"""So many series can be told apart."""


class Point(NamedTuple):
    """A place in a drawing, with what is written beside it."""

    x: float
    y: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Points that belong together."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each label and series: every series has a name and as many numbers as there are labels.

    `notes` tell what is not drawn.
    """

    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """Series of points, joined by lines where they `are_joined`.

    Where `x_is_time` the first number of a point is in seconds since 1970. There is at least one point, and
    every number is finite, as is the difference of any two. `notes` tell what is not drawn.
    """

    title: str
    series: tuple[Series, ...]
    are_joined: bool = False
    x_is_time: bool = False
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Point]:
        for series in self.series:
            yield from series.points


Chart: TypeAlias = Bars | Points


def ends(numbers: list[float]) -> tuple[float, float]:
    """The lowest and the highest number, moved apart where they are nearly the same."""
    low, high = min(numbers), max(numbers)
    if high - low > max(abs(low), abs(high)) * 1e-12:
        return low, high
    room = abs(low) / 10 or 1.0
    return low - room, high + room
