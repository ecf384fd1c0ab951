"""Scripts, database files, and the editor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from aisql.commands.base import Command, Shell, only_word
from aisql.engine.database import Database, quoted
from aisql.errors import OpenError, UsageError
from aisql.result import Row
from aisql.schema import quote_text

_OBJECTS = """SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND tbl_name LIKE ?
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type <> 'table'"""


def _include(shell: Shell, arguments: str) -> None:
    shell.include(_file(arguments))


def _include_beside(shell: Shell, arguments: str) -> None:
    shell.include(_file(arguments), beside_script=True)


def _file(arguments: str) -> str:
    word = only_word(arguments, "file")
    if not word:
        raise UsageError("the name of a file is missing")
    return word


def _edit(shell: Shell, arguments: str) -> None:
    """Takes a file, or the statement in a file of its own, to the editor and back into the input line."""
    if not shell.is_interactive:
        raise UsageError("there is no prompt to edit for")
    from aisql.commands.editor import edit, edited  # the prompt loads every command at its start

    word, environment = only_word(arguments, "file"), shell.settings.environment
    if word:
        edit(shell.path(word), environment, shell.access)
        shell.propose(shell.read(shell.path(word)).strip())
        return
    text = shell.statement and f"{shell.statement};\n"
    shell.propose(edited(text, environment, shell.access).strip())


def _open(shell: Shell, arguments: str) -> None:
    word = only_word(arguments, "file")
    _check_no_transaction(shell)
    shell.databases.open(":memory:" if word in {"", ":memory:"} else shell.writable(word))


def _save(shell: Shell, arguments: str) -> None:
    path = shell.writable(_file(arguments))
    _check_no_transaction(shell)
    if Path(path).exists():
        raise UsageError(f"{path} is there already", hint="name another file")
    try:
        shell.answer(f"VACUUM INTO {quote_text(path)}")
    except OpenError as error:
        raise UsageError(f"cannot write {path}: no such folder, or no permission") from error


def _check_no_transaction(shell: Shell) -> None:
    if shell.databases.current.in_transaction:
        raise UsageError("a transaction is open", hint="COMMIT or ROLLBACK first")


def _dump(shell: Shell, arguments: str) -> None:
    word = only_word(arguments, "table")
    database = shell.databases.current
    objects = database.select(_OBJECTS, (word or "%",))
    if word and not objects:
        raise UsageError(
            f"there is no table or view {word}", code="not_found", hint=database.nearest_table(word)
        )
    shell.write(_script(database, objects), sql=True)


def _script(database: Database, objects: Iterable[Row]) -> Iterator[str]:
    """The statements that make tables with their rows, and the other objects."""
    yield "BEGIN;\n"
    for kind, name, sql in objects:
        yield f"{sql!s};\n"
        if kind == "table" and not str(sql).upper().startswith("CREATE VIRTUAL"):
            columns = [each[0] for each in database.columns(str(name)) if not each[4]]
            yield from _inserts(database, quoted(str(name)), columns)
    yield "COMMIT;\n"


def _inserts(database: Database, table: str, columns: list[str]) -> Iterator[str]:
    names = ", ".join(map(quoted, columns))
    values = " || ', ' || ".join(f"quote({quoted(name)})" for name in columns)
    for (row,) in database.run(f"SELECT {values} FROM main.{table}").rows:
        yield f"INSERT INTO {table} ({names}) VALUES ({row!s});\n"


COMMANDS = (
    Command(
        ("i", "include", "read"),
        "FILE",
        "run a script",
        _include,
        "Its path begins at the working folder. Example: \\i reviews.sql",
        completes="file",
    ),
    Command(
        ("ir", "include_relative"),
        "FILE",
        "run a script that lies beside this one",
        _include_beside,
        "Example: \\ir tables.sql",
        completes="file",
    ),
    Command(
        ("e", "edit"),
        "[FILE]",
        "edit the last statement, or a file, and run what comes of it",
        _edit,
        "The editor is the one that VISUAL or EDITOR names, or vi. The text comes back to the prompt.\n"
        "Example: \\e",
        completes="file",
        takes_statement=True,
    ),
    Command(
        ("open",),
        "[FILE]",
        "have the tables in another database file; alone, in memory",
        _open,
        "Models, connections and answers stay those of the catalog. Example: \\open reviews.db",
        completes="file",
    ),
    Command(
        ("save",),
        "FILE",
        "copy the tables to a new database file",
        _save,
        "Example: \\save copy.db",
        completes="file",
    ),
    Command(
        ("dump",),
        "[TABLE]",
        "the tables and their rows as statements",
        _dump,
        "Example: \\o reviews.sql, then \\dump reviews",
        completes="table",
    ),
)
