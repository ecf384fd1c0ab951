"""Files and programs that results are led to."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TextIO

from aisql.errors import UsageError
from aisql.render.registry import format_of


class Target:
    """A file, or a program after `|`, opened when something is written to it.

    So a statement that fails leaves a file as it was. `path` is the file's, None for a program.
    """

    def __init__(self, name: str, path: str | None) -> None:
        self._name = name
        self._path = path
        self._stream: TextIO | None = None
        self._program: subprocess.Popen[str] | None = None
        self._is_full = False
        self._failure: UsageError | None = None

    @property
    def format(self) -> str | None:
        """The format its name asks for, None for none."""
        return None if self._path is None else format_of(self._path)

    def write(self, text: str) -> None:
        """Writes the text. Raises UsageError for a file that cannot be written, each time."""
        if self._failure is not None:
            raise self._failure
        self._do(lambda stream: stream.write(text))

    def writelines(self, texts: Iterable[str]) -> None:
        """Writes the texts. Raises UsageError."""
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        """Hands over what was written, if anything was. Raises UsageError."""
        if self._stream is not None:
            self._do(lambda stream: stream.flush())

    def close(self) -> int:
        """Ends the file or waits for the program; gives the program's exit status. Raises UsageError."""
        self.flush()
        if self._stream is not None:
            with suppress(OSError):  # it was told of, or a program has read enough
                self._stream.close()
        return self._program.wait() if self._program is not None else 0

    def _do(self, use: Callable[[TextIO], object]) -> None:
        if self._is_full:
            return
        try:
            if self._stream is None:
                self._stream = self._opened()
            use(self._stream)
        except BrokenPipeError:
            self._is_full = True  # a program such as head has read enough
        except OSError as error:
            self._is_full = True
            self._failure = UsageError(f"cannot write {self._name}: {error.strerror}")
            raise self._failure from error

    def _opened(self) -> TextIO:
        if self._path is not None:
            return open(self._path, "w", encoding="utf-8", newline="\n")  # noqa: PTH123 # closed later
        self._program = subprocess.Popen(  # noqa: S602 # a program of the user's, who types it
            self._name[1:], shell=True, stdin=subprocess.PIPE, encoding="utf-8"
        )
        assert self._program.stdin is not None  # noqa: S101 # it was asked for
        return self._program.stdin  # type: ignore[return-value] # an IO[str] is what a TextIO is
