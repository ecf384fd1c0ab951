"""Runs a statement with AI calls in it: every call the statement needs, each once, and none besides."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import count
from typing import TYPE_CHECKING

from aisql.engine.arguments import arranged, constants
from aisql.engine.asking import Asking
from aisql.engine.database import Database
from aisql.engine.evaluation import CREATE_TABLE_AS, Evaluation, ends_early
from aisql.engine.last import LAST_TABLE, LastModule
from aisql.engine.media_files import MediaFiles
from aisql.engine.mistakes import in_written_text
from aisql.engine.models import ModelFinder
from aisql.engine.rewrite import CALL_FUNCTION, NOTE_FUNCTION, ROW_FUNCTION, Rewriter
from aisql.engine.row_tables import RowTables
from aisql.engine.scans import changing
from aisql.engine.surroundings import Surroundings
from aisql.engine.vector_search import NEAREST_FUNCTION
from aisql.engine.views import creates_view, is_kept, plain
from aisql.engine.volume_tables import VolumeTables, refuse_files
from aisql.engine.volumes import Volumes
from aisql.errors import ModelError, OptionError, SqlError, StatementError
from aisql.result import Result, Value
from aisql.settings import Settings
from aisql.syntax.calls import Query, walk
from aisql.syntax.volume_nodes import VolumeNode

if TYPE_CHECKING:
    from aisql.functions.nearest import Nearest


class QueryRunner:
    """Runs queries with AI calls on one database. The functions they call are registered with it here."""

    def __init__(
        self,
        database: Database,
        models: ModelFinder,
        settings: Settings,
        asking: Asking,
        volumes: Volumes,
    ) -> None:
        self._database = database
        self._volumes = volumes
        self._models = models
        self._settings = settings
        self._asking = asking
        self._identities = count(1)
        self._running: dict[int, Evaluation] = {}
        self._rows = RowTables(database)
        self._held: list[VolumeTables] = []  # of statements that were left before their first row
        database.register(CALL_FUNCTION, self._called)
        database.register(NOTE_FUNCTION, self._noted)
        database.register(ROW_FUNCTION, self._row)
        database.register_aggregate(NEAREST_FUNCTION, _nearest)
        database.register_table(LAST_TABLE, LastModule())

    def _called(self, identity: int, *arguments: Value) -> Value:
        return self._evaluation(identity, CALL_FUNCTION).value(identity, arguments)

    def _noted(self, identity: int, *arguments: Value) -> Value:
        return self._evaluation(identity, NOTE_FUNCTION).note(identity, arguments)

    def _row(self, identity: int, *_items: Value) -> Value:
        return self._evaluation(identity, ROW_FUNCTION).end_row()

    def _evaluation(self, identity: int, function: str) -> Evaluation:
        running = self._running.get(identity)
        if running is None:
            raise StatementError(f"{function} is part of aisql and cannot be called")
        return running

    def run(self, query: Query) -> Result:
        """Gives the rows of the query as they are read, and as its calls are answered.

        Raises SyntaxProblem, FunctionError, ModelError or CatalogError for a call that cannot be made,
        ProviderError for one that failed, BudgetError when there are too many. So may reading the rows.
        """
        self._refuse(query)
        if is_kept(query):
            text = plain(query)
            try:
                return self._database.run(str(text))
            except SqlError as error:
                raise text.located(error) from None
        evaluation, done = self._prepared(query)
        return evaluation.run(done)

    def requests(self, query: Query) -> Result:
        """The exact requests that a query would make, which are not made; those that depend on answers which
        are not there cannot be told. Raises what `run` does."""
        self._refuse(query)
        evaluation, done = self._prepared(query)
        return evaluation.run(done, shows_requests=True)

    def check(self, query: Query) -> Result:
        """Has SQLite compile the query, and makes no call. Of one that reads files, which would be read for
        that, only the calls are looked at. Raises what `run` does before it asks."""
        self._refuse(query)
        if any(isinstance(node, VolumeNode) for node in walk(query.nodes)):
            return Result()
        self._models.forget()
        rewriter = self._rewriter(query, VolumeTables(self._database, self._volumes, self._identities))
        sql = plain(query) if is_kept(query) else rewriter.sql()
        self._check_models(rewriter)
        try:
            self._database.compile(str(sql))
        except SqlError as error:
            raise in_written_text(error, sql, query) from None
        return Result()

    def _check_models(self, rewriter: Rewriter) -> None:
        """Raises FunctionError for the name of a model there is none of. A key may still be missing."""
        for site in rewriter.sites.values():
            if site.model is None:
                first = arranged(site.call, site.function)[:1]
                (name,) = constants(first, rewriter.query.text) or (None,)
                with suppress(ModelError, OptionError):
                    if name is not None:
                        self._models.by_coordinate(name, site.function.task)

    def _rewriter(self, query: Query, tables: VolumeTables) -> Rewriter:
        around = Surroundings(
            query.text, self._database, self._models, self._settings.default_model, self._rows, tables
        )
        return Rewriter(query, self._identities, around, self._asking.now())

    def plan(self, query: Query) -> Result:
        """The calls of a query in the order of evaluation, and the files it reads; nothing is asked or read.

        Raises what `run` does."""
        self._refuse(query)
        evaluation, done = self._prepared(query)
        try:
            return evaluation.plan()
        finally:
            done()

    def _prepared(self, query: Query) -> tuple[Evaluation, Callable[[], None]]:
        """The evaluation of a query, and what is to be done when it is over."""
        self._models.forget()
        self._held = [tables for tables in self._held if not tables.drop()]
        tables = VolumeTables(self._database, self._volumes, self._identities)
        rewriter = self._rewriter(query, tables)
        with ExitStack() as unfinished:
            unfinished.callback(tables.drop)
            sql = rewriter.sql()
            survey = None if query.survey is None else rewriter.survey(query.survey)
            unfinished.pop_all()
        calls = self._asking.calls(query.text, ends_early=ends_early(query.text))
        files = MediaFiles(self._volumes.media)
        evaluation = Evaluation(
            rewriter, sql, survey, self._database, self._settings, self._models, calls, files
        )
        self._running.update(dict.fromkeys(rewriter.sites, evaluation))
        return evaluation, lambda: self._forget(rewriter, tables)

    def _forget(self, rewriter: Rewriter, tables: VolumeTables) -> None:
        if not tables.drop():
            self._held.append(tables)
        for identity in rewriter.sites:
            self._running.pop(identity, None)

    def _refuse(self, query: Query) -> None:
        calls = list(query.calls())
        is_query = CREATE_TABLE_AS.match(query.text, query.verb_span.end) or creates_view(query)
        if query.verb == "CREATE" and not is_query:
            refuse_files(query.nodes)
        if calls and query.verb == "CREATE" and not is_query:
            raise StatementError(
                "an AI call can stand in a query or a view, not in a trigger, an index or a table",
                span=calls[0].span,
                hint="CREATE TABLE ... AS SELECT keeps the answers",
            )
        if calls and query.changing is not None:
            raise changing(query.changing)


def _nearest() -> Nearest:
    from aisql.functions.nearest import Nearest  # it needs numpy

    return Nearest()
