"""Files and programs that results are led to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple, TextIO

from aisql.errors import UsageError
from aisql.render.files import Output
from aisql.render.registry import format_of


class ReaderLeft(Exception):
    """The program has read enough, as head does."""


class BinaryTarget(NamedTuple):
    """A stream of bytes to a target."""

    write: Callable[[bytes], object]


class Target:
    """A file, or a program after `|`, opened when something is written to it.

    `path` is the file's, None for a program. A file is there when its first result is whole, or with `waits`
    when all of them are: so a statement that fails leaves one as it was. It is packed where its name says so.
    What it holds has the format `format_name`, '' for the one its name tells.
    """

    def __init__(self, name: str, path: str | None, format_name: str = "", *, waits: bool = False) -> None:
        self._name = name
        self._path = path
        self._format = format_name
        self._waits = waits
        self._stream: TextIO | None = None
        self._output: Output | None = None
        self._program: subprocess.Popen[str] | None = None
        self._is_full = False
        self._has_left = False

    def format(self, now: str) -> str:
        """The format of what is in it, `now` where nothing else is known."""
        if self._format or self._path is None:
            return self._format or now
        return format_of(self._path, now) or now

    @property
    def stem(self) -> str:
        """The name of the file without its folder and what follows a dot; '' for a program."""
        return "" if self._path is None else os.path.basename(self._path).partition(".")[0]  # noqa: PTH119 # text

    @property
    def buffer(self) -> BinaryTarget:
        """The same for bytes."""
        return BinaryTarget(self.write_bytes)

    def write_bytes(self, content: bytes) -> None:
        """Writes bytes. Raises UsageError for a file that cannot be written, and ReaderLeft."""
        self._do(lambda stream: stream.buffer.write(content))

    def write(self, text: str) -> None:
        """Writes the text. Raises UsageError for a file that cannot be written, and ReaderLeft."""
        self._do(lambda stream: stream.write(text))

    def writelines(self, texts: Iterable[str]) -> None:
        """Writes the texts. Raises UsageError and ReaderLeft."""
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        """Hands over what was written, if anything was. Raises UsageError and ReaderLeft."""
        if self._stream is not None:
            self._do(lambda stream: stream.flush())

    def settle(self) -> None:
        """A result is whole: what was written is there from now on. Raises UsageError and ReaderLeft."""
        self.flush()
        if self._output is not None and not self._waits:
            output = self._output
            self._do(lambda _stream: output.show())

    def close(self) -> int:
        """Ends the file or waits for the program; gives the program's exit status. Raises UsageError."""
        if self._stream is not None:
            with suppress(ReaderLeft):
                self._do(self._end)
            with suppress(OSError):  # it was told of
                self._stream.close()
        return self._program.wait() if self._program is not None else 0

    def _end(self, stream: TextIO) -> None:
        if self._output is None:
            stream.close()
        else:
            self._output.keep()

    def discard(self) -> None:
        """Ends it; a file that is not there yet will not be."""
        with suppress(OSError):
            if self._output is not None:
                self._output.discard()
            elif self._stream is not None:
                self._stream.close()
        self._stream = self._output = None

    def _do(self, use: Callable[[TextIO], object]) -> None:
        if self._has_left:
            raise ReaderLeft
        if self._is_full:
            return
        try:
            if self._stream is None:
                self._stream = self._opened()
            use(self._stream)
        except BrokenPipeError:
            self._has_left = True
            raise ReaderLeft from None
        except OSError as error:
            self._is_full = True
            raise UsageError(f"cannot write {self._name}: {error.strerror}") from error

    def _opened(self) -> TextIO:
        if self._path is not None:
            self._output = Output(self._path)
            return self._output.stream
        self._program = subprocess.Popen(  # noqa: S602 # a program of the user's, who types it
            self._name[1:], shell=True, stdin=subprocess.PIPE, encoding="utf-8"
        )
        assert self._program.stdin is not None  # noqa: S101 # it was asked for
        return self._program.stdin  # type: ignore[return-value] # an IO[str] is what a TextIO is
