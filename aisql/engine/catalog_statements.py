"""Statements about catalogs, databases, tables and connections."""

from __future__ import annotations

from aisql.catalog import connections
from aisql.engine import rules
from aisql.engine.database import Database
from aisql.engine.databases import Databases
from aisql.engine.listing import matching, one_column
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, OptionError, StatementError
from aisql.providers.registry import SERVICES, service
from aisql.result import Result, listing
from aisql.syntax import statements as s

_DESCRIBE = ("name", "type", "null", "key", "extras", "watermark")
_HIDDEN = {2: "VIRTUAL", 3: "STORED"}  # how SQLite marks generated columns


def create_catalog(workspace: Workspace, statement: s.CreateCatalog) -> Result:
    """CREATE CATALOG: registers a file, which is made when it is missing."""
    workspace.catalogs.create_catalog(
        statement.name, dict(statement.options), statement.comment, if_not_exists=statement.if_not_exists
    )
    return Result()


def create_database(workspace: Workspace, statement: s.CreateDatabase) -> Result:
    """CREATE DATABASE: a namespace for models, and a SQLite file of tables."""
    catalog, database = workspace.database(statement.path)
    workspace.catalogs.create_database(
        database,
        catalog,
        dict(statement.options),
        statement.comment,
        if_not_exists=statement.if_not_exists,
    )
    return Result()


def drop_database(workspace: Workspace, databases: Databases, statement: s.DropDatabase) -> Result:
    """DROP DATABASE; RESTRICT looks into the file of tables too."""
    catalog, database = workspace.database(statement.path)
    exists = workspace.catalogs.find(catalog) is not None and database in workspace.catalogs.database_names(
        catalog
    )
    in_use = (catalog, database) == (workspace.catalogs.current_catalog, workspace.catalogs.current_database)
    has_tables = False
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


def use(workspace: Workspace, databases: Databases, statement: s.UseCatalog | s.UseDatabase) -> Result:
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
    try:
        databases.use()
    except BaseException:
        catalogs.current_catalog, catalogs.current_database = before
        raise
    return Result()


def show_databases(workspace: Workspace, statement: s.ShowDatabases) -> Result:
    """SHOW DATABASES of a catalog."""
    if statement.source is not None and len(statement.source) > 1:
        raise StatementError("SHOW DATABASES takes the name of a catalog, which has one part")
    catalog = statement.source[0] if statement.source else None
    return one_column("database name", matching(workspace.catalogs.database_names(catalog), statement.like))


def show_tables(workspace: Workspace, databases: Databases, statement: s.ShowTables) -> Result:
    """SHOW TABLES, which lists views too as Flink does, and SHOW VIEWS."""
    database = databases.of(*workspace.database(statement.source))
    kinds = ("view",) if statement.views else ("table", "view", "virtual")
    names = [name for name, kind in database.tables() if kind in kinds]
    return one_column("view name" if statement.views else "table name", matching(names, statement.like))


def show_create_table(workspace: Workspace, databases: Databases, statement: s.ShowCreateTable) -> Result:
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
    return one_column("result", [database.definition(name)])


def describe_table(workspace: Workspace, databases: Databases, statement: s.DescribeTable) -> Result:
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
    for column, kind, required, key, hidden in database.columns(name):
        is_rowid = kind.upper() == "INTEGER" and primary == [column]  # any other key may hold NULL in SQLite
        null = "FALSE" if required or is_rowid else "TRUE"
        keys = f"PRI({', '.join(primary)})" if key else ""
        rows.append((column, kind, null, keys, _HIDDEN.get(hidden, ""), ""))
    return listing(_DESCRIBE, rows)


def _located(workspace: Workspace, databases: Databases, path: s.Path) -> tuple[Database, str, str]:
    """The database a table is in, the name SQLite has it under, and its full name for messages."""
    full = workspace.catalogs.complete(path)
    database = databases.of(full.catalog, full.database)
    spelled = {name.lower(): name for name, _ in database.tables()}
    return database, spelled.get(full.name.lower(), full.name), full.quoted()


def create_connection(workspace: Workspace, statement: s.CreateConnection) -> Result:
    """CREATE API CONNECTION, of type ai_function."""
    if statement.type.lower() != "ai_function":
        raise OptionError(f"a connection of TYPE {statement.type} is not known", hint="TYPE is ai_function")
    properties = {key.lower(): value for key, value in statement.properties}
    if len(properties) < len(statement.properties):
        raise OptionError("a property of the connection is given twice")
    provider = properties.pop("provider", "")
    if not provider:
        raise OptionError("a connection needs PROVIDER", hint="PROVIDER = 'openai'")
    unknown = sorted(properties.keys() - {"base_url", "api_key"})
    if unknown:
        raise OptionError(
            f"a connection has no property {unknown[0].upper()}", hint="known are PROVIDER, BASE_URL, API_KEY"
        )
    base_url = properties.pop("base_url", "")
    notices = []
    if properties.get("api_key") == rules.MASK:
        del properties["api_key"]
        notices.append("API_KEY was copied masked; the connection is without a key")
    record = service(provider)
    made = workspace.connections.create(
        statement.name,
        statement.type,
        provider,
        base_url,
        properties,
        host=rules.host_of(base_url or (record.base_url if record else None) or ""),
        if_not_exists=statement.if_not_exists,
    )
    if made and record is None:
        names = ", ".join(each.name for each in SERVICES)
        notices.append(f"there is no provider '{provider}'; known are {names}")
    elif made and record is not None:
        needed = {"BASE_URL": not (base_url or record.base_url or record.name == "builtin")}
        needed["API_KEY"] = record.needs_key and "api_key" not in properties
        notices += [f"the connection has no {name}" for name, is_missing in needed.items() if is_missing]
    return Result(notices=notices)


def show_connections(workspace: Workspace, statement: s.ShowConnections) -> Result:
    """SHOW CONNECTIONS."""
    found = {connection.name: connection for connection in workspace.connections.list()}
    names = matching(found, statement.like)
    return listing(connections.SHOW_COLUMNS, [connections.show_row(found[name]) for name in names])


def describe_connection(workspace: Workspace, statement: s.DescribeConnection) -> Result:
    """DESC CONNECTION; a key is never shown."""
    rows = connections.describe_rows(workspace.connections.get(statement.name))
    return listing(connections.DESCRIBE_COLUMNS, rows)
