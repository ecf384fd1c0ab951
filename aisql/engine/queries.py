"""Statements of SQLite's with something of ours in them: on which database, with what, and as what."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from aisql.engine.asking import Asking
from aisql.engine.database import Database
from aisql.engine.databases import Databases
from aisql.engine.models import ModelFinder
from aisql.engine.query import QueryRunner
from aisql.engine.retry_failed import retry_failed
from aisql.engine.views import expanded
from aisql.engine.volumes import Volumes
from aisql.engine.workspace import Workspace
from aisql.errors import AisqlError
from aisql.functions.registry import CALLED
from aisql.result import Result
from aisql.settings import Settings
from aisql.spend import Spend
from aisql.syntax.calls import Query
from aisql.syntax.dialect import is_ours, without_words
from aisql.syntax.parse import Parser

if TYPE_CHECKING:
    from aisql.engine.lanes import ClockMaker
    from aisql.engine.services import Services
    from aisql.engine.words import Words
    from aisql.spend import Confirm, Watcher


class Queries:
    """Runs the queries of a session, and whatever else of it asks a model.

    `watcher` is told of waits for providers; `clock` makes the clock that retries wait by; `confirm` asks the
    user whether a statement goes on.
    """

    def __init__(
        self,
        settings: Settings,
        workspace: Workspace,
        databases: Databases,
        parser: Parser,
        watcher: Watcher | None = None,
        clock: ClockMaker | None = None,
        confirm: Confirm | None = None,
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._databases = databases
        self._parser = parser
        self._models = ModelFinder(workspace, settings)
        self._volumes = Volumes(workspace, databases)
        self._asking = Asking(settings, workspace, watcher, clock, confirm)
        self._runners: dict[str, QueryRunner] = {}

    def run(self, text: str) -> Result | None:
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

    def _runner(self, database: Database) -> QueryRunner:
        if database.path not in self._runners:
            self._runners[database.path] = QueryRunner(
                database, self._models, self._settings, self._asking, self._volumes
            )
        return self._runners[database.path]

    def retry_failed(self) -> Result:
        """Makes the calls of the last statement that failed once more."""
        return retry_failed(self._asking)

    @cached_property
    def services(self) -> Services:
        """What asks services for their models."""
        from aisql.engine.services import Services  # only \\connect and \\refresh do

        return Services(self._workspace, self._models, self._settings)

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
