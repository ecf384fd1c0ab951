"""Where axes are marked."""

from datetime import datetime

import pytest

from aisql.render.ticks import number_ticks, seconds, time_ticks


@pytest.mark.parametrize(
    ("ends", "most", "texts"),
    [
        ((0, 10), 5, "0 2 4 6 8 10"),
        ((-1, 1), 4, "-1.0 -0.5 0.0 0.5 1.0"),
        ((0.1, 0.35), 3, "0.1 0.2 0.3"),
        ((1e9, 3e9), 4, "1e+09 1.5e+09 2e+09 2.5e+09 3e+09"),
        ((1e16, 1e16 + 4), 2, "10000000000000000 10000000000000002 10000000000000004"),
        ((0, 3e-12), 3, "0 1e-12 2e-12 3e-12"),
        ((-1e300, 1e300), 2, "-1e+300 0 1e+300"),
    ],
)
def test_numbers_are_marked_at_round_places_with_as_many_digits_as_tell_them_apart(ends, most, texts):
    assert " ".join(tick.text for tick in number_ticks(*ends, most)) == texts


@pytest.mark.parametrize(
    ("first", "last", "texts"),
    [
        (
            "2026-01-01 10:00:00",
            "2026-01-01 10:00:20",
            ["10:00:00", "10:00:05", "10:00:10", "10:00:15", "10:00:20"],
        ),
        (
            "2026-01-01 10:10:00",
            "2026-01-03 10:00:00",
            ["01-01 12:00", "01-02 00:00", "01-02 12:00", "01-03 00:00"],
        ),
        ("2026-01-02 00:00:00", "2026-01-08 00:00:00", ["2026-01-03", "2026-01-05", "2026-01-07"]),
        ("2025-12-02 00:00:00", "2026-04-01 00:00:00", ["2026-01", "2026-04"]),
        ("2019-06-01 00:00:00", "2026-04-01 00:00:00", ["2020", "2022", "2024", "2026"]),
        ("0001-01-01 00:00:00", "9999-12-31 23:59:59", ["0001", *(f"{year}000" for year in range(1, 10))]),
    ],
)
def test_times_are_marked_at_round_moments(first, last, texts):
    ends = (seconds(datetime.fromisoformat(each)) for each in (first, last))
    assert [tick.text for tick in time_ticks(*ends, 4)] == texts
