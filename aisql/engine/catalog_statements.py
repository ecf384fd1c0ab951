"""Statements about catalogs and databases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from aisql.engine.databases import Databases
from aisql.engine.listing import matching, one_column
from aisql.engine.workspace import Workspace
from aisql.errors import StatementError
from aisql.result import Result
from aisql.syntax import statements as s


def execute(workspace: Workspace, databases: Databases, statement: s.CatalogStatement) -> Result:
    """Runs a statement about catalogs or databases."""
    match statement:
        case s.CreateCatalog():
            return _create_catalog(workspace, databases, statement)
        case s.DropCatalog():
            workspace.catalogs.drop_catalog(statement.name, if_exists=statement.if_exists)
            return Result()
        case s.ShowCatalogs():
            return one_column("catalog name", matching(workspace.catalogs.names(), statement.like))
        case s.ShowCurrentCatalog():
            return one_column("current catalog name", [workspace.catalogs.current_catalog])
        case s.ShowCurrentDatabase():
            return one_column("current database name", [workspace.catalogs.current_database])
        case s.UseCatalog() | s.UseDatabase():
            return _use(workspace, databases, statement)
        case s.CreateDatabase():
            return _create_database(workspace, statement)
        case s.DropDatabase():
            return _drop_database(workspace, databases, statement)
        case s.ShowDatabases():
            return _show_databases(workspace, statement)
        case _:
            assert_never(statement)


def _create_catalog(workspace: Workspace, databases: Databases, statement: s.CreateCatalog) -> Result:
    """CREATE CATALOG: registers a file, which is made when it is missing."""
    _check_path(workspace, statement, databases.files())
    workspace.catalogs.create_catalog(
        statement.name, dict(statement.options), statement.comment, if_not_exists=statement.if_not_exists
    )
    return Result()


def _create_database(workspace: Workspace, statement: s.CreateDatabase) -> Result:
    """CREATE DATABASE: a namespace for models, and a SQLite file of tables."""
    catalog, database = workspace.database(statement.path)
    catalogs = workspace.catalogs
    files = [str(catalogs.open(name).path) for name in catalogs.names()]
    _check_path(workspace, statement, files)
    workspace.catalogs.create_database(
        database,
        catalog,
        dict(statement.options),
        statement.comment,
        if_not_exists=statement.if_not_exists,
    )
    return Result()


def _check_path(
    workspace: Workspace, statement: s.CreateCatalog | s.CreateDatabase, taken: Iterable[str]
) -> None:
    options = dict(statement.options)
    if "path" in options:
        workspace.check_file(options["path"], taken)


def _drop_database(workspace: Workspace, databases: Databases, statement: s.DropDatabase) -> Result:
    """DROP DATABASE; RESTRICT looks into the file of tables too."""
    catalog, database = workspace.database(statement.path)
    exists = workspace.catalogs.find(catalog) is not None and database in workspace.catalogs.database_names(
        catalog
    )
    in_use = (catalog, database) == (workspace.catalogs.current_catalog, workspace.catalogs.current_database)
    has_tables = False
    if databases.current.in_transaction:
        raise StatementError("DROP DATABASE cannot run in a transaction", hint="COMMIT or ROLLBACK first")
    if exists and not in_use:
        has_tables = bool(databases.of(catalog, database).tables())
        databases.forget(catalog, database)
    workspace.catalogs.drop_database(
        database,
        catalog,
        if_exists=statement.if_exists,
        cascade=statement.cascade,
        has_tables=has_tables,
    )
    return Result()


def _use(workspace: Workspace, databases: Databases, statement: s.UseCatalog | s.UseDatabase) -> Result:
    """USE CATALOG and USE; not inside a transaction, which belongs to one database."""
    if databases.current.in_transaction:
        raise StatementError("USE cannot leave an open transaction", hint="COMMIT or ROLLBACK first")
    catalogs = workspace.catalogs
    before = catalogs.current_catalog, catalogs.current_database
    if isinstance(statement, s.UseCatalog):
        catalogs.use_catalog(statement.name)
    else:
        catalog, database = workspace.database(statement.path)
        catalogs.use_database(database, catalog)
    is_open = False
    try:
        databases.use()
        is_open = True
    finally:
        if not is_open:
            catalogs.current_catalog, catalogs.current_database = before
    return Result()


def _show_databases(workspace: Workspace, statement: s.ShowDatabases) -> Result:
    """SHOW DATABASES of a catalog."""
    if statement.source is not None and len(statement.source) > 1:
        raise StatementError("SHOW DATABASES takes the name of a catalog, which has one part")
    catalog = statement.source[0] if statement.source else None
    return one_column("database name", matching(workspace.catalogs.database_names(catalog), statement.like))
