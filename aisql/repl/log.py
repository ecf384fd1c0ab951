"""A file of what was run, and what went wrong with it; it can be run itself."""

from __future__ import annotations

import os

from aisql.errors import AisqlError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO


class Log:
    """Appends to a file that only its owner can read, keys masked; at first there is none.

    One that can no longer be written is told to `warn`, and ends.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._stream: TextIO | None = None

    def lead(self, path: str | None) -> None:
        """Begins with a file; None ends it. Raises UsageError where it cannot be written."""
        self.close()
        if path is None:
            return
        try:
            handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        self._stream = os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def note(self, text: str, error: AisqlError | None) -> None:
        """Keeps a statement or command, and why it failed."""
        if self._stream is None:
            return
        from aisql.render.masking import mask_repeated, mask_secrets  # most sessions keep no log

        lines = f"{mask_secrets(text)}\n"
        if error is not None:
            message = mask_repeated(error.message, text).replace("\n", " ")
            lines += f"-- error: {message}\n"
        try:
            self._stream.write(lines)
            self._stream.flush()
        except OSError as failed:
            self.close()
            self._warn(f"warning: the log cannot be written: {failed.strerror}")

    def close(self) -> None:
        """Ends the file."""
        stream, self._stream = self._stream, None
        if stream is not None:
            try:
                stream.close()
            except OSError:
                return  # what was noted was written at once, or told of
