"""CREATE TABLE ... AS LAST RESULT: the rows that were kept become a table, and nothing is asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aisql.data.base import distinct
from aisql.engine.database import quoted
from aisql.errors import CatalogError, SqlError, StatementError
from aisql.result import Result

if TYPE_CHECKING:
    from aisql.engine.databases import Databases
    from aisql.engine.kept import Keeper, Kept
    from aisql.engine.workspace import Workspace
    from aisql.syntax.statements import KeepResult

_TYPES: dict[type, str] = {int: "INTEGER", float: "REAL", str: "TEXT", bytes: "BLOB"}


def keep_result(workspace: Workspace, databases: Databases, keeper: Keeper, statement: KeepResult) -> Result:
    """Makes a table of the last result. Raises StatementError where there is none, CatalogError, SqlError."""
    kept = last_result(keeper)
    full = workspace.catalogs.complete(statement.path)
    database = databases.of(full.catalog, full.database)
    if full.name.lower() in {name.lower() for name, _ in database.tables()}:
        if statement.if_not_exists:
            return Result()
        raise CatalogError(
            f"Table '{full.name}' exists already.", hint="take another name, or DROP TABLE it first"
        )
    schema = "temp" if statement.temporary else "main"
    table = f"{schema}.{quoted(full.name)}"
    pairs = zip(distinct(column.name for column in kept.columns), _types(kept), strict=True)
    columns = ", ".join(f"{quoted(name)} {kind}".rstrip() for name, kind in pairs)
    marks = ", ".join("?" * len(kept.columns))
    try:
        database.load(
            f"CREATE TABLE {table} ({columns})", f"INSERT INTO {table} VALUES ({marks})", kept.rows()
        )
    except SqlError as error:
        error.span = None  # it speaks of a text that nobody wrote
        raise
    return Result(changes=kept.count - kept.missing, notices=kept_notices(kept))


def _types(kept: Kept) -> list[str]:
    """The type of each column: that of its values, none where they are of several. So no value changes."""
    found: list[set[type]] = [set() for _ in kept.columns]
    for row in kept.rows():
        for kinds, value in zip(found, row, strict=True):
            kinds.add(type(value))
    return [_type(kinds - {type(None)}) for kinds in found]


def _type(kinds: set[type]) -> str:
    return _TYPES[kinds.pop()] if len(kinds) == 1 else ""


def last_result(keeper: Keeper) -> Kept:
    """The last result. Raises StatementError where there is none."""
    if keeper.last is None:
        raise StatementError(
            "there is no last result", hint="run a query first, in the same script or at the same prompt"
        )
    return keeper.last


def kept_notices(kept: Kept) -> list[str]:
    """What there is to say where it is not whole."""
    if kept.missing:
        return [f"the disk had no room for the last {kept.missing:,} rows of the result"]
    if not kept.is_whole:
        return [f"the result was left early: these are its first {kept.count:,} rows"]
    return []
