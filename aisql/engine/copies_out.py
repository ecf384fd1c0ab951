"""COPY of a table or of the rows of a query to a file: all of them or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from aisql.engine.copy_options import CopyOptions
from aisql.engine.databases import Databases
from aisql.engine.kept import Keeper
from aisql.engine.kept_tables import kept_notices, last_result
from aisql.engine.workspace import Workspace
from aisql.errors import AisqlError, CatalogError, FileError, Span, StatementError
from aisql.render import delimited
from aisql.render.files import STREAMS, Output
from aisql.render.registry import FORMATS, Options, format_of, write
from aisql.result import Result, Row
from aisql.schema import quote_name
from aisql.syntax import statements as s

Run: TypeAlias = Callable[[str], Result]
"""Runs a statement."""
CopyOut: TypeAlias = s.CopyTable | s.CopyQuery | s.CopyResult

_NAMES = {name: each.name for each in FORMATS.values() for name in (each.name, *each.others)}
OPTIONS = ("FORMAT", "HEADER", "NULL", "DELIMITER", "APPEND")
"""What may be said of a file that is written; the first one of STDOUT too."""
_KNOWN = {name: name for name in OPTIONS} | {"NULLSTR": "NULL", "DELIM": "DELIMITER", "SEP": "DELIMITER"}
_SIGNS = {"csv": ",", "tsv": "\t"}
_APPENDED = ("csv", "tsv", "jsonl", "list", "insert")
"""Formats in which rows can follow others."""
_USUAL = "csv"
_STDOUT = 1
_GIVES_ROWS = re.compile(r"(?i)(?:SELECT|WITH|VALUES|SHOW|DESC|DESCRIBE|LIST|EXPLAIN)\b")
_WRITES = re.compile(r"(?i)WITH\b(?s:.*)\b(?:(?:INSERT|REPLACE)\s+(?:OR|INTO)|UPDATE|DELETE\s+FROM)\b")
_GAP = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*(?s:.*?)\*/)*")


def copy_out(
    workspace: Workspace, databases: Databases, keeper: Keeper, run: Run, statement: CopyOut
) -> Result:
    """Writes the rows of a table or a query, or the last result, to a file; for STDOUT they are the result.

    A file takes the place of one that is there when all of it is written. Raises what running the query does,
    OptionError, FileError for a file that is in use or cannot be written.
    """
    options = CopyOptions(statement.options, _KNOWN)
    name = options.chosen("FORMAT", _NAMES)
    if statement.file is None:
        for each in OPTIONS[1:]:
            options.refuse(each, f"{each} has no meaning for STDOUT")
        result = _rows(workspace, keeper, run, statement)
        result.format = name or _USUAL
        return result
    target = _Target(workspace, databases, statement.file, name, options)
    with _rows(workspace, keeper, run, statement) as result:
        return Result(changes=target.write(result), notices=result.notices)


class _Target:
    """The file, and how it is written."""

    def __init__(
        self, workspace: Workspace, databases: Databases, file: str, name: str | None, options: CopyOptions
    ) -> None:
        try:
            workspace.check_file(file, [*databases.files(), str(workspace.catalog_file)])
        except CatalogError as error:
            raise FileError(error.message, hint=error.hint) from None
        self._name = file
        self._path = workspace.path_of(file)
        self._appends = options.truth("APPEND") or False
        self._format = name or format_of(file, _USUAL) or ""
        if not self._format:
            raise FileError(
                f"which format '{file}' has cannot be told", hint=f"(FORMAT ...), one of {', '.join(FORMATS)}"
            )
        if self._appends and self._format not in _APPENDED:
            message = f"nothing can be appended to {self._format}"
            options.refuse("APPEND", message, f"to {', '.join(_APPENDED)}")
        self._sign = self._delimiter(options)
        header = options.truth("HEADER")
        is_begun = self._appends and self._path.is_file() and self._path.stat().st_size > 0
        self._options = Options(null=options.text("NULL"), header=not is_begun if header is None else header)

    def _delimiter(self, options: CopyOptions) -> str:
        """What separates fields, '' where the format has no such sign."""
        sign = _SIGNS.get(self._format, "")
        if not sign:
            options.refuse("DELIMITER", f"{self._format} has no DELIMITER")
        given = (options.text("DELIMITER") or sign).replace("\\t", "\t")
        if sign and (len(given) > 1 or given in '"\r\n'):
            options.refuse("DELIMITER", f"DELIMITER is one character, not '{given}'", r"a tab is '\t'")
        return given

    def write(self, result: Result) -> int:
        """Writes the rows; gives their number."""
        number = 0

        def counted(rows: Iterator[Row]) -> Iterator[Row]:
            nonlocal number
            for row in rows:
                number += 1
                yield row

        counting = Result(result.columns, counted(result.rows))
        result.pause = lambda: counting.pause()
        try:
            with Output(str(self._path), appends=self._appends) as output:
                if self._sign:
                    delimited.write(counting, output.stream, self._options, self._sign)
                else:
                    write(counting, output.stream, self._format, self._options)
        except OSError as error:
            if isinstance(error, BrokenPipeError) and STREAMS.get(self._name) == _STDOUT:
                raise  # who reads what the program writes has enough
            raise FileError(f"cannot write '{self._name}': {error.strerror or error}") from error
        return number


def _rows(workspace: Workspace, keeper: Keeper, run: Run, statement: CopyOut) -> Result:
    if isinstance(statement, s.CopyResult):
        kept = last_result(keeper)
        return Result(kept.columns, kept.rows(), notices=kept_notices(kept))
    if isinstance(statement, s.CopyTable):
        names = ", ".join(map(quote_name, statement.columns)) or "*"
        return _located(run, f"SELECT {names} FROM {_table(workspace, statement.path)}", None)
    start = _GAP.match(statement.query).end()  # type: ignore[union-attr] # it matches the empty string
    query = statement.query[start:]
    if not _GIVES_ROWS.match(query) or _WRITES.match(query):
        raise StatementError("what stands in the brackets is no query", span=statement.query_span)
    return _located(run, query, statement.query_span.start + start)


def _table(workspace: Workspace, path: s.Path) -> str:
    """The table as SQLite names it, which knows the databases of the current catalog."""
    if len(path) == 3 and path[0] != workspace.catalogs.current_catalog:
        raise StatementError(f"{path[0]} is not the current catalog", hint=f"USE CATALOG {path[0]}")
    return ".".join(map(quote_name, path[-2:]))


def _located(run: Run, query: str, start: int | None) -> Result:
    """The result of a query that stands at an offset of the statement, or nowhere in it: so do its errors."""
    try:
        result = run(query)
    except AisqlError as error:
        raise _moved(error, start) from error.__cause__
    result.rows = _moving(result.rows, start)
    return result


def _moving(rows: Iterator[Row], start: int | None) -> Iterator[Row]:
    try:
        yield from rows
    except AisqlError as error:
        raise _moved(error, start) from error.__cause__


def _moved(error: AisqlError, start: int | None) -> AisqlError:
    place = error.span
    error.span = None if start is None or place is None else Span(place.start + start, place.end + start)
    return error
