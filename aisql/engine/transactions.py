"""Transactions of the program around what it reads, writes or tries; a transaction of the user is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw

from aisql.errors import AisqlError


@contextmanager
def reading(connection: apsw.Connection) -> Iterator[None]:
    """What is read inside is as it was at the beginning, whoever writes meanwhile."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
        yield
    finally:
        _end(connection, "COMMIT")


@contextmanager
def writing(
    connection: apsw.Connection, translated: Callable[[apsw.Error, str], AisqlError]
) -> Iterator[None]:
    """Nobody else writes meanwhile; what is written inside is written together."""
    if connection.in_transaction:
        yield
        return
    begin = "BEGIN IMMEDIATE"
    try:
        connection.execute(begin)
    except apsw.Error as error:
        raise translated(error, begin) from error
    try:
        yield
        connection.execute("COMMIT")
    finally:
        _end(connection, "ROLLBACK")


def _end(connection: apsw.Connection, how: str) -> None:
    if connection.in_transaction:
        connection.execute(how)


@contextmanager
def undone(connection: apsw.Connection) -> Iterator[None]:
    """What is written inside is undone.

    Triggers do not fire: they might do what cannot be undone, such as ending the transaction.
    """
    rowid = connection.last_insert_rowid()
    enabled = connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, -1)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.execute("SAVEPOINT aisql_scan")
    try:
        yield
    finally:
        if connection.in_transaction:  # a conflict may have ended it
            connection.execute("ROLLBACK TO aisql_scan")
            connection.execute("RELEASE aisql_scan")
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, enabled)
        connection.set_last_insert_rowid(rowid)
