"""Settings and their registry, session variables, and the folders of this user.

The only module that reads the environment. Built once by the command line and handed down.
"""

from __future__ import annotations

import os
import re
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping

from aisql.config import Config
from aisql.errors import OptionError, StatementError
from aisql.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, TypeAlias

    from aisql.providers.pricing import Prices

    SettingValue: TypeAlias = int | float | str | None

    class Setting(NamedTuple):
        """One setting: how its text is read, what it is without a SET, what it means.

        `read` gives the value for a text and raises ValueError, whose text says what is valid. `choices` are
        all values of one that has few.
        """

        name: str
        read: Callable[[str], SettingValue]
        default: str
        summary: str
        choices: tuple[str, ...] = ()
else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Setting = namedtuple("Setting", ["name", "read", "default", "summary", "choices"], defaults=[()])


# Patterns that no start needs: `re` compiles them where one is looked for.
_DURATION = r"(?i)\s*(\d+(?:\.\d+)?)\s*(ms|s|sec|second|seconds|m|min|minute|minutes|h|hour|hours)?\s*"
_DECIMAL = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_REFERENCE = r"\$\{([^}]*)\}"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError("a whole number of 1 or more")
    return int(text)


def _limit(text: str) -> int | None:
    if text == "":
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError("a whole number of 0 or more, or '' for no limit")
    return int(text)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("a whole number of 0 or more")
    return int(text)


def _cost(text: str) -> float | None:
    if text == "":
        return None
    if not re.fullmatch(_DECIMAL, text):
        raise ValueError("a number of 0 or more such as 0.25, or '' for no limit")
    return float(text)


def _batch(text: str) -> int | None:
    if text == "":
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError("a whole number of 1 or more, or '' for the provider's own")
    return int(text)


def _duration(text: str) -> float:
    match = re.fullmatch(_DURATION, text)
    if match is None or float(match[1]) == 0:
        raise ValueError("a time above zero such as 60s, 500 ms or 2 min")
    unit = (match[2] or "s").lower()
    return float(match[1]) * _SECONDS[unit if unit == "ms" else unit[0]]


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"{', '.join(choices[:-1])} or {choices[-1]}")
        return text.lower()

    return read


def _choice(name: str, choices: tuple[str, ...], default: str, summary: str) -> Setting:
    return Setting(name, _one_of(*choices), default, summary, choices)


SETTINGS: tuple[Setting, ...] = (
    _choice(
        "ai.cache",
        ("on", "off", "refresh", "only"),
        "on",
        "answers paid for before: use and keep them; off: neither; refresh: ask anew and keep; "
        "only: never ask",
    ),
    Setting("ai.concurrency", _count, "32", "requests under way at the same time"),
    Setting(
        "ai.confirm_calls",
        _limit,
        "100",
        "requests a statement makes at a prompt before it asks whether to go on; '' never asks",
    ),
    Setting("ai.default_model", str, "", "the model of calls that name none, and of \\ask; '' is none"),
    _choice(
        "ai.dry_run",
        ("on", "off"),
        "off",
        "count the requests of a statement without sending any",
    ),
    Setting(
        "ai.embed_batch",
        _batch,
        "",
        "texts embedded with one request; '' is the most the provider takes",
    ),
    Setting("ai.max_calls", _limit, "", "requests one statement may make; '' is no limit"),
    Setting(
        "ai.max_cost",
        _cost,
        "",
        "US dollars one statement may cost, by the price table; '' is no limit",
    ),
    Setting(
        "ai.max_tokens",
        _limit,
        "",
        "tokens one statement may use, input and output; '' is no limit",
    ),
    _choice(
        "ai.on_error",
        ("fail", "null"),
        "fail",
        "what a failed call does: fail the statement, or give NULL",
    ),
    Setting(
        "ai.retry_num",
        _whole,
        "100",
        "how often a failed request is tried again, where the model does not say",
    ),
    Setting("ai.timeout", _duration, "60s", "time one request may take"),
)
_BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
_PLATFORM: str = sys.platform  # a variable, so that the type checker looks at every platform
_NO_HOME = os.devnull  # nothing can be made below it


class Settings:
    """The settings and variables of one session.

    `variables` are those of `-v NAME=VALUE`; `environment` is where `${NAME}` and the keys of the built-in
    connections are looked up after them. `defaults` are valid texts of settings that take the place of the
    built-in ones. `config` may hold prices of the user; what is wrong with them is told to `warn`. `prices`
    are those that hold in the session, set by who first needs them (`engine/costs.py`).
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        defaults: Mapping[str, str] | None = None,
        config: Config | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self.environment: Mapping[str, str] = os.environ if environment is None else environment
        self.variables = dict(variables or {})
        self._references: Mapping[str, str] = self.variables
        self.config = config or Config()
        self.warn = warn
        self.prices: Prices | None = None
        self._defaults = {setting.name: setting.default for setting in SETTINGS} | dict(defaults or {})
        self._texts: dict[str, str] = {}

    def set(self, name: str, text: str) -> str | None:
        """Sets a setting from its text, `${NAME}` resolved; gives a warning when the name means nothing here.

        Where such a name sounds secret only a mask is kept: the text would do nothing but show.
        Raises OptionError for a value that is not valid, StatementError for an unknown `ai.` name.
        """
        setting = _BY_NAME.get(name.lower())
        if setting is None:
            if name.lower().startswith("ai."):
                raise StatementError(f"there is no setting '{name}'", code="not_found", hint=_nearest(name))
            self._texts[name] = _shown(name, text)
            return f"'{name}' is no setting of aisql and has no effect"
        text = self.resolve_shown(text)
        try:
            setting.read(text)
        except ValueError as error:
            raise OptionError(f"setting '{setting.name}' must be {error}, got '{text}'") from None
        self._texts[setting.name] = text
        return None

    def reset(self, name: str | None) -> None:
        """Gives one setting, or all when the name is None, its default again."""
        if name is None:
            self._texts.clear()
        elif name.lower().startswith("ai.") and name.lower() not in _BY_NAME:
            raise StatementError(f"there is no setting '{name}'", code="not_found", hint=_nearest(name))
        else:
            self._texts.pop(name.lower() if name.lower() in _BY_NAME else name, None)

    def items(self) -> Iterator[tuple[str, str]]:
        """Every setting that has a value, and its text, by name."""
        return iter(sorted((self._defaults | self._texts).items()))

    def _value(self, name: str) -> SettingValue:
        return _BY_NAME[name].read(self._texts.get(name, self._defaults[name]))

    def _whole_or_none(self, name: str) -> int | None:
        value = self._value(name)
        return value if isinstance(value, int) else None

    @property
    def cache(self) -> str:
        """What becomes of answers paid for before: `on`, `off`, `refresh` or `only`."""
        return str(self._value("ai.cache"))

    @property
    def concurrency(self) -> int:
        """Requests under way at the same time."""
        value = self._value("ai.concurrency")
        assert isinstance(value, int)  # noqa: S101 # what its reader gives
        return value

    @property
    def confirm_calls(self) -> int | None:
        """Requests one statement may make before the user of a prompt is asked, None for any number."""
        return self._whole_or_none("ai.confirm_calls")

    @property
    def default_model(self) -> str:
        """The model of calls that name none, '' for none."""
        return str(self._value("ai.default_model"))

    @property
    def dry_run(self) -> bool:
        """Whether requests are counted and none is sent."""
        return self._value("ai.dry_run") == "on"

    @property
    def embed_batch(self) -> int | None:
        """Texts embedded with one request, None for the most the provider takes."""
        return self._whole_or_none("ai.embed_batch")

    @property
    def max_calls(self) -> int | None:
        """Requests one statement may make, None for any number."""
        return self._whole_or_none("ai.max_calls")

    @property
    def max_cost(self) -> float | None:
        """US dollars one statement may cost, None for any number."""
        value = self._value("ai.max_cost")
        return value if isinstance(value, float) else None

    @property
    def max_tokens(self) -> int | None:
        """Tokens one statement may use, input and output, None for any number."""
        return self._whole_or_none("ai.max_tokens")

    @property
    def null_on_error(self) -> bool:
        """Whether a failed call gives NULL instead of failing its statement."""
        return self._value("ai.on_error") == "null"

    @property
    def retry_num(self) -> int:
        """How often a failed request is tried again, where the model does not say."""
        value = self._value("ai.retry_num")
        assert isinstance(value, int)  # noqa: S101 # what its reader gives
        return value

    @property
    def timeout(self) -> float:
        """Seconds one request may take."""
        value = self._value("ai.timeout")
        assert isinstance(value, float)  # noqa: S101 # what its reader gives
        return value

    def fix_references(self) -> None:
        """Has `${NAME}` mean what it means now, whatever becomes of the session variables."""
        self._references = dict(self.variables)

    def resolve(self, text: str) -> str:
        """The text with every `${NAME}` replaced by the session variable, else the environment variable.

        Raises OptionError that names a variable that is in neither.
        """
        return re.sub(_REFERENCE, self._reference, text)

    def resolve_shown(self, text: str) -> str:
        """The same for a text that is shown, logged or kept, where a key must not come to stand.

        Raises OptionError also where a name sounds secret.
        """
        return re.sub(_REFERENCE, self._shown_reference, text)

    def _shown_reference(self, match: re.Match[str]) -> str:
        from aisql.secrecy import sounds_secret  # a start does not need it

        if sounds_secret(match[1]):
            raise OptionError(
                f"{match[0]} sounds like a key, and may stand only where a key is given",
                hint="what is no key should come from a variable of another name",
            )
        return self._reference(match)

    def _reference(self, match: re.Match[str]) -> str:
        name = match[1]
        value = self._references.get(name, self.environment.get(name))
        if value is None:
            raise OptionError(
                f"variable '{name}' is not set",
                code="variable_not_set",
                hint=f"set it in the environment, or start with -v {name}=VALUE",
            )
        return value


def configured(config: Config, warn: Callable[[str], None]) -> dict[str, str]:
    """The texts of settings in the table `[ai]` of a config file; what is wrong there is told to `warn`."""
    table = config.tables.get("ai", {})
    if not isinstance(table, Mapping):
        warn(f"{config.place('ai')}: 'ai' must be a table, [ai]")
        return {}
    texts = {}
    for key, value in table.items():
        text = _text(value)
        try:
            _check(f"ai.{key}", text)
        except ValueError as error:
            warn(f"{config.place('ai', key)}: {error}")
        else:
            texts[f"ai.{key}"] = text
    return texts


def _text(value: object) -> str:
    """A value of TOML as SET would be given it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _check(name: str, text: str) -> None:
    """Raises ValueError where there is no such setting, or the text is not valid for it."""
    if name not in _BY_NAME:
        raise ValueError(f"there is no setting '{name}', {_nearest(name)}")
    try:
        _BY_NAME[name].read(text)
    except ValueError as error:
        raise ValueError(f"{name} must be {error}, got '{text}'") from None


def _nearest(name: str) -> str:
    return did_you_mean(name, (setting.name for setting in SETTINGS)) or "SET alone lists the settings"


def _shown(name: str, text: str) -> str:
    from aisql.secrecy import MASK, sounds_secret  # a start needs neither

    return MASK if sounds_secret(name) else text


def environment_with(colour: str) -> Mapping[str, str]:
    """The environment, with the last word on colours for `always` and `never`; `auto` changes nothing."""
    if colour == "auto":
        return os.environ
    return {**os.environ, "NO_COLOR": "1" if colour == "never" else "", "FORCE_COLOR": "1"}


def data_directory() -> str:
    """Where the default catalog and its tables live."""
    return _directory("data", "XDG_DATA_HOME", ".local/share")


def cache_directory() -> str:
    """Where what can be made again is kept."""
    return _directory("cache", "XDG_CACHE_HOME", ".cache")


def state_directory() -> str:
    """Where the history of the prompt is kept."""
    return _directory("state", "XDG_STATE_HOME", ".local/state")


def config_directory() -> str:
    """Where the user keeps files that say how aisql is to work."""
    return _directory("config", "XDG_CONFIG_HOME", ".config")


def _directory(kind: str, variable: str, below_home: str) -> str:
    """The user's folder of this kind, as platformdirs knows it.

    On Linux its plain answer is this one line, and importing it would be a third of the time of every start;
    a test holds the two together.
    """
    configured = os.environ.get(variable, "")
    if _PLATFORM == "linux" and (not configured or configured.startswith("/")):
        return f"{configured.rstrip('/') or os.path.join(_home(), below_home)}/aisql"  # noqa: PTH118
    import platformdirs

    directories = platformdirs.PlatformDirs("aisql", appauthor=False)
    return str(getattr(directories, f"user_{kind}_dir"))


def _home() -> str:
    """The home of the user; where there is none, a folder that is not there either."""
    home = os.path.expanduser("~")  # noqa: PTH111 # pathlib would cost every start its import
    return _NO_HOME if home == "~" else home
