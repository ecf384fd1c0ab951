"""A file of what was run, and what went wrong with it; it can be run itself."""

from __future__ import annotations

import os
from contextlib import suppress

from aisql.errors import AisqlError, UsageError
from aisql.render.masking import mask_repeated, mask_secrets


class Log:
    """Appends to a file that only its owner can read, keys masked. Raises UsageError where it cannot."""

    def __init__(self, path: str) -> None:
        try:
            handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        self._stream = os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def note(self, text: str, error: AisqlError | None) -> None:
        """Keeps a statement or command, and why it failed. Raises OSError where the disk is full."""
        self._stream.write(f"{mask_secrets(text)}\n")
        if error is not None:
            message = mask_repeated(error.message, text).replace("\n", " ")
            self._stream.write(f"-- error: {message}\n")
        self._stream.flush()

    def close(self) -> None:
        """Ends the file."""
        with suppress(OSError):  # what was noted was written at once, or told of
            self._stream.close()
