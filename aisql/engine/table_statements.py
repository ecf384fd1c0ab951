"""SHOW and DESCRIBE of tables and views."""

from __future__ import annotations

from typing import assert_never

from aisql.engine.database import Database
from aisql.engine.databases import Databases
from aisql.engine.listing import definition, matching, one_column
from aisql.engine.system import describe
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, StatementError
from aisql.result import Result, listing
from aisql.syntax import statements as s
from aisql.syntax.flink_tables import as_written, kept_types

_DESCRIBE = ("name", "type", "null", "key", "extras", "watermark")
_HIDDEN = {2: "VIRTUAL", 3: "STORED"}  # how SQLite marks generated columns


def execute(workspace: Workspace, databases: Databases, statement: s.TableStatement) -> Result:
    """Runs a statement about tables."""
    match statement:
        case s.ShowTables():
            return _show_tables(workspace, databases, statement)
        case s.ShowCreateTable():
            return _show_create_table(workspace, databases, statement)
        case s.DescribeTable():
            return _describe(workspace, databases, statement)
        case _:
            assert_never(statement)


def _show_tables(workspace: Workspace, databases: Databases, statement: s.ShowTables) -> Result:
    """SHOW TABLES, which lists views too as Flink does, and SHOW VIEWS."""
    database = databases.of(*workspace.database(statement.source))
    kinds = ("view",) if statement.views else ("table", "view", "virtual", "file")
    names = [name for name, kind in database.tables() if kind in kinds]
    return one_column("view name" if statement.views else "table name", matching(names, statement.like))


def _show_create_table(workspace: Workspace, databases: Databases, statement: s.ShowCreateTable) -> Result:
    """The text SQLite keeps, which can be run again."""
    word, other = ("VIEW", "TABLE") if statement.view else ("TABLE", "VIEW")
    database, name, title = _located(workspace, databases, statement.path)
    kind = dict(database.tables()).get(name)
    if kind is None:
        raise CatalogError(
            f"Could not execute SHOW CREATE {word}. "
            f"{word.capitalize()} with identifier {title} does not exist.",
            code="not_found",
        )
    if (kind == "view") != statement.view:
        raise CatalogError(
            f"SHOW CREATE {word} is only supported for {word.lower()}s, but {title} is a {other.lower()}. "
            f"Please use SHOW CREATE {other} instead."
        )
    return definition(as_written(database.definition(name)))


def _describe(workspace: Workspace, databases: Databases, statement: s.DescribeTable) -> Result:
    """The columns of a table: one of ours, one of SQLite's, or a file."""
    if (described := describe(statement.path)) is not None:
        return described
    try:
        return _describe_table(workspace, databases, statement)
    except CatalogError:
        if (described := _describe_file(databases.current, statement.path)) is None:
            raise
        return described


def _describe_table(workspace: Workspace, databases: Databases, statement: s.DescribeTable) -> Result:
    """Flink's columns over what SQLite knows of a table."""
    database, name, title = _located(workspace, databases, statement.path)
    if name not in dict(database.tables()):
        raise CatalogError(
            f"Tables or views with the identifier '{title.replace('`', '')}' doesn't exist.",
            code="not_found",
            hint=None if len(statement.path) > 1 else database.nearest_table(statement.path[-1]),
        )
    rows = []
    primary = [str(row[0]) for row in sorted(database.columns(name), key=lambda row: row[3]) if row[3]]
    flink = {one: (kind, comment) for one, kind, comment in kept_types(database.definition(name))}
    for column, stored, required, key, hidden in database.columns(name):
        kind, comment = flink.get(column, (stored, ""))
        is_rowid = kind.upper() == "INTEGER" and primary == [column]  # any other key may hold NULL in SQLite
        null = "FALSE" if required or is_rowid else "TRUE"
        keys = f"PRI({', '.join(primary)})" if key else ""
        rows.append((column, kind, null, keys, _HIDDEN.get(hidden, ""), "", comment))
    if any(comment for _, comment in flink.values()):
        return listing((*_DESCRIBE, "comment"), rows)
    return listing(_DESCRIBE, [row[:-1] for row in rows])


def _describe_file(database: Database, path: s.Path) -> Result | None:
    """The same of the file that FROM would read; None where the name means none.

    Raises what `FoundFiles.find` does, but for a name with points outside of quotes, which is one of a table.
    """
    try:
        file = database.files.find(".".join(path))
    except StatementError:
        if len(path) > 1:
            return None
        raise
    if file is None:
        return None
    rows = [
        (name, kind, "TRUE", "", "", "") for name, kind in zip(file.data.names, file.data.types, strict=True)
    ]
    return listing(_DESCRIBE, rows)


def _located(workspace: Workspace, databases: Databases, path: s.Path) -> tuple[Database, str, str]:
    """The database a table is in, the name SQLite has it under, and its full name for messages."""
    full = workspace.catalogs.complete(path)
    database = databases.of(full.catalog, full.database)
    spelled = {name.lower(): name for name, _ in database.tables()}
    return database, spelled.get(full.name.lower(), full.name), full.quoted()
