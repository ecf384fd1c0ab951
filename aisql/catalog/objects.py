"""Names and models as values, and their two printed forms: SHOW CREATE MODEL and DESCRIBE MODEL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aisql.schema import ColumnDefinition, quote_name, quote_text

_QUOTED_OR_STRING = re.compile(r"`(?:[^`]|``)*`|'(?:[^']|'')*'|\bSTRING\b")


@dataclass(frozen=True, slots=True)
class ObjectPath:
    """The full name of an object in a database."""

    catalog: str
    database: str
    name: str

    def dotted(self) -> str:
        """`default_catalog.default_database.m`"""
        return f"{self.catalog}.{self.database}.{self.name}"

    def quoted(self) -> str:
        """The same with every part in back quotes, as SQL."""
        return ".".join(quote_name(part) for part in (self.catalog, self.database, self.name))


@dataclass(frozen=True, slots=True)
class Definition:
    """What CREATE MODEL says after the name.

    `options` are as written, with literal keys, and so are never printed; `host` is the host of the
    endpoint, the only one the keys may go to (None: not known yet).
    """

    input: tuple[ColumnDefinition, ...] = ()
    output: tuple[ColumnDefinition, ...] = ()
    comment: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the catalog.

    `options` are sorted by key; a literal key reads `******` there, and `secrets` names the option and the
    reference behind which the key is kept.
    """

    path: ObjectPath
    input: tuple[ColumnDefinition, ...] = ()
    output: tuple[ColumnDefinition, ...] = ()
    comment: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    temporary: bool = False
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def show_create(model: Model) -> str:
    """The statement that would make the model again, laid out as Flink 2.3 does, keys as `******`."""
    lines = [f"CREATE {'TEMPORARY ' if model.temporary else ''}MODEL {model.path.quoted()}"]
    if model.input:
        lines.append(f"INPUT ({', '.join(map(_column_text, model.input))})")
    if model.output:
        lines.append(f"OUTPUT ({', '.join(map(_column_text, model.output))})")
    if model.comment is not None:
        lines.append(f"COMMENT {quote_text(model.comment)}")
    options = ",\n".join(f"  {quote_text(key)} = {quote_text(value)}" for key, value in model.options)
    return "\n".join([*lines, f"WITH (\n{options}\n)" if options else "WITH ()"])


def describe(model: Model) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Names and rows of DESCRIBE MODEL: inputs first; a comment column only if some column has a comment."""
    columns = [(column, "TRUE") for column in model.input] + [(column, "FALSE") for column in model.output]
    names = ("name", "type", "null", "is input")
    rows = tuple(
        (column.name, column.type, "TRUE" if column.nullable else "FALSE", is_input)
        for column, is_input in columns
    )
    if all(column.comment is None for column, _ in columns):
        return names, rows
    commented = tuple((*row, column.comment or "") for row, (column, _) in zip(rows, columns, strict=True))
    return (*names, "comment"), commented


def _column_text(column: ColumnDefinition) -> str:
    required = "" if column.nullable else " NOT NULL"
    comment = "" if column.comment is None else f" COMMENT {quote_text(column.comment)}"
    return f"{quote_name(column.name)} {_physical_type(column.type)}{required}{comment}"


def _physical_type(type_text: str) -> str:
    """The type with STRING as VARCHAR(2147483647), but not within names and comments of ROW fields."""

    def replaced(match: re.Match[str]) -> str:
        return "VARCHAR(2147483647)" if match.group() == "STRING" else match.group()

    return _QUOTED_OR_STRING.sub(replaced, type_text)
