"""The time that statements take: without that of the user."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Gives seconds, and stands still in a `with` block: the user is asked there, or reads."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._stood = self._since = 0.0

    def __call__(self) -> float:
        return self._seconds() - self._stood

    def __enter__(self) -> None:
        self._since = self._seconds()

    def __exit__(self, *_: object) -> None:
        self._stood += self._seconds() - self._since
