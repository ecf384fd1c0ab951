"""The tables of a catalog file, step by step. A step that was released is never changed, only followed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import apsw

from aisql.catalog.paths import DEFAULT_DATABASE
from aisql.catalog.sqlite import transaction
from aisql.errors import OpenError

Migration: TypeAlias = Callable[[apsw.Connection, str], None]
"""Makes its change on the connection, inside a transaction; the second argument is the time as text."""


def m001_models(connection: apsw.Connection, now: str) -> None:
    """Databases, and models with their columns and options (a secret option holds a reference)."""
    connection.execute(
        """
        CREATE TABLE aisql_databases (
            name TEXT PRIMARY KEY, path TEXT, comment TEXT, created_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE aisql_models (
            id INTEGER PRIMARY KEY,
            database TEXT NOT NULL REFERENCES aisql_databases (name) ON DELETE CASCADE,
            name TEXT NOT NULL, comment TEXT, created_at TEXT NOT NULL,
            UNIQUE (database, name)
        ) STRICT;
        CREATE TABLE aisql_model_columns (
            model INTEGER NOT NULL REFERENCES aisql_models (id) ON DELETE CASCADE,
            is_input INTEGER NOT NULL, position INTEGER NOT NULL,
            name TEXT NOT NULL, type TEXT NOT NULL, nullable INTEGER NOT NULL, comment TEXT,
            PRIMARY KEY (model, is_input, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE aisql_model_options (
            model INTEGER NOT NULL REFERENCES aisql_models (id) ON DELETE CASCADE,
            key TEXT NOT NULL, value TEXT, secret TEXT,
            PRIMARY KEY (model, key), CHECK ((value IS NULL) <> (secret IS NULL))
        ) STRICT, WITHOUT ROWID;
        """
    )
    connection.execute(
        "INSERT INTO aisql_databases (name, created_at) VALUES (?, ?)", (DEFAULT_DATABASE, now)
    )


def m002_connections(connection: apsw.Connection, now: str) -> None:  # noqa: ARG001
    """API connections and their options."""
    connection.execute(
        """
        CREATE TABLE aisql_connections (
            name TEXT PRIMARY KEY, type TEXT NOT NULL, provider TEXT NOT NULL, base_url TEXT NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE aisql_connection_options (
            connection TEXT NOT NULL REFERENCES aisql_connections (name) ON DELETE CASCADE,
            key TEXT NOT NULL, value TEXT, secret TEXT,
            PRIMARY KEY (connection, key), CHECK ((value IS NULL) <> (secret IS NULL))
        ) STRICT, WITHOUT ROWID;
        """
    )


def m003_catalogs(connection: apsw.Connection, now: str) -> None:  # noqa: ARG001
    """Further catalogs; filled in the default catalog's file only."""
    connection.execute(
        """
        CREATE TABLE aisql_catalogs (
            name TEXT PRIMARY KEY, type TEXT NOT NULL, path TEXT NOT NULL, comment TEXT,
            created_at TEXT NOT NULL
        ) STRICT;
        """
    )


def m004_answers(connection: apsw.Connection, now: str) -> None:  # noqa: ARG001
    """Answers that were paid for, what was used, and failures; filled in the default catalog's file only.

    What is looked up stands before the request, so that a long request is not read for it. Answers have a
    rowid because digests come in no order: a table in their order is three times slower to fill.
    """
    connection.execute(
        """
        CREATE TABLE aisql_answers (
            digest BLOB PRIMARY KEY NOT NULL, created_at TEXT NOT NULL, choices INTEGER NOT NULL,
            answer TEXT NOT NULL, provider TEXT NOT NULL, host TEXT NOT NULL, model TEXT NOT NULL,
            task TEXT NOT NULL, input_tokens INTEGER, output_tokens INTEGER, seconds REAL NOT NULL,
            request TEXT NOT NULL
        ) STRICT;
        CREATE TABLE aisql_usage (
            day TEXT NOT NULL, provider TEXT NOT NULL, host TEXT NOT NULL, model TEXT NOT NULL,
            task TEXT NOT NULL, requests INTEGER NOT NULL, answers INTEGER NOT NULL,
            failures INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
            PRIMARY KEY (day, provider, host, model, task)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE aisql_errors (
            id INTEGER PRIMARY KEY, created_at TEXT NOT NULL, statement TEXT NOT NULL,
            function TEXT NOT NULL, provider TEXT NOT NULL, host TEXT NOT NULL, model TEXT NOT NULL,
            arguments TEXT NOT NULL, status INTEGER, attempts INTEGER NOT NULL, code TEXT NOT NULL,
            message TEXT NOT NULL
        ) STRICT;
        """
    )


def m005_functions(connection: apsw.Connection, now: str) -> None:  # noqa: ARG001
    """Usage by function, tokens that cost less or are not shown, numbers of requests; what services teach.

    Usage is copied, for its key changes. What is new has a default: an older program that has the file open
    goes on writing.
    """
    connection.execute(
        """
        ALTER TABLE aisql_answers ADD COLUMN cached_tokens INTEGER;
        ALTER TABLE aisql_answers ADD COLUMN reasoning_tokens INTEGER;
        ALTER TABLE aisql_errors ADD COLUMN request_id TEXT;
        ALTER TABLE aisql_usage RENAME TO aisql_usage_before;
        CREATE TABLE aisql_usage (
            day TEXT NOT NULL, provider TEXT NOT NULL, host TEXT NOT NULL, model TEXT NOT NULL,
            task TEXT NOT NULL, function TEXT NOT NULL DEFAULT '', requests INTEGER NOT NULL,
            answers INTEGER NOT NULL, failures INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL DEFAULT 0,
            reasoning_tokens INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (day, provider, host, model, task, function)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO aisql_usage (day, provider, host, model, task, requests, answers, failures, input_tokens,
            output_tokens)
            SELECT day, provider, host, model, task, requests, answers, failures, input_tokens, output_tokens
            FROM aisql_usage_before;
        DROP TABLE aisql_usage_before;
        CREATE TABLE aisql_learned (
            host TEXT NOT NULL, model TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL,
            learned_at TEXT NOT NULL, PRIMARY KEY (host, model, what)
        ) STRICT, WITHOUT ROWID;
        """
    )


def m006_endpoints(connection: apsw.Connection, now: str) -> None:  # noqa: ARG001
    """AI models and their endpoints, as DBMS_AI_SERVICE makes them.

    `secret` refers to a literal key, `shown_key` is shown in its place.
    """
    connection.execute(
        """
        CREATE TABLE aisql_ai_models (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE,
            type TEXT NOT NULL, model_name TEXT NOT NULL, created_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE aisql_ai_endpoints (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE,
            ai_model_name TEXT NOT NULL COLLATE NOCASE, scope TEXT NOT NULL, url TEXT NOT NULL,
            access_key TEXT, secret TEXT, shown_key TEXT NOT NULL, provider TEXT NOT NULL,
            request_model_name TEXT, created_at TEXT NOT NULL,
            CHECK ((access_key IS NULL) <> (secret IS NULL))
        ) STRICT;
        """
    )


def m007_volumes(connection: apsw.Connection, now: str) -> None:  # noqa: ARG001
    """Named volumes; one with a location is a folder the user chose."""
    connection.execute(
        """
        CREATE TABLE aisql_volumes (
            name TEXT PRIMARY KEY, location TEXT, recursive INTEGER NOT NULL, comment TEXT,
            created_at TEXT NOT NULL
        ) STRICT;
        """
    )


def m008_attempts(connection: apsw.Connection, now: str) -> None:  # noqa: ARG001
    """How many requests an answer took; of older answers nobody knows, so it was one."""
    connection.execute("ALTER TABLE aisql_answers ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1")


MIGRATIONS: tuple[Migration, ...] = (
    m001_models,
    m002_connections,
    m003_catalogs,
    m004_answers,
    m005_functions,
    m006_endpoints,
    m007_volumes,
    m008_attempts,
)


def migrate(
    connection: apsw.Connection,
    path: Path,
    now: Callable[[], str],
    migrations: tuple[Migration, ...] = MIGRATIONS,
) -> None:
    """Applies the steps the file lacks, each in a transaction of its own.

    Another process may do the same at the same time: each step is looked up again under the write lock.
    Raises OpenError when the file has steps this program does not know, CatalogError when it cannot be
    written.
    """
    applied = applied_version(connection)
    if applied > len(migrations):
        raise OpenError(
            f"{path} was made by a newer aisql (version {applied}, this program knows {len(migrations)})",
            hint="install the newest aisql, or choose another catalog file",
        )
    for version in range(applied + 1, len(migrations) + 1):
        with transaction(connection, path):
            if applied_version(connection) < version:
                _apply(connection, version, migrations[version - 1], now())


def applied_version(connection: apsw.Connection) -> int:
    """The number of the last step the file has; 0 for a file that is no catalog yet."""
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'aisql_migrations'").fetchall()
    if not known:
        return 0
    version = connection.execute("SELECT max(version) FROM aisql_migrations").fetchall()[0][0]
    return version if isinstance(version, int) else 0


def _apply(connection: apsw.Connection, version: int, migration: Migration, now: str) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS aisql_migrations"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT"
    )
    migration(connection, now)
    connection.execute("INSERT INTO aisql_migrations VALUES (?, ?, ?)", (version, migration.__name__, now))
