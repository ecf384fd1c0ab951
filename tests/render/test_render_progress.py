"""What is told of model calls on the way: plain lines to the letter, drawn ones as a terminal gets them."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

import aisql
from aisql.render.progress import Progress, fitting, parts
from aisql.spend import Spend


class Clock:
    """A clock that a test sets, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


def counts(**values: int | str) -> Spend:
    spend = Spend()
    for name, value in values.items():
        setattr(spend, name, value)
    return spend


FULL = {
    "known": 2000,
    "from_ledger": 10,
    "answered": 108,
    "failed": 2,
    "in_flight": 64,
    "input_tokens": 5000,
    "output_tokens": 300,
}


def started(*, plain: bool) -> tuple[Progress, io.StringIO, Clock]:
    stream, clock = io.StringIO(), Clock()
    return Progress(stream, plain=plain, clock=clock), stream, clock


def tick(progress: Progress, clock: Clock, spend: Spend, times: int, step: float = 0.125) -> None:
    for _ in range(times):
        progress.waiting(spend)
        clock.forward(step)


# --- plain lines


def test_a_plain_line_tells_everything():
    progress, stream, clock = started(plain=True)
    spend = counts(**FULL)
    progress.waiting(spend)
    clock.forward(2)
    progress.waiting(spend)
    assert stream.getvalue() == (
        "progress: 120/2000 calls, 64 in flight, 10 from the ledger, 5300 tokens, 2 failed, "
        "55.0 calls/s, ETA 34 s\n"
    )


def test_the_time_in_which_the_user_is_asked_slows_no_rate():
    progress, stream, clock = started(plain=True)
    spend = counts(**FULL)
    progress.waiting(spend)
    clock.forward(60)
    progress.stood(58)
    progress.waiting(spend)
    assert ", 55.0 calls/s, ETA 34 s\n" in stream.getvalue()


def test_plain_lines_come_once_a_second_and_at_the_end():
    progress, stream, clock = started(plain=True)
    spend = counts(known=8, in_flight=8)
    for answered in (0, 2, 4):
        spend.answered, spend.in_flight = answered, 8 - answered
        tick(progress, clock, spend, 8)
    progress.resumed()
    spend.answered, spend.in_flight = 8, 0
    progress.ended()
    assert stream.getvalue().splitlines() == [
        "progress: 2/8 calls, 6 in flight, 0 from the ledger, 0 tokens, 2.0 calls/s, ETA 3 s",
        "progress: 4/8 calls, 4 in flight, 0 from the ledger, 0 tokens, 2.0 calls/s, ETA 2 s",
        "progress: 8/8 calls, 0 in flight, 0 from the ledger, 0 tokens, 2.7 calls/s",
    ]


@pytest.mark.parametrize(("retries", "told"), [(1, "1 try again"), (3, "3 tries again")])
def test_requests_that_had_to_be_made_again_are_told(retries, told):
    progress, stream, _ = started(plain=True)
    progress.waiting(counts(known=4, in_flight=4, retries=retries, failed=1, trouble="m: HTTP 503"))
    progress.ended()
    assert stream.getvalue() == (
        f"progress: 1/4 calls, 4 in flight, 0 from the ledger, 0 tokens, {told}, "
        "the last because of m: HTTP 503, 1 failed\n"
    )


def test_the_end_is_told_once_and_only_after_a_wait():
    progress, stream, _ = started(plain=True)
    progress.ended()
    progress.waiting(counts(known=1, from_ledger=1))
    progress.ended()
    progress.ended()
    assert stream.getvalue() == "progress: 1/1 calls, 0 in flight, 1 from the ledger, 0 tokens\n"


def test_another_statement_begins_anew():
    progress, stream, clock = started(plain=True)
    tick(progress, clock, counts(known=1, answered=1), 8)
    tick(progress, clock, counts(known=4, answered=2, in_flight=2), 9)
    assert stream.getvalue().splitlines() == [
        "progress: 1/1 calls, 0 in flight, 0 from the ledger, 0 tokens, 1.0 calls/s",
        "progress: 2/4 calls, 2 in flight, 0 from the ledger, 0 tokens, 2.0 calls/s, ETA 1 s",
    ]


@pytest.mark.parametrize(
    ("known", "eta"),
    [(120, "ETA 119 s"), (121, "ETA 2 min"), (7141, "ETA 119 min"), (7201, "ETA 2 h"), (90001, "ETA 25 h")],
)
def test_a_long_time_is_told_in_units_that_can_be_read(known, eta):
    progress, stream, clock = started(plain=True)
    spend = counts(known=known, answered=1)
    progress.waiting(spend)
    clock.forward(1)
    progress.waiting(spend)
    assert stream.getvalue().strip().rpartition(", ")[2] == eta


def test_a_call_that_was_answered_and_cannot_be_used_is_counted_as_one():
    progress, stream, _ = started(plain=True)
    progress.waiting(counts(known=1, answered=1, failed=1))
    progress.ended()
    assert stream.getvalue() == "progress: 1/1 calls, 0 in flight, 0 from the ledger, 0 tokens, 1 failed\n"


# --- drawn lines

LINE = "120/2000 calls, 64 in flight, 10 from the ledger, 5300 tokens, 2 failed"


def test_nothing_is_drawn_in_the_first_half_second_of_waits():
    progress, stream, clock = started(plain=False)
    spend = counts(**FULL)
    for _ in range(3):
        tick(progress, clock, spend, 1)
        progress.resumed()
    assert stream.getvalue() == ""
    tick(progress, clock, spend, 2)
    assert stream.getvalue().count("calls,") == 1


def test_at_most_ten_lines_a_second_are_drawn():
    progress, stream, clock = started(plain=False)
    tick(progress, clock, counts(**FULL), 1000, step=0.01)
    assert stream.getvalue().count("\r") in range(86, 97)


def test_a_line_is_drawn_over_the_last_one_and_gone_when_rows_come():
    progress, stream, clock = started(plain=False)
    spend = counts(known=3, in_flight=3)
    tick(progress, clock, spend, 6)
    progress.resumed()
    progress.resumed()
    progress.ended()
    line = "\r0/3 calls, 3 in flight, 0 from the ledger, 0 tokens\x1b[0K"
    assert stream.getvalue() == line + line + "\r\x1b[0K"


def test_what_ctrl_c_shows_has_room_behind_the_line():
    progress, stream, clock = started(plain=False)
    tick(progress, clock, counts(**FULL | {"input_tokens": 5_000_000}), 5)
    drawn = stream.getvalue()
    assert drawn == "\r120/2000 calls, 64 in flight, 2 failed, 220.0 calls/s, ETA 9 s\x1b[0K"
    assert 75 < len(drawn.strip("\r\x1b[0K").replace(" 2 failed", " 5000300 tokens, 2 failed")) < 80


def test_a_line_is_as_short_as_the_terminal_and_keeps_what_matters_most():
    counted = parts(counts(**FULL), 2)
    assert [fitting(counted, width) for width in (200, 97, 80, 60, 40, 20, 10)] == [
        f"{LINE}, 55.0 calls/s, ETA 34 s",
        f"{LINE}, 55.0 calls/s, ETA 34 s",
        "120/2000 calls, 64 in flight, 5300 tokens, 2 failed, 55.0 calls/s, ETA 34 s",
        "120/2000 calls, 64 in flight, 2 failed, ETA 34 s",
        "120/2000 calls, 2 failed, ETA 34 s",
        "120/2000 calls",
        "120/2000 c",
    ]


def test_tries_are_left_out_before_what_is_in_flight():
    counted = parts(counts(**FULL, retries=3, trouble="m: HTTP 503"), 2)
    assert [fitting(counted, width) for width in (200, 80, 66, 60)] == [
        "120/2000 calls, 64 in flight, 10 from the ledger, 5300 tokens, 3 tries again, "
        "the last because of m: HTTP 503, 2 failed, 55.0 calls/s, ETA 34 s",
        "120/2000 calls, 64 in flight, 3 tries again, 2 failed, 55.0 calls/s, ETA 34 s",
        "120/2000 calls, 64 in flight, 3 tries again, 2 failed, ETA 34 s",
        "120/2000 calls, 64 in flight, 2 failed, ETA 34 s",
    ]


def test_what_is_written_beside_it_takes_the_line_away():
    progress, stream, clock = started(plain=False)
    out = progress.beside(stream)
    spend = counts(known=3, in_flight=3)
    tick(progress, clock, spend, 5)
    out.writelines(["row 1\n", "row 2\n"])
    out.flush()
    assert stream.getvalue().endswith("tokens\x1b[0K\r\x1b[0Krow 1\nrow 2\n")


def test_nothing_is_drawn_over_a_line_that_is_not_ended():
    progress, stream, clock = started(plain=False)
    out = progress.beside(stream)
    spend = counts(known=3, in_flight=3)
    out.write("[{}")
    tick(progress, clock, spend, 9)
    assert stream.getvalue() == "[{}"
    out.write(",\n{}")
    out.write("]\n")
    tick(progress, clock, spend, 1)
    assert stream.getvalue().startswith("[{},\n{}]\n\r0/3 calls")


def test_rich_is_imported_when_something_is_drawn_and_not_before():
    program = """if True:
        import io, sys
        from aisql.render.progress import Progress
        from aisql.spend import Spend
        now, spend, seen = 0.0, Spend(), []
        progress = Progress(io.StringIO(), plain=False, clock=lambda: now)
        for now in (0.0, 0.25, 0.5):
            progress.waiting(spend)
            seen.append("rich" in sys.modules)
        print(seen)
    """
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(aisql.__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("[False, False, True]\n", "")
