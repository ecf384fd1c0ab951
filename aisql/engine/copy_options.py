"""The options of COPY, read and checked."""

from __future__ import annotations

from collections.abc import Mapping

from aisql.errors import OptionError
from aisql.syntax.statements import CopyOption

_SPELLINGS = {"DELIM": "DELIMITER", "SEP": "DELIMITER", "NULLSTR": "NULL"}
_TRUTHS = {
    "true": True,
    "on": True,
    "yes": True,
    "1": True,
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}


class CopyOptions:
    """The options of one statement by their names. Raises OptionError, with its place, for an unknown one."""

    def __init__(self, options: tuple[CopyOption, ...], known: tuple[str, ...]) -> None:
        self._given: dict[str, CopyOption] = {}
        for option in options:
            name = _SPELLINGS.get(option.key, option.key)
            if name not in known:
                raise _wrong(option, f"COPY has no option {option.key} here", f"it has {', '.join(known)}")
            if name in self._given:
                raise _wrong(option, f"{option.key} is given twice")
            self._given[name] = option

    def text(self, name: str) -> str | None:
        """The value of an option, None where it is not given."""
        option = self._given.get(name)
        return None if option is None else option.value

    def truth(self, name: str) -> bool | None:
        """The same for an option that is true or false. Raises OptionError."""
        option = self._given.get(name)
        if option is None:
            return None
        if option.value.lower() not in _TRUTHS:
            raise _wrong(option, f"{name} is true or false, not '{option.value}'")
        return _TRUTHS[option.value.lower()]

    def chosen(self, name: str, choices: Mapping[str, str]) -> str | None:
        """The choice that an option names, in any case. Raises OptionError."""
        option = self._given.get(name)
        if option is None:
            return None
        if option.value.lower() not in choices:
            known = ", ".join(choices)
            raise _wrong(option, f"there is no {name} {option.value} here", f"it is one of {known}")
        return choices[option.value.lower()]

    def refuse(self, name: str, message: str) -> None:
        """Raises OptionError where an option is given that has no meaning beside the others."""
        if name in self._given:
            raise _wrong(self._given[name], message)


def _wrong(option: CopyOption, message: str, hint: str | None = None) -> OptionError:
    return OptionError(message, span=option.span, hint=hint)
