"""Statements that lead rows from files to tables and back, and the one that keeps the last result."""

from __future__ import annotations

from typing import assert_never

from aisql.engine.copies_in import copy_in
from aisql.engine.copies_out import Run, copy_out
from aisql.engine.databases import Databases
from aisql.engine.kept import Keeper
from aisql.engine.kept_tables import keep_result
from aisql.engine.workspace import Workspace
from aisql.errors import FileError
from aisql.result import Result
from aisql.syntax import statements as s


def execute(
    workspace: Workspace, databases: Databases, keeper: Keeper, run: Run, statement: s.CopyStatement
) -> Result:
    """Runs a statement about files and tables; `run` runs the query in one."""
    try:
        return _execute(workspace, databases, keeper, run, statement)
    except FileError as error:
        if not isinstance(statement, s.KeepResult):
            error.subject = statement.file
        raise


def _execute(
    workspace: Workspace, databases: Databases, keeper: Keeper, run: Run, statement: s.CopyStatement
) -> Result:
    match statement:
        case s.KeepResult():
            return keep_result(workspace, databases, keeper, statement)
        case s.CopyTable() | s.CopyQuery() | s.CopyResult():
            return copy_out(workspace, databases, keeper, run, statement)
        case s.CopyFrom():
            return copy_in(workspace, databases, statement)
        case _:
            assert_never(statement)
