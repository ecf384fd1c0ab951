"""One statement with AI calls on its way to a result: the scans it takes, and what calls give in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from functools import cache
from time import monotonic
from types import TracebackType
from weakref import ref

from aisql.engine.ask import Call, Form
from aisql.engine.calls import Calls
from aisql.engine.chain import Chain
from aisql.engine.database import Database, quoted
from aisql.engine.media_files import MediaFiles
from aisql.engine.mistakes import in_written_text
from aisql.engine.models import ModelFinder, ModelUse
from aisql.engine.overflow import Overflows, room_of
from aisql.engine.plans import plan
from aisql.engine.rewrite import Rewriter, Site
from aisql.engine.rounds import Count, Enough, Round, Settled, Survey, next_most, noted
from aisql.engine.scans import Collector, Key, Lookup, Lost, Missing, Reading, Scan, changed, changing, key_of
from aisql.engine.sql import TABLE_AS, Sql
from aisql.engine.sql import sql as joined
from aisql.errors import AisqlError, FunctionError, SqlError, StatementError
from aisql.functions.base import Ask, Known, Plan, Steps
from aisql.functions.talks import checked
from aisql.providers.base import EMBEDDINGS, Provider
from aisql.providers.registry import adapter
from aisql.result import Column, Result, Row, Value, listing, pausing
from aisql.settings import Settings

_READS = frozenset(("SELECT", "VALUES", "PRAGMA", ""))
_WRITES = frozenset(("INSERT", "REPLACE", "UPDATE", "DELETE"))
CREATE_TABLE_AS = re.compile(rf"(?is)\s+{TABLE_AS}\b")
# It may need only the first answers; without one of these every row is needed.
_ENDS_EARLY = re.compile(r"(?i)\b(?:LIMIT|EXISTS)\b")
_CONFLICT = re.compile(r"(?is)\s+OR\s+(?:ROLLBACK|ABORT|FAIL|IGNORE|REPLACE)\b")
_REPLACES = re.compile(r"(?is)(?:REPLACE|(?:INSERT|UPDATE)\s+OR\s+REPLACE)\b")
_EXPLAIN = re.compile(r"(?i)EXPLAIN\b")
_CHANGING = frozenset(("random", "randomblob"))
_WINDOW = 1_024
_PLACEHOLDERS: tuple[Value, ...] = (None, "", "{}", 1)
"""What stands for the answers of late calls in rows that may not come out; the first that is no error."""
_TRIES = 5
"""How often a statement that writes is prepared anew where another program changes what it reads."""
_LARGEST_BATCH = 256


def _planned(site: Site, use: ModelUse, arguments: tuple[Value, ...]) -> Plan:
    function = site.function
    if site.pictured:
        assert function.plan_image is not None  # noqa: S101 # such a site has one
        return function.plan_image(arguments[0], arguments[1], arguments[2:])
    if use.is_ai_model and function.plan_ai_model is not None:
        return function.plan_ai_model(arguments)
    return function.plan(arguments)


def ends_early(text: str) -> bool:
    """Whether a statement may be over before it has come to every row."""
    return _ENDS_EARLY.search(text) is not None


class Evaluation:
    """Runs one query, whose calls are rewritten already; `survey` is what finds its late calls."""

    def __init__(
        self,
        rewriter: Rewriter,
        sql: Sql,
        survey: Sql | None,
        database: Database,
        settings: Settings,
        models: ModelFinder,
        calls: Calls,
        files: MediaFiles,
    ) -> None:
        self._rewriter = rewriter
        self._sql = sql
        self._survey_sql = survey
        self._query = rewriter.query
        self._sites = rewriter.sites
        self._database = database
        self._settings = settings
        self._models = models
        self._calls = calls
        self._forms: dict[tuple[object, ...], Form] = {}
        self._survivors: set[Key] = set()
        self._placeholder: Value = None
        self._notices: list[str] = []
        self._requests: dict[bytes, tuple[str, Form, str]] | None = None  # where they are to be shown
        self._files = files
        self._overflows = Overflows(settings.environment.get("TIKTOKEN_CACHE_DIR"), files)
        self._began = monotonic()
        self._readings: list[Reading] = []
        batch = self._batch()
        self._window = 2 * max(_WINDOW // 2, 2 * settings.concurrency * batch)
        self._first = 2 * settings.concurrency * batch
        self._lookup = Lookup(self._plan, self._form, self._step, self._room, calls, 2 * self._window)
        self._lookup.scan = Settled(self._lookup)

    def _batch(self) -> int:
        """The most calls of this statement that one request may hold."""
        tasks = {site.model.task if site.model else site.function.task for site in self._sites.values()}
        return (self._settings.embed_batch or _LARGEST_BATCH) if EMBEDDINGS in tasks else 1

    # ------------------------------------------------------------ what SQLite calls

    def value(self, identity: int, arguments: tuple[Value, ...]) -> Value:
        """The value of one call in the scan that runs now."""
        site, scan = self._sites[identity], self._lookup.scan
        call = site.call
        if call.level > scan.level:
            if call.repeats:
                raise Lost  # a recursion on rows with a NULL may never end
            return None
        key = key_of(identity, arguments)
        if call.late and (scan.surveys or key not in self._survivors):
            return self._placeholder  # its row does not come out, or it is not known yet whether it does
        return scan.answer(key, site, self._lookup.find(key, site))

    def note(self, identity: int, arguments: tuple[Value, ...]) -> Value:
        """Notes a late call with its row; one that was found by an earlier survey gives its answer."""
        site, survey = self._sites[identity], self._lookup.scan
        assert isinstance(survey, Survey)  # noqa: S101 # nothing else has such calls
        if site.call.level == survey.level:
            survey.note(identity, arguments)
        key = key_of(identity, arguments)
        if site.call.level >= survey.level or key not in self._survivors:
            return self._placeholder
        return survey.answer(key, site, self._lookup.find(key, site))

    def end_row(self) -> Value:
        """What the row needs that SQLite has computed."""
        survey = self._lookup.scan
        assert isinstance(survey, Survey)  # noqa: S101 # as above
        return survey.end_row()

    def _plan(self, site: Site, arguments: tuple[Value, ...]) -> Plan:
        try:
            use = site.model
            if use is None:
                # A wrong name is wrong even where no call is made.
                use = self._models.by_coordinate(arguments[0], site.function.task)
                arguments = arguments[1:]
            planned = _planned(site, use, arguments)
            if isinstance(planned, Ask) and planned.checked:
                return checked(planned)
            if not isinstance(planned, Ask) or not (
                use.images or use.context or planned.shows or planned.hears
            ):
                return planned
            return self._overflows.fitted(use, planned, site.function.skipped)
        except AisqlError as error:
            error.span = error.span or site.call.span
            raise

    def _use(self, key: Key, site: Site) -> ModelUse:
        return site.model or self._models.by_coordinate(key[1][0], site.function.task)

    def _room(self, key: Key, site: Site) -> int:
        """How many tokens of input one request of a chain has room for."""
        return room_of(self._use(key, site))

    def _step(self, key: Key, site: Site, ask: Ask) -> Ask | Known:
        """What is asked in a chain, fitted into the context of the model."""
        use = self._use(key, site)
        if not (use.images or use.context or ask.shows or ask.hears):
            return ask
        try:
            fitted = self._overflows.fitted(use, ask, site.function.skipped)
        except StatementError as error:
            error.span = error.span or site.call.span
            raise
        assert not isinstance(fitted, Steps)  # noqa: S101 # it is what was asked, or nothing
        return fitted

    def _form(self, key: Key, site: Site, ask: Ask) -> Form:
        use = self._use(key, site)
        form_key = key[0], id(use), ask.system, ask.options, ask.heading, ask.shows, ask.hears
        form = self._forms.get(form_key)
        if form is None:
            timeout = ask.options.timeout or site.timeout or self._settings.timeout
            limit = ask.options.concurrency or site.concurrency
            try:
                form = Form(use, ask, timeout, limit, _adapter(use.target.interface).body, self._files)
            except AisqlError as error:
                error.span = error.span or site.call.span
                raise
            self._forms[form_key] = form
        if self._requests is not None:
            self._requests.setdefault(form.digest(ask.text), (site.function.name, form, ask.text))
        return form

    # ------------------------------------------------------------ the statement

    def run(self, done: Callable[[], None], *, shows_requests: bool = False) -> Result:
        """Its result, whose rows come as they are read; `done` is called when it is over.

        Where it only `shows_requests` none of them is made, and they are the rows.

        Raises what `QueryRunner.run` does.
        """
        with ExitStack() as stack:
            stack.callback(done)
            if self._query.survey and self._query.verb in _READS:
                stack.enter_context(self._database.reading())
            stack.enter_context(self._calls)
            stack.push(self._notice)
            stack.callback(self._close)
            self._database.has_lost_patience = self._has_lost_patience
            stack.enter_context(self._database.files.meanwhile(self._wait_for_input))
            self._refuse_changing()
            self._refuse_cut()
            result = self._show() if shows_requests else self._count() if self._is_dry() else self._result()
            self._notices += result.notices
            result.notices = self._notices
            if not isinstance(self._lookup.scan, Settled):
                self._calls.pause = pausing(ref(result))
                result.asks = True
                result.rows = self._rows(result.rows, stack.pop_all())
                next(result.rows)
            return result

    def plan(self) -> Result:
        """What EXPLAIN AI shows."""
        self._open(joined("EXPLAIN ", self._sql))  # tells what is wrong with the statement
        return plan(self._query, self._sql, self._database)

    def _is_dry(self) -> bool:
        is_explained = _EXPLAIN.match(self._query.text) is not None
        return self._settings.dry_run and bool(self._sites) and not is_explained

    def _result(self) -> Result:
        if self._query.verb in _READS or _EXPLAIN.match(self._query.text):
            self._survey(self._reading, self._lookup.ask)
            self._lookup.scan = self._reading(self._sql)
            return self._opened(self._sql)
        if not (self._makes_calls() if self._query.verb == "CREATE" else self._sites):
            return self._opened(self._sql)  # there is nothing to be answered first
        for _ in range(_TRIES):
            self._survey(self._reading, self._lookup.ask)
            self._answer_all()
            try:
                return self._written()
            except FunctionError as error:
                if error.code != "not_deterministic":
                    raise
                refusal = error  # or another program has written to the tables
        raise refusal

    def _answer_all(self) -> None:
        """Has every answer that a statement that writes needs."""
        if self._query.verb != "CREATE":
            self._answer_rounds(self._forgiving())
            if _REPLACES.match(self._query.text, self._query.verb_span.start):
                self._answer_rounds(self._sql)  # rows that replace others, which a forgiving scan leaves out
        else:
            _, select = self._created()
            self._lookup.scan = self._reading(select)
            self._exhaust(select)

    def _written(self) -> Result:
        """Runs a statement that writes. Raises FunctionError where it comes to what is new."""
        with self._database.writing() if self._query.survey else nullcontext():
            self._lookup.scan = Settled(self._lookup)
            self._survey(lambda _select: Settled(self._lookup), self._refuse_new)
            self._lookup.scan = Settled(self._lookup)
            if self._query.verb != "CREATE":
                return self._opened(self._sql)
            head, select = self._created()
            _, columns = self._open(joined("SELECT * FROM (", select, ") LIMIT 0"))
            # The columns get the names the user would read in the query.
            names = ", ".join(quoted(self._rewriter.name_of(column.name)) for column in columns)
            result = quoted("the result of aisql")
            return self._opened(
                joined(head, f" WITH {result}({names}) AS (", select, f") SELECT * FROM {result}")
            )

    def _created(self) -> tuple[Sql, Sql]:
        """CREATE TABLE ... AS, and its query."""
        match = CREATE_TABLE_AS.match(self._query.text, self._query.verb_span.end)
        return self._sql.split_at(match.end() if match else 0)

    def _refuse_new(self, _key: Key, site: Site, _missing: Missing) -> None:
        raise changed(site.call.span)

    def _makes_calls(self) -> bool:
        """Whether the statement has anything to evaluate: not where it finds its table there already."""
        plan, _ = self._open(joined("EXPLAIN ", self._sql))
        return not {"Function", "PureFunc"}.isdisjoint([str(row[1]) for row in plan])

    def _open(self, sql: Sql) -> tuple[Iterator[Row], tuple[Column, ...]]:
        try:
            return self._database.open(str(sql))
        except SqlError as error:
            raise in_written_text(error, sql, self._query) from None

    def _opened(self, sql: Sql) -> Result:
        rows, columns = self._open(sql)
        if not columns:
            return Result(changes=self._database.changes() if self._query.verb in _WRITES else None)
        named = tuple(Column(self._rewriter.name_of(column.name), column.type) for column in columns)
        return Result(named, self._translating(rows, sql))

    def _translating(self, rows: Iterator[Row], sql: Sql) -> Iterator[Row]:
        try:
            yield from rows
        except SqlError as error:
            raise in_written_text(error, sql, self._query) from None

    def _rows(self, rows: Iterator[Row], stack: ExitStack) -> Iterator[Row]:
        """The rows, behind one that is none: so the statement has an end however few of them are read."""
        with stack:
            yield ()
            yield from rows

    def _has_lost_patience(self) -> bool:
        scan = self._lookup.scan
        return isinstance(scan, Collector) and scan.is_lost_in_thought(self._began)

    def _wait_for_input(self, is_there: Callable[[], bool]) -> None:
        """What a collector cannot read yet must not keep the statement from what is answered."""
        scan = self._lookup.scan
        if isinstance(scan, Collector):
            scan.wait_for_input(is_there)

    def _close(self) -> None:
        self._database.has_lost_patience = None
        for reading in self._readings:
            reading.close()

    def _notice(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Tells of calls that gave NULL, when the statement is over."""
        if error is None:
            self._calls.settle()
        if error is None and self._calls.first_null is not None:
            number = self._calls.nulls
            calls = "1 call failed and gave NULL" if number == 1 else f"{number} calls failed and gave NULL"
            self._notices.append(f"{calls}; the first: {self._calls.first_null.message}")
        self._notices += self._overflows.notices()

    # ------------------------------------------------------------ scans

    def _reading(self, sql: Sql) -> Reading:
        levels = {call.level for call in self._query.calls() if not call.late and not call.repeats}

        def collect() -> None:
            rows, _ = self._database.open(str(sql))
            for _row in rows:
                pass

        early = ends_early(self._query.text)
        reading = Reading(self._lookup, sorted(levels), collect, self._first, self._window, ends_early=early)
        self._readings.append(reading)
        return reading

    def _survey(self, scan_of: Callable[[Sql], Scan], ask: Callable[[Key, Site, Missing], object]) -> None:
        """Finds the late calls of the rows that come out, and asks for them.

        `scan_of` gives the evaluation that has the answers at lower levels.
        """
        survey, sql = self._query.survey, self._survey_sql
        if survey is None or sql is None:
            return
        select = self._rewriter.query_part(self._sql, survey)
        for level in sorted({call.level for call in self._query.calls() if call.late}):
            self._lookup.scan = Survey(scan_of(select), level)
            for row in self._surveyed(sql):
                for identity, arguments in noted(row[-1]):
                    key = key_of(identity, arguments)
                    self._survivors.add(key)
                    site = self._sites[identity]
                    entry = self._lookup.find(key, site)
                    if isinstance(entry, Missing):
                        ask(key, site, entry)

    def _surveyed(self, sql: Sql) -> list[Row]:
        """The rows of a survey. Nobody looks at what is made of a late call, but a NULL may be refused."""
        for self._placeholder in _PLACEHOLDERS:
            try:
                return list(self._opened(sql).rows)
            except SqlError as error:
                refused = error
        raise refused

    def _answer_rounds(self, sql: Sql) -> None:
        """Runs a statement that writes, undoes it and asks, until it comes to nothing unknown."""
        early = ends_early(self._query.text)
        most, last = None, dict[Key, Call | Chain]()
        while True:
            most = self._first if early else next_most(most, self._window)
            round_ = Round(self._lookup, most, last, ends_early=early)
            self._lookup.scan = round_
            self._run_undone(sql, round_)
            last = round_.asked
            if not last:
                return
            if not round_.has_met_last:  # they change by themselves
                raise changed(self._sites[next(iter(last))[0]].call.span)
            for call in last.values():
                while not call.done:
                    self._lookup.wait(call, eager=False)
            self._calls.resume()

    def _run_undone(self, sql: Sql, scan: Round | Count) -> None:
        try:
            self._database.rolled_back(str(sql), 0)
        except Enough:
            pass
        except SqlError as error:
            if error.message.startswith("cannot modify"):
                raise StatementError(
                    "an AI call cannot stand in a statement that writes to a view",
                    span=self._query.verb_span,
                    hint="its triggers would see rows without answers; put the answers into a table first",
                ) from None
            if not scan.has_asked:  # else it may come of the NULLs
                raise in_written_text(error, sql, self._query) from None

    def _forgiving(self) -> Sql:
        """The statement as it is scanned: a NULL in the place of an answer must not end it."""
        if self._query.verb not in {"INSERT", "REPLACE", "UPDATE"}:
            return self._sql
        conflict = _CONFLICT.match(self._query.text, self._query.verb_span.end)
        head, _ = self._sql.split_at(self._query.verb_span.start)
        _, tail = self._sql.split_at(conflict.end() if conflict else self._query.verb_span.end)
        verb = "UPDATE" if self._query.verb == "UPDATE" else "INSERT"
        return joined(head, f"{verb} OR IGNORE", tail)

    def _show(self) -> Result:
        """The requests themselves, in the order they are come to."""
        self._requests = {}
        self._tried("shown")
        rows = [
            (name, form.target.provider, form.target.model, form.target.url, form.masked(form.body(text)))
            for name, form, text in self._requests.values()
        ]
        return listing(("function", "provider", "model", "url", "request"), rows)

    def _count(self) -> Result:
        """How many requests the statement would make."""
        count = self._tried("counted")
        return counted(self._calls, count.by_form())

    def _tried(self, done: str) -> Count:
        """Runs the statement as far as known answers go; no request is made, and nothing else is done."""
        count = Count()
        self._survey(lambda _select: count, count.answer)
        self._lookup.scan = count
        if self._query.verb in _READS:
            self._exhaust(self._sql)
        else:
            self._run_undone(self._forgiving(), count)
        self._lookup.scan = Settled(self._lookup)
        if count.goes_on or any(call.level > count.lowest for call in self._query.calls()):
            self._notices.append(f"calls that depend on these answers are not {done}")
        return count

    def _exhaust(self, sql: Sql) -> None:
        for _row in self._opened(sql).rows:
            pass

    def _refuse_changing(self) -> None:
        """Refuses what changes by itself where the text does not show it, in a view."""
        calls = list(self._query.calls())
        if calls and self._database.functions(str(self._sql)) & _CHANGING:
            raise changing(calls[0].span)

    def _refuse_cut(self) -> None:
        """Refuses calls that SQLite would make for rows a sub-query sorts and then cuts."""
        if not self._query.cut:
            return
        plan, _ = self._open(joined("EXPLAIN QUERY PLAN ", self._sql))
        if "B-TREE FOR ORDER BY" in " ".join([str(row[3]) for row in plan]):
            raise StatementError(
                "the call would be made for every row, and ORDER BY ... LIMIT would then cut most of them",
                span=self._query.cut[0],
                hint="sort and cut in a sub-query without the call, and call for its rows",
            )


def counted(calls: Calls, missing: Counter[Form]) -> Result:
    """What a dry run tells: calls, those the ledger answers, and the requests the others take."""
    known = calls.spend.from_ledger
    requests = sum(calls.requests_for(form, number) for form, number in missing.items())
    return listing(("calls", "from_ledger", "requests"), [(known + missing.total(), known, requests)])


@cache
def _adapter(name: str) -> Provider:
    """An adapter that is asked for bodies only."""
    return adapter(name, 1)
