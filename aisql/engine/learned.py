"""What was found out about a service, its pace and its models, from one session to the next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress

from aisql.catalog.answers import Ledger
from aisql.engine.governor import Learned
from aisql.errors import AisqlError
from aisql.providers.model_names import usable

_PACE = ("", "pace")
_MODELS = ("", "models")


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


def models_of(ledger: Ledger, host: str) -> tuple[str, ...]:
    """The models a host said it serves, as far as that is remembered."""
    with suppress(AisqlError, ValueError, RecursionError, KeyError):  # nothing depends on it
        kept = json.loads(ledger.learned(host)[_MODELS])
        return usable(kept) if isinstance(kept, list) else ()
    return ()


def remember_models(ledger: Ledger, host: str, names: Iterable[str]) -> None:
    """Keeps the models a host says it serves."""
    with suppress(AisqlError):
        ledger.remember(host, *_MODELS, json.dumps([*names], ensure_ascii=False))
