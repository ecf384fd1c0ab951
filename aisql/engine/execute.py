"""A statement of ours to its result. Each kind of statement has a module, each statement a `case` there."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from aisql.errors import AisqlError, StatementError
from aisql.result import Result, listing
from aisql.spend import Spend
from aisql.syntax import statements as s
from aisql.syntax.parse import Parser

if TYPE_CHECKING:
    from collections.abc import Callable

    from aisql.engine.databases import Databases
    from aisql.engine.kept import Keeper
    from aisql.engine.lanes import ClockMaker
    from aisql.engine.queries import Queries
    from aisql.engine.services import Services
    from aisql.engine.words import Words
    from aisql.engine.workspace import Workspace
    from aisql.settings import Settings
    from aisql.spend import Confirm, Watcher


class Executor:
    """Runs the statements SQLite does not know, and the queries with something of ours in them.

    `keep` gives who keeps the last result; `run` runs any statement; `watcher` is told of waits for
    providers; `clock` makes the clock that retries wait by; `confirm` asks the user whether a statement goes
    on.
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
        confirm: Confirm | None = None,
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._databases = databases
        self._keep = keep
        self._run = run
        self._parser = Parser(cache_directory)
        self._watcher = watcher
        self._clock = clock
        self._confirm = confirm
        self._opened_queries: Queries | None = None

    def _queries(self) -> Queries:
        if self._opened_queries is None:
            from aisql.engine.queries import Queries  # a statement about the catalog asks nobody

            self._opened_queries = Queries(
                self._settings,
                self._workspace,
                self._databases,
                self._parser,
                self._watcher,
                self._clock,
                self._confirm,
            )
        return self._opened_queries

    def statement(self, text: str) -> Result:
        """Parses and runs a statement of ours. Raises AisqlError."""
        statement = self._parser.statement(text)
        try:
            return self._execute(statement)
        except AisqlError as error:
            if error.span is None:
                error.span = self._parser.place(text, None if error.subject is None else _is(error.subject))
            raise

    def query(self, text: str) -> Result | None:
        """Runs a query that holds something of ours; None when it does not after all. Raises AisqlError."""
        return self._queries().run(text)

    def without_calls(self, text: str) -> Result:
        """Runs a statement that meets a view with AI calls and makes none of them, such as ALTER TABLE."""
        return self._databases.current.run_knowing(text)

    @property
    def services(self) -> Services:
        """What asks services for their models."""
        return self._queries().services

    @property
    def words(self) -> Words:
        """What asks the default model in words."""
        return self._queries().words

    @property
    def spend(self) -> Spend:
        """What all statements together have spent."""
        return Spend() if self._opened_queries is None else self._opened_queries.spend

    def close(self) -> None:
        """Keeps what arrives within some seconds of what is under way, and frees everything."""
        if self._opened_queries is not None:
            self._opened_queries.close()

    def _execute(self, statement: s.Statement) -> Result:
        # What runs a kind of statement is imported with the first one: most sessions meet few kinds.
        workspace, databases = self._workspace, self._databases
        if isinstance(statement, s.SettingStatement):
            return self._setting(statement)
        if isinstance(statement, s.ModelStatement):
            from aisql.engine import model_statements

            return model_statements.execute(workspace, statement)
        if isinstance(statement, s.CatalogStatement):
            from aisql.engine import catalog_statements

            return catalog_statements.execute(workspace, databases, statement)
        if isinstance(statement, s.EndpointStatement):
            from aisql.engine import endpoint_statements

            return endpoint_statements.execute(workspace, statement)
        if isinstance(statement, s.TableStatement):
            from aisql.engine import table_statements

            return table_statements.execute(workspace, databases, statement)
        if isinstance(statement, s.ConnectionStatement):
            from aisql.engine import connection_statements

            return connection_statements.execute(workspace, statement)
        if isinstance(statement, s.VolumeStatement):
            from aisql.engine import volume_statements

            return volume_statements.execute(workspace, databases, statement)
        if isinstance(statement, s.CopyStatement):
            from aisql.engine import copy_statements

            return copy_statements.execute(workspace, databases, self._keep(), self._run, statement)
        from aisql.engine import ledger_statements

        return ledger_statements.execute(workspace, databases, self._queries, statement)

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


def _is(option: str) -> Callable[[str], bool]:
    """Whether a key is that of an option, in an older spelling too."""
    from aisql.providers.options import canonical  # only mistakes are looked for

    return lambda word: canonical(word) == option
