"""COPY of a file into a table: all rows or none; a bad one is told with its file and line, or put aside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NoReturn

from aisql.data.base import Data
from aisql.data.numbers import with_infinities
from aisql.engine.copy_files import FILE_OPTIONS, CopiedFile, ReadAgain, opened
from aisql.engine.copy_options import CopyOptions
from aisql.engine.database import Database, quoted
from aisql.engine.databases import Databases
from aisql.engine.new_tables import make
from aisql.engine.rejects import Rows, insert_into
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, OptionError, StatementError
from aisql.result import Result, Value
from aisql.syntax import statements as s

_OWN = ("FORMAT", "ON_ERROR", "REJECTS", "CREATE", "REPLACE")
_OTHERS = {"IGNORE_ERRORS": "ON_ERROR", "REJECTS_TABLE": "REJECTS"}
OPTIONS = (*_OWN, *dict.fromkeys(FILE_OPTIONS.values()))
"""What may be said of a file that is read."""
ON_ERROR = ("fail", "skip")
"""What may become of bad rows."""
_NUMERIC = re.compile(r"(?i)INT|REAL|FLOA|DOUB|NUM|DEC")
"""What is in the types of columns of numbers. Times, which SQLite takes for some, are infinite as texts."""
_NAMES: Mapping[str, str] = {**{name: name for name in _OWN}, **_OTHERS, **FILE_OPTIONS}
_ON_ERROR: Mapping[str, str] = {
    **dict.fromkeys(("fail", "stop", "false"), "fail"),
    **dict.fromkeys(("skip", "ignore", "true"), "skip"),
}


def copy_in(workspace: Workspace, databases: Databases, statement: s.CopyFrom) -> Result:
    """Loads the rows of a file into a table that is there, or into a new one.

    Raises CatalogError for a table that is not there, or is there already; OptionError; FileError for a file
    that cannot be read, and with the line for a bad row; SqlError. The database is as it was then.
    """
    options = CopyOptions(statement.options, _NAMES)
    file = opened(databases.inputs, statement.file, options)
    full = workspace.catalogs.complete(statement.path)
    database = databases.of(full.catalog, full.database)
    there = {name.lower(): name for name, _ in database.tables()}.get(full.name.lower())
    rejects = _rejects(options, there or full.name)
    replaces = options.truth("REPLACE") or False
    if replaces or options.truth("CREATE"):
        _refuse(statement, there if not replaces else None)
        load = partial(make, database, full.name, rejects=rejects, replaces=there is not None)
    else:
        table = there or _missing(database, full.name)
        load = partial(_append, database, table, columns=statement.columns, rejects=rejects)
    try:
        number, bad = _loaded(load, file)
    except OptionError as error:
        error.span = error.span or options.span
        raise
    return Result(changes=number, notices=[_notice(bad, rejects)] if bad else [])


def _loaded(load: Callable[[CopiedFile], tuple[int, int]], file: CopiedFile) -> tuple[int, int]:
    while True:
        try:
            return load(file)
        except ReadAgain as again:
            file = again.file


def _rejects(options: CopyOptions, table: str) -> str | None:
    """The table for bad rows, None where one of them ends everything."""
    named = options.text("REJECTS")
    if (options.chosen("ON_ERROR", _ON_ERROR) or ("skip" if named else "fail")) == "skip":
        return named or f"{table}_rejects"
    options.refuse("REJECTS", "no row is left out, so REJECTS means nothing")
    return None


def _refuse(statement: s.CopyFrom, there: str | None) -> None:
    if statement.columns:
        raise StatementError("a new table has the columns of the file", hint="leave out their list")
    if there is not None:
        raise CatalogError(
            f"Table '{there}' exists already.",
            code="exists",
            hint="COPY without CREATE adds to it, (REPLACE) puts a new one in its place",
        )


def _missing(database: Database, name: str) -> NoReturn:
    hint = database.nearest_table(name) or "(CREATE) makes it"
    raise CatalogError(f"Table '{name}' does not exist.", code="not_found", hint=hint)


def _append(
    database: Database, table: str, file: CopiedFile, *, columns: Sequence[str], rejects: str | None
) -> tuple[int, int]:
    """Adds the rows of a file to a table; gives their number, and that of bad ones.

    What goes into a column with a type SQLite converts.
    """
    types = {name: kind for name, kind, _, _, hidden in database.columns(table) if not hidden}
    data = file.read()
    places, targets = _targets(data, columns, table, list(types))
    numeric: list[int] = []
    if file.has_texts and not file.is_typed:
        numeric = [at for at, name in enumerate(targets) if _NUMERIC.search(types[name])]
        pairs = zip(places, targets, strict=True)
        data = file.typed({data.names[at].lower(): "TEXT" for at, name in pairs if types[name]}).read()
    insert, number = insert_into(quoted(table), targets), 0
    file.arrive()  # nobody waits for it with the database locked
    with database.loading() as loading:
        rows = Rows(database, loading, rejects)
        for chunk in data.chunks(rows.reject):
            taken = chunk.rows if places == list(range(len(data.names))) else _taken(chunk.rows, places)
            number += rows.write(insert, chunk, _with_infinities(taken, numeric))
        file.check(data)
    return number, rows.bad


def _taken(rows: Sequence[Sequence[Value]], places: Sequence[int]) -> Sequence[Sequence[Value]]:
    return [tuple([row[place] for place in places]) for row in rows]


def _with_infinities(rows: Sequence[Sequence[Value]], numeric: Iterable[int]) -> Sequence[Sequence[Value]]:
    """The rows with numbers for the fields that SQLite would keep as texts."""
    for at in numeric:
        fields: Any = list(map(itemgetter(at), rows))
        values = with_infinities(fields)
        if values is not fields:
            rows = [(*row[:at], value, *row[at + 1 :]) for row, value in zip(rows, values, strict=True)]
    return rows


def _targets(
    data: Data, listed: Sequence[str], table: str, columns: Sequence[str]
) -> tuple[list[int], list[str]]:
    """Which columns of a file are taken, and the columns of the table they go to.

    They go by their names where the file has those that are wanted, else by their places.
    """
    known = {column.lower(): column for column in columns}
    for name in listed or (data.names if data.named else ()):
        if name.lower() not in known:
            hint = f"it has {', '.join(columns)}" + (
                "" if listed else "; (HEADER false) where no line names them"
            )
            raise StatementError(f"{table} has no column {name}", hint=hint)
    wanted = [known[name.lower()] for name in listed]
    there = {name.lower(): place for place, name in enumerate(data.names)} if data.named else {}
    if there and all(name.lower() in there for name in wanted):
        taken = wanted or [known[name.lower()] for name in data.names]
        return [there[name.lower()] for name in taken], taken
    wanted = wanted or list(columns)
    if len(wanted) != len(data.names):
        raise StatementError(f"the file has {len(data.names)} columns, but {len(wanted)} are to be filled")
    return list(range(len(wanted))), wanted


def _notice(bad: int, rejects: str | None) -> str:
    rows = "1 bad row is" if bad == 1 else f"{bad:,} bad rows are"
    return f"{rows} left out, and in the table {rejects}"
