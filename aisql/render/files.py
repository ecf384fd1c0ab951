"""Files that results are written to: whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
from contextlib import suppress
from errno import EACCES, ENOTSUP
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, TextIO, cast

from aisql.render.partial import Partial
from aisql.render.registry import PACKED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

_PACKING = 6
"""How hard gzip tries, which is what the program of that name does."""
_READ_ALONE = ".zst"
"""The end of the name of a file that could be read and is not written."""
_OPEN_ALREADY = ("/dev/fd/", "/dev/std", "/proc/")
"""How the names of files begin that stand for something that is open, such as stdout."""

STREAMS: Mapping[str, int] = MappingProxyType(
    {f"{folder}{number}": number for folder in ("/dev/fd/", "/proc/self/fd/") for number in (1, 2)}
    | {"/dev/stdout": 1, "/dev/stderr": 2}
)
"""The numbers of what is open, by the names of files that stand for it."""


class Output:
    """A file that is written beside the one that is there, and takes its place when it is whole.

    What is no plain file, such as a pipe, is written straight; so is one in a folder that takes no other
    file. With `appends` it begins with what it held, whose last line is ended. Leaving a `with` block puts it
    in place, an error there does not. Raises OSError, as its methods do.
    """

    def __init__(self, path: str, *, appends: bool = False) -> None:
        if path.lower().endswith(_READ_ALONE):
            raise OSError(ENOTSUP, "what is written is packed by gzip only")
        self._place = Path(path)
        self._partial: Partial | None = None
        self._file = self._opened(appends=appends)
        is_packed = path.lower().endswith(PACKED)
        if appends and not is_packed and _breaks_off(self._place):
            self._file.write(b"\n")
        content = gzip.GzipFile("", "wb", _PACKING, self._file) if is_packed else self._file
        self.stream: TextIO = io.TextIOWrapper(cast("IO[bytes]", content), encoding="utf-8", newline="\n")

    def _opened(self, *, appends: bool) -> IO[bytes]:
        stream = STREAMS.get(str(self._place))
        if stream is not None:  # opened anew, a file would be written over by whoever has it open
            return os.fdopen(os.dup(stream), "wb")
        is_there = self._place.exists()
        is_plain = self._place.is_file() and not os.path.abspath(self._place).startswith(_OPEN_ALREADY)  # noqa: PTH100 # links stay
        if is_there and not is_plain:
            return self._place.open("ab")  # it may be a file that is begun
        self._place = Path(os.path.realpath(self._place))  # resolve() fails at a link that leads to itself
        if is_there and not os.access(self._place, os.W_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
        try:
            partial = Partial(self._place)
        except PermissionError:
            if not is_there:
                raise
            return self._place.open("ab" if appends else "wb")
        self._partial = partial
        if is_there:
            partial.path.chmod(stat.S_IMODE(self._place.stat().st_mode))
        if is_there and appends:
            with self._place.open("rb") as before:
                shutil.copyfileobj(before, partial.file)
        return partial.file

    def keep(self) -> None:
        """Puts the file in its place, and ends it."""
        self._close()
        self._place_it()

    def show(self) -> None:
        """Puts the file in its place; what is written from now on goes there."""
        self.stream.flush()
        self._place_it()

    def _place_it(self) -> None:
        if self._partial is None:
            return
        try:
            self._partial.replace(self._place)
        except OSError:  # another file cannot take the place of one that is mounted
            shutil.copyfile(self._partial.path, self._place)
            self._partial.remove()
        self._partial = None

    def discard(self) -> None:
        """Ends the file; what is not in its place is gone."""
        with suppress(OSError):
            self._close()
        if self._partial is not None:
            self._partial.remove()

    def _close(self) -> None:
        try:
            self.stream.close()
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.keep()
        else:
            self.discard()


def _breaks_off(path: Path) -> bool:
    """Whether a file ends inside of a line, which the next row would go on with."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
