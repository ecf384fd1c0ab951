"""A statement of ours to its result. Every statement has one `case` here."""

from __future__ import annotations

from typing import assert_never

from aisql.engine import catalog_statements as catalog
from aisql.engine import model_statements as model
from aisql.engine.databases import Databases
from aisql.engine.dispatch import Dispatcher
from aisql.engine.listing import matching, one_column
from aisql.engine.models import ModelFinder
from aisql.engine.query import QueryRunner
from aisql.engine.workspace import Workspace
from aisql.errors import AisqlError, StatementError
from aisql.functions.registry import FUNCTIONS
from aisql.providers.options import canonical
from aisql.result import Result, listing
from aisql.settings import Settings
from aisql.syntax import statements as s
from aisql.syntax.parse import Parser


class Executor:
    """Runs the statements SQLite does not know, and the queries with something of ours in them."""

    def __init__(
        self, settings: Settings, workspace: Workspace, databases: Databases, cache_directory: str | None
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._databases = databases
        self._parser = Parser(cache_directory)
        self._models = ModelFinder(workspace, settings)
        self._runners: dict[str, QueryRunner] = {}
        self._dispatcher: Dispatcher | None = None

    def statement(self, text: str) -> Result:
        """Parses and runs a statement of ours. Raises AisqlError."""
        statement = self._parser.statement(text)
        try:
            return self._execute(statement)
        except AisqlError as error:
            if error.span is None:
                subject = error.subject
                about = None if subject is None else lambda word: canonical(word) == subject
                error.span = self._parser.place(text, about)
            raise

    def query(self, text: str) -> Result | None:
        """Runs a query that holds something of ours; None when it does not after all. Raises AisqlError."""
        query = self._parser.query(text, FUNCTIONS)
        if not query.nodes:
            return None
        database = self._databases.current
        if database.path not in self._runners:
            self._runners[database.path] = QueryRunner(database, self._models, self._settings, self._requests)
        return self._runners[database.path].run(query)

    def close(self) -> None:
        """Cancels what is under way."""
        if self._dispatcher is not None:
            self._dispatcher.close()

    def _requests(self) -> Dispatcher:
        if self._dispatcher is None:
            self._dispatcher = Dispatcher()
        return self._dispatcher

    def _execute(self, statement: s.Statement) -> Result:
        workspace, databases = self._workspace, self._databases
        match statement:
            case s.CreateModel():
                return model.create_model(workspace, statement)
            case s.RenameModel():
                return model.rename_model(workspace, statement)
            case s.SetModelOptions():
                return model.set_options(workspace, statement)
            case s.ResetModelOptions():
                return model.reset_options(workspace, statement)
            case s.DropModel():
                return model.drop_model(workspace, statement)
            case s.ShowModels():
                return model.show_models(workspace, statement)
            case s.ShowCreateModel():
                return model.show_create_model(workspace, statement)
            case s.DescribeModel():
                return model.describe_model(workspace, statement)
            case s.CreateCatalog():
                return catalog.create_catalog(workspace, statement)
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
                return catalog.use(workspace, databases, statement)
            case s.CreateDatabase():
                return catalog.create_database(workspace, statement)
            case s.DropDatabase():
                return catalog.drop_database(workspace, databases, statement)
            case s.ShowDatabases():
                return catalog.show_databases(workspace, statement)
            case s.ShowTables():
                return catalog.show_tables(workspace, databases, statement)
            case s.ShowCreateTable():
                return catalog.show_create_table(workspace, databases, statement)
            case s.DescribeTable():
                return catalog.describe_table(workspace, databases, statement)
            case s.CreateConnection():
                return catalog.create_connection(workspace, statement)
            case s.DropConnection():
                workspace.connections.drop(statement.name, if_exists=statement.if_exists)
                return Result()
            case s.ShowConnections():
                return catalog.show_connections(workspace, statement)
            case s.DescribeConnection():
                return catalog.describe_connection(workspace, statement)
            case s.SetSetting():
                return self._set(statement)
            case s.ShowSettings():
                return listing(("key", "value"), self._settings.items())
            case s.ResetSetting():
                return self._reset(statement)
            case _:
                assert_never(statement)

    def _set(self, statement: s.SetSetting) -> Result:
        try:
            warning = self._settings.set(statement.key, self._settings.resolve(statement.value))
        except StatementError as error:
            error.span = statement.key_span if error.code == "not_found" else statement.value_span
            raise
        return Result(notices=[warning] if warning else [])

    def _reset(self, statement: s.ResetSetting) -> Result:
        try:
            self._settings.reset(statement.key)
        except AisqlError as error:
            error.span = statement.key_span
            raise
        return Result()
