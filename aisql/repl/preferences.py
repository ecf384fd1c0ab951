"""What the user has chosen for the prompt: the table `[prompt]` of the config file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aisql.errors import UsageError
from aisql.render.prompt_text import PROMPT, check
from aisql.repl.themes import DARK, THEMES, Theme

KEYS = ("emacs", "vi")


@dataclass(frozen=True, slots=True)
class Preferences:
    """The keys, `emacs` or `vi`, the colours, the text before what is typed, whether the prompt asks."""

    keys: str = KEYS[0]
    theme: Theme = DARK
    text: str = PROMPT
    guard: bool = True


def read_preferences(file: str | None, warn: Callable[[str], None]) -> Preferences:
    """The preferences in a config file. What is wrong there is told to `warn`, and the usual is taken."""
    if file is None or not Path(file).exists():
        return Preferences()
    import tomllib

    try:
        table = tomllib.loads(Path(file).read_text("utf-8")).get("prompt", {})
    except (OSError, ValueError) as error:
        warn(f"{file}: {error}")
        return Preferences()
    if not isinstance(table, Mapping):
        warn(f"{file}: [prompt] must be a table")
        return Preferences()
    chosen = {
        key: _chosen(file, key, table.get(key, choices[0]), choices, warn)
        for key, choices in (("keys", KEYS), ("theme", tuple(THEMES)))
    }
    for key in sorted(table.keys() - {*chosen, "text", "guard"}):
        warn(f"{file}: prompt.{key} means nothing; there are keys, theme, text and guard")
    text, guard = _text(file, table.get("text", PROMPT), warn), table.get("guard", True)
    if not isinstance(guard, bool):
        warn(f"{file}: prompt.guard must be true or false")
    return Preferences(chosen["keys"], THEMES[chosen["theme"]], text, guard is not False)


def _text(file: str, value: object, warn: Callable[[str], None]) -> str:
    try:
        if isinstance(value, str):
            check(value)
            return value
        warn(f"{file}: prompt.text must be a text")
    except UsageError as error:
        warn(f"{file}: prompt.text: {error.message}")
    return PROMPT


def _chosen(file: str, key: str, value: object, choices: tuple[str, ...], warn: Callable[[str], None]) -> str:
    if isinstance(value, str) and value in choices:
        return value
    warn(f"{file}: prompt.{key} must be {' or '.join(choices)}")
    return choices[0]
