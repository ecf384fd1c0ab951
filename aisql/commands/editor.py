"""The editor of the user, for a text that is too long for the prompt."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from aisql.access import Access
from aisql.commands.foreground import in_foreground
from aisql.errors import UsageError

_USUAL = "vi"


def edited(text: str, environment: Mapping[str, str], access: Access) -> str:
    """The text as it is after $VISUAL, else $EDITOR, else vi was left.

    Raises UsageError where there is no such program, or it ends with an error: the text is as it was then.
    Raises SafeModeError.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="aisql-") as folder:
            file = Path(folder, "statement.sql")
            file.write_text(text, "utf-8", "surrogateescape")
            edit(str(file), environment, access)
            return file.read_text("utf-8", "surrogateescape").rstrip("\n")
    except OSError as error:
        raise UsageError(f"the text cannot be edited: {error.strerror}") from error


def edit(path: str, environment: Mapping[str, str], access: Access) -> None:
    """Takes a file to the editor. Raises UsageError as above."""
    command = environment.get("VISUAL") or environment.get("EDITOR") or _USUAL
    hint = "VISUAL or EDITOR names the program"
    try:
        status = in_foreground([*shlex.split(command), path], access)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"the editor {command} cannot be started: {reason}", hint=hint) from error
    if status != 0:
        raise UsageError(f"the editor {command} failed with status {status}", hint=hint)
