"""The names of models. Whoever runs a service chooses those it tells of, so they are checked."""

from __future__ import annotations

from collections.abc import Iterable

MOST = 1_000
"""The most models of a service that are told of."""

_LONGEST = 200


def usable(names: Iterable[object]) -> tuple[str, ...]:
    """Those of the names that may be shown and written into a statement, each once.

    Where a statement has a name in an option, `${NAME}` in it would stand for a variable, such as a key.
    """
    found = dict.fromkeys(
        name
        for name in names
        if isinstance(name, str)
        and 0 < len(name) <= _LONGEST
        and name.isprintable()
        and name == name.strip()
        and "${" not in name
    )
    return tuple(found)[:MOST]
