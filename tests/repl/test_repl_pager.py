"""What goes through a pager and what does not; programs are real ones."""

import io
import itertools
import subprocess

import pytest

from aisql.repl.clock import Clock
from aisql.repl.pager import Paged, PagerClosed, pager_of, start_pager


class Screen:
    """A screen of 10 columns and 5 lines, a clock that stands still, and a pager that writes into a file."""

    def __init__(self, tmp_path):
        self.output = io.StringIO()
        self.now = 0.0
        self.file = tmp_path / "paged"
        self.started = 0
        self.paged = Paged(self.output, 10, 5, self.start, Clock(lambda: self.now))

    def start(self):
        self.started += 1
        return start_pager(f"tee {self.file}", {"PATH": "/usr/bin:/bin"})

    @property
    def shown(self):
        return self.file.read_text() if self.file.exists() else ""


@pytest.fixture
def screen(tmp_path):
    return Screen(tmp_path)


def test_what_fits_the_screen_is_written_to_it_at_the_end(screen):
    screen.paged.writelines(["1\n", "2\n3\n", "4\n"])
    screen.paged.flush()
    assert screen.output.getvalue() == ""
    screen.paged.close()
    assert (screen.output.getvalue(), screen.started) == ("1\n2\n3\n4\n", 0)


def test_what_is_longer_goes_through_the_pager_whole(screen):
    lines = [f"{number}\n" for number in range(100)]
    screen.paged.writelines(lines)
    screen.paged.close()
    assert (screen.shown, screen.output.getvalue(), screen.started) == ("".join(lines), "", 1)


def test_a_line_that_is_wider_than_the_screen_counts_as_several(screen):
    screen.paged.write("x" * 41 + "\n")
    screen.paged.close()
    assert screen.shown == "x" * 41 + "\n"


def test_colours_take_no_room(screen):
    screen.paged.write("\x1b[36m1234567890\x1b[0m\n" * 4)
    screen.paged.close()
    assert screen.started == 0


def test_text_that_is_waited_behind_is_shown_and_nothing_is_paged(screen):
    screen.paged.write("1\n")
    screen.now = 0.3
    screen.paged.flush()
    assert screen.output.getvalue() == "1\n"
    screen.paged.writelines(["2\n"] * 100)
    screen.paged.close()
    assert (screen.output.getvalue(), screen.started) == ("1\n" + "2\n" * 100, 0)


def test_a_pager_that_is_left_says_so_to_who_writes():
    paged = Paged(io.StringIO(), 10, 1, lambda: start_pager("true", {"PATH": "/usr/bin:/bin"}), Clock(float))
    with pytest.raises(PagerClosed):
        paged.writelines(["many\n"] * 100_000)
    paged.close()


def test_a_pager_that_cannot_be_started_is_none(tmp_path):
    no_program = tmp_path / "pager"
    no_program.write_bytes(b"\0")
    no_program.chmod(0o755)
    for command in ("nosuch-pager -x", "less 'open", str(no_program)):
        assert start_pager(command, {"PATH": "/usr/bin:/bin"}) is None


def test_the_seconds_in_which_the_user_reads_do_not_count():
    times = itertools.count()
    clock = Clock(times.__next__)
    paged = Paged(io.StringIO(), 10, 2, lambda: start_pager("cat", {"PATH": "/usr/bin:/bin"}), clock)
    paged.write("1\n")
    paged.write("2\n3\n")
    paged.flush()
    paged.close()
    assert next(times) + 1 - clock() == 4  # two writes, a flush, and the end


@pytest.mark.parametrize(
    ("environment", "chosen", "pager"),
    [
        ({"PAGER": "more"}, None, "more"),
        ({"PAGER": "more", "AISQL_PAGER": "less -S"}, None, "less -S"),
        ({"PAGER": "more", "AISQL_PAGER": ""}, None, ""),
        ({"PAGER": "more"}, "cat", "cat"),
        ({"PAGER": "more"}, "", ""),
        ({"PATH": "/nowhere"}, None, ""),
    ],
)
def test_the_pager_is_the_chosen_one_or_that_of_the_environment(environment, chosen, pager):
    assert pager_of(environment, chosen) == pager


def test_less_is_told_how_to_be_unless_the_user_has_said(tmp_path):
    for environment, expected in (({}, "-SRXF"), ({"LESS": "-R"}, "-R")):
        program = start_pager(
            f"sh -c 'echo $LESS > {tmp_path}/less'", {"PATH": "/usr/bin:/bin", **environment}
        )
        assert isinstance(program, subprocess.Popen)
        program.communicate()
        assert (tmp_path / "less").read_text() == f"{expected}\n"


def test_a_question_is_asked_when_the_pager_has_been_left_and_the_rest_goes_to_another_one(screen):
    screen.paged.writelines([f"{number}\n" for number in range(8)])
    screen.paged.make_way("a note\n")
    assert (screen.shown, screen.started) == ("0\n1\n2\n3\n4\n5\n6\n7\na note\n", 1)
    screen.paged.write("8\n")
    screen.paged.close()
    assert (screen.output.getvalue(), screen.started) == ("8\n", 1)
    screen.paged.make_way("a note\n")
    assert screen.output.getvalue() == "8\n"


def test_what_is_held_is_shown_before_a_question(screen):
    screen.paged.write("1\n")
    screen.paged.make_way("a note\n")
    assert (screen.output.getvalue(), screen.started) == ("1\n", 0)


def test_whoever_has_left_the_pager_is_not_asked():
    program = start_pager("true", {"PATH": "/usr/bin:/bin"})
    paged = Paged(io.StringIO(), 10, 1, lambda: program, Clock(float))
    paged.write("1\n")
    program.wait()
    with pytest.raises(PagerClosed):
        paged.make_way("a note\n")
    paged.close()
