"""The schemas `aisql` and `oceanbase`: what the session knows, as tables for SELECT."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import apsw

from aisql.catalog import connections
from aisql.catalog.answers import ANSWER_COLUMNS, ERROR_COLUMNS, USAGE_COLUMNS
from aisql.catalog.connections import shown_url
from aisql.engine.costs import prices_of
from aisql.engine.database import OCEANBASE_SCHEMA, SYSTEM_SCHEMA, quoted
from aisql.engine.workspace import Workspace
from aisql.result import Result, Row, Value, listing
from aisql.schema import quote_name
from aisql.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from aisql.providers.pricing import Prices

Rows = Callable[[Workspace, Settings], Iterator[Row]]
Declared = tuple[str, str]
"""The name of a column, and its type as SQL declares it ('' for none)."""


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


def _model_endpoints(workspace: Workspace, _settings: Settings) -> Iterator[Row]:
    endpoints = workspace.endpoints
    for each in endpoints.list():
        model = endpoints.find_model(each.ai_model_name)
        kind, name = (None, None) if model is None else (model.type, model.model_name)
        reached = (each.request_model_name or name, each.provider, shown_url(each.url))
        yield (each.name, each.ai_model_name, kind, *reached)


def _answers(workspace: Workspace, _settings: Settings) -> Iterator[Row]:
    return workspace.ledger.answers()


def _usage(workspace: Workspace, settings: Settings) -> Iterator[Row]:
    for row in workspace.ledger.usage():
        yield (*row, _cost(dict(zip(USAGE_COLUMNS, row, strict=True)), prices_of(settings)))


def _cost(used: Mapping[str, Any], prices: Prices) -> float | None:
    """What a row of usage costs; None for answers whose price is unknown, or whose tokens nobody counted."""
    if not (used["answers"] or used["input_tokens"] or used["output_tokens"]):
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
        "endpoints": (("name", "ai_model_name", "type", "model", "provider", "url"), _model_endpoints),
        "answers": (ANSWER_COLUMNS, _answers),
        "usage": ((*USAGE_COLUMNS, "cost"), _usage),
        "errors": (ERROR_COLUMNS, _errors),
    }
)
"""The tables by name: their columns, and what gives their rows. Keys are masked in all of them."""


_NAME = "varchar(128) NOT NULL"
_OF_MODELS = (("MODEL_ID", "int(20) NOT NULL"), ("NAME", _NAME), ("TYPE", _NAME), ("MODEL_NAME", _NAME))
_OF_ENDPOINTS = (
    ("ENDPOINT_ID", "int(20) NOT NULL"),
    ("ENDPOINT_NAME", _NAME),
    ("AI_MODEL_NAME", _NAME),
    ("SCOPE", _NAME),
    ("URL", "varchar(2048) NOT NULL"),
    ("ACCESS_KEY", "varchar(2048) NOT NULL"),
    ("PROVIDER", _NAME),
    ("REQUEST_MODEL_NAME", "varchar(128)"),
    ("PARAMETERS", "varchar(2048)"),
    ("REQUEST_TRANSFORM_FN", "varchar(64)"),
    ("RESPONSE_TRANSFORM_FN", "varchar(64)"),
)
_TENANT = (("TENANT_ID", "bigint(20)"),)
TENANT_ID = 1004
"""The one tenant there is: the number is that of the sample in OceanBase's documentation."""


def _ai_models(workspace: Workspace, _settings: Settings) -> Iterator[Row]:
    for model in workspace.endpoints.models():
        yield (model.id, model.name, model.type.upper(), model.model_name)


def _endpoints(workspace: Workspace, _settings: Settings) -> Iterator[Row]:
    for each in workspace.endpoints.list():
        names = (each.id, each.name, each.ai_model_name, each.scope)
        reached = (shown_url(each.url), each.shown_key, each.provider, each.request_model_name)
        yield (*names, *reached, None, None, None)


def _of_tenant(rows: Rows) -> Rows:
    return lambda workspace, settings: ((TENANT_ID, *row) for row in rows(workspace, settings))


OCEANBASE_VIEWS: Mapping[str, tuple[tuple[Declared, ...], Rows]] = MappingProxyType(
    {
        "DBA_OB_AI_MODELS": (_OF_MODELS, _ai_models),
        "CDB_OB_AI_MODELS": (_TENANT + _OF_MODELS, _of_tenant(_ai_models)),
        "DBA_OB_AI_MODEL_ENDPOINTS": (_OF_ENDPOINTS, _endpoints),
        "CDB_OB_AI_MODEL_ENDPOINTS": (_TENANT + _OF_ENDPOINTS, _of_tenant(_endpoints)),
    }
)
"""The views of OceanBase by name, with the columns and types that it documents."""


def _tables(schema: str) -> dict[str, tuple[tuple[Declared, ...], Rows]]:
    if schema == OCEANBASE_SCHEMA:
        return dict(OCEANBASE_VIEWS)
    return {name: (tuple((each, "") for each in columns), rows) for name, (columns, rows) in TABLES.items()}


def columns_of_system() -> Iterator[tuple[str, str, tuple[Declared, ...]]]:
    """Schema, name and columns of every table there is."""
    for schema in (SYSTEM_SCHEMA, OCEANBASE_SCHEMA):
        for name, (columns, _) in _tables(schema).items():
            yield schema, name, columns


def describe(path: tuple[str, ...]) -> Result | None:
    """DESCRIBE of `schema.table`; None for what is none of these tables."""
    if len(path) != 2 or path[0].lower() not in {SYSTEM_SCHEMA, OCEANBASE_SCHEMA}:
        return None
    tables = {name.lower(): columns for name, (columns, _) in _tables(path[0].lower()).items()}
    columns = tables.get(path[1].lower())
    if columns is None:
        return None
    declared = [(name, *kind.partition(" NOT NULL")[:2]) for name, kind in columns]
    rows = [(name, kind, "FALSE" if required else "TRUE", "", "", "") for name, kind, required in declared]
    return listing(("name", "type", "null", "key", "extras", "watermark"), rows)


class SystemModule:
    """Makes one of the tables, as apsw wants it."""

    def __init__(self, columns: tuple[Declared, ...], rows: Callable[[], Iterator[Row]]) -> None:
        self._schema = f"CREATE TABLE x ({', '.join(f'{quoted(name)} {kind}' for name, kind in columns)})"
        self._rows = rows

    def Create(self, *_arguments: Any) -> tuple[str, SystemTable]:  # noqa: N802 # apsw names it
        """The table."""
        return self._schema, SystemTable(self._rows)

    Connect = Create


class SystemTable:
    """Rows to be read from first to last."""

    def __init__(self, rows: Callable[[], Iterator[Row]]) -> None:
        self._rows = rows

    def BestIndexObject(self, index: apsw.IndexInfo) -> bool:  # noqa: N802 # as above
        """Every way to read it is the same, and is best done once."""
        index.estimatedRows = 2**31 - 1
        return True

    def Open(self) -> SystemCursor:  # noqa: N802
        """Begins to read it."""
        return SystemCursor(self._rows)

    def Disconnect(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    Destroy = Disconnect


class SystemCursor:
    """Stands at a row, or behind the last."""

    def __init__(self, rows: Callable[[], Iterator[Row]]) -> None:
        self._all = rows
        self._rows: Iterator[tuple[int, Row]] = iter(())
        self._current: tuple[int, Row] | None = None

    def Filter(self, *_arguments: Any) -> None:  # noqa: N802
        """Goes to the first row."""
        self._rows = enumerate(self._all(), 1)
        self.Next()

    def Eof(self) -> bool:  # noqa: N802
        """Whether it is behind the last row."""
        return self._current is None

    def Next(self) -> None:  # noqa: N802
        """Goes to the next row."""
        self._current = next(self._rows, None)

    def Column(self, number: int) -> Value:  # noqa: N802
        """A value of the row; column -1 is its number."""
        identity, row = self._here()
        return identity if number < 0 else row[number]

    def Rowid(self) -> int:  # noqa: N802
        """The number of the row."""
        return self._here()[0]

    def Close(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    def _here(self) -> tuple[int, Row]:
        assert self._current is not None  # noqa: S101 # SQLite asks Eof first
        return self._current


def attach(
    connection: apsw.Connection, schema: str, workspace: Workspace, settings: Settings, attached: bool
) -> bool:
    """Attaches a schema where it is not `attached`, and makes the tables in it that are not there.

    False when all of them were there. A rollback may have taken them back.
    """
    if not attached:
        connection.execute(f"ATTACH DATABASE ':memory:' AS {schema}")
    present = {str(row[0]) for row in connection.execute(f"SELECT name FROM {schema}.sqlite_schema")}
    tables = _tables(schema)
    missing = sorted(tables.keys() - present)
    for name in missing:
        columns, rows = tables[name]
        module: Any = SystemModule(columns, partial(rows, workspace, settings))
        connection.create_module(f"{schema}_{name}", module, use_bestindex_object=True, read_only=True)
        connection.execute(f"CREATE VIRTUAL TABLE {schema}.{name} USING {schema}_{name}")
    return bool(missing)
