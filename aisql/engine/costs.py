"""The prices that hold in a session."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aisql.providers.pricing import Prices
    from aisql.settings import Settings


def shown_cost(cost: float) -> float:
    """A cost as it is shown: never less than it is, so that little is not taken for nothing."""
    return ceil(round(cost * 10_000, 6)) / 10_000


def prices_of(settings: Settings) -> Prices:
    """The public prices and those of the user: one object for the session, so that files are read once."""
    if settings.prices is None:
        from aisql.providers.pricing import Prices  # only who asks for a cost needs it

        settings.prices = Prices(settings.config, settings.warn)
    return settings.prices
