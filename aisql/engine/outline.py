"""What there is to name: tables with their columns, models, connections; as values for completion.

Only `schema_rows` reads the session's connection, one query for each database. What the rows mean is
found out by `tables_of` on a connection of its own, on any thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import apsw

from aisql.access import Access
from aisql.catalog.paths import DEFAULT_CATALOG, DEFAULT_DATABASE
from aisql.engine.database import OCEANBASE_SCHEMA, SYSTEM_SCHEMA, quoted
from aisql.engine.file_columns import FileColumns
from aisql.engine.system import columns_of_system
from aisql.functions.registry import CALLED

if TYPE_CHECKING:
    from aisql.engine.database import Database
    from aisql.engine.databases import Databases
    from aisql.engine.workspace import Workspace
    from aisql.result import Value

SchemaRow = tuple[str, str, str, str]
"""The database ('' for the current one), the kind, the name and the CREATE statement of a table or view."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and its type as it was declared ('' for none)."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: `columns` are the same as the columns `others` of the table."""

    columns: tuple[str, ...]
    table: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table or a view. `database` is '' where the name alone finds it."""

    name: str
    columns: tuple[Column, ...] = ()
    kind: str = "table"
    database: str = ""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Something else with a name, and what there is to say about it."""

    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CatalogNames:
    """What the catalog has: models by the shortest name that finds them, and the rest by its name.

    `served` are the models that services said they have, as a call names them.
    """

    models: tuple[Named, ...] = ()
    connections: tuple[Named, ...] = ()
    endpoints: tuple[Named, ...] = ()
    volumes: tuple[Named, ...] = ()
    databases: tuple[Named, ...] = ()
    catalogs: tuple[Named, ...] = ()
    served: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """Everything that can be named at one moment."""

    tables: tuple[Table, ...] = ()
    catalog: CatalogNames = field(default_factory=CatalogNames)


class Observer:
    """Tells what can be named in a session, when that has changed.

    `workspace` gives the session's catalog, None while no statement has needed it; what is temporary is known
    there alone. The rest is read from the catalog file anew, for its connection belongs to another thread.
    `environment` tells where the built-in connections lead to, `access` which files may be looked into.
    """

    def __init__(
        self,
        databases: Databases,
        workspace: Callable[[], Workspace | None],
        catalog_file: str,
        directory: str,
        environment: Mapping[str, str],
        access: Access,
    ) -> None:
        self._databases = databases
        self._workspace = workspace
        self._environment = environment
        self._catalog_file = catalog_file
        self._directory = directory
        self._files = FileColumns(directory, access)
        self._key: object = None

    def forget(self) -> None:
        """Takes everything for changed."""
        self._key = None

    def changed(self) -> Callable[[], Outline] | None:
        """What finds out the names, on any thread; None where nothing has changed since this was last asked.

        Called on the thread of the session. What it gives raises CatalogError, OpenError.
        """
        database = self._databases.current
        self._files.taken = (self._catalog_file, *self._databases.files(), *_attached(database))
        key = (database.path, _versions(database), self._current(), self._temporary(), self._written())
        if key == self._key:
            return None
        self._key = key
        rows, current, temporary = schema_rows(database), self._current(), self._temporary()
        return lambda: Outline(tables_of(rows), self._catalog(current, temporary))

    def columns_of_file(self, name: str) -> tuple[Column, ...]:
        """The columns of the file that a query names, on any thread; see `FileColumns`."""
        return tuple(Column(*pair) for pair in self._files.find(name))

    def _current(self) -> tuple[str, str]:
        workspace = self._workspace()
        if workspace is None:
            return DEFAULT_CATALOG, DEFAULT_DATABASE
        return workspace.catalogs.current_catalog, workspace.catalogs.current_database

    def _temporary(self) -> tuple[str, ...]:
        workspace = self._workspace()
        return () if workspace is None else tuple(workspace.models.temporary.names(*self._current()))

    def _written(self) -> tuple[int, ...]:
        """When the catalog file was last written to, by whatever program."""
        found = []
        for file in (self._catalog_file, f"{self._catalog_file}-wal"):
            with suppress(OSError):
                found.append(os.stat(file).st_mtime_ns)  # noqa: PTH116 # pathlib would cost the start its import
        return tuple(found)

    def _catalog(self, current: tuple[str, str], temporary: tuple[str, ...]) -> CatalogNames:
        from aisql.engine.services import known_models
        from aisql.engine.workspace import Workspace

        workspace = Workspace(self._catalog_file, self._directory)
        try:
            workspace.catalogs.current_catalog, workspace.catalogs.current_database = current
            names = catalog_names(workspace)
            served = tuple(known_models(workspace, self._environment))
        finally:
            workspace.close()
        known = {each.name for each in names.models}
        added = tuple(Named(name, "temporary model") for name in temporary if name not in known)
        return replace(names, models=(*names.models, *added), served=served)


def _attached(database: Database) -> list[str]:
    return [str(row[2]) for row in database.select("PRAGMA database_list") if row[2]]


def _versions(database: Database) -> tuple[object, ...]:
    """What changes with every CREATE, ALTER and DROP of tables."""
    names = [str(row[1]) for row in database.select("PRAGMA database_list")]
    return tuple(database.select(f"PRAGMA {quoted(name)}.schema_version") for name in {*names, "temp"})


def schema_rows(database: Database) -> tuple[SchemaRow, ...]:
    """The tables and views that statements can name, temporary ones first; files that were named last."""
    found: list[SchemaRow] = []
    names = [str(row[1]) for row in database.select("PRAGMA database_list")]
    for name in sorted(names, key=lambda each: (each != "temp", each != "main")):
        if name in {SYSTEM_SCHEMA, OCEANBASE_SCHEMA}:
            continue  # they are there whether attached or not
        shown = "" if name in {"main", "temp"} else name
        rows = database.select(
            f"SELECT type, name, sql FROM {quoted(name)}.sqlite_schema "
            "WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql IS NOT NULL"
        )
        found += [(shown, str(kind), str(table), str(sql)) for kind, table, sql in rows]
    found += [("", "table", name, sql) for name, sql in database.files.definitions()]
    return tuple(found)


def tables_of(rows: Iterable[SchemaRow]) -> tuple[Table, ...]:
    """The tables, made anew in a private database to see their columns; then those of the program.

    What cannot be made there, such as a table of an unknown module, has no columns.
    """
    by_database: dict[str, list[SchemaRow]] = {}
    for row in rows:
        by_database.setdefault(row[0], []).append(row)
    found = [table for name, group in by_database.items() for table in _made(name, group)]
    return (*found, *_of_the_program())


def _made(database: str, rows: list[SchemaRow]) -> Iterator[Table]:
    connection = apsw.Connection(":memory:")
    try:
        for name in CALLED:
            connection.create_scalar_function(name, _no_call, -1)
        connection.execute("BEGIN")
        for _, _, _, sql in sorted(rows, key=lambda row: row[1]):  # tables before views
            with suppress(apsw.Error):
                connection.execute(sql)
        for _, kind, name, sql in rows:
            columns, references = _columns(connection, name), _references(connection, name)
            yield Table(name, columns, _kind(kind, sql), database, references)
    finally:
        connection.close()


def _columns(connection: apsw.Connection, table: str) -> tuple[Column, ...]:
    try:
        rows = list(connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)))
    except apsw.Error:
        return ()
    return tuple(Column(str(name), str(kind or "")) for name, kind in rows)


def _references(connection: apsw.Connection, table: str) -> tuple[Reference, ...]:
    rows = list(
        connection.execute(
            'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq', (table,)
        )
    )
    found: dict[int, Reference] = {}
    for number, other, column, target in rows:
        known = found.get(number, Reference((), str(other), ()))
        others = known.others if target is None else (*known.others, str(target))
        found[number] = replace(known, columns=(*known.columns, str(column)), others=others)
    return tuple(each if each.others else _to_key(connection, each) for each in found.values())


def _to_key(connection: apsw.Connection, reference: Reference) -> Reference:
    """A foreign key that names no columns means the primary key, in its order."""
    rows = connection.execute(
        "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (reference.table,)
    )
    return replace(reference, others=tuple(str(name) for (name,) in rows))


def _kind(kind: str, sql: str) -> str:
    return "virtual table" if sql[:14].upper() == "CREATE VIRTUAL" else kind


def _of_the_program() -> Iterator[Table]:
    for schema, name, columns in columns_of_system():
        yield Table(name, tuple(Column(*column) for column in columns), "table", schema)


def _no_call(*_arguments: Value) -> Value:
    return None


def catalog_names(workspace: Workspace) -> CatalogNames:
    """What the catalog of a session has. Raises CatalogError, OpenError."""
    catalogs = workspace.catalogs
    databases = catalogs.database_names()
    models = [each for database in databases for each in _models(workspace, database)]
    endpoints = [
        Named(each.name, f"{each.provider}, {each.ai_model_name}") for each in workspace.endpoints.list()
    ]
    known = {each.name for each in endpoints}
    ai_models = [
        Named(each.name, each.type) for each in workspace.endpoints.models() if each.name not in known
    ]
    connections = [Named(each.name, each.provider) for each in workspace.connections.list()]
    volumes = (
        Named(each.name, "external volume" if each.is_external else "volume")
        for each in workspace.volumes.list()
    )
    return CatalogNames(
        tuple(models),
        tuple(connections),
        (*endpoints, *ai_models),
        tuple(volumes),
        tuple(Named(name, "database") for name in databases),
        tuple(Named(name, "catalog") for name in catalogs.names()),
    )


def _models(workspace: Workspace, database: str) -> Iterator[Named]:
    catalogs = workspace.catalogs
    for name in workspace.models.names(catalogs.current_catalog, database):
        model = workspace.models.find(catalogs.complete((database, name)))
        options = {} if model is None else dict(model.options)
        detail = " ".join(filter(None, (options.get("provider"), options.get("model"))))
        yield Named(name if database == catalogs.current_database else f"{database}.{name}", detail)
