"""What is piped in, to be read more than once: it goes through a file of no name as it comes."""

from __future__ import annotations

import io
import os
import select
import stat
import tempfile
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK = 1 << 16
_PATIENCE = 0.1
"""Seconds after which what comes next counts as something to wait for."""


class Pipe(Protocol):
    """What can be read from the beginning more than once."""

    def read(self, position: int, count: int) -> bytes:
        """Some bytes from a position on, at the most so many; none at the end."""
        ...

    def size(self) -> int:
        """How many bytes it has, once all have come."""
        ...

    def pauses(self) -> bool:
        """Whether nothing more comes for the moment."""
        ...

    def version(self) -> object:
        """What changes when the content does."""
        ...

    def close(self) -> None:
        """Lets go of what is kept of it."""
        ...


def pipe(descriptor: int, wait: Callable[[Callable[[], bool]], None]) -> Pipe:
    """What comes out of a descriptor; before a wait `wait` is called, with what tells when it is over."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return _File(descriptor)
    return _Spool(descriptor, wait)


def opened(source: Pipe) -> io.BufferedReader:
    """It from the beginning."""
    return io.BufferedReader(_Reader(source))


class _Reader(io.RawIOBase):
    def __init__(self, source: Pipe) -> None:
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            offset += self._source.size()
        self._position = offset + (self._position if whence == os.SEEK_CUR else 0)
        return self._position

    def readinto(self, buffer: Any) -> int:
        block = self._source.read(self._position, len(buffer))
        buffer[: len(block)] = block
        self._position += len(block)
        return len(block)


class _File:
    """A file that was opened by somebody else."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._start = os.lseek(descriptor, 0, os.SEEK_CUR)

    def read(self, position: int, count: int) -> bytes:
        return os.pread(self._descriptor, count, self._start + position)

    def size(self) -> int:
        return os.fstat(self._descriptor).st_size - self._start

    def pauses(self) -> bool:
        return False

    def version(self) -> object:
        status = os.fstat(self._descriptor)
        return status.st_size, status.st_mtime_ns

    def close(self) -> None:
        """Nothing is kept of it."""


class _Spool:
    """A pipe, and a file with what has come out of it."""

    def __init__(self, descriptor: int, wait: Callable[[Callable[[], bool]], None]) -> None:
        self._descriptor = descriptor
        self._wait = wait
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 # it goes away with the process
        self._size = 0
        self._has_ended = False

    def read(self, position: int, count: int) -> bytes:
        if position >= self._size and not self._has_ended and not self._is_ready(0):
            self._wait(lambda: self._size > position or self._has_ended or self._is_ready(0))
        if position < self._size:
            return os.pread(self._file.fileno(), count, position)
        return b"" if self._has_ended else self._next(count)

    def _next(self, count: int) -> bytes:
        block = os.read(self._descriptor, count)
        self._has_ended = not block
        self._file.write(block)
        self._file.flush()
        self._size += len(block)
        return block

    def size(self) -> int:
        while self.read(self._size, _BLOCK):
            pass
        return self._size

    def pauses(self) -> bool:
        return not self._has_ended and not self._is_ready(_PATIENCE)

    def version(self) -> object:
        return None

    def close(self) -> None:
        self._file.close()

    def _is_ready(self, seconds: float) -> bool:
        try:
            return bool(select.select([self._descriptor], [], [], seconds)[0])
        except (OSError, ValueError):  # a system that cannot tell
            return True
