"""Nothing a command is given ends the shell."""

from __future__ import annotations

import pytest

from aisql.commands.leave import Leave
from aisql.commands.registry import COMMANDS

STARTS_PROGRAMS = {"!", "system", "shell", "e", "edit"}
NEVER_ENDS = {"watch"}


@pytest.mark.parametrize("command", ["i", "o", "!", "d", "echo", "set"])
@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_what_no_file_and_no_statement_can_hold_is_refused(typed, command, sign):
    assert (
        typed.error(f"\\{command} a{sign}b") == "error: the line holds a character that no command can hold"
    )


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in STARTS_PROGRAMS | NEVER_ENDS])
def test_no_command_is_at_a_loss_for_words(typed, command):
    for arguments in (";", "''", "' \"", "-", "a b c d", "*", "$1", "\\", "''''", "é", "%s {x}", "/", "|"):
        typed("SELECT 1;")
        try:
            typed(f"\\{command} {arguments}")
        except Leave:
            continue
        typed("\\o")
    assert [line for line in typed.told if "internal error" in line] == []


def test_what_commands_write_reaches_a_terminal_without_escapes(open_typed):
    typed = open_typed(size=(80, 24))
    typed("\\set name '\x1b]0;title\x07'")
    assert typed("\\echo :name") == "\\x1b]0;title\\x07\n"
    typed("CREATE TABLE t (a DEFAULT '\x1b[31m');")
    assert typed("\\schema") == "CREATE TABLE t (a DEFAULT '\\x1b[31m');\n"
    assert "\x1b" not in typed.output.getvalue()


COUNTED = {
    "conninfo": "no arguments",
    "cost": "no arguments",
    "format": "2 arguments",
    "mode": "2 arguments",
    "watch": "2 arguments",
}
"""How many arguments a command takes that takes another number than one."""


def test_every_command_refuses_words_it_has_no_use_for(typed):
    typed("SELECT 1;")
    for name, command in COMMANDS.items():
        if not command.takes_line:
            usage = f"it is called \\{name} {command.arguments}".rstrip()
            hint = (
                f"{usage}; quotes hold words together"
                if command.arguments
                else f"{usage}, with nothing behind it"
            )
            takes = COUNTED.get(name, "1 argument")
            assert typed.error(f"\\{name} a b c;") == f"error: \\{name} takes {takes}, not 3\nhint: {hint}"


def test_only_what_takes_a_program_takes_what_begins_like_one(typed):
    assert typed.error("\\cost | cat") == (
        "error: \\cost takes no arguments, not 2\nhint: it is called \\cost, with nothing behind it"
    )


def test_words_in_quotes_and_a_semicolon_are_not_too_many(typed):
    typed("SELECT 1;")
    for line in (
        "\\null 'a b';",
        "\\timing on ;",
        "\\cost;",
        "\\dt 'no such'",
        "\\once | cat; true",
        "\\x 'auto'",
    ):
        typed(line)
    assert typed.told == []
