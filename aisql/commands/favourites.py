r"""Favourites: statements with a name, kept for later sessions in a file of the user's.

`$1` stands for the first argument, `${1:-x}` for it or `x`. What holds a key is not kept.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from aisql.commands.base import Command, Shell, words
from aisql.errors import UsageError
from aisql.render.masking import mask_secrets
from aisql.result import listing
from aisql.suggest import did_you_mean

_FILE = "favourites.json"
_NAME = re.compile(r"[\w-]+")
_STATEMENT = re.compile(
    r"(?i)\s*(?:SELECT|WITH|VALUES|INSERT|REPLACE|UPDATE|DELETE|CREATE|ALTER|DROP|SHOW|DESC|DESCRIBE|EXPLAIN|SET|"
    r"RESET|USE|CALL|PRAGMA|PURGE|RETRY|ATTACH|DETACH|VACUUM|BEGIN|\\)"
)
_PLACE = re.compile(r"\$(?:(\d)|\{(\d+)(?::-([^}]*))?\})")


def favourite_names(config_directory: str) -> tuple[str, ...]:
    """The names of the favourites that are kept; none where the file cannot be read."""
    try:
        return tuple(sorted(_read(config_directory)))
    except UsageError:
        return ()  # the command tells


def _favourite(shell: Shell, arguments: str) -> None:
    """Lists, forgets, runs or keeps one."""
    kept = _read(shell.config_directory)
    name, rest, *_ = [*arguments.split(None, 1), "", ""]
    if not name:
        shell.show(listing(("favourite", "statement"), sorted(kept.items())))
    elif "-d" in (name, rest.strip()):
        _forget(shell, kept, rest.strip() if name == "-d" else name)
    elif name in kept:
        shell.execute(filled(kept[name], words(rest)))
    elif _STATEMENT.match(rest):
        _keep(shell, kept, name, rest.strip())
    else:
        raise UsageError(
            f"there is no favourite {name}",
            code="not_found",
            hint=did_you_mean(name, kept) or f"\\fav {name} SELECT ... keeps one",
        )


def _forget(shell: Shell, kept: dict[str, str], name: str) -> None:
    if name not in kept:
        raise UsageError(
            f"there is no favourite {name}",
            code="not_found",
            hint=did_you_mean(name, kept) or "\\fav lists them",
        )
    del kept[name]
    _write(shell, kept)
    shell.say(f"Favourite {name} is forgotten.")


def _keep(shell: Shell, kept: dict[str, str], name: str, statement: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name} is no name of a favourite", hint="letters, digits, _ and -")
    if mask_secrets(statement) != statement:
        raise UsageError(
            "a statement with a key is not kept",
            hint="write '${NAME}' for the key, and set NAME in the environment",
        )
    _write(shell, {**kept, name: statement})
    shell.say(f"Favourite {name} is kept.")


def filled(statement: str, arguments: Sequence[str]) -> str:
    """The statement with its arguments. Raises UsageError for one that is missing or has no place."""
    used = 0

    def value(match: re.Match[str]) -> str:
        nonlocal used
        number = int(match[1] or match[2])
        used = max(used, number)
        if 0 < number <= len(arguments):
            return arguments[number - 1]
        if match[3] is None:
            raise UsageError(f"argument {number} is missing", hint=statement)
        return match[3]

    text = _PLACE.sub(value, statement)
    if len(arguments) > used:
        raise UsageError(f"the favourite takes {used} arguments, not {len(arguments)}", hint=statement)
    return text


def _read(config_directory: str) -> dict[str, str]:
    file = Path(config_directory, _FILE)
    try:
        kept = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"cannot read {file}: it is not JSON", hint="mend it, or move it away") from error
    if not isinstance(kept, dict):
        raise UsageError(f"cannot read {file}: it is no JSON object", hint="mend it, or move it away")
    return {str(name): str(statement) for name, statement in kept.items()}


def _write(shell: Shell, kept: dict[str, str]) -> None:
    """Replaces the file in one step, so that no other moment loses what is in it. Raises SafeModeError."""
    file = Path(shell.config_directory, _FILE)
    shell.access.file(str(file))  # a later session, which is not safe, runs what is in it
    new = file.with_name(f"{_FILE}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(
            os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as stream:
            json.dump(kept, stream, ensure_ascii=False, indent=2, sort_keys=True)
        new.replace(file)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


COMMANDS = (
    Command(
        ("fav",),
        "[NAME [STATEMENT | ARGUMENT ... | -d]]",
        "keep, run or forget a statement with a name; alone, list them",
        _favourite,
        "$1 stands for the first argument, ${1:-x} for it or x. To change one, forget it first.\n"
        "Example: \\fav top SELECT * FROM reviews LIMIT ${1:-5}",
        completes="favourite",
        takes_line=True,
    ),
)
