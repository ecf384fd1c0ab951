"""Running statements in other ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aisql.commands.base import Command, Shell, words
from aisql.commands.words import explain_in_words
from aisql.errors import SqlError, UsageError
from aisql.result import Result, Row, Value, listing
from aisql.syntax.dialect import is_mixed, is_ours
from aisql.syntax.split import split

_SECONDS = 2.0
_WATCHED = "\\watch 5, or \\watch 5 c=3 for three times"
_IN_WORDS = "note: after SET ai.default_model = 'CONNECTION:MODEL' it is explained in words too"
_NUMBER = re.compile(r"\d{1,8}(?:\.\d*)?|\.\d+")
_TIMES = re.compile(r"0*[1-9]\d{0,8}")


def _watch(shell: Shell, arguments: str) -> None:
    if not shell.statement:
        raise UsageError("there is no statement to run", hint="write it before the command: SELECT 1 \\watch")
    said: dict[str, str] = {}
    for word in words(arguments):
        name, _, value = word.rpartition("=")
        name = name or "i"
        if name == "c" and not _TIMES.fullmatch(value):
            raise UsageError(f"{word} is no number of times", hint=_WATCHED)
        if name != "c" and not (name == "i" and _NUMBER.fullmatch(value)):
            raise UsageError(f"{word} is no number of seconds", hint=_WATCHED)
        if name in said:
            raise UsageError(f"{word} says again what was said", hint=_WATCHED)
        said[name] = value
    shell.repeat(shell.statement, float(said.get("i", _SECONDS)), int(said["c"]) if "c" in said else None)


def _explain(shell: Shell, arguments: str) -> None:
    """SQLite's plan, how many requests the statement would make, and what it does in words."""
    statement = (arguments or shell.statement).strip().removesuffix(";")
    if len(list(split(statement))) != 1:
        raise UsageError("one statement can be explained", hint="\\explain SELECT ...")
    if not is_ours(statement):
        _plan(shell, statement)
    if shell.settings.default_model or is_ours(statement):
        explain_in_words(shell, statement)
    elif shell.is_interactive:
        shell.warn(_IN_WORDS)


def _plan(shell: Shell, statement: str) -> None:
    shell.show(listing(("plan",), _tree(shell.answer(f"EXPLAIN QUERY PLAN {statement}").rows)))
    if is_mixed(statement) or _reads_calls(shell, statement):
        shell.show(_counted(shell, statement))


def _tree(rows: Iterable[Row]) -> Iterator[Row]:
    """The steps of a plan, each set in below the one it belongs to."""
    depths: dict[Value, int] = {0: 0}
    for identity, parent, _, detail in rows:
        depths[identity] = depths[parent] + 1
        yield (f"{'  ' * depths[parent]}{detail!s}",)


def _reads_calls(shell: Shell, statement: str) -> bool:
    """Whether a view the statement reads makes calls, which SQLite alone does not know."""
    try:
        shell.databases.current.run(f"EXPLAIN QUERY PLAN {statement}")
    except SqlError:
        return True
    return False


def _counted(shell: Shell, statement: str) -> Result:
    """What a dry run counts. It is undone, for a statement that makes no call after all is run by it."""
    database, before = shell.databases.current, dict(shell.settings.items())["ai.dry_run"]
    shell.settings.set("ai.dry_run", "on")
    database.select("SAVEPOINT aisql_explain")
    try:
        result = shell.answer(statement)
        return Result(result.columns, list(result.rows), listing=True)
    finally:
        if database.in_transaction:  # a conflict may have ended it
            database.select("ROLLBACK TO aisql_explain")
            database.select("RELEASE aisql_explain")
        shell.settings.set("ai.dry_run", before)


COMMANDS = (
    Command(
        ("watch",),
        "[SECONDS] [c=TIMES]",
        "run the statement before it, or the last one, again and again",
        _watch,
        "Every 2 seconds unless told, until Ctrl-C. After the first time answers come from the ledger.\n"
        "Example: SELECT count(*) FROM reviews \\watch 5",
        takes_statement=True,
    ),
    Command(
        ("explain",),
        "[STATEMENT]",
        "what a statement does in words, its plan, the requests it would make",
        _explain,
        "It is the one before the command, or the last one, and is not run. In words it is explained by the\n"
        "model of ai.default_model, if that is set; else nothing is asked.\n"
        "Example: \\explain SELECT ai_sentiment('builtin:demo', body) FROM reviews",
        completes="statement",
        takes_line=True,
        takes_statement=True,
    ),
)
