"""Files that the user names: which are opened, and what is in them."""

from __future__ import annotations

import errno
import os
import sys

from aisql.catalog.paths import is_keys_file
from aisql.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def path_of(name: str) -> str:
    """The path of a file, its `~` resolved. Raises UsageError for one that holds keys."""
    path = os.path.expanduser(name)  # noqa: PTH111 # pathlib would cost every start its import
    if is_keys_file(os.path.realpath(path)):
        raise UsageError(f"{name} holds keys and is not opened")
    return path


def free_path(name: str, taken: Iterable[str]) -> str:
    """The path of a file to be written. Raises UsageError for one that holds keys or is among the taken."""
    path = path_of(name)
    if os.path.realpath(path) in map(os.path.realpath, taken):
        raise UsageError(f"{name} is in use for something else", hint="name another file")
    return path


def expect_writable(path: str) -> None:
    """Raises UsageError where it is known at once that no file can be written there."""
    folder = os.path.dirname(path) or os.curdir  # noqa: PTH120 # as above
    trouble = 0
    if os.path.isdir(path):  # noqa: PTH112 # as above
        trouble = errno.EISDIR
    elif not os.path.isdir(folder):  # noqa: PTH112 # as above
        trouble = errno.ENOENT
    elif not os.access(folder, os.W_OK) and not os.access(path, os.W_OK):
        trouble = errno.EACCES
    if trouble:
        raise UsageError(f"cannot write {path}: {os.strerror(trouble)}")


def beside(script: str, path: str) -> str:
    """The path, begun at the folder of a script."""
    return os.path.join(os.path.dirname(script), path)  # noqa: PTH118,PTH120 # as above


def read_script(path: str) -> str:
    """The text of a script, `-` is stdin. Raises UsageError."""
    try:
        if path == "-":
            content = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as file:  # noqa: PTH123 # as above
                content = file.read()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {path}: it is not UTF-8") from error


def write_file(path: str, content: bytes) -> None:
    """Writes a file. Raises UsageError."""
    try:
        with open(path, "wb") as file:  # noqa: PTH123 # as above
            file.write(content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def check(arguments: str) -> None:
    """Raises UsageError for what can stand in no file's name and in no statement."""
    if "\0" in arguments or any("\ud800" <= sign <= "\udfff" for sign in arguments):
        raise UsageError("the line holds a character that no command can hold")
