"""Files packed by zstd, unpacked by zstandard, which comes with the extra `zstd`."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from aisql.errors import StatementError

_PACKED = 1 << 14
"""Bytes unpacked at once: a few may become very many."""


def unpacked(stream: BinaryIO) -> io.BufferedReader:
    """What a packed stream holds. Raises StatementError where zstandard is missing; reading raises EOFError
    where the stream breaks off, OSError where it is damaged."""
    try:
        import zstandard
    except ImportError as error:
        raise StatementError(
            "a file packed by zstd needs zstandard, which is not installed",
            hint="pip install 'aisql[zstd]', or unzstd -c FILE | aisql -",
        ) from error
    return io.BufferedReader(_Unpacked(stream, zstandard))


class _Unpacked(io.RawIOBase):
    """The library's own reader ends without a word where a stream breaks off."""

    def __init__(self, stream: BinaryIO, library: Any) -> None:
        self._stream = stream
        self._library = library
        self._frame = library.ZstdDecompressor().decompressobj()
        self._has_begun = False
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            packed = self._frame.unused_data or self._stream.read(_PACKED)
            if not packed:
                if self._has_begun and not self._frame.eof:
                    raise EOFError("it breaks off")
                return 0
            self._held = self._next(packed)
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count

    def _next(self, packed: bytes) -> bytes:
        if self._frame.eof:
            self._frame = self._library.ZstdDecompressor().decompressobj()
        self._has_begun = True
        try:
            unpacked: bytes = self._frame.decompress(packed)
        except self._library.ZstdError as error:
            raise OSError(f"it is damaged: {error}") from error
        return unpacked
