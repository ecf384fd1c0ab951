"""Questions that are answered with yes or no."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def agrees(ask: Callable[[str], str], question: str) -> bool:
    """Whether the user agrees, which nothing but `y` and `yes` means.

    Raises what `ask` raises where the user gives no answer.
    """
    return ask(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
