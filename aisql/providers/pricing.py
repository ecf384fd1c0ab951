"""What answers cost: a dated table of public prices, and before it the prices in the user's config file.

All of it is an estimate in US dollars: a table knows no discounts, and only the price of short inputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from importlib import resources
from math import inf

from aisql.config_file import read_text, tables_of
from aisql.errors import UsageError
from aisql.providers.registry import SERVICES, service
from aisql.suggest import did_you_mean

PRICES = "prices.toml"
"""The table, beside this module."""

_PER = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs from the day `since` on ('' for ever), in US dollars for a million tokens.

    `model` is a name, or with a `*` at its end the beginning of one. `cached` is the price of those of the
    input that came out of the provider's cache, None where they cost as much as the others.
    """

    provider: str
    model: str
    since: str
    input: float
    output: float = 0.0
    cached: float | None = None

    def is_for(self, provider: str, model: str, day: str) -> bool:
        """Whether the model has this price on the day, or had it once."""
        is_model = model.startswith(self.model[:-1]) if self.model.endswith("*") else model == self.model
        return is_model and self.since <= day and _payee(self.provider) == _payee(provider)

    def of(
        self, input_tokens: int | None, output_tokens: int | None, cached_tokens: int | None
    ) -> float | None:
        """What so many tokens cost; None where the provider did not count what is not free."""
        if (input_tokens is None and self.input) or (output_tokens is None and self.output):
            return None
        cached = min(cached_tokens or 0, input_tokens or 0)
        fresh = (input_tokens or 0) - cached
        cached_price = self.input if self.cached is None else self.cached
        return (fresh * self.input + cached * cached_price + (output_tokens or 0) * self.output) / _PER


class Prices:
    """The prices of a session. Nothing is read before a cost is asked for.

    `config_file` holds prices that win over the public ones, as far as it is there. What is wrong in it is
    told to `warn` in one line, with the file and the line, and then no price in it counts.
    """

    def __init__(self, config_file: str | None = None, warn: Callable[[str], None] | None = None) -> None:
        self._config_file = config_file
        self._warn = warn
        self._found: dict[tuple[str, str, str], Price | None] = {}

    def cost(
        self,
        provider: str,
        model: str,
        day: str,
        input_tokens: int | None,
        output_tokens: int | None,
        cached_tokens: int | None = None,
    ) -> float | None:
        """What the tokens cost in US dollars by the price of the day (`2025-05-11`), an estimate.

        `cached_tokens` are a part of the input, tokens that were thought a part of the output. None where no
        price is known, or the provider did not count.
        """
        key = provider, model, day
        if key not in self._found:
            self._found[key] = _best(self._own, *key) or _best(self._public, *key)
        price = self._found[key]
        return None if price is None else price.of(input_tokens, output_tokens, cached_tokens)

    @cached_property
    def _public(self) -> tuple[Price, ...]:
        text = (resources.files("aisql.providers") / PRICES).read_text("utf-8")
        return read_prices(text, PRICES)

    @cached_property
    def _own(self) -> tuple[Price, ...]:
        try:
            return () if self._config_file is None else _read_config(self._config_file)
        except UsageError as error:
            if self._warn is not None:
                self._warn(f"{error.message} (no price in the file counts)")
            return ()


def _best(prices: Iterable[Price], provider: str, model: str, day: str) -> Price | None:
    """The price in force: of a whole name before that of a beginning, of a long one before a short one."""
    return max(
        (price for price in prices if price.is_for(provider, model, day)),
        key=lambda price: (not price.model.endswith("*"), len(price.model), price.since),
        default=None,
    )


def _payee(provider: str) -> str:
    """Who is paid: one service may have several names here, and takes the same key under all of them."""
    record = service(provider)
    return provider if record is None else record.key_variable or record.name


_OF_OTHERS = frozenset(("prompt", "ai"))
"""Tables of the config file that somebody else reads."""


def _read_config(file: str) -> tuple[Price, ...]:
    text = read_text(file)
    return () if text is None else read_prices(text, file, _OF_OTHERS)


def read_prices(text: str, name: str, others: frozenset[str] = frozenset()) -> tuple[Price, ...]:
    """The prices a TOML text holds, which are entries `[[price]]`; tables of `others` may stand beside them.

    Raises UsageError where it holds anything else, with the line, and with `name` as that of the file.
    """
    tables = tables_of(text, name)
    for key, entries in tables.items():
        if key in others:
            continue
        if key != "price" or not isinstance(entries, list):
            raise UsageError(
                f"{name}:{_line(text, key, 0)}: '{key}' means nothing here, a price is [[price]]"
            )
    made: list[Price] = []
    for entry in tables.get("price", []):
        try:
            made.append(_price(entry))
        except ValueError as error:
            raise UsageError(f"{name}:{_line(text, 'price', len(made))}: {error}") from error
    return tuple(made)


def _line(text: str, key: str, entry: int) -> int:
    """The line of the header `[[price]]` of an entry; where it has none, that of the list."""
    starts = [
        match.start(1) for match in re.finditer(rf"(?m)^[ \t]*(\[*[ \t]*['\"]?{re.escape(key)}\b)", text)
    ]
    return text.count("\n", 0, starts[min(entry, len(starts) - 1)]) + 1 if starts else 1


def _price(entry: object) -> Price:
    """One entry. Raises ValueError, whose text says what is wrong."""
    if not isinstance(entry, dict):
        raise ValueError("a price is [[price]]")
    known = [field.name for field in fields(Price)]
    for name, value in entry.items():
        if name not in known:
            raise ValueError(f"a price has no '{name}'{_hint(name, known)}")
        _check(name, value)
    for name in ("provider", "model", "input"):
        if name not in entry:
            raise ValueError(f"a price needs '{name}'")
    since = entry.get("since")
    return Price(**entry | {"since": "" if since is None else since.isoformat()})


def _check(name: str, value: object) -> None:
    match name:
        case "provider":
            if not isinstance(value, str) or service(value) is None:
                hint = _hint(str(value), [record.name for record in SERVICES])
                raise ValueError(f"there is no provider '{value}'{hint}")
        case "model":
            if not isinstance(value, str):
                raise ValueError("'model' must be a text")
        case "since":
            if not isinstance(value, date) or isinstance(value, datetime):  # to Python a moment is a day
                raise ValueError("'since' must be a day such as 2025-05-11, without quotes")
        case _:
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
                raise ValueError(f"'{name}' must be a number of 0 or more")


def _hint(name: str, known: list[str]) -> str:
    hint = did_you_mean(name, known)
    return f", {hint}" if hint else ""
