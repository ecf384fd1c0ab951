"""Runs a statement with AI calls in it: every call the statement needs, each once, and none besides.

SQLite calls a function one row at a time, so the calls are found first and made together. The statement is
run as a scan in which `aisql_call` notes the calls it meets and gives NULL. They are made, and it is scanned
again, until a scan meets no unknown call; that evaluation is the result. A scan takes notes at one level of
evaluation only, the lowest it meets: what lies above it depends on answers that are not there yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import ExitStack
from itertools import count

from aisql.engine.database import Database, quoted
from aisql.engine.dispatch import Calls, Dispatcher
from aisql.engine.models import ModelFinder, ModelUse
from aisql.engine.rewrite import CALL_FUNCTION, Rewriter, Site
from aisql.engine.sql import Sql
from aisql.engine.sql import sql as joined
from aisql.errors import AisqlError, BudgetError, FunctionError, Span, SqlError, StatementError
from aisql.functions.base import Ask, Function, Known, Plan
from aisql.providers.base import Reply
from aisql.result import Column, Result, Row, Value
from aisql.settings import Settings
from aisql.syntax.calls import Query

_READS = frozenset(("SELECT", "VALUES", "PRAGMA", ""))
_WRITES = frozenset(("INSERT", "REPLACE", "UPDATE", "DELETE"))
_NAME = r"""(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$]+)"""
_CREATE_TABLE_AS = re.compile(
    rf"(?is)\s+(?:TEMP(?:ORARY)?\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}(?:\s*\.\s*{_NAME})?\s+AS\b"
)
# It may need only the first answers; without one of these every row is needed.
_ENDS_EARLY = re.compile(r"(?i)\b(?:LIMIT|EXISTS)\b")
_CONFLICT = re.compile(r"(?is)\s+OR\s+(?:ROLLBACK|ABORT|FAIL|IGNORE|REPLACE)\b")
_REPLACES = re.compile(r"(?is)(?:REPLACE|(?:INSERT|UPDATE)\s+OR\s+REPLACE)\b")
_TOP_LEVEL = 1 << 30

# The types belong to it: to Python 1 and 1.0 are the same, to a model they are two texts.
Key = tuple[int, tuple[Value, ...], tuple[type, ...]]


class QueryRunner:
    """Runs queries with AI calls on one database. The function they call is registered with it here."""

    def __init__(
        self,
        database: Database,
        models: ModelFinder,
        settings: Settings,
        dispatcher: Callable[[], Dispatcher],
    ) -> None:
        self._database = database
        self._models = models
        self._settings = settings
        self._dispatcher = dispatcher
        self._identities = count(1)
        self._running: dict[int, Evaluation] = {}
        database.register(CALL_FUNCTION, self._called)

    def _called(self, identity: int, *arguments: Value) -> Value:
        running = self._running.get(identity)
        if running is None:
            raise StatementError(f"{CALL_FUNCTION} is part of aisql and cannot be called")
        return running.value(identity, arguments)

    def run(self, query: Query) -> Result:
        """Makes every call the query needs, then gives its rows as they are read.

        Raises SyntaxProblem, FunctionError, ModelError or CatalogError for a call that cannot be made,
        ProviderError for one that failed, BudgetError when there are too many.
        """
        self._refuse(query)
        self._models.forget()
        rewriter = Rewriter(query, self._identities, self._model, self._columns_of(query))
        evaluation = Evaluation(rewriter, self._database, self._settings, self._models)
        with ExitStack() as stack:
            sql = rewriter.sql()
            stack.callback(self._forget, rewriter)
            self._running.update(dict.fromkeys(rewriter.sites, evaluation))
            if evaluation.needs_scans:
                limits = self._settings.concurrency, self._settings.max_calls
                stop = not self._settings.null_on_error
                with self._dispatcher().statement(*limits, stop_at_failure=stop) as calls:
                    evaluation.answer_all(sql, calls)
            return evaluation.result(sql, stack.pop_all().close)

    def _forget(self, rewriter: Rewriter) -> None:
        for identity in rewriter.sites:
            self._running.pop(identity, None)

    def _model(self, names: tuple[str, ...], function: Function) -> ModelUse:
        return self._models.by_name(names, function.task)

    def _columns_of(self, query: Query) -> Callable[[str], tuple[str, ...] | None]:
        def columns(source: str) -> tuple[str, ...] | None:
            # What stands before the verb may define the table (WITH ...).
            head = query.text[: query.verb_span.start] if query.text[:4].upper() == "WITH" else ""
            try:
                _, found = self._database.open(f"{head}SELECT * FROM {source} LIMIT 0")
            except SqlError:
                return None  # a table of a query further out, or none at all: running the statement tells
            return tuple(column.name for column in found)

        return columns

    def _refuse(self, query: Query) -> None:
        calls = list(query.calls())
        if calls and query.verb == "CREATE" and not _CREATE_TABLE_AS.match(query.text, query.verb_span.end):
            raise StatementError(
                "an AI call can stand in a query, not in the definition of a view, trigger, index or table",
                span=calls[0].span,
                hint="CREATE TABLE ... AS SELECT keeps the answers",
            )
        if calls and query.changing is not None:
            raise _changing(query.changing)


def _changing(span: Span) -> FunctionError:
    return FunctionError(
        "what an AI call is made for must be the same in every evaluation of the statement",
        code="not_deterministic",
        span=span,
        hint="put the changing values into a table first: CREATE TABLE ... AS SELECT ... random() ...",
    )


class _Enough(Exception):
    """Ends a scan that has noted as many calls as may go out before the next one."""


class Evaluation:
    """One statement on its way from unknown calls to a result."""

    def __init__(
        self, rewriter: Rewriter, database: Database, settings: Settings, models: ModelFinder
    ) -> None:
        self._rewriter = rewriter
        self._query = rewriter.query
        self._database = database
        self._settings = settings
        self._models = models
        self._values: dict[Key, Value] = {}
        self._pending: dict[Key, Ask] = {}
        self._lowest = _TOP_LEVEL
        self._scanning = False
        self._last: set[Key] = set()
        self._met = False
        self._failures: list[AisqlError] = []
        is_short = _ENDS_EARLY.search(self._query.text) is not None
        self._ahead = 2 * settings.concurrency if is_short else None

    @property
    def needs_scans(self) -> bool:
        """Whether anything in the statement may have to be asked."""
        return bool(self._rewriter.sites)

    def value(self, identity: int, arguments: tuple[Value, ...]) -> Value:
        """The value of one call while SQLite evaluates the statement."""
        key = identity, arguments, tuple(map(type, arguments))
        if key in self._values:
            self._met = self._met or key in self._last
            return self._values[key]
        site = self._rewriter.sites[identity]
        if not self._scanning:
            raise _changing(site.call.span)
        if site.call.repeats and self._pending:
            raise _Enough  # a recursion on rows with a NULL may never end
        if site.call.level > self._lowest:
            return None
        plan = self._plan(site, arguments)
        if isinstance(plan, Known):
            self._values[key] = plan.value
            return plan.value
        self._note(key, plan, site)
        return None

    def _note(self, key: Key, plan: Ask, site: Site) -> None:
        if self._ahead is not None and self._pending and site.call.level < self._lowest:
            raise _Enough  # what is noted comes of earlier rows, which may be all it takes
        self._lowest = min(self._lowest, site.call.level)
        self._pending[key] = plan
        if site.call.repeats or (self._ahead is not None and len(self._pending) >= self._ahead):
            raise _Enough

    def _plan(self, site: Site, arguments: tuple[Value, ...]) -> Plan:
        try:
            if site.model is None:
                self._models.by_coordinate(
                    arguments[0], site.function.task
                )  # wrong even where no call is made
                arguments = arguments[1:]
            return site.function.plan(arguments)
        except AisqlError as error:
            error.span = error.span or site.call.span
            raise

    def answer_all(self, sql: Sql, calls: Calls) -> None:
        """Scans and asks until nothing is unknown."""
        self._answer_scans(self._forgiving(sql), calls)
        if _REPLACES.match(self._query.text, self._query.verb_span.start):
            self._answer_scans(sql, calls)  # rows that replace others, which a forgiving scan leaves out

    def _answer_scans(self, sql: Sql, calls: Calls) -> None:
        while self._scan(sql):
            if self._last and not self._met:
                # Not one of the calls of the last scan came again: they change by themselves.
                site = self._rewriter.sites[next(iter(self._pending))[0]]
                raise _changing(site.call.span)
            self._last, self._met = set(self._pending), False
            self._ask(calls)

    def _forgiving(self, sql: Sql) -> Sql:
        """The statement as it is scanned: a NULL in the place of an answer must not end it."""
        if self._query.verb not in {"INSERT", "REPLACE", "UPDATE"}:
            return sql
        conflict = _CONFLICT.match(self._query.text, self._query.verb_span.end)
        head, _ = sql.split_at(self._query.verb_span.start)
        _, tail = sql.split_at(conflict.end() if conflict else self._query.verb_span.end)
        verb = "UPDATE" if self._query.verb == "UPDATE" else "INSERT"
        return joined(head, f"{verb} OR IGNORE", tail)

    def _scan(self, sql: Sql) -> bool:
        """Runs the statement for its calls; tells whether any is unknown."""
        self._pending, self._lowest, self._scanning = {}, _TOP_LEVEL, True
        try:
            if self._query.verb in _READS:
                rows, _ = self._database.open(str(sql))
                for _row in rows:
                    pass
            else:
                self._scan_write(str(sql))
        except _Enough:
            pass
        except SqlError as error:
            if not self._pending:  # else it may come of the NULLs
                raise self._in_written_text(error, sql) from None
        finally:
            self._scanning = False
        return bool(self._pending)

    def _scan_write(self, sql: str) -> None:
        try:
            self._database.rolled_back(sql, 0)
        except SqlError as error:
            if not error.message.startswith("cannot modify"):
                raise
            raise StatementError(
                "an AI call cannot stand in a statement that writes to a view",
                span=self._query.verb_span,
                hint="its triggers would see rows without answers; put the answers into a table first",
            ) from None

    def _ask(self, calls: Calls) -> None:
        futures: dict[Key, Future[Reply]] = {}
        for key, ask in self._pending.items():
            site = self._rewriter.sites[key[0]]
            model = site.model or self._models.by_coordinate(key[1][0], site.function.task)
            timeout = ask.timeout or site.timeout or self._settings.timeout
            try:
                futures[key] = calls.submit(model.request(ask, timeout), ask.concurrency or site.concurrency)
            except BudgetError as error:
                error.span = site.call.span
                raise
        if not self._settings.null_on_error:
            wait(futures.values(), return_when=FIRST_EXCEPTION)
            # The first failure ends the statement: what was not sent yet never is.
            for key, future in futures.items():
                if future.done() and not future.cancelled() and future.exception() is not None:
                    self._answer(key, future)
        for key, future in futures.items():
            self._values[key] = self._answer(key, future)

    def _answer(self, key: Key, future: Future[Reply]) -> Value:
        try:
            return self._pending[key].read(future.result())
        except AisqlError as error:
            site = self._rewriter.sites[key[0]]
            error.message = f"{site.call.name}{_shown(key[1])}: {error.message}"
            error.span = error.span or site.call.span
            if not self._settings.null_on_error:
                raise
            self._failures.append(error)
            return None

    def result(self, sql: Sql, done: Callable[[], None]) -> Result:
        """Runs the statement with every answer known."""
        notices = self._notices()
        try:
            if self._query.verb == "CREATE":
                sql = self._named(sql)
            rows, columns = self._database.open(str(sql))
        except SqlError as error:
            raise self._in_written_text(error, sql) from None
        if not columns:
            done()
            changes = self._database.changes() if self._query.verb in _WRITES else None
            return Result(changes=changes, notices=notices)
        named = tuple(Column(self._rewriter.name_of(column.name), column.type) for column in columns)
        return Result(named, self._rows(rows, sql, done), notices=notices)

    def _rows(self, rows: Iterator[Row], sql: Sql, done: Callable[[], None]) -> Iterator[Row]:
        try:
            yield from rows
        except SqlError as error:
            raise self._in_written_text(error, sql) from None
        finally:
            done()

    def _named(self, sql: Sql) -> Sql:
        """CREATE TABLE AS with the names of columns the user would read in the query."""
        match = _CREATE_TABLE_AS.match(self._query.text, self._query.verb_span.end)
        if match is None:
            return sql
        head, select = sql.split_at(match.end())
        _, columns = self._database.open(f"SELECT * FROM ({select}) LIMIT 0")
        names = ", ".join(quoted(self._rewriter.name_of(column.name)) for column in columns)
        return joined(head, f" WITH aisql_result({names}) AS (", select, ") SELECT * FROM aisql_result")

    def _notices(self) -> list[str]:
        if not self._failures:
            return []
        number = len(self._failures)
        calls = "1 call failed and gave NULL" if number == 1 else f"{number} calls failed and gave NULL"
        return [f"{calls}; the first: {self._failures[0].message}"]

    def _in_written_text(self, error: SqlError, sql: Sql) -> SqlError:
        error.message = error.message.replace(f"{CALL_FUNCTION}()", "an AI call")
        if error.span is not None:
            start = sql.origin_of(error.span.start)
            error.span = Span(start, max(start, sql.origin_of(error.span.end)))
        return error


def _shown(arguments: tuple[Value, ...]) -> str:
    """The arguments of a call as an error shows them, shortened."""
    texts = []
    for argument in arguments:
        text = "NULL" if argument is None else repr(argument)
        texts.append(text if len(text) <= 40 else f"{text[:36]}...{text[-1]}")
    return f"({', '.join(texts)})"
