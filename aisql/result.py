"""What a statement gives: columns, rows that stream, and what there is to say beside them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Generator, Iterable, Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, TypeAlias
    from weakref import ReferenceType

    Value: TypeAlias = int | float | str | bytes | None
    Row: TypeAlias = tuple[Value, ...]

    class Column(NamedTuple):
        """A column of a result: its name and its declared SQL type ('' where there is none)."""

        name: str
        type: str = ""
else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Column = namedtuple("Column", ["name", "type"], defaults=[""])
    Value = Row = object


class Result:
    """The answer to one statement.

    `columns` is empty for a statement that gives no rows. `rows` yields tuples of SQLite values as they
    become known, once. `changes` is the number of rows a statement wrote, None where that means nothing.
    `notices` are warnings for the user; more may come while rows are read, so show them afterwards.
    `listing` is true for the small tables of SHOW and DESCRIBE, `sql` where the values are statements; `asks`
    where reading on may ask a model; `format` is the one it wants to be written in, '' for any. Before the
    program waits for the next row, and about ten times a second while it does, it calls `pause`: who writes
    rows sets it, to show what they hold.
    """

    __slots__ = (
        "__weakref__",
        "asks",
        "changes",
        "columns",
        "format",
        "listing",
        "notices",
        "pause",
        "rows",
        "sql",
    )

    def __init__(
        self,
        columns: tuple[Column, ...] = (),
        rows: Iterable[Row] = (),
        *,
        changes: int | None = None,
        notices: list[str] | None = None,
        listing: bool = False,
        sql: bool = False,
    ) -> None:
        self.columns = columns
        self.rows: Iterator[Row] = iter(rows)
        self.changes = changes
        self.notices = [] if notices is None else notices
        self.listing = listing
        self.sql = sql
        self.asks = False
        self.format = ""
        self.pause: Callable[[], None] = _nothing

    def __enter__(self) -> Result:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Ends the statement before its last row; nothing more is asked for it, and after Ctrl-C at once."""
        if isinstance(error, KeyboardInterrupt) and isinstance(self.rows, Generator):
            try:
                self.rows.throw(error)
            except (KeyboardInterrupt, StopIteration):
                return
        self.close()

    def close(self) -> None:
        """Ends the statement before its last row; nothing more is asked for it."""
        if isinstance(self.rows, Generator):
            self.rows.close()


def _nothing() -> None:
    """What there is to do before a wait when nobody holds rows back."""


def listing(names: tuple[str, ...], rows: Iterable[Row], *, sql: bool = False) -> Result:
    """A small table of text, as SHOW and DESCRIBE give it."""
    return Result(tuple(Column(name, "STRING") for name in names), rows, listing=True, sql=sql)


def pausing(result: ReferenceType[Result]) -> Callable[[], None]:
    """Calls the `pause` of a result while there is one: whoever drops it ends the statement."""

    def pause() -> None:
        if (one := result()) is not None:
            one.pause()

    return pause
