"""Statements that lead rows from files to tables and back, and the one that keeps the last result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from aisql.errors import Span
from aisql.schema import quote_name, quote_text
from aisql.syntax.pieces import Path, flag, quote_path


@dataclass(frozen=True, slots=True)
class CopyOption:
    """An option of COPY: its name in capitals, and its value, `true` where none is written."""

    key: str
    value: str
    span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        return f"{self.key} {quote_text(self.value)}"


CopyOptions: TypeAlias = tuple[CopyOption, ...]


def _columns(columns: tuple[str, ...]) -> str:
    return f" ({', '.join(map(quote_name, columns))})" if columns else ""


def _options(options: CopyOptions) -> str:
    return f" ({', '.join(option.to_sql() for option in options)})" if options else ""


@dataclass(frozen=True, slots=True)
class CopyFrom:
    """COPY of a file into a table; `file` is None for STDIN, `columns` empty for all of them."""

    path: Path
    file: str | None
    columns: tuple[str, ...] = ()
    options: CopyOptions = ()

    def to_sql(self) -> str:
        file = "STDIN" if self.file is None else quote_text(self.file)
        return f"COPY {quote_path(self.path)}{_columns(self.columns)} FROM {file}{_options(self.options)}"


@dataclass(frozen=True, slots=True)
class CopyTable:
    """COPY of a table to a file; `file` is None for STDOUT."""

    path: Path
    file: str | None
    columns: tuple[str, ...] = ()
    options: CopyOptions = ()

    def to_sql(self) -> str:
        file = "STDOUT" if self.file is None else quote_text(self.file)
        return f"COPY {quote_path(self.path)}{_columns(self.columns)} TO {file}{_options(self.options)}"


@dataclass(frozen=True, slots=True)
class CopyQuery:
    """COPY of the rows of a query to a file; `query` is its text as it was written."""

    query: str
    file: str | None
    options: CopyOptions = ()
    query_span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        file = "STDOUT" if self.file is None else quote_text(self.file)
        return f"COPY ({self.query}) TO {file}{_options(self.options)}"


@dataclass(frozen=True, slots=True)
class CopyResult:
    """COPY of the last result to a file; `file` is None for STDOUT."""

    file: str | None
    options: CopyOptions = ()

    def to_sql(self) -> str:
        file = "STDOUT" if self.file is None else quote_text(self.file)
        return f"COPY LAST RESULT TO {file}{_options(self.options)}"


@dataclass(frozen=True, slots=True)
class KeepResult:
    """CREATE TABLE ... AS LAST RESULT."""

    path: Path
    temporary: bool = False
    if_not_exists: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_not_exists, 'IF NOT EXISTS')}{quote_path(self.path)}"
        return f"CREATE {flag(self.temporary, 'TEMPORARY')}TABLE {target} AS LAST RESULT"


CopyStatement: TypeAlias = CopyFrom | CopyTable | CopyQuery | CopyResult | KeepResult
