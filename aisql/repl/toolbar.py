"""The line at the bottom: where the user is, and what the session has spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aisql.render.escape import cell_width, visible

if TYPE_CHECKING:
    from typing import TypeAlias

    Part: TypeAlias = tuple[int, str]
    """A part of the line, and what it is worth where there is no room for all."""

_GAP = "  "
_PLACE = 7


@dataclass(frozen=True, slots=True)
class Status:
    """What the line shows.

    `model` is the default model, '' for none. `seconds` and `rows` are those of the last statement, None
    where there is nothing to tell. `calls`, `tokens` and `cost` are what the session has spent on model
    calls; the cost is None where a price is not known. `transaction` is `*` where one is open, `!` where a
    statement in it failed.
    """

    catalog: str
    database: str
    model: str = ""
    format: str = "table"
    seconds: float | None = None
    rows: int | None = None
    calls: int = 0
    tokens: int = 0
    cost: float | None = 0.0
    transaction: str = ""


def toolbar(status: Status, keys: str, width: int) -> str:
    """The line, without what there is no room for: first the catalog goes, then what is worth least.

    `keys` are `emacs` or `vi`.
    """
    parts = _parts(status, keys)
    if cell_width(_joined(parts)) > width:
        parts[0] = (_PLACE, status.database)
    while cell_width(_joined(parts)) > width:
        parts.remove(min(parts))
    return _joined(parts)


def _joined(parts: list[Part]) -> str:
    return _GAP.join(visible(text, newline=False) for _, text in parts)


def values(status: Status) -> dict[str, str]:
    """What the signs in a prompt stand for, see `prompt_text`."""
    found = {
        "/": status.database,
        "~": f"{status.catalog}.{status.database}",
        "m": status.model,
        "x": status.transaction,
        "%": "%",
    }
    return {sign: visible(text, newline=False) for sign, text in found.items()}


def _parts(status: Status, keys: str) -> list[Part]:
    parts = [(_PLACE, f"{status.catalog}.{status.database}")]
    if status.model:
        parts.append((5, status.model))
    parts.append((1, status.format))
    if status.transaction:  # which the prompt tells too
        parts.append((2, "transaction failed" if status.transaction == "!" else "transaction"))
    if status.seconds is not None:
        parts.append((4, f"last {status.seconds:.2f} s" + _rows(status.rows)))
    if status.calls:
        cost = "" if status.cost is None else f" ${status.cost:.2f}"
        parts.append((6, f"AI {_counted(status.calls, 'call')} {_short(status.tokens)} tok{cost}"))
    return [*parts, (3, keys)] if keys != "emacs" else parts


def _rows(rows: int | None) -> str:
    return "" if rows is None else f" {_counted(rows, 'row')}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _short(count: int) -> str:
    if count < 1_000:
        return str(count)
    return f"{count / 1_000:.1f}k" if count < 1_000_000 else f"{count / 1_000_000:.1f}M"
