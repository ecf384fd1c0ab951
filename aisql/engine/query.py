"""Runs a statement with AI calls in it: every call the statement needs, each once, and none besides."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

from aisql.engine.asking import Asking
from aisql.engine.database import Database
from aisql.engine.evaluation import CREATE_TABLE_AS, Evaluation, ends_early
from aisql.engine.found import FoundModule
from aisql.engine.last import LAST_TABLE, LastModule
from aisql.engine.models import ModelFinder, ModelUse
from aisql.engine.rewrite import CALL_FUNCTION, NOTE_FUNCTION, ROW_FUNCTION, Rewriter
from aisql.engine.scans import changing
from aisql.engine.vector_search import NEAREST_FUNCTION
from aisql.engine.views import common_tables, creates_view, plain
from aisql.errors import SqlError, StatementError
from aisql.functions.base import Function
from aisql.result import Result, Value
from aisql.settings import Settings
from aisql.syntax.calls import Query

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
    ) -> None:
        self._database = database
        self._models = models
        self._settings = settings
        self._asking = asking
        self._identities = count(1)
        self._running: dict[int, Evaluation] = {}
        self._tables: dict[tuple[str, ...], str] = {}
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
        if creates_view(query):
            return self._database.run(plain(query))
        self._models.forget()
        rewriter = Rewriter(
            query,
            self._identities,
            self._model,
            self._columns_of,
            self._table_of,
            self._is_table(query),
            self._asking.now(),
        )
        sql = rewriter.sql()
        survey = None if query.survey is None else rewriter.survey(query.survey)
        calls = self._asking.calls(query.text, ends_early=ends_early(query.text))
        evaluation = Evaluation(rewriter, sql, survey, self._database, self._settings, self._models, calls)
        self._running.update(dict.fromkeys(rewriter.sites, evaluation))
        return evaluation.run(lambda: self._forget(rewriter))

    def _forget(self, rewriter: Rewriter) -> None:
        for identity in rewriter.sites:
            self._running.pop(identity, None)

    def _model(self, names: tuple[str, ...], function: Function) -> ModelUse:
        return self._models.by_name(names, function.task)

    def _columns_of(self, query: str) -> tuple[str, ...] | None:
        try:
            _, found = self._database.open(query)
        except SqlError:
            return None  # a table of a query further out, or none at all: running the statement tells
        return tuple(column.name for column in found)

    def _table_of(self, columns: tuple[str, ...]) -> str:
        if columns not in self._tables:
            self._tables[columns] = f"vector_search_{len(self._tables) + 1}"
            self._database.register_table(self._tables[columns], FoundModule(columns))
        return self._tables[columns]

    def _is_table(self, query: Query) -> Callable[[str], bool]:
        common = common_tables(query.text)
        return lambda name: name.lower() not in common and self._database.is_table(name)

    def _refuse(self, query: Query) -> None:
        calls = list(query.calls())
        is_query = CREATE_TABLE_AS.match(query.text, query.verb_span.end) or creates_view(query)
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
