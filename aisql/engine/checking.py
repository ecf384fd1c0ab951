"""Whether statements that a model wrote can be run; none of them is."""

from __future__ import annotations

import re
from collections.abc import Callable

from aisql.errors import AisqlError, SqlError, SyntaxProblem
from aisql.syntax.dialect import is_ours
from aisql.syntax.split import Piece, split

_EXPLAINS = r"(?:EXPLAIN\s+(?:QUERY\s+PLAN\s+|PROMPT\s+)?)?"
# SQLite may carry out a PRAGMA when it compiles it, and the others need no looking at.
_COMPILED = re.compile(
    rf"(?i){_EXPLAINS}(?:SELECT|WITH|VALUES|INSERT|REPLACE|UPDATE|DELETE|CREATE|ALTER|DROP|AI[._]\w+)\b"
)
_TAKEN = re.compile(
    r"(?i)(?:PRAGMA|ATTACH|DETACH|VACUUM|ANALYZE|REINDEX|BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b"
)
_CHANGES_NAMES = re.compile(r"(?i)(?:CREATE|ALTER|DROP|ATTACH|DETACH|USE|CALL)\b")
_SYNTAX = re.compile(r"syntax error|incomplete input|unrecognized token")


def check_all(text: str, check: Callable[[str], None]) -> None:
    """Raises the error of the first statement that cannot be run, as `check` tells of one.

    Behind a statement that makes or drops something nobody can tell which names there will be: only the form
    counts there. Raises SyntaxProblem where there is no statement.
    """
    pieces, is_known = list(split(text)), True
    if not pieces:
        raise SyntaxProblem("there is no statement in it")
    for piece in pieces:
        try:
            _check(piece, check)
        except AisqlError as error:
            if is_known or _is_about_form(error):
                raise
        is_known = is_known and _CHANGES_NAMES.match(piece.text) is None


def _check(piece: Piece, check: Callable[[str], None]) -> None:
    if piece.opened is not None:
        raise SyntaxProblem("a quote or a comment is never closed")
    if is_ours(piece.text) or _COMPILED.match(piece.text):
        try:
            check(piece.text)
        except RecursionError:
            raise SyntaxProblem("the statement is nested too deeply") from None
    elif not _TAKEN.match(piece.text):
        word = re.match(r"\w*", piece.text)
        raise SyntaxProblem(f'near "{word[0] if word else ""}": no statement begins so')


def _is_about_form(error: AisqlError) -> bool:
    if isinstance(error, SqlError):
        return _SYNTAX.search(error.message) is not None
    return isinstance(error, SyntaxProblem)
