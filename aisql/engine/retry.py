"""What becomes of a request that fails (PyFlink, OpenAICompatProvider): another try, an error, or NULL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aisql.errors import AisqlError, ProviderError
from aisql.providers.values import seconds

_LONGEST = 60.0
"""Seconds to which exponential waits grow; a base that is longer is waited for as it is."""


@dataclass(frozen=True, slots=True)
class Retry:
    """`retries` further tries, the first after `base` seconds; each later wait is twice the one before where
    it `doubles`. A call that `ignores` its failure gives NULL, whatever the session says."""

    retries: int = 100
    base: float = 1.0
    doubles: bool = False
    ignores: bool = False

    def wait(self, error: AisqlError, failures: int) -> float | None:
        """The seconds until the next try after so many failures before this one; None for no further try.

        Only what may pass by itself is tried again, and not before the provider wants to be asked.
        """
        if not isinstance(error, ProviderError) or not error.transient or failures >= self.retries:
            return None
        own = (
            min(self.base * 2.0 ** min(failures, 64), max(_LONGEST, self.base)) if self.doubles else self.base
        )
        return max(own, error.retry_after or 0.0)


def retry_of(options: Mapping[str, str], retry_num: int) -> Retry:
    """What the options of a model or a connection say; `retry_num` holds where they do not say how often.

    FAILOVER leaves a failure to the session (`ai.on_error`). What has to pass RETRY goes on as the fallback
    strategy says; so does what no further try could mend, as in Flink.
    """
    strategy = options.get("error-handling-strategy", "RETRY").upper()
    tries_again = strategy == "RETRY"
    final = options.get("retry-fallback-strategy", "FAILOVER").upper() if tries_again else strategy
    base = seconds(options.get("retry-backoff-base-interval", "1s"))
    return Retry(
        retries=int(options.get("retry-num", retry_num)) if tries_again else 0,
        base=1.0 if base is None else base,
        doubles=options.get("retry-backoff-strategy", "FIXED").upper() == "EXPONENTIAL",
        ignores=final == "IGNORE",
    )
