"""The last result, kept up to a limit."""

import pytest

from aisql.errors import UsageError
from aisql.repl.last import Last
from aisql.result import Column, Result

COLUMNS = (Column("a"),)


def test_rows_are_kept_as_they_are_read():
    last = Last()
    kept = last.keeping(Result(COLUMNS, iter([(1,), (2,), (3,)])))
    assert next(kept.rows) == (1,)
    assert (list(last.result().rows), last.count) == ([(1,)], 1)
    assert list(kept.rows) == [(2,), (3,)]
    again = last.result()
    assert (again.columns, list(again.rows), last.missing) == (COLUMNS, [(1,), (2,), (3,)], 0)


def test_rows_beyond_the_limit_are_only_counted():
    last = Last(most_rows=2)
    assert len(list(last.keeping(Result(COLUMNS, [(number,) for number in range(5)])).rows)) == 5
    assert (list(last.result().rows), last.missing, last.count) == ([(0,), (1,)], 3, 5)


def test_long_texts_are_a_limit_of_their_own_and_no_row_is_left_out_between_others():
    last = Last(most_characters=10)
    rows = [("12345",), ("123456",), ("1",)]
    assert list(last.keeping(Result(COLUMNS, rows)).rows) == rows
    assert (list(last.result().rows), last.missing) == ([("12345",)], 2)


def test_a_new_result_takes_the_place_of_the_one_before():
    last = Last(most_rows=1)
    list(last.keeping(Result(COLUMNS, [(1,), (2,)])).rows)
    list(last.keeping(Result(COLUMNS, [(3,)])).rows)
    assert (list(last.result().rows), last.missing) == ([(3,)], 0)


def test_a_pause_of_the_statement_reaches_who_writes_the_rows():
    result = Result(COLUMNS, [(1,)])
    kept = Last().keeping(result)
    heard = []
    kept.pause = lambda: heard.append("pause")
    result.pause()
    assert heard == ["pause"]


def test_without_a_result_there_is_nothing_to_show():
    with pytest.raises(UsageError):
        Last().result()
