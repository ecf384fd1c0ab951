"""The spine: text in, for each statement a result or an error out. Prompt, script and pipe all use it."""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Callable, Iterator

from aisql.access import Access
from aisql.catalog.paths import DEFAULT_CATALOG, DEFAULT_DATABASE, default_table_file
from aisql.engine.databases import Databases
from aisql.engine.inputs import Inputs
from aisql.errors import AisqlError, Span, SqlError, SyntaxProblem
from aisql.result import Result
from aisql.settings import Settings
from aisql.spend import Spend
from aisql.syntax.dialect import is_mixed, is_ours, speaks_of_last
from aisql.syntax.split import Piece, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from aisql.engine.execute import Executor
    from aisql.engine.kept import Keeper
    from aisql.engine.lanes import ClockMaker
    from aisql.engine.outline import Observer
    from aisql.engine.services import Services
    from aisql.engine.volumes import MediaFile
    from aisql.engine.words import Words
    from aisql.engine.workspace import Workspace
    from aisql.spend import Confirm, Watcher
    from aisql.syntax.parse import Parser

    class Outcome(NamedTuple):
        """What became of one statement: the place it stands at, and its result, empty beside an `error`.

        The rows of a result are read later, and may raise an error of their own then.
        """

        piece: Piece
        result: Result
        error: AisqlError | None
else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Outcome = namedtuple("Outcome", ["piece", "result", "error"])

_UNKNOWN_CALL = "no such function: ai_"
_READER = "read_"


class Session:
    """One user at work: a current database, a catalog, settings.

    `catalog_file` is the default catalog; `database_file` holds the tables of its default database (None:
    the file beside the catalog); relative paths in statements start at `directory`; `cache_directory` tells
    where the built parser is kept; `watcher` is told of waits for providers; `clock` makes the clock that
    retries wait by, None for the usual one; `stdin` is the descriptor of data that is piped in; one that is
    `readonly` changes no table and nothing in the catalog; one that is `safe` starts no program, opens no
    file that the command line does not name, and gives no model another address. Catalog and parser are
    opened by the first statement that needs them. `confirm` is set before by who can ask the user.
    Raises OpenError when the database cannot be opened.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        catalog_file: str,
        directory: str,
        database_file: str | None = None,
        cache_directory: Callable[[], str] | None = None,
        watcher: Watcher | None = None,
        clock: ClockMaker | None = None,
        stdin: int | None = None,
        readonly: bool = False,
        safe: bool = False,
    ) -> None:
        self.settings = settings
        self.access = Access(is_safe=safe)
        if safe:
            settings.fix_references()  # the address of a model may be one
        self._watcher = watcher
        self._clock = clock
        self.confirm: Confirm | None = None
        self._readonly = readonly
        self._catalog_file = catalog_file
        self._directory = directory
        self._cache_directory = cache_directory
        self._opened_workspace: Workspace | None = None
        self._opened_executor: Executor | None = None
        self._observer: Observer | None = None
        self._keeper: Keeper | None = None
        self.inputs = Inputs(directory, lambda: self.files, stdin, self.access)
        self.databases = Databases(
            database_file or _main_file(default_table_file(catalog_file), readonly=readonly),
            catalog_file,
            self._workspace,
            settings,
            self.inputs,
            self.access,
            readonly=readonly,
        )

    def run(self, text: str, *, aside: bool = False) -> Iterator[Outcome]:
        """Runs the statements of a text one by one, each when the next outcome is asked for.

        What is run `aside` leaves the last result as it is.
        """
        if speaks_of_last(text):
            self.keep()
        for piece in split(text):
            try:
                result = self._execute(piece)
                if self._keeper is not None and result.columns and not aside:
                    result = self._keeper.keeping(result)
                outcome = Outcome(piece, result, None)
            except AisqlError as error:
                outcome = Outcome(piece, Result(), error)
            except RecursionError:
                problem = SyntaxProblem(
                    "the statement is nested too deeply", hint="use fewer brackets or calls"
                )
                outcome = Outcome(piece, Result(), problem)
            yield outcome

    def add_file(self, argument: str) -> None:
        """Makes a table of a file of data; `-` is what is piped in. Raises OpenError, UsageError."""
        self.inputs.add(argument, self.databases.current.knows)

    def _execute(self, piece: Piece) -> Result:
        if piece.opened is not None:
            raise _unclosed(piece)
        if "\0" in piece.text or not (piece.text.isascii() or _is_unicode(piece.text)):
            raise SyntaxProblem(
                "the statement holds a character that no SQL can hold", span=_bad_character(piece)
            )
        files = self.databases.current.files
        files.begin()
        return files.told(self._statement(piece.text))

    def _statement(self, text: str) -> Result:
        if _READER not in text.lower():
            return self._run(text)
        from aisql.engine.file_calls import run_quoted  # few statements have such calls

        return run_quoted(text, self._run)

    def _run(self, text: str) -> Result:
        if is_ours(text):
            return self._executor().statement(text)
        if is_mixed(text):
            result = self._executor().query(text)
            if result is not None:
                return result
        try:
            return self.databases.current.run(text)
        except SqlError as error:
            if _UNKNOWN_CALL not in error.message:
                raise
            # A view it reads may have AI calls, which the text does not show.
            result = self._executor().query(text)
            return self._executor().without_calls(text) if result is None else result

    def keep(self) -> Keeper:
        """Keeps the last result from now on, for who asks for it; it is in what this gives."""
        if self._keeper is None:
            from aisql.engine.kept import Keeper  # most scripts never ask for it

            self._keeper = Keeper()
        return self._keeper

    def _workspace(self) -> Workspace:
        if self._opened_workspace is None:
            from aisql.engine.workspace import Workspace  # plain SQL never needs the catalog

            self._opened_workspace = Workspace(
                self._catalog_file, self._directory, self.access, readonly=self._readonly
            )
        return self._opened_workspace

    def _executor(self) -> Executor:
        if self._opened_executor is None:
            from aisql.engine.execute import Executor  # nor the parser

            cache = self._cache_directory() if self._cache_directory is not None else None
            self._opened_executor = Executor(
                self.settings,
                self._workspace(),
                self.databases,
                self.keep,
                self._statement,
                cache,
                self._watcher,
                self._clock,
                self.confirm,
            )
        return self._opened_executor

    @property
    def spend(self) -> Spend:
        """What all statements together have spent so far."""
        return Spend() if self._opened_executor is None else self._opened_executor.spend

    @property
    def words(self) -> Words:
        """What asks the default model in words."""
        return self._executor().words

    @property
    def services(self) -> Services:
        """What asks services for their models."""
        return self._executor().services

    @property
    def files(self) -> list[str]:
        """The files the session works in."""
        return [self._catalog_file, *self.databases.files()]

    @property
    def current(self) -> tuple[str, str]:
        """The current catalog and database."""
        if self._opened_workspace is None:
            return DEFAULT_CATALOG, DEFAULT_DATABASE
        catalogs = self._opened_workspace.catalogs
        return catalogs.current_catalog, catalogs.current_database

    def media(self, uri: str) -> MediaFile:
        """The file of a volume that a URI names. Raises VolumeError, CatalogError."""
        from aisql.engine.volumes import Volumes  # only a terminal looks into files

        return Volumes(self._workspace(), self.databases).media(uri)

    def observer(self) -> Observer:
        """What tells which names there are, for completion."""
        from aisql.engine.outline import Observer  # only a prompt needs it

        self._observer = Observer(
            self.databases,
            lambda: self._opened_workspace,
            self._catalog_file,
            self._directory,
            self.settings.environment,
            self.access,
        )
        return self._observer

    def forget_names(self) -> None:
        """Has the observer look for all names anew."""
        if self._observer is not None:
            self._observer.forget()

    def parser(self) -> Parser:
        """A parser of the statements of ours, for completion."""
        from aisql.syntax.parse import Parser  # it brings lark, so on another thread

        return Parser(self._cache_directory() if self._cache_directory is not None else None)

    def close(self) -> None:
        """Closes every file; an open transaction is rolled back."""
        if self._opened_executor is not None:
            self._opened_executor.close()
        self.databases.close()
        self.inputs.close()
        if self._opened_workspace is not None:
            self._opened_workspace.close()


def _main_file(path: str, *, readonly: bool) -> str:
    """The file of the default database; one that is not there and may not be made is empty, in memory."""
    return ":memory:" if readonly and not os.path.exists(path) else path  # noqa: PTH110 # as in databases.py


def _is_unicode(text: str) -> bool:
    """Whether the text is without lone surrogates, as which bytes that are no UTF-8 come in."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bad_character(piece: Piece) -> Span:
    place = next(
        index for index, sign in enumerate(piece.text) if sign == "\0" or "\ud800" <= sign <= "\udfff"
    )
    return Span(place, place + 1)


def _unclosed(piece: Piece) -> SyntaxProblem:
    offset = piece.opened - piece.start
    opening = piece.text[offset : offset + 2]
    kinds = {"'": "string", '"': "quoted name", "`": "quoted name", "[": "quoted name", "/": "comment"}
    return SyntaxProblem(
        f"unterminated {kinds[opening[0]]}",
        span=Span(offset, offset + (2 if opening == "/*" else 1)),
        hint="it begins here and is never closed",
    )
