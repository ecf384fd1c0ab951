"""A statement of ours to its result. Each kind of statement has a module, each statement a `case` there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from aisql.engine import (
    catalog_statements,
    connection_statements,
    copy_statements,
    endpoint_statements,
    ledger_statements,
    model_statements,
    table_statements,
    volume_statements,
)
from aisql.engine.asking import Asking
from aisql.engine.database import Database
from aisql.engine.databases import Databases
from aisql.engine.models import ModelFinder
from aisql.engine.query import QueryRunner
from aisql.engine.services import Services
from aisql.engine.system import describe
from aisql.engine.views import expanded
from aisql.engine.volumes import Volumes
from aisql.engine.workspace import Workspace
from aisql.errors import AisqlError, StatementError
from aisql.functions.registry import CALLED
from aisql.providers.options import canonical
from aisql.result import Result, listing
from aisql.settings import Settings
from aisql.spend import Spend
from aisql.syntax import statements as s
from aisql.syntax.calls import Query
from aisql.syntax.dialect import is_ours, without_words
from aisql.syntax.parse import Parser

if TYPE_CHECKING:
    from collections.abc import Callable

    from aisql.engine.kept import Keeper
    from aisql.engine.lanes import ClockMaker
    from aisql.engine.words import Words
    from aisql.spend import Watcher


class Executor:
    """Runs the statements SQLite does not know, and the queries with something of ours in them.

    `keep` gives who keeps the last result; `run` runs any statement; `watcher` is told of waits for
    providers; `clock` makes the clock that retries wait by.
    """

    def __init__(
        self,
        settings: Settings,
        workspace: Workspace,
        databases: Databases,
        keep: Callable[[], Keeper],
        run: Callable[[str], Result],
        cache_directory: str | None,
        watcher: Watcher | None = None,
        clock: ClockMaker | None = None,
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._databases = databases
        self._keep = keep
        self._run = run
        self._parser = Parser(cache_directory)
        self._models = ModelFinder(workspace, settings)
        self._volumes = Volumes(workspace, databases)
        self._runners: dict[str, QueryRunner] = {}
        self.services = Services(workspace, self._models, settings)
        self._asking = Asking(settings, workspace, watcher, clock)

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
        runner = self._runner(self._databases.current)
        explained = without_words(text)
        if explained is None:
            return self._query(text, runner.run)
        word, query = explained
        return self._query(query, runner.requests if word == "prompt" else runner.plan, holds_ours=True)

    def check(self, text: str) -> None:
        """Parses a statement of ours, or has SQLite compile one of its own, and runs neither.

        A model may have written it, and would be told what a file has: one that the command line has not
        named is not read, and what needs it is not compiled. Raises AisqlError.
        """
        database = self._databases.current
        if is_ours(text):
            self._parser.statement(text)
            return
        from aisql.engine.file_calls import quoted_calls  # few statements are only looked at

        text = str(quoted_calls(text))
        _, query = without_words(text) or ("", text)
        with database.files.unread():
            if self._query(query, self._runner(database).check) is None:
                database.compile(query)

    def _query(self, text: str, run: Callable[[Query], Result], *, holds_ours: bool = False) -> Result | None:
        """What `run` gives of a query; None where nothing in it is ours."""
        expansion = expanded(self._databases.current, text)
        if expansion is None:
            query = self._parser.query(text, CALLED)
            return run(query) if query.nodes or holds_ours else None
        try:
            result = run(self._parser.query(expansion.text, CALLED))
        except AisqlError as error:
            raise expansion.restored(error) from error.__cause__
        result.rows = expansion.restoring(result.rows)
        return result

    def without_calls(self, text: str) -> Result:
        """Runs a statement that meets a view with AI calls and makes none of them, such as ALTER TABLE."""
        return self._databases.current.run_knowing(text)

    def _runner(self, database: Database) -> QueryRunner:
        if database.path not in self._runners:
            self._runners[database.path] = QueryRunner(
                database, self._models, self._settings, self._asking, self._volumes
            )
        return self._runners[database.path]

    @cached_property
    def words(self) -> Words:
        """What asks the default model in words."""
        from aisql.engine.words import Words  # only two commands do

        return Words(
            self._settings,
            self._workspace,
            self._databases,
            self._models,
            self._asking,
            self._volumes,
            self.check,
        )

    @property
    def spend(self) -> Spend:
        """What all statements together have spent."""
        return self._asking.spend

    def close(self) -> None:
        """Keeps what arrives within some seconds of what is under way, and frees everything."""
        self._asking.close()

    def _execute(self, statement: s.Statement) -> Result:
        if isinstance(statement, s.ModelStatement):
            return model_statements.execute(self._workspace, statement)
        if isinstance(statement, s.CatalogStatement):
            return catalog_statements.execute(self._workspace, self._databases, statement)
        if isinstance(statement, s.EndpointStatement):
            return endpoint_statements.execute(self._workspace, statement)
        if isinstance(statement, s.DescribeTable) and (described := describe(statement.path)) is not None:
            return described
        if isinstance(statement, s.TableStatement):
            return table_statements.execute(self._workspace, self._databases, statement)
        if isinstance(statement, s.ConnectionStatement):
            return connection_statements.execute(self._workspace, statement)
        if isinstance(statement, s.VolumeStatement):
            return volume_statements.execute(self._workspace, self._volumes, statement)
        if isinstance(statement, s.CopyStatement):
            return copy_statements.execute(
                self._workspace, self._databases, self._keep(), self._run, statement
            )
        if isinstance(statement, s.LedgerStatement):
            return ledger_statements.execute(self._workspace, self._databases, self._asking, statement)
        return self._setting(statement)

    def _setting(self, statement: s.SettingStatement) -> Result:
        match statement:
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
            warning = self._settings.set(statement.key, statement.value)
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
