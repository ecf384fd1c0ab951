"""What the user has chosen for the prompt: the table `[prompt]` of the config file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aisql.config import Config
from aisql.errors import UsageError
from aisql.render.prompt_text import PROMPT, check
from aisql.repl.themes import AUTO, THEMES
from aisql.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Preference:
    """Something to choose: its name, what it means, what it is without a choice, and what it can be.

    Where it has no `choices` it is a text for the prompt.
    """

    name: str
    summary: str
    usual: str | bool
    choices: tuple[str | bool, ...] = ()


KEYS = Preference("keys", "the keys of the line", "emacs", ("emacs", "vi"))
THEME = Preference("theme", "the colours, for a dark or a light background", AUTO, (AUTO, *THEMES))
TEXT = Preference("text", "the text before what is typed, as \\prompt takes it", PROMPT)
GUARD = Preference("guard", "whether to ask before what cannot be undone", True, (True, False))
PREFERENCES = (KEYS, THEME, TEXT, GUARD)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The keys, `emacs` or `vi`, the name of the theme, the text before what is typed, whether to ask."""

    keys: str = "emacs"
    theme: str = AUTO
    text: str = PROMPT
    guard: bool = True


def read_preferences(config: Config, warn: Callable[[str], None]) -> Preferences:
    """The preferences in a config file. What is wrong there is told to `warn`, and the usual is taken."""
    table = config.tables.get("prompt", {})
    if not isinstance(table, Mapping):
        warn(f"{config.place('prompt')}: 'prompt' must be a table, [prompt]")
        return Preferences()
    known = [preference.name for preference in PREFERENCES]
    for key in table:
        if key not in known:
            hint = did_you_mean(key, known) or f"there are {', '.join(known)}"
            warn(f"{config.place('prompt', key)}: prompt.{key} means nothing; {hint}")

    def chosen(preference: Preference) -> Any:
        value = table.get(preference.name, preference.usual)
        if reason := _wrong(preference, value):
            warn(f"{config.place('prompt', preference.name)}: prompt.{preference.name} {reason}")
            return preference.usual
        return value

    return Preferences(*map(chosen, PREFERENCES))


def _wrong(preference: Preference, value: object) -> str:
    """What is wrong with a value, '' where nothing is."""
    if preference.choices:
        is_one = type(value) is type(preference.usual) and value in preference.choices
        return "" if is_one else f"must be {_listed([shown(choice) for choice in preference.choices])}"
    if not isinstance(value, str):
        return "must be a text"
    try:
        check(value)
    except UsageError as error:
        return f"is no prompt: {error.message}"
    return ""


def shown(value: str | bool) -> str:
    """A value as TOML has it, without quotes."""
    return str(value).lower() if isinstance(value, bool) else value


def _listed(choices: list[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"
