"""Where results go."""

from __future__ import annotations

from aisql.commands.base import Command, Shell, done, only_word, path_sql
from aisql.errors import UsageError
from aisql.render.registry import format_named

_TARGET = (
    "TARGET is a file, or | and a program. A file whose name ends like a format of ours (.csv) has that\n"
    "format, any other the one of the screen; .gz behind it packs the file. Nothing in it is cut."
)


def _redirect(shell: Shell, arguments: str) -> None:
    shell.redirect(_target(arguments))


def _once(shell: Shell, arguments: str) -> None:
    target = _target(arguments)
    if not target:
        raise UsageError("a file or a program is missing", hint="\\once FILE, or \\once | PROGRAM")
    shell.redirect(target, once=True)


def _target(arguments: str) -> str:
    """The file or program; `stdout`, as sqlite3 has it, is what no target means."""
    if arguments.startswith("|"):
        return arguments
    word = only_word(arguments, "file")
    return "" if word == "stdout" else word


def _go(shell: Shell, arguments: str) -> None:
    statement = _statement(shell)
    shell.redirect(_target(arguments), once=True)
    try:
        shell.execute(statement)
    finally:
        shell.redirect("", once=True)  # where it failed, the next result has nothing to do with it


def _vertically(shell: Shell, arguments: str) -> None:
    before, shell.view.expanded = shell.view.expanded, "on"
    try:
        _go(shell, arguments)
    finally:
        shell.view.expanded = before


def _statement(shell: Shell) -> str:
    if not shell.statement:
        raise UsageError("there is no statement to run", hint="write it before the command: SELECT 1 \\g")
    return shell.statement


def _last(shell: Shell, arguments: str) -> None:
    word = only_word(arguments, "format")
    format_name = format_named(word) if word else None
    shell.show(shell.last.result(), whole=True, format_name=format_name)
    if shell.last.missing:
        shell.warn(f"the disk had no room for the last {shell.last.missing:,} rows")


def _keep(shell: Shell, arguments: str) -> None:
    name = only_word(arguments, "table")
    if not name:
        raise UsageError("the name of a table is missing", hint="\\keep NAME")
    done(shell, f"CREATE TABLE {path_sql(name)} AS LAST RESULT", "kept")


def _log(shell: Shell, arguments: str) -> None:
    word = only_word(arguments, "file")
    shell.log("" if word == "off" else word)


COMMANDS = (
    Command(
        ("o", "out", "output"),
        "[TARGET]",
        "lead results to a file or a program; alone, back",
        _redirect,
        f"{_TARGET}\nExample: \\o answers.csv",
        completes="file",
    ),
    Command(
        ("once",),
        "TARGET",
        "lead the next result to a file or a program",
        _once,
        f"{_TARGET}\nExample: \\once | sort",
        completes="file",
    ),
    Command(
        ("g", "go"),
        "[TARGET]",
        "run the statement before it, or the last one again",
        _go,
        f"{_TARGET}\nExample: SELECT * FROM reviews \\g reviews.csv",
        completes="file",
        takes_statement=True,
    ),
    Command(
        ("G", "gx"),
        "[TARGET]",
        "the same, with a line for each value",
        _vertically,
        f"{_TARGET}\nExample: SELECT * FROM reviews \\G",
        completes="file",
        takes_statement=True,
    ),
    Command(
        ("last",),
        "[FORMAT]",
        "show the last result again, whole",
        _last,
        "Nothing is cut, and nothing is run or paid for again. Example: \\last json",
        completes="format",
    ),
    Command(
        ("keep",),
        "TABLE",
        "make a table of the result of the last statement",
        _keep,
        "Nothing is run or paid for again. What commands show is no result of a statement.\n"
        "Example: \\keep moods",
    ),
    Command(
        ("log",),
        "[FILE|off]",
        "keep what is run in a file, keys masked",
        _log,
        "Statements and commands, each with what became of it as a comment. Example: \\log today.sql",
        completes="file",
    ),
)
