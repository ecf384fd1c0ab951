"""Data files as tables: a CSV or TSV file named on the command line becomes a temporary table."""

from __future__ import annotations

from pathlib import Path

from aisql.data.base import Source, Table
from aisql.data.registry import READABLE, read
from aisql.engine.database import Database, quoted
from aisql.errors import FileError, OpenError, SqlError


def load(database: Database, path: Path) -> None:
    """Makes a temporary table, named after the file's stem, of a file with a header row.

    An empty field is NULL. A column is INTEGER or REAL when all its values look like that, else TEXT.
    Raises OpenError, naming file and line, when the file cannot be read; then there is no table.
    """
    source = Source(str(path), lambda: path.open("rb"))
    try:
        table = read(READABLE[path.suffix.lower().lstrip(".")], [source], {"header": True}).table()
    except FileError as error:
        raise OpenError(error.message, hint=error.hint) from error
    try:
        create_temporary(database, path.stem, table)
    except (SqlError, FileError) as error:
        raise OpenError(f"{path}: {error.message}", hint="a file becomes a table named after it") from error


def create_temporary(database: Database, name: str, table: Table) -> None:
    """Makes a temporary table of what files hold; all of it or nothing. Raises SqlError."""
    pairs = zip(table.names, table.types, strict=True)
    columns = ", ".join(f"{quoted(column)} {kind}" for column, kind in pairs)
    database.load(
        f"CREATE TEMPORARY TABLE {quoted(name)} ({columns})",
        f"INSERT INTO temp.{quoted(name)} VALUES ({', '.join('?' * len(table.names))})",
        table.rows,
    )
