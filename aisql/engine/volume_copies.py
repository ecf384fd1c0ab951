"""COPY INTO: from files of a volume to a table, and from a table to a file (Singdata)."""

from __future__ import annotations

from itertools import count

from aisql.data.base import Table
from aisql.engine import volume_data
from aisql.engine.database import quoted
from aisql.engine.volumes import Volumes
from aisql.errors import SqlError, StatementError
from aisql.result import Result
from aisql.syntax import statements as s


def copy_into_table(volumes: Volumes, statement: s.CopyIntoTable) -> Result:
    """Loads all rows or none.

    Columns of files that name them go by their names, others by their places. A field of CSV is converted as
    SQLite converts what is written into the column.
    """
    database, name = volumes.table(statement.path)
    columns = [(column, kind) for column, kind, _, _, hidden in database.columns(name) if not hidden]
    declared = [(f"f{place}", column) for place, (column, kind) in enumerate(columns) if kind]
    texts = {each.lower() for pair in declared for each in pair}
    table = volume_data.read(volumes, statement.data, texts)
    targets = _targets(table, [column for column, _ in columns], name)
    number = count()
    marks = ", ".join("?" * len(targets))
    try:
        database.load(
            f"DELETE FROM {quoted(name)}" if statement.overwrite else "",
            f"INSERT INTO {quoted(name)} ({', '.join(map(quoted, targets))}) VALUES ({marks})",
            (row for row, _ in zip(table.rows, number, strict=False)),
        )
    except SqlError as error:
        error.span = None  # it speaks of a text that nobody wrote
        raise
    return Result(changes=next(number))


def _targets(table: Table, columns: list[str], name: str) -> list[str]:
    """The column of the table for each of the files. Raises StatementError where there is none."""
    if not table.named:
        if len(table.names) != len(columns):
            raise StatementError(f"the files have {len(table.names)} columns, but {name} has {len(columns)}")
        return columns
    known = {column.lower(): column for column in columns}
    for column in table.names:
        if column.lower() not in known:
            raise StatementError(f"{name} has no column {column}", hint=f"it has {', '.join(columns)}")
    return [known[column.lower()] for column in table.names]


def copy_into_volume(volumes: Volumes, statement: s.CopyIntoVolume) -> Result:
    """Writes a table to a file that is named after it, in the place of one that was there."""
    folder = volumes.folder(statement.volume)
    database, name = volumes.table(statement.path)
    below = (statement.subdirectory or "").rstrip("/")
    path = f"{below}/" * bool(below) + f"{name}.{statement.format.lower()}"
    rows, columns = database.open(f"SELECT * FROM {quoted(name)}")
    with folder.writing(path) as file:
        return Result(changes=volume_data.write(statement.format, columns, rows, file))
