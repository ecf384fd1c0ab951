"""What is drawn: bars, or points of two numbers; who draws it has to know no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

_DAY = 86_400.0
_NEAR = 1e-12
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

    @property
    def names(self) -> list[str]:
        """The names of the series."""
        return [name for name, _ in self.series]


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

    @property
    def names(self) -> list[str]:
        """The names of the series."""
        return [series.name for series in self.series]

    @property
    def x_ends(self) -> tuple[float, float]:
        """Where the axis along begins and ends."""
        return _ends([point.x for point in self], _DAY if self.x_is_time else None)

    @property
    def y_ends(self) -> tuple[float, float]:
        """Where the other axis begins and ends."""
        return _ends([point.y for point in self], None)


Chart: TypeAlias = Bars | Points


def _ends(numbers: list[float], room: float | None) -> tuple[float, float]:
    """The lowest and the highest number, moved apart where they are nearly the same."""
    low, high = min(numbers), max(numbers)
    if high - low > max(abs(low), abs(high)) * _NEAR:
        return low, high
    room = room or abs(low) / 10 or 1.0
    return low - room, high + room
