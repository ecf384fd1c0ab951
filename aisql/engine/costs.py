"""The prices that hold in a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aisql.providers.pricing import Prices
    from aisql.settings import Settings


def prices_of(settings: Settings) -> Prices:
    """The public prices and those of the user: one object for the session, so that files are read once."""
    if settings.prices is None:
        from aisql.providers.pricing import Prices  # only who asks for a cost needs it

        settings.prices = Prices(settings.config, settings.warn)
    return settings.prices
