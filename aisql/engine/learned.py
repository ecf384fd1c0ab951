"""What was found out about the pace of a service, from one session to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from aisql.catalog.answers import Ledger
from aisql.engine.governor import Learned
from aisql.errors import AisqlError

_PACE = ("", "pace")


def learned_of(ledger: Ledger, host: str) -> Learned | None:
    """What is remembered of a host, None for nothing."""
    with suppress(AisqlError, ValueError, TypeError, KeyError):  # without it, it is found out anew
        kept = json.loads(ledger.learned(host)[_PACE])
        rate, concurrency = kept["rate"], kept["concurrency"]
        return Learned(
            None if rate is None else float(rate), None if concurrency is None else int(concurrency)
        )
    return None


def remember(ledger: Ledger, found: Mapping[str, Learned]) -> None:
    """Keeps what was found out about each host, where that is anything new."""
    for host, learned in found.items():
        if learned != (learned_of(ledger, host) or Learned(None, None)):
            text = json.dumps({"rate": learned.rate, "concurrency": learned.concurrency})
            with suppress(AisqlError):  # it is a help, and no loss
                ledger.remember(host, *_PACE, text)
