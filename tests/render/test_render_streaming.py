"""Rows are written as they come: no format reads further ahead than it must, and none holds rows."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

import aisql
from aisql.render import table
from aisql.render.registry import DEFAULT, FORMATS, write
from aisql.render.rows import write_rows
from aisql.result import Column, Result


class Recorder(io.StringIO):
    """A stream and a source of rows that write down what happened in which order."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.events: list[str] = []

    def rows(self):
        for number in range(1, self.count + 1):
            self.events.append(f"row {number}")
            yield (number,)
        self.events.append("no more rows")

    def write(self, text: str) -> int:
        self.events.append(text)
        return super().write(text)

    def flush(self) -> None:
        self.events.append("flush")

    def events_of(self, format_name: str) -> list[str]:
        write(Result((Column("a"),), self.rows()), self, format_name)
        return self.events


LINES = [
    ("csv", "a\n", "{}\n", ""),
    ("tsv", "a\n", "{}\n", ""),
    ("list", "a\n", "{}\n", ""),
    ("jsonl", "", '{{"a": {}}}\n', ""),
    ("insert", "", 'INSERT INTO "t" ("a") VALUES ({});\n', ""),
]
"""Formats with what stands above the rows, what a row is, and what stands below them."""


@pytest.mark.parametrize(("name", "head", "line", "foot"), LINES)
def test_the_first_row_is_shown_before_the_next_is_asked_for(name, head, line, foot):
    assert Recorder(3).events_of(name) == [
        "row 1", head, line.format(1), "flush", "row 2", "row 3", "no more rows",
        line.format(2) + line.format(3) + foot,
    ]  # fmt: skip


def test_json_shows_the_first_row_before_the_next_is_asked_for():
    assert Recorder(3).events_of("json") == [
        "row 1", "", '[{"a": 1}', "flush", "row 2", "row 3", "no more rows",
        ',\n{"a": 2},\n{"a": 3}', "]\n",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [name for name, record in FORMATS.items() if not record.binary])
def test_no_more_than_some_rows_are_held(name):
    source = Recorder(5_000)
    events = source.events_of(name)
    rows = [int(event.split()[1]) if event.startswith("row ") else 0 for event in events]
    written = [index for index, event in enumerate(events) if "1234" in event and not rows[index]]
    assert max(rows[: written[0]]) <= 1234 + 100


def test_rows_that_are_long_are_not_held():
    def rows():
        for number in range(5):
            events.append(number)
            yield ("x" * 50_000,)

    class Noting(io.StringIO):
        def write(self, text: str) -> int:
            events.append(len(text))
            return super().write(text)

    events: list[int] = []
    write(Result((Column("a"),), rows()), Noting(), "csv")
    assert events == [0, 2, 50_001, 1, 50_001, 2, 50_001, 3, 50_001, 4, 50_001]


def test_rows_that_come_slowly_are_shown_one_by_one():
    def rows():
        for number in (1, 2, 3):
            now[0] += 0.5
            yield (number,)

    now, source = [0.0], Recorder(0)
    write_rows(Result((Column("a"),), rows()), source, str, "head", lambda: now[0])
    assert source.events == ["head", "[(1,)]", "flush", "[(2,)]", "flush", "[(3,)]", "flush"]


def test_a_table_reads_a_thousand_rows_before_it_writes():
    events = Recorder(1002).events_of("table")
    first_write = next(index for index, event in enumerate(events) if event.startswith("+"))
    after_window = events.index("row 1001")
    assert (first_write, events[after_window - 1], events[after_window:]) == (
        1000,
        "flush",
        [
            "row 1001",
            "| 1001 |\n",
            "row 1002",
            "no more rows",
            "| 1002 |\n",
            "+------+\n1002 rows in set\n",
        ],
    )


# --- rows that come slowly


class Slow(Recorder):
    """A source whose rows come in groups; after each it waits, so many seconds by a clock of its own."""

    def __init__(self, *groups: int, seconds: float) -> None:
        super().__init__(sum(groups))
        self._seconds = seconds
        self._now = 50.0
        self._ends = [sum(groups[: index + 1]) for index in range(len(groups))]
        self.result = Result((Column("a"),), self._waiting())

    def clock(self) -> float:
        return self._now

    def _waiting(self):
        for number, row in enumerate(self.rows(), 1):
            yield row
            if number in self._ends:
                self._wait()

    def _wait(self) -> None:
        self.result.pause()
        self.events.append("wait")
        self._now += self._seconds
        self.result.pause()


@pytest.mark.parametrize(
    ("format_name", "first", "second"),
    [("csv", "1\n", "2\n"), ("jsonl", '{"a": 1}\n', '{"a": 2}\n'), ("json", '[{"a": 1}', ',\n{"a": 2}')],
)
def test_what_is_written_is_shown_before_a_wait(format_name, first, second):
    source = Slow(1, 1, seconds=0.1)
    write(source.result, source, format_name)
    before_waits = [source.events[:index] for index, event in enumerate(source.events) if event == "wait"]
    assert [[event for event in before if event != "flush"][-1] for before in before_waits] == [first, second]
    assert [before[-1] for before in before_waits] == ["flush", "flush"]


def test_a_table_shows_what_it_holds_when_the_wait_for_more_is_long():
    source = Slow(2, 1, 1, seconds=0.25)
    table.write(source.result, source, DEFAULT, source.clock)
    assert source.events == [
        "row 1", "row 2", "wait",
        "+---+\n| a |\n+---+\n", "| 1 |\n", "| 2 |\n", "flush",
        "row 3", "| 3 |\n", "flush", "wait", "flush",
        "row 4", "| 4 |\n", "flush", "wait", "flush",
        "no more rows", "+---+\n4 rows in set\n",
    ]  # fmt: skip


def test_a_table_measures_on_while_the_waits_are_short():
    source = Slow(1, 1, 1, seconds=0.0625)
    table.write(source.result, source, DEFAULT, source.clock)
    assert source.getvalue() == "+---+\n| a |\n+---+\n| 1 |\n| 2 |\n| 3 |\n+---+\n3 rows in set\n"
    assert source.events[:6] == ["row 1", "wait", "row 2", "wait", "row 3", "wait"]


def test_a_table_has_its_widths_from_the_rows_it_held():
    def rows():
        yield ("1",)
        clock.append(0.5)
        answer.pause()
        yield ("wider",)

    clock, stream = [0.0], io.StringIO()
    answer = Result((Column("a"),), rows())
    table.write(answer, stream, DEFAULT, lambda: clock[-1])
    assert stream.getvalue() == "+---+\n| a |\n+---+\n| 1 |\n| wider |\n+---+\n2 rows in set\n"


def test_a_wait_before_the_first_row_shows_nothing():
    def rows():
        answer.pause()
        yield from ()

    stream = io.StringIO()
    answer = Result((Column("a"),), rows())
    write(answer, stream, "table")
    assert stream.getvalue() == "Empty set\n"


@pytest.mark.parametrize("format_name", [name for name, record in FORMATS.items() if not record.binary])
def test_nothing_is_written_when_the_first_row_fails(format_name):
    def failing():
        raise ZeroDivisionError
        yield ()

    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError):
        write(Result((Column("a"),), failing()), stream, format_name)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("format_name", ["csv", "html", "insert", "json", "jsonl", "list", "tsv", "vertical"])
def test_what_came_before_a_failing_row_is_written(format_name):
    def failing():
        yield (1,)
        yield (123,)
        raise ZeroDivisionError

    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError):
        write(Result((Column("a"),), failing()), stream, format_name)
    assert "123" in stream.getvalue()


def test_a_table_of_plain_text_imports_nothing_heavy():
    program = """if True:
        import io, sys
        from aisql.render.registry import write
        from aisql.result import Column, Result
        write(Result((Column("a"),), [("x",)]), io.StringIO(), "table")
        heavy = "dataclasses typing json csv pathlib rich asyncio".split()
        print([name for name in heavy if name in sys.modules])
    """
    # Without site, for what it imports is not ours.
    run = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=Path(aisql.__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("[]\n", "")
