"""The config file of the user: TOML tables, and the lines they stand on. Who knows a table reads it."""

from __future__ import annotations

import os
import re

from aisql.errors import UsageError
from aisql.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

_SETTINGS = "ai"
TABLES = (_SETTINGS, "price", "prompt")
"""What a config file may hold: settings, prices, and how the prompt is to be."""

_PLACE = r" \(at (?:line (\d+), column \d+|end of document)\)$"  # not compiled before a file is wrong


class Config:
    """The tables of a config file, none where there is no file yet; `name` is its path, '' for none."""

    def __init__(self, name: str = "", text: str = "", tables: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self.tables: Mapping[str, Any] = tables or {}
        self._text = text

    def place(self, table: str, key: str = "", entry: int = 0) -> str:
        """Where a table begins, or a key of it stands: `config.toml:3`. An `entry` is one of `[[table]]`."""
        heads = [match.start(1) for match in re.finditer(rf"(?m)^[ \t]*(\[*{_named(table)})", self._text)]
        start = heads[min(entry, len(heads) - 1)] if heads else 0
        found = re.compile(rf"(?m)^[ \t]*({_named(table)}[ \t]*\.)?{_named(key)}[ \t]*=").search(
            self._text, start
        )
        offset = found.end() if found and key else start
        return f"{self.name}:{self._text.count(chr(10), 0, offset) + 1}"


def _named(name: str) -> str:
    """The pattern of a name, in quotes too."""
    return rf"[ \t]*['\"]?{re.escape(name)}\b['\"]?"


def parse_config(text: str, name: str) -> Config:
    """The tables of a text. Raises UsageError with the line where it is no TOML."""
    import tomllib  # a user without a config file does without

    try:
        return Config(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        place = re.search(_PLACE, str(error))
        line = place[1] if place and place[1] else text.rstrip("\n").count("\n") + 1
        raise UsageError(f"{name}:{line}: {re.sub(_PLACE, '', str(error))}") from error


def read_config(file: str, warn: Callable[[str], None]) -> Config:
    """What a config file holds. One that cannot be read is told to `warn` in one line, and holds nothing."""
    if not os.path.exists(file):  # noqa: PTH110 # pathlib would cost every start its import
        return Config(file)
    try:
        config = parse_config(_text(file), file)
    except UsageError as error:
        warn(f"{error.message} (nothing in the file counts)")
        return Config(file)
    for name in config.tables.keys() - set(TABLES):
        hint = did_you_mean(name, TABLES) or f"there are {', '.join(TABLES)}"
        warn(f"{config.place(name)}: '{name}' means nothing here; {hint}")
    return config


def _text(file: str) -> str:
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 # as above
            content = stream.read()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{file}:{line}: this is not UTF-8") from error


def keep_setting(file: str, name: str, text: str) -> None:
    """Writes a setting into a config file, whose comments and order stay as they are.

    Raises UsageError for a file that is not TOML, or cannot be written.
    """
    from collections.abc import MutableMapping
    from pathlib import Path

    import tomlkit  # only who keeps a setting needs it
    from tomlkit.exceptions import TOMLKitError

    path = Path(file).resolve()  # a link stays one
    try:
        # As bytes: the ends of lines stay what they are.
        document = tomlkit.parse(path.read_bytes().decode("utf-8-sig") if path.exists() else "")
        table = document.setdefault(_SETTINGS, tomlkit.table())
        if not isinstance(table, MutableMapping):
            raise UsageError(f"{file}: [{_SETTINGS}] must be a table")
        table[name.removeprefix(f"{_SETTINGS}.")] = text
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
