"""What SQLite asks when it compiles a statement: whether that may do what it would."""

from __future__ import annotations

import apsw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from aisql.access import Access

    Authorizer: TypeAlias = Callable[[int, str | None, str | None, str | None, str | None], int]

_NO_FILES = ("", ":memory:")
"""What ATTACH takes for a database that is no file the user could name; VACUUM has one of these too."""
_FOLDER = "temp_store_directory"


def guard(access: Access) -> Authorizer | None:
    """Keeps ATTACH, VACUUM INTO and a PRAGMA from other files in safe mode; None where nothing is refused.

    What it gives raises SafeModeError.
    """
    if not access.is_safe:
        return None

    def authorize(operation: int, first: str | None, second: str | None, *_: str | None) -> int:
        if operation == apsw.SQLITE_ATTACH and first not in _NO_FILES:
            access.file(first or "the file")  # SQLite does not know one yet that is computed
        if operation == apsw.SQLITE_PRAGMA and second and (first or "").lower() == _FOLDER:
            access.file(second)
        return int(apsw.SQLITE_OK)

    return authorize
