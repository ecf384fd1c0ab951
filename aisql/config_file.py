"""The config file of the user, and the settings in it: `ai.cache` is `cache` in the table `[ai]`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from aisql.errors import UsageError

TABLE = "ai"
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_text(file: str) -> str | None:
    """The text of a config file, None where there is none. Raises UsageError for one that cannot be read."""
    try:
        return Path(file).read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{file}:{line}: this is not UTF-8") from error


def tables_of(text: str, name: str) -> dict[str, Any]:
    """What a TOML text holds. Raises UsageError with the line, and with `name` as that of the file."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = place[1] if place and place[1] else text.rstrip("\n").count("\n") + 1
        raise UsageError(f"{name}:{line}: {_PLACE.sub('', str(error))}") from error


def read_settings(file: str) -> dict[str, str]:
    """The settings in a config file by name, as SET would be given them; none where there is no file.

    Raises UsageError for a file that cannot be read.
    """
    table = tables_of(read_text(file) or "", file).get(TABLE, {})
    if not isinstance(table, Mapping):
        raise UsageError(f"{file}: [{TABLE}] must be a table")
    return {f"{TABLE}.{key}": _text(value) for key, value in table.items()}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def keep_setting(file: str, name: str, text: str) -> None:
    """Writes a setting into a config file, whose comments and order stay as they are.

    Raises UsageError for a file that is not TOML, or cannot be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = Path(file).resolve()  # a link stays one
    try:
        # As bytes: the ends of lines stay what they are.
        document = tomlkit.parse(path.read_bytes().decode("utf-8-sig") if path.exists() else "")
        table = document.setdefault(TABLE, tomlkit.table())
        if not isinstance(table, MutableMapping):
            raise UsageError(f"{file}: [{TABLE}] must be a table")
        table[name.removeprefix(f"{TABLE}.")] = text
        _replace(path, tomlkit.dumps(document))
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    except (TOMLKitError, ValueError) as error:
        raise UsageError(f"cannot write {file}: {error}", hint="mend it, or move it away") from error


def _replace(path: Path, text: str) -> None:
    """Writes a file in one step, so that no other moment loses what is in it."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new.write_bytes(text.encode())
    if path.exists():
        new.chmod(path.stat().st_mode)
    new.replace(path)
