"""The ledger: what was paid for, in the default catalog's file.

It is a content-addressed store, the scheme of build caches and version control: a row is found by a digest
of the request alone, so an identical request is never paid twice, in any process. One row is one answer, not
one reply, for a reply may hold the vectors of many texts. A failure is not an answer: it is only told of,
in a table of its own, and asking again asks the provider. What services teach about the way they want to be
asked is kept beside it, for some days.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import apsw

from aisql.catalog.databases import CatalogFile
from aisql.catalog.paths import DEFAULT_CATALOG
from aisql.catalog.sqlite import is_missing, sqlite_errors
from aisql.catalog.store import Clock, Store, timestamp
from aisql.errors import CatalogError, Span, SqlError
from aisql.result import Row, Value

KEPT_FAILURES = 10_000
"""The number of failures that are remembered; older ones are forgotten."""

ANSWER_COLUMNS = (
    "provider",
    "host",
    "model",
    "task",
    "request",
    "answer",
    "choices",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "seconds",
    "attempts",
    "created_at",
    "digest",
)
USAGE_COLUMNS = (
    "day",
    "provider",
    "host",
    "model",
    "task",
    "function",
    "requests",
    "answers",
    "failures",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
)
ERROR_COLUMNS = (
    "created_at",
    "statement",
    "function",
    "provider",
    "host",
    "model",
    "arguments",
    "status",
    "attempts",
    "code",
    "request_id",
    "message",
)

LEARNED_DAYS = 7
"""So long is what a service taught believed: it may change its manners."""

Sender: TypeAlias = tuple[str, str, str, str, str]
"""What requests are counted by: provider, host, model, task and function (its name in lower case)."""

_CACHE = -16_384  # KiB of pages: the index of some 100,000 answers, in whatever order they are looked up

_FIND = "SELECT answer, choices, attempts FROM aisql_answers WHERE digest = ?"
_FIND_SINCE = _FIND + " AND created_at >= ?"
_KEEP = (
    f"INSERT OR REPLACE INTO aisql_answers ({', '.join(ANSWER_COLUMNS)})"
    f" VALUES ({', '.join('?' * len(ANSWER_COLUMNS))})"
)
_FAIL = (
    f"INSERT INTO aisql_errors ({', '.join(ERROR_COLUMNS)}) VALUES ({', '.join('?' * len(ERROR_COLUMNS))})"
)
_FORGET = "DELETE FROM aisql_errors WHERE id <= (SELECT max(id) FROM aisql_errors) - ?"
_COUNT = (
    f"INSERT INTO aisql_usage ({', '.join(USAGE_COLUMNS)}) VALUES ({', '.join('?' * len(USAGE_COLUMNS))})"
    " ON CONFLICT DO UPDATE SET "
    + ", ".join(f"{column} = {column} + excluded.{column}" for column in USAGE_COLUMNS[6:])
)
_LEARNED = "SELECT model, what, value FROM aisql_learned WHERE host = ? AND learned_at >= ?"
_LEARN = "INSERT OR REPLACE INTO aisql_learned (host, model, what, value, learned_at) VALUES (?, ?, ?, ?, ?)"
_UNLEARN = "DELETE FROM aisql_learned WHERE learned_at < ?"
_ANSWERS = f"SELECT {', '.join(ANSWER_COLUMNS[:-1])}, lower(hex(digest)) AS digest"
_SHOWN = f"WITH answers AS ({_ANSWERS}, rowid AS aisql_rowid FROM aisql_answers) "
_CHOOSE = _SHOWN + "SELECT 1 FROM answers WHERE "


@dataclass(frozen=True, slots=True)
class Answer:
    """One paid answer, as it is kept.

    `digest` is made of the provider's host, the model and the exact `request` body, 32 bytes; in `request`
    keys are masked. `answer` is the text of a chat, a JSON array of texts when there are several `choices`,
    a JSON array of numbers for an embedding. Tokens are None where the provider did not count:
    `cached_tokens` are those of the input that cost less, `reasoning_tokens` those of the output that are
    thought and not shown. It took `attempts` requests. `function` is what usage is counted by, beside
    provider, host, model and task; the answer is the same for all.
    """

    digest: bytes
    provider: str
    host: str
    model: str
    task: str
    request: str
    answer: str
    choices: int
    input_tokens: int | None
    output_tokens: int | None
    seconds: float
    function: str = ""
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """One call without a usable answer. Texts are shortened and masked by who makes it.

    `status` is that of HTTP, and `request_id` the provider's number for the request, None when there was
    none. `task` is what usage is counted by, beside provider, host, model and function. Tokens are those of
    an answer that was paid for and could not be used.
    """

    statement: str
    function: str
    provider: str
    host: str
    model: str
    arguments: str
    status: int | None
    attempts: int
    code: str
    message: str
    task: str = ""
    request_id: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Found(NamedTuple):
    """A kept answer: its text as in `Answer`, how many choices it holds, and how many requests it took."""

    answer: str
    choices: int
    attempts: int = 1


class Ledger:
    """The answers in a catalog file, for one thread; every thread opens its own.

    Nothing is opened before it is needed; reading makes no file, `keep` makes one that is missing. Every
    method but `now` raises OpenError when the file cannot be opened, CatalogError when it cannot be read or
    written.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._file = CatalogFile(DEFAULT_CATALOG, path, clock)
        # Apart from the first: a table that is being read holds on to the answers there were when it began.
        self._tables = CatalogFile(DEFAULT_CATALOG, path, clock)
        self._execute: Callable[..., apsw.Cursor] | None = None

    @property
    def store(self) -> Store:
        """The open file, for reading; an empty catalog where it is missing."""
        return self._file.store

    def find(self, digest: bytes, since: str | None = None) -> Found | None:
        """The answer with the digest; with `since` only one kept at or after that time, as `now` gives it."""
        execute = self._execute or self._reach()
        if execute is None:
            return None
        row = None
        try:
            if since is None:
                row = execute(_FIND, (digest,)).fetchone()
            else:
                row = execute(_FIND_SINCE, (digest, since)).fetchone()
        except apsw.Error:
            with sqlite_errors(self._path, CatalogError):
                raise
        return None if row is None else Found._make(row)

    def _reach(self) -> Callable[..., apsw.Cursor] | None:
        """What runs SQL on the file as it is now, None where there is none yet."""
        if not os.path.exists(self._path):  # noqa: PTH110 # a third of pathlib's time, for every row
            return None
        store = self._file.store
        if not store.readonly:  # else it has to be asked every time whether it is current
            store.connection.execute(f"PRAGMA cache_size = {_CACHE}")
            self._execute = store.connection.execute
        return store.connection.execute

    def check(self) -> None:
        """Raises what `keep` would raise where nothing can be written."""
        with self._file.transaction():
            return  # begun for writing, and nothing written

    def keep(
        self,
        answers: Sequence[Answer],
        failures: Sequence[Failure],
        requests: Mapping[Sender, int] = MappingProxyType({}),
    ) -> None:
        """Writes all of it or nothing; when it returns, an end of the process loses none of it.

        An answer takes the place of one with the same digest. `requests` is how many were sent for all this;
        they are more than answers and failures where one was tried again, fewer where one asked for many.
        """
        if not (answers or failures or requests):
            return
        now = self.now()
        with self._file.transaction() as write:
            write.executemany(_KEEP, [_answer_row(answer, now) for answer in answers])
            write.executemany(_COUNT, _usage_rows(now[:10], answers, failures, requests))
            if failures:
                write.executemany(_FAIL, [_failure_row(failure, now) for failure in failures])
                write.execute(_FORGET, (KEPT_FAILURES,))

    def purge(self, where: str | None, bindings: Mapping[str, Value], start: int | None = None) -> int:
        """Removes the answers for which the SQL expression `where` is true, all of them for None.

        The expression sees the columns of ANSWER_COLUMNS, and `bindings` as `:name`. Gives the number of
        answers removed; usage stays as it was counted. Raises SqlError, with nothing removed, for what is
        not one expression or cannot be computed; where `start` is known, the offset of `where` in the text
        that errors point into, the error has its place.
        """
        if where is not None:
            _check(self.store.connection, where, start)
        if is_missing(self._path):
            return 0
        with self._file.transaction() as write:
            if where is None:
                write.execute("DELETE FROM aisql_answers")
            else:
                _delete(write, where, bindings)
            return write.changes()

    def learned(self, host: str) -> dict[tuple[str, str], str]:
        """What the service at a host has taught in the last LEARNED_DAYS: values by model and `what`."""
        rows = self.store.rows(_LEARNED, (host, self._believed_since()))
        return {(model, what): value for model, what, value in rows}

    def remember(self, host: str, model: str, what: str, value: str) -> None:
        """Keeps what a service taught, in the place of what it taught about this before; old things go.

        `value` is text, such as JSON. Neither it nor `host` may hold a key or the name of a user.
        """
        with self._file.transaction() as write:
            write.execute(_UNLEARN, (self._believed_since(),))
            write.execute(_LEARN, (host, model, what, value, self.now()))

    def _believed_since(self) -> str:
        return timestamp(self._clock() - timedelta(days=LEARNED_DAYS))

    def answers(self) -> Iterator[Row]:
        """All answers in the order they were kept, as ANSWER_COLUMNS; they come as they are read.

        So do the rows of the other tables. They are those there were when the first one was read.
        """
        return self._rows(f"{_ANSWERS} FROM aisql_answers ORDER BY rowid")

    def usage(self) -> Iterator[Row]:
        """What was used, as USAGE_COLUMNS, sorted; days are those of the clock."""
        return self._rows(
            f"SELECT {', '.join(USAGE_COLUMNS)} FROM aisql_usage ORDER BY {', '.join(USAGE_COLUMNS[:6])}"
        )

    def errors(self) -> Iterator[Row]:
        """The newest failures, newest first, as ERROR_COLUMNS."""
        return self._rows(f"SELECT {', '.join(ERROR_COLUMNS)} FROM aisql_errors ORDER BY id DESC")

    def _rows(self, sql: str) -> Iterator[Row]:
        store = self._tables.store
        with sqlite_errors(self._path, CatalogError):
            cursor = store.connection.execute(sql)
            try:
                yield from cursor
            finally:
                cursor.close(True)  # an open one would keep the log of the file from being used again

    def now(self) -> str:
        """The time as the ledger writes it, in the clock's own zone."""
        return timestamp(self._clock())

    def close(self) -> None:
        """Closes what is open; the next use opens it again."""
        self._execute = None
        self._file.close()
        self._tables.close()


def _answer_row(answer: Answer, now: str) -> Row:
    return (
        answer.provider,
        answer.host,
        answer.model,
        answer.task,
        _whole(answer.request),
        _whole(answer.answer),
        answer.choices,
        answer.input_tokens,
        answer.output_tokens,
        answer.cached_tokens,
        answer.reasoning_tokens,
        answer.seconds,
        answer.attempts,
        now,
        answer.digest,
    )


def _failure_row(failure: Failure, now: str) -> Row:
    return (
        now,
        _whole(failure.statement),
        failure.function,
        failure.provider,
        failure.host,
        failure.model,
        _whole(failure.arguments),
        failure.status,
        failure.attempts,
        failure.code,
        failure.request_id,
        _whole(failure.message),
    )


def _whole(text: str) -> str:
    """The text as SQLite can hold it: half of a surrogate pair in one answer is not to lose all of them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _usage_rows(
    day: str, answers: Sequence[Answer], failures: Sequence[Failure], requests: Mapping[Sender, int]
) -> list[Row]:
    """One row per sender, in the order of USAGE_COLUMNS."""
    counts: defaultdict[Sender, list[int]] = defaultdict(lambda: [0] * 7)
    for sender, sent in requests.items():
        counts[sender][0] += sent
    told: tuple[Sequence[Answer | Failure], ...] = (answers, failures)
    for kind, calls in enumerate(told, 1):
        for call in calls:
            count = counts[call.provider, call.host, call.model, call.task, call.function]
            count[kind] += 1
            count[3] += call.input_tokens or 0
            count[4] += call.output_tokens or 0
            count[5] += call.cached_tokens or 0
            count[6] += call.reasoning_tokens or 0
    return [(day, *sender, *count) for sender, count in counts.items()]


def _check(connection: apsw.Connection, where: str, start: int | None) -> None:
    """Raises SqlError for what is not one expression, or part of one.

    Read without brackets around it, a `)` too many is a mistake; with them, in `_delete`, all else is that
    could follow an expression. Nothing runs here, not even what a `;` divides.
    """
    from apsw.ext import query_info  # only purging needs it

    try:
        query_info(connection, _CHOOSE + where)
    except apsw.Error as error:
        raise SqlError(str(error), span=_place(error, where, start)) from error
    except ValueError as error:
        raise SqlError("the condition has a character that no SQL has") from error


def _place(error: apsw.Error, where: str, start: int | None) -> Span | None:
    offset: int = getattr(error, "error_offset", -1)  # bytes; the type stubs do not know it
    if start is None or offset < len(_CHOOSE):
        return None
    place = len(where.encode()[: offset - len(_CHOOSE)].decode(errors="ignore"))
    word = re.compile(r"\w+|.|$", re.DOTALL).match(where, place)
    return Span(start + place, start + (word.end() if word else place))


def _delete(write: apsw.Connection, where: str, bindings: Mapping[str, Value]) -> None:
    chosen = f"SELECT aisql_rowid FROM answers WHERE (\n{where}\n)"
    try:
        write.execute(f"{_SHOWN} DELETE FROM aisql_answers WHERE rowid IN ({chosen})", bindings)
    except (apsw.FullError, apsw.IOError, apsw.CorruptError, apsw.BusyError, apsw.ReadOnlyError):
        raise  # the file, not the expression
    except apsw.BindingsError as error:
        raise SqlError("a parameter needs a name, such as :name") from error
    except apsw.Error as error:
        raise SqlError(str(error)) from error
    except KeyError as error:
        raise SqlError(f"variable :{error.args[0]} is not set", code="variable_not_set") from error
