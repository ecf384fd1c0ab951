"""What the user has chosen for the prompt: the table `[prompt]` of the config file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aisql.config import Config
from aisql.repl.themes import AUTO, THEMES
from aisql.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Preference:
    """Something to choose: its name, what it can be, the usual first, and what it means."""

    name: str
    choices: tuple[str, ...]
    summary: str


KEYS = Preference("keys", ("emacs", "vi"), "the keys of the line")
THEME = Preference("theme", (AUTO, *THEMES), "the colours, for a dark or a light background")
PREFERENCES = (KEYS, THEME)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The keys, `emacs` or `vi`, and the name of the theme."""

    keys: str = KEYS.choices[0]
    theme: str = THEME.choices[0]


def read_preferences(config: Config, warn: Callable[[str], None]) -> Preferences:
    """The preferences in a config file. What is wrong there is told to `warn`, and the usual is taken."""
    table = config.tables.get("prompt", {})
    if not isinstance(table, Mapping):
        warn(f"{config.place('prompt')}: 'prompt' must be a table, [prompt]")
        return Preferences()
    known = [preference.name for preference in PREFERENCES]
    for key in table:
        if key not in known:
            hint = did_you_mean(key, known) or f"there are {' and '.join(known)}"
            warn(f"{config.place('prompt', key)}: prompt.{key} means nothing; {hint}")

    def chosen(preference: Preference) -> str:
        value = table.get(preference.name, preference.choices[0])
        if isinstance(value, str) and value in preference.choices:
            return value
        place = config.place("prompt", preference.name)
        warn(f"{place}: prompt.{preference.name} must be {_listed(preference.choices)}")
        return preference.choices[0]

    return Preferences(chosen(KEYS), chosen(THEME))


def _listed(choices: tuple[str, ...]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"
