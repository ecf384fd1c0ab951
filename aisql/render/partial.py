"""Files that are written beside the place they will take. What killed programs have left is removed."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where nothing is removed
    fcntl = None  # type: ignore[assignment]

PARTIAL = ".aisql-partial-"
"""How their names begin."""
_NAME = re.compile(rf"{re.escape(PARTIAL)}[0-9a-f]{{12}}")
_LOOKING = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_CREATING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Partial:
    """A new file in the folder of `place`, open for writing. Its methods raise OSError.

    It is locked until it is in its place or removed, so that nobody takes it for one that a dead program
    left; the lock goes with the process, in whichever way that ends.
    """

    def __init__(self, place: Path, mode: int = 0o666) -> None:
        _tidy(place.parent)
        while True:
            self.path = place.with_name(f"{PARTIAL}{os.urandom(6).hex()}")
            descriptor = os.open(self.path, _CREATING, mode)
            if _is_ours(self.path, descriptor):
                break
            os.close(descriptor)
        self._lock = os.dup(descriptor)  # the file is closed before it takes its place
        self.file: BinaryIO = os.fdopen(descriptor, "wb")

    def replace(self, place: Path) -> None:
        """Puts it in its place, where it may be written on."""
        self.path.replace(place)
        os.close(self._lock)

    def remove(self) -> None:
        """Removes it."""
        self.path.unlink(missing_ok=True)
        os.close(self._lock)


def _is_ours(path: Path, descriptor: int) -> bool:
    """Whether nobody has removed a new file before it was locked, or is about to."""
    try:
        return _locks(descriptor) and path.exists()
    except OSError:  # a file system without locks, where nothing is removed either
        return True


def _tidy(folder: Path) -> None:
    """Removes what nobody writes any more."""
    with suppress(OSError):
        for path in [each for each in folder.iterdir() if _NAME.fullmatch(each.name)]:
            with suppress(OSError):  # it is somebody else's
                _remove_dead(path)


def _remove_dead(path: Path) -> None:
    descriptor = os.open(path, _LOOKING)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and _locks(descriptor):
            path.unlink()
    finally:
        os.close(descriptor)


def _locks(descriptor: int) -> bool:
    """Locks a file; whether nobody else has. Raises OSError where files cannot be locked."""
    if fcntl is None:
        raise OSError("no locks")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
