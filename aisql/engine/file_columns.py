"""The columns of files that a query names while it is typed: a short look, on a thread of its own."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import NoReturn, TypeAlias

from aisql.access import Access
from aisql.data.base import Source
from aisql.data.opening import opened, refusals
from aisql.data.registry import DELIMITER, READABLE, Format, read
from aisql.engine.file_calls import FileCall
from aisql.engine.inputs import Inputs, format_of_files
from aisql.errors import AisqlError, FileError, SqlError

Columns: TypeAlias = tuple[tuple[str, str], ...]
"""The name and the type ('' for none) of each."""
_BEGINNING = 1 << 18
"""Bytes of a file, unpacked, that are looked at; rows that are longer tell no columns."""
_FOOTER = 1 << 22
"""Bytes at the end of a Parquet file that are looked at, at the most."""
_MOST = 2_000
"""Columns of a table of SQLite's, at the most."""
_PARQUET = READABLE["parquet"]


class FileColumns:
    """Finds columns of files that `access` lets be opened. Relative paths begin at `directory`.

    Files that are `taken` are left alone: SQLite loses its locks on a file that somebody else closes.
    """

    def __init__(self, directory: str, access: Access) -> None:
        self.taken: Iterable[str] = ()
        self._inputs = Inputs(directory, lambda: self.taken, None, access)
        self._known: dict[str, tuple[object, Columns]] = {}

    def find(self, name: str) -> Columns:
        """The columns of the file that the name of a table means; of a pattern those of the first one.

        None where there is no such file, where it cannot be read, or is no regular one. A file that has not
        changed is not read again.
        """
        try:
            call = self._inputs.call(name, _no_value)
            source = None if call is None or "**" in "".join(call.paths) else self._inputs.first(call)
        except (AisqlError, ValueError):  # the other one is for what no path can hold
            return ()
        if call is None or source is None:
            return ()
        version, known = source.version(), self._known.get(name)
        if known is None or known[0] != version:
            known = self._known[name] = version, _columns(call, source)
        return known[1]


def _no_value(name: str) -> NoReturn:
    raise SqlError(f"the variable {name} belongs to another thread")


def _columns(call: FileCall, source: Source) -> Columns:
    try:
        record = format_of_files(call, source)
        part = _checked(source) if record is _PARQUET else _beginning(source, record)
        data = read(record, [part], call.options)
    except AisqlError:
        return ()
    return tuple(zip(data.names, data.types, strict=True)) if len(data.names) <= _MOST else ()


def _beginning(source: Source, record: Format) -> Source:
    """What a file begins with. Whoever reads it is told not to wait for more once there is a row.

    Raises FileError where a first line that names the columns is longer.
    """
    with opened(source) as stream:
        content = stream.read(_BEGINNING)
    if DELIMITER in record.options and len(content) == _BEGINNING and b"\n" not in content:
        raise _unread(source)
    return Source(source.name, lambda: io.BytesIO(content), pauses=lambda: True)


def _checked(source: Source) -> Source:
    """The same file. Raises FileError where too much of it would have to be read."""
    with refusals(source), source.open() as file:
        is_plain = file.read(4) == b"PAR1"
        file.seek(-8, os.SEEK_END)
        length = int.from_bytes(file.read(4), "little")
    if not is_plain or length > _FOOTER:
        raise _unread(source)
    return source


def _unread(source: Source) -> FileError:
    return FileError(f"{source.name} would have to be read further")
