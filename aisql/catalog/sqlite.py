"""Opening a SQLite file of ours, writing to it all or nothing, and saying plainly what went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import apsw

from aisql.errors import AisqlError, CatalogError, OpenError

BUSY_TIMEOUT = 10_000
"""Milliseconds to wait for another program that writes the same file."""

_WAL_ATTEMPTS = 20

FileStamp: TypeAlias = tuple[tuple[int, int, int] | None, ...]
"""Identity, time and size of a SQLite file and of its log; None for one that is not there."""


def open_connection(path: Path, *, readonly: bool = False) -> apsw.Connection:
    """Opens the file, made empty when it is missing (not with `readonly`: then an empty database in memory).

    Raises OpenError.
    """
    if readonly and is_missing(path):
        return apsw.Connection(":memory:")
    if not readonly:
        make_folder(path.parent)
    with sqlite_errors(path, OpenError):
        if readonly:
            return _open_readonly(path)
        return _open_checked(str(path), apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)


def _open_readonly(path: Path) -> apsw.Connection:
    try:
        return _open_checked(str(path), apsw.SQLITE_OPEN_READONLY)
    except (apsw.ReadOnlyError, apsw.CantOpenError):
        # In WAL mode even a reader makes files beside this one. Where it may not, a file without a log can
        # still be read as it is, unlocked: whoever opened it looks at `file_stamp` to see others' changes.
        if not _has_empty_log(path):
            raise
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        return _open_checked(path.absolute().as_uri() + "?immutable=1", flags)


def _open_checked(name: str, flags: int) -> apsw.Connection:
    connection = apsw.Connection(name, flags=flags)
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT)
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
        connection.execute("PRAGMA foreign_keys = ON")
    except (apsw.Error, KeyboardInterrupt):
        connection.close()
        raise
    return connection


def refuses_writing(error: OpenError) -> bool:
    """Whether a file could not be opened because it, or its folder, cannot be written."""
    return isinstance(error.__cause__, apsw.ReadOnlyError | apsw.CantOpenError | apsw.PermissionsError)


def is_missing(path: Path) -> bool:
    """Whether there is no such file; false when it cannot be told, for opening it will say why."""
    try:
        return not path.exists()
    except OSError:
        return False


def file_stamp(path: Path) -> FileStamp:
    """What differs once somebody has made, replaced or written the file; it is not opened."""
    return tuple(_stamp(file) for file in (path, _log(path)))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _has_empty_log(path: Path) -> bool:
    stamp = _stamp(_log(path))
    return stamp is None or stamp[2] == 0


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def make_folder(folder: Path) -> None:
    """Makes a folder for files of ours, readable by nobody else. Raises OpenError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise OpenError(
            f"cannot make the folder {folder}: a part of the path is a file", hint="choose another path"
        ) from error
    except OSError as error:
        raise OpenError(
            f"cannot make the folder {folder}: {error.strerror}",
            hint="choose a path in a folder you may write to",
        ) from error


@contextmanager
def transaction(connection: apsw.Connection, path: Path) -> Iterator[apsw.Connection]:
    """Writes done inside are on disk together or, after any exception, not at all.

    Waits for other writers up to BUSY_TIMEOUT. Raises CatalogError when the file cannot be written.
    """
    with sqlite_errors(path, CatalogError):
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def switch_to_wal(connection: apsw.Connection) -> None:
    """Turns on write-ahead logging, whoever else is opening the file at the same moment.

    SQLite does not wait for a lock when it changes the mode, so the waiting is done with a transaction.
    """
    for _ in range(_WAL_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except apsw.BusyError:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()


@contextmanager
def sqlite_errors(path: Path, kind: type[AisqlError]) -> Iterator[None]:
    """Turns SQLite's errors about the file into `kind`, with a sentence and a hint."""
    try:
        yield
    except UnicodeEncodeError as error:
        message, hint = f"{path} holds only valid Unicode text", "a name or a text has broken characters"
        raise kind(message, hint=hint) from error
    except apsw.Error as error:
        message, hint = _explain(error, path)
        raise kind(message, hint=hint) from error


def _explain(error: apsw.Error, path: Path) -> tuple[str, str]:
    match error:
        case apsw.BusyError() | apsw.LockedError():
            return f"{path} is locked by another program", "try again when that program has finished"
        case apsw.NotADBError():
            return f"{path} is not a SQLite file", "choose another path, or move the file away"
        case apsw.CorruptError():
            return f"{path} is damaged: {error}", "restore it from a copy, or move it away to start afresh"
        case apsw.ReadOnlyError():
            return f"{path} cannot be written: it is read-only", "choose a file you may write to"
        case apsw.FullError():
            return f"{path} cannot be written: the disk is full", "free some space and try again"
        case apsw.CantOpenError() | apsw.PermissionsError() | apsw.AuthError():
            return f"{path} cannot be opened: {_obstacle(path)}", "choose another path"
        case _:
            return f"{path} cannot be used: {error}", "choose another path, or move the file away"


def _obstacle(path: Path) -> str:
    try:
        if path.is_dir():
            return "it is a directory"
        if path.exists():
            return "its folder cannot be written" if os.access(path, os.R_OK) else "no permission"
        return "it cannot be made in its folder" if path.parent.is_dir() else "its folder does not exist"
    except OSError as error:
        return error.strerror or "the system refuses"
