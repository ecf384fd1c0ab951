"""The nearest name, for hints."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint that names the known name most like `name`; None when none is near."""
    import difflib  # only an error needs it

    names = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), names, 1)
    return f"did you mean {names[near[0]]}?" if near else None
