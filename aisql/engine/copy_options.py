"""The options of COPY, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from aisql.errors import FileError, OptionError, Span
from aisql.result import Value
from aisql.syntax.statements import CopyOption

_TRUTHS = {
    **dict.fromkeys(("true", "on", "yes", "1"), True),
    **dict.fromkeys(("false", "off", "no", "0"), False),
}
_OPTION = re.compile(r"(\w+) =>")
_READER = re.compile(r"read_\w+\(('[^']*')\)")


class CopyOptions:
    """The options of one statement. `names` has the name of each by what it may be called.

    Raises OptionError, with its place, for one that is not there; so do the methods for a wrong value.
    """

    def __init__(self, options: tuple[CopyOption, ...], names: Mapping[str, str]) -> None:
        self._given: dict[str, CopyOption] = {}
        for option in options:
            name = names.get(option.key)
            if name is None:
                known = ", ".join(dict.fromkeys(names.values()))
                raise _wrong(option, f"COPY has no option {option.key} here", f"it has {known}")
            if name in self._given:
                raise _wrong(option, f"{name} is given twice")
            self._given[name] = option

    def text(self, name: str) -> str | None:
        """The value of an option, None where it is not given."""
        option = self._given.get(name)
        return None if option is None else option.value

    def truth(self, name: str) -> bool | None:
        """The same for an option that is true or false."""
        option = self._given.get(name)
        if option is None:
            return None
        if option.value.lower() not in _TRUTHS:
            raise _wrong(option, f"{name} is true or false, not '{option.value}'")
        return _TRUTHS[option.value.lower()]

    def chosen(self, name: str, choices: Mapping[str, str]) -> str | None:
        """The choice that an option names, in any case."""
        option = self._given.get(name)
        if option is None:
            return None
        if option.value.lower() not in choices:
            raise _wrong(option, f"{name} cannot be {option.value}", f"it is one of {', '.join(choices)}")
        return choices[option.value.lower()]

    def among(self, names: Iterable[str]) -> dict[str, Value]:
        """Those of these names that are given, by their names in small letters; whole numbers as numbers."""
        texts = {name.lower(): text for name in names if (text := self.text(name)) is not None}
        return {name: int(text) if text.lstrip("-").isdecimal() else text for name, text in texts.items()}

    def refuse(self, name: str, message: str, hint: str | None = None) -> None:
        """Raises OptionError where an option is given that has no meaning beside the others."""
        if name in self._given:
            raise _wrong(self._given[name], message, hint)

    @property
    def span(self) -> Span | None:
        """The place of all options, None for none."""
        spans = [option.span for option in self._given.values()]
        return Span(min(spans)[0], max(spans)[1]) if spans else None


def in_copy(hint: str | None) -> str | None:
    """A hint for readers as one for COPY: `'x'` for `read_csv('x')`, `ENCODING 'x'` for `encoding => 'x'`."""
    return hint and _OPTION.sub(lambda match: match[1].upper(), _READER.sub(r"\1", hint))


@contextmanager
def hints_for_copy() -> Iterator[None]:
    """Puts the hints of readers of files into the words of COPY."""
    try:
        yield
    except FileError as error:
        error.hint = in_copy(error.hint)
        raise


def _wrong(option: CopyOption, message: str, hint: str | None = None) -> OptionError:
    return OptionError(message, span=option.span, hint=hint)
