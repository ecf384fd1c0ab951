"""aisql for Python programs: `aisql.connect()`. Statements are text here too and go the way all others go."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import get_ident
from types import GeneratorType, TracebackType
from typing import Any, Protocol, Self, TypeAlias, cast
from weakref import WeakKeyDictionary

from aisql.config import read_config
from aisql.engine.rules import task_named
from aisql.errors import OptionError, UsageError
from aisql.providers.base import EMBEDDINGS
from aisql.providers.options import find
from aisql.result import Result, Row, Value
from aisql.schema import quote_name, quote_text
from aisql.session import Session
from aisql.settings import Settings, cache_directory, config_directory, configured, data_directory
from aisql.syntax.split import split
from aisql.vectors import is_vector, pack, unpack

MEMORY = ":memory:"
_CONTENT_TYPES = "content-types"
"""What provider objects write for several inputs, which SQL has no place for."""
_VECTOR = "a vector is a list of numbers, each of which float32 can hold"
_VALUES = "SQL has numbers, text, bytes, vectors (lists of numbers) and NULL (None)"

Bound: TypeAlias = Value | Iterable[float]
"""What a variable may be: a value of SQL, or the numbers of a vector."""


class ModelProvider(Protocol):
    """Who answers, and how it is asked: OpenAICompatProvider and its like."""

    def provider_name(self) -> str:
        """The value of the option `provider`."""
        ...

    def to_options(self) -> Mapping[str, str]:
        """All other options, under their names in CREATE MODEL."""
        ...


def connect(
    path: str | os.PathLike[str] | None = None,
    *,
    catalog: str | os.PathLike[str] | None = None,
    variables: Mapping[str, str] | None = None,
    settings: Mapping[str, str | float] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Connection:
    """Opens a database and the catalog, as the command `aisql` does.

    `path` is the database file, made when it is missing; ':memory:' keeps tables in memory; None is the
    database where tables made at a prompt are. `catalog` is the file with models, connections and paid
    answers, None for the user's own. `variables` are session variables, what -v sets: `:name` in SQL and
    `${NAME}` in options. `settings` are what SET would say, by name (`ai.concurrency`); they win over the
    config file. `environment` takes the place of the environment for keys and `${NAME}`. Paths are relative
    to the current folder.

    Raises OpenError when the database cannot be opened, UsageError, OptionError and StatementError for
    arguments that make no sense.
    """
    database = os.fspath(path) if path is not None else None
    if database is not None and database != MEMORY:
        database = os.path.abspath(database)  # noqa: PTH100 # text, as the command line has it
    catalog_file = os.fspath(catalog) if catalog is not None else f"{data_directory()}/default_catalog.sqlite"
    if database is not None and os.path.realpath(catalog_file) == os.path.realpath(database):
        raise UsageError(f"{catalog_file} cannot be the catalog and the database at once")
    session = Session(
        _settings(variables, settings, environment),
        catalog_file=os.path.abspath(catalog_file),  # noqa: PTH100 # as above
        directory=os.getcwd(),  # noqa: PTH109 # as above
        database_file=database,
        cache_directory=cache_directory,
    )
    return Connection(session)


def _settings(
    variables: Mapping[str, str] | None,
    given: Mapping[str, str | float] | None,
    environment: Mapping[str, str] | None,
) -> Settings:
    def warn(text: str) -> None:
        warnings.warn(text, stacklevel=2)

    config = read_config(os.path.join(config_directory(), "config.toml"), warn)  # noqa: PTH118 # as above
    settings = Settings(environment, variables, configured(config, warn), config, warn)
    for name, value in (given or {}).items():
        warning = settings.set(name, str(value))
        if warning is not None:
            raise UsageError(warning)
    return settings


class Connection:
    """An open database with its catalog; `connect` makes one. Leaving a `with` block closes it.

    It serves one thread at a time, whichever that is, also one in which an event loop runs (a notebook): what
    it waits for, it waits for in a thread of its own. A result is read in the thread that asked for it.
    """

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session
        self._unread: WeakKeyDictionary[GeneratorType[Row, None, None], int] = WeakKeyDictionary()

    def execute(self, sql: str, variables: Mapping[str, Bound] | None = None) -> Result:
        """Runs the statements of a text one after the other; gives the result of the last.

        Its rows come as they are read: `for row in connection.execute(sql).rows`. Results before it are read
        to their end, and their notices stand before its own. `variables` hold for this text only, before
        those of the connection: `:name` in SQL is the value as it is. A list, a tuple or an array of numbers
        goes in as a vector; one that comes out is a list.

        Raises the AisqlError of the statement that fails, those behind it are not run; so may reading rows.
        """
        session = self._open()
        values = _bound(variables or {})
        last = sum(1 for _ in split(sql))
        result, notices = Result(), list[str]()
        with _set(session, values):
            for number, outcome in enumerate(session.run(sql), 1):
                if outcome.error is not None:
                    raise outcome.error
                result = outcome.result
                if number < last:
                    with result:
                        deque(result.rows, maxlen=0)
                    notices += result.notices
        result.notices[:0] = notices
        if isinstance(result.rows, GeneratorType):
            self._unread[result.rows] = get_ident()
            result.rows = _Rows(self._open, values, result.rows)
        else:
            result.rows = map(_for_python, result.rows)
        return result

    def create_model(
        self,
        name: str,
        provider: ModelProvider,
        *,
        input: Mapping[str, str] | None = None,  # noqa: A002 # what CREATE MODEL calls it
        output: Mapping[str, str] | None = None,
        temporary: bool = False,
        if_not_exists: bool = False,
        or_replace: bool = False,
    ) -> Result:
        """Runs the CREATE MODEL that a provider object stands for; what it warns of is in `notices`.

        `name` may be `database.name` or `catalog.database.name`. `input` and `output` are columns, the type
        of each in SQL; None is `input STRING` and `output STRING`, or `output ARRAY<FLOAT>` for embeddings.

        Raises AisqlError as the statement does, OptionError for an option that it has no place for.
        """
        options = {"provider": provider.provider_name(), **provider.to_options()}
        if _CONTENT_TYPES in options and find(_CONTENT_TYPES) is None:
            raise OptionError(
                f"option '{_CONTENT_TYPES}' is not supported, got '{options[_CONTENT_TYPES]}'",
                hint="a model has one input: one content_type, TEXT or IMAGE_URL",
            )
        is_embedding = task_named(options, ()) == EMBEDDINGS
        default = {"output": "ARRAY<FLOAT>" if is_embedding else "STRING"}
        return self.execute(
            f"CREATE {'OR REPLACE ' if or_replace else ''}{'TEMPORARY ' if temporary else ''}MODEL "
            f"{'IF NOT EXISTS ' if if_not_exists else ''}{'.'.join(map(quote_name, name.split('.')))}\n"
            f"INPUT ({_columns({'input': 'STRING'} if input is None else input)})\n"
            f"OUTPUT ({_columns(default if output is None else output)})\n"
            f"WITH ({', '.join(f'{quote_text(key)} = {quote_text(text)}' for key, text in options.items())})"
        )

    def close(self) -> None:
        """Ends results that are still being read and closes every file; an open transaction is rolled back.

        Answers that are on their way are waited for, some seconds at most: they are paid for.

        Raises UsageError while a result is being read in another thread.
        """
        if self._session is None:
            return
        unread = [rows for rows in self._unread if rows.gi_frame is not None]
        if any(self._unread[rows] != get_ident() for rows in unread):
            raise UsageError(
                "a result is being read in another thread", hint="read it to its end or close it there"
            )
        session, self._session = self._session, None
        try:
            for rows in unread:
                rows.close()
        finally:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Session:
        if self._session is None:
            raise UsageError("the connection is closed")
        return self._session


class _Rows(Generator[Row, None, None]):
    """The rows of a statement. Variables of its own hold whenever it goes on.

    `session` gives the open session, and raises UsageError once it is closed: rows that were not read are not
    to be taken for none.
    """

    def __init__(
        self,
        session: Callable[[], Session],
        variables: Mapping[str, Value],
        rows: GeneratorType[Row, None, None],
    ) -> None:
        self._session = session
        self._variables = dict(variables)
        self._rows = rows
        self._is_over = False

    def send(self, value: None, /) -> Row:
        if self._is_over:
            raise StopIteration
        with _set(self._session(), self._variables):
            try:
                return _for_python(self._rows.send(value))
            except StopIteration:
                self._is_over = True
                raise

    def throw(self, kind: Any, value: Any = None, _trace: Any = None, /) -> Row:
        self._is_over = True
        if self._rows.gi_frame is None:
            raise kind if value is None else value
        with _set(self._session(), self._variables):
            return self._rows.throw(kind if value is None else value)


def _for_python(row: Row) -> Row:
    """The row with lists of numbers in the place of vectors."""
    if not any(map(is_vector, row)):
        return row
    return tuple(cast("Value", list(unpack(value))) if is_vector(value) else value for value in row)


def _bound(variables: Mapping[str, Bound]) -> dict[str, Value]:
    """The values as SQL takes them: numbers in a row are a vector.

    Raises UsageError for a value that SQL has no type for, and for values without names.
    """
    _check_mapping(variables, "variables", "{'name': value}, for :name in the SQL")
    return {name: _value(name, value) for name, value in variables.items()}


def _value(name: str, value: object) -> Value:
    plain = value.tolist() if hasattr(value, "tolist") else value  # of an array, numpy's too
    if isinstance(plain, list | tuple):
        try:
            return pack(plain)
        except (TypeError, ValueError) as error:
            raise UsageError(f"variable :{name} is no vector: {error}", hint=_VECTOR) from None
    if isinstance(plain, int) and not -(2**63) <= plain < 2**63:
        raise UsageError(f"variable :{name} has more than 64 bits")
    if not isinstance(plain, int | float | str | bytes | None):
        raise UsageError(f"variable :{name} is of type {type(value).__name__}", hint=_VALUES)
    return plain


@contextmanager
def _set(session: Session, values: Mapping[str, Value]) -> Iterator[None]:
    """Sets variables of the session for as long as something runs inside."""
    if not values:
        yield
        return
    variables = session.databases.variables
    before = dict(variables)
    variables.update(values)
    try:
        yield
    finally:
        variables.clear()
        variables.update(before)


def _check_mapping(given: object, what: str, form: str) -> None:
    if not isinstance(given, Mapping):
        raise UsageError(f"{what} are of type {type(given).__name__}", hint=f"they are given as {form}")


def _columns(columns: Mapping[str, str]) -> str:
    _check_mapping(columns, "columns", "{'name': 'STRING'}")
    return ", ".join(f"{quote_name(name)} {kind}" for name, kind in columns.items())
