"""Ctrl-C while SQLite writes inside a transaction of the user's.

To SQLite an interrupted write is a reason to undo the whole transaction. So the signal is only noted, and the
statement is made to fail like any other: when a savepoint from before it is rolled back under it, its next
step ends with an error, and what came before the savepoint is still there.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import FrameType, TracebackType

import apsw

from aisql.errors import FileError

_SAVEPOINT = "aisql_statement"
_PATIENCE = 0.1
"""Seconds for the statement to notice; one that computes and touches no table does not."""
_LOOKS = 3
"""How often it is looked at before it is interrupted: on a busy machine it may have made no step by then."""


class Interruptible:
    """Runs one writing statement on a connection inside a transaction, behind a savepoint of its own.

    Leaving it raises KeyboardInterrupt when Ctrl-C was pressed. The transaction is as before the statement
    then, and after a file that could not be read, unless it had to be interrupted after all: SQLite has
    undone all of it in that case.
    """

    def __init__(self, connection: apsw.Connection, clock: Callable[[], float] = monotonic) -> None:
        self._connection = connection
        self._clock = clock
        self._pressed_at = 0.0
        self._looks = _LOOKS
        self._is_undone = False
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    def __enter__(self) -> Interruptible:
        self._connection.execute(f"SAVEPOINT {_SAVEPOINT}")
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def _press(self, _signal: int, _frame: FrameType | None) -> None:
        if self._pressed_at:
            self._pressed_at -= _PATIENCE  # a second one is immediate
            self._looks = 0
        else:
            self._pressed_at = self._clock()

    def must_end(self) -> bool:
        """Called between the steps of the statement; whether it has to be interrupted."""
        if not self._pressed_at:
            return False
        if not self._is_undone:
            self._is_undone = True
            with suppress(apsw.Error):
                # Readers too are stopped by a rollback that takes back a table.
                self._connection.execute("CREATE TEMP TABLE aisql_stopped (x)")
                self._connection.execute(f"ROLLBACK TO {_SAVEPOINT}")
        self._looks -= 1
        return self._looks < 0 and self._clock() - self._pressed_at > _PATIENCE

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if self._connection.in_transaction:  # a conflict or an interrupt may have ended it
            with suppress(apsw.Error):  # or have taken the savepoint with it
                # SQLite expects no table it only reads to fail, and would keep what is written by then.
                if self._pressed_at or isinstance(error, FileError):
                    self._connection.execute(f"ROLLBACK TO {_SAVEPOINT}")
                self._connection.execute(f"RELEASE {_SAVEPOINT}")
        if self._pressed_at:
            raise KeyboardInterrupt from None
