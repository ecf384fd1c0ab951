"""Parquet, which is no text: it goes to files and pipes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from aisql.data import parquet
from aisql.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aisql.render.registry import Options, Stream
    from aisql.result import Result


class _Bytes(Protocol):
    """What takes bytes."""

    write: Callable[[bytes], object]


class _BinaryStream(Protocol):
    """A text stream over one of bytes, as files are."""

    buffer: _Bytes


def write(result: Result, stream: Stream, options: Options) -> None:
    """Writes a file. Raises UsageError on a terminal, StatementError for what Parquet cannot hold."""
    if options.terminal:
        raise UsageError("parquet cannot be shown", hint="\\o FILE.parquet, or -o FILE.parquet")
    parquet.write(result.columns, result.rows, cast("_BinaryStream", stream).buffer.write)
