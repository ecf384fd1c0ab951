"""Where an axis is marked, and with what: round numbers, round moments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil, floor, log10
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1)
"""Moments on an axis have no zone."""
_FIRST, _LAST = ((moment - _EPOCH) // timedelta(seconds=1) for moment in (datetime.min, datetime.max))
_DAY = 86_400
_HOUR = 3_600
_STEPS = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY),
)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000)
_MONTHS_THERE_ARE = 10_000 * 12
_PLAIN = 1e9
"""Numbers from here on are written with an exponent."""


class Tick(NamedTuple):
    """A mark: where on the axis, and its text."""

    at: float
    text: str


def step_of(span: float, most: int) -> float:
    """The smallest round step, 1, 2 or 5 times a power of ten, of which no more than so many fit in."""
    rough = span / most
    power = 10.0 ** floor(log10(rough))
    return next((power * each for each in (1, 2, 5) if power * each >= rough * (1 - 1e-9)), power * 10)


def number_ticks(low: float, high: float, most: int) -> list[Tick]:
    """About so many round numbers from the lowest to the highest."""
    step = step_of(high - low, most)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    text = number_writer(step, max(abs(low), abs(high)))
    return [Tick(number * step, text(number * step)) for number in range(first, last + 1)]


def number_writer(step: float, largest: float) -> Callable[[float], str]:
    """What writes numbers up to the largest, with as many digits as tell those a step apart."""
    place = floor(log10(step) + 1e-9)
    if largest < _PLAIN and step > 1 / _PLAIN:
        return lambda number: f"{number + 0.0:.{max(0, -place)}f}"  # + 0.0, for there is a -0.0
    return lambda number: f"{number + 0.0:.{max(0, _place(number) - place) + 1}g}"


def _place(number: float) -> int:
    return floor(log10(abs(number)) + 1e-9) if number else 0


def time_ticks(low: float, high: float, most: int) -> list[Tick]:
    """About so many round moments; they are seconds since 1970."""
    rough = (high - low) / most
    step = next((each for each in _STEPS if each >= rough), None)
    if step is None:
        return _calendar(
            low, high, next((each for each in _MONTHS if each * 28 * _DAY >= rough), _MONTHS[-1])
        )
    places = range(ceil(low / step) * step, floor(high) + 1, step) or (low,)
    return [Tick(place, _time_text(place, step, high - low)) for place in places]


def _time_text(place: float, step: float, span: float) -> str:
    text = moment(place).isoformat(" ")
    if step >= _DAY:
        return text[:10]
    return text[5:16] if span >= _DAY else text[11:19]


def _calendar(low: float, high: float, months: int) -> list[Tick]:
    """The first days of months or years."""
    length = 4 if months % 12 == 0 else 7
    number = moment(low).year * 12 // months * months
    found = []
    while number < _MONTHS_THERE_ARE and (place := _first_day(number)) <= high:
        if place >= low:
            found.append(Tick(place, moment(place).isoformat()[:length]))
        number += months
    return found


def _first_day(number: int) -> float:
    year, month = divmod(number, 12)
    return seconds(datetime(max(year, 1), month + 1, 1))


def moment(place: float) -> datetime:
    """The moment so many seconds after the beginning of 1970, or the first or last one there is."""
    return _EPOCH + timedelta(seconds=min(max(place, _FIRST), _LAST))


def seconds(time: datetime) -> float:
    """How many seconds after the beginning of 1970 a moment is."""
    return (time - _EPOCH).total_seconds()
