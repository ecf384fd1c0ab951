"""What a terminal says it can do."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Whether nothing can be drawn anew: the cursor never goes back, and there is no colour."""
    return environment.get("TERM", "") in ("dumb", "unknown")
