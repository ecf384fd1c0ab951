"""The schema `aisql`: what the session knows, as tables for SELECT."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import apsw
from apsw.ext import VTColumnAccess, make_virtual_module

from aisql.catalog import connections
from aisql.catalog.answers import ANSWER_COLUMNS, ERROR_COLUMNS, USAGE_COLUMNS
from aisql.engine.costs import prices_of
from aisql.engine.database import SYSTEM_SCHEMA
from aisql.engine.workspace import Workspace
from aisql.result import Row
from aisql.schema import quote_name
from aisql.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from aisql.providers.pricing import Prices

Rows = Callable[[Workspace, Settings], Iterator[Row]]


def _settings(_workspace: Workspace, settings: Settings) -> Iterator[Row]:
    known = {setting.name: setting for setting in SETTINGS}
    for name, value in settings.items():
        yield (
            (name, value, known[name].default, known[name].summary)
            if name in known
            else (name, value, None, None)
        )


def _models(workspace: Workspace, _settings: Settings) -> Iterator[Row]:
    catalogs = workspace.catalogs
    for catalog in catalogs.names():
        for database in catalogs.database_names(catalog):
            names = set(workspace.models.names(catalog, database))
            for name in sorted(names | set(workspace.models.temporary.names(catalog, database))):
                model = workspace.models.find(catalogs.complete((catalog, database, name)))
                if model is not None:
                    columns = [
                        ", ".join(f"{quote_name(column.name)} {column.type}" for column in part)
                        for part in (model.input, model.output)
                    ]
                    options = json.dumps(dict(model.options), ensure_ascii=False)
                    yield (catalog, database, name, int(model.temporary), *columns, model.comment, options)


def _connections(workspace: Workspace, _settings: Settings) -> Iterator[Row]:
    for connection in workspace.connections.list():
        yield (
            *connections.show_row(connection),
            connection.provider,
            connections.shown_url(connection.base_url),
        )


def _answers(workspace: Workspace, _settings: Settings) -> Iterator[Row]:
    return workspace.ledger.answers()


def _usage(workspace: Workspace, settings: Settings) -> Iterator[Row]:
    for row in workspace.ledger.usage():
        yield (*row, _cost(dict(zip(USAGE_COLUMNS, row, strict=True)), prices_of(settings)))


def _cost(used: Mapping[str, Any], prices: Prices) -> float | None:
    """What a row of usage costs; None for answers whose price is unknown, or whose tokens nobody counted."""
    if not used["answers"]:
        return 0.0
    return prices.cost(
        used["provider"],
        used["model"],
        used["day"],
        used["input_tokens"] or None,
        used["output_tokens"],
        used["cached_tokens"],
    )


def _errors(workspace: Workspace, _settings: Settings) -> Iterator[Row]:
    return workspace.ledger.errors()


TABLES: Mapping[str, tuple[tuple[str, ...], Rows]] = MappingProxyType(
    {
        "settings": (("name", "value", "default", "summary"), _settings),
        "models": (
            ("catalog", "database", "name", "temporary", "input", "output", "comment", "options"),
            _models,
        ),
        "connections": ((*connections.SHOW_COLUMNS, "provider", "base_url"), _connections),
        "answers": (ANSWER_COLUMNS, _answers),
        "usage": ((*USAGE_COLUMNS, "cost"), _usage),
        "errors": (ERROR_COLUMNS, _errors),
    }
)
"""The tables by name: their columns, and what gives their rows. Keys are masked in all of them."""


class SystemTable:
    """One of the tables as apsw wants it: called for its rows, asked for its columns.

    The type stubs of apsw ask for what apsw does not: exactly one column, and a primary key.
    """

    def __init__(
        self, columns: tuple[str, ...], rows: Rows, workspace: Workspace, settings: Settings
    ) -> None:
        self.columns = columns
        self.column_access = VTColumnAccess.By_Index
        self._rows = rows
        self._arguments = workspace, settings

    def __call__(self) -> Iterator[Row]:
        return self._rows(*self._arguments)


def attach(connection: apsw.Connection, workspace: Workspace, settings: Settings, attached: bool) -> bool:
    """Attaches the schema where it is not `attached`, and makes the tables in it that are not there.

    False when all of them were there. A rollback may have taken them back.
    """
    if not attached:
        connection.execute(f"ATTACH DATABASE ':memory:' AS {SYSTEM_SCHEMA}")
    present = {str(row[0]) for row in connection.execute(f"SELECT name FROM {SYSTEM_SCHEMA}.sqlite_schema")}
    missing = sorted(TABLES.keys() - present)
    for name in missing:
        columns, rows = TABLES[name]
        module = f"{SYSTEM_SCHEMA}_{name}"
        table: Any = SystemTable(columns, rows, workspace, settings)
        make_virtual_module(connection, module, table, eponymous=False)
        connection.execute(f"CREATE VIRTUAL TABLE {SYSTEM_SCHEMA}.{name} USING {module}")
    return bool(missing)
