"""What scripts do, told before it is done."""

from __future__ import annotations

from aisql.render.escape import visible
from aisql.render.masking import mask_secrets
from aisql.syntax.split import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aisql.session import Outcome


def shown(text: str) -> str:
    """A statement or a command as it is told, without keys."""
    return visible(mask_secrets(text))


def echoed(sql: str, outcomes: Iterator[Outcome], tell: Callable[[str], None]) -> Iterator[Outcome]:
    """The outcomes of the statements in a text, each told before its outcome is asked for."""
    told = map(tell, (shown(f"{piece.text};") for piece in split(sql)))
    return (outcome for _, outcome in zip(told, outcomes, strict=True))
