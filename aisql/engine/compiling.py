"""Statements that SQLite compiles and does not run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import apsw

from aisql.engine.variables import Variables


def compiling(connection: apsw.Connection) -> Callable[[str, Variables], apsw.Cursor]:
    """What compiles a statement: a tracer is called when that is done, and says that it is not to be run."""

    def compiled(sql: str, variables: Variables) -> apsw.Cursor:
        cursor = connection.cursor()
        cursor.exec_trace = lambda *_: False
        with suppress(apsw.ExecTraceAbort):
            cursor.execute(sql, variables)
        return cursor

    return compiled
