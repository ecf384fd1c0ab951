"""Models as rows of a catalog file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import apsw

from aisql.catalog.objects import Definition, Model, ObjectPath
from aisql.catalog.options import MODEL_OPTIONS, visible_options, write_options
from aisql.catalog.store import Store
from aisql.schema import ColumnDefinition


def model_id(store: Store, path: ObjectPath) -> int | None:
    """The row of a model, None when there is none."""
    rows = store.rows(
        "SELECT id FROM aisql_models WHERE database = ? AND name = ?", (path.database, path.name)
    )
    return rows[0][0] if rows else None


def model_names(store: Store, database: str) -> list[str]:
    """The models of a database, sorted."""
    return sorted(
        name for (name,) in store.rows("SELECT name FROM aisql_models WHERE database = ?", (database,))
    )


def load_model(store: Store, path: ObjectPath) -> Model | None:
    """A model as it is at one moment, None when there is none."""
    with store.connection:  # one snapshot for all queries
        found = store.rows(
            "SELECT id, comment FROM aisql_models WHERE database = ? AND name = ?", (path.database, path.name)
        )
        if not found:
            return None
        identity, comment = found[0]
        columns = store.rows(
            "SELECT is_input, name, type, nullable, comment FROM aisql_model_columns"
            " WHERE model = ? ORDER BY position",
            (identity,),
        )
        option_rows = store.rows(
            "SELECT key, value, secret FROM aisql_model_options WHERE model = ?", (identity,)
        )
    options, secrets = visible_options(option_rows)
    return Model(
        path=path,
        input=tuple(_column(row) for row in columns if row[0]),
        output=tuple(_column(row) for row in columns if not row[0]),
        comment=comment,
        options=options,
        secrets=secrets,
    )


def insert_model(
    write: apsw.Connection,
    path: ObjectPath,
    definition: Definition,
    plain: Mapping[str, str],
    references: Mapping[str, str],
    now: str,
) -> None:
    """Writes a model that is not there yet; runs inside a transaction."""
    write.execute(
        "INSERT INTO aisql_models (database, name, comment, created_at) VALUES (?, ?, ?, ?)",
        (path.database, path.name, definition.comment, now),
    )
    identity = write.last_insert_rowid()
    write.executemany(
        "INSERT INTO aisql_model_columns VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (identity, is_input, position, column.name, column.type, column.nullable, column.comment)
            for is_input, columns in ((1, definition.input), (0, definition.output))
            for position, column in enumerate(columns)
        ],
    )
    write_options(write, MODEL_OPTIONS, identity, plain, references)


def delete_model(write: apsw.Connection, identity: int) -> None:
    """Removes a model with its columns and options."""
    write.execute("DELETE FROM aisql_models WHERE id = ?", (identity,))


def delete_options(write: apsw.Connection, identity: int, keys: Collection[str]) -> None:
    """Removes options; keys the model does not have are passed over."""
    write.executemany(
        "DELETE FROM aisql_model_options WHERE model = ? AND key = ?", [(identity, key) for key in keys]
    )


def rename_model(write: apsw.Connection, identity: int, name: str) -> None:
    """Gives a model another name in its database."""
    write.execute("UPDATE aisql_models SET name = ? WHERE id = ?", (name, identity))


def secret_references(store: Store, identity: int) -> dict[str, str]:
    """The references of a model's secret options, by option."""
    return dict(
        store.rows(
            "SELECT key, secret FROM aisql_model_options WHERE model = ? AND secret IS NOT NULL", (identity,)
        )
    )


def _column(row: tuple[Any, ...]) -> ColumnDefinition:
    _, name, type_text, nullable, comment = row
    return ColumnDefinition(name, type_text, bool(nullable), comment)
