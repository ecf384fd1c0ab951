"""What would be gone for good: a prompt asks before it runs such a statement."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from aisql.errors import AisqlError
from aisql.repl.completion.words import Token, Words, tokens_of
from aisql.schema import quote_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from aisql.result import Result, Row

    Answer: TypeAlias = Callable[[str], Result]
    """Runs one statement for its result. Raises AisqlError."""

_MAY_LOSE = re.compile(r"(?i)(?:\s|--[^\n]*\n|/\*(?s:.*?)\*/)*(?:WITH|UPDATE|DELETE|DROP|ALTER|PURGE|CALL)\b")
_TABLES = "SELECT schema FROM pragma_table_list WHERE type IN ('table', 'virtual')"
_LIMITS = frozenset(("WHERE", "LIMIT"))
_CALLS = MappingProxyType({"DROP_AI_MODEL": "AI model", "DROP_AI_MODEL_ENDPOINT": "AI model endpoint"})
_LOOKS = MappingProxyType(
    {
        "MODEL": "DESCRIBE MODEL {}",
        "CONNECTION": "DESCRIBE CONNECTION {}",
        "VOLUME": "DESCRIBE VOLUME {}",
        "DATABASE": "SHOW TABLES FROM {}",
    }
)
"""What fails where there is nothing of that name to drop."""


def loss(statement: str, answer: Answer, *, in_transaction: bool) -> str:
    """What a statement does that cannot be undone, `deletes every row of t`; '' for nothing.

    Tables are looked at: one that is temporary or has no rows is no loss, and in a transaction ROLLBACK
    brings rows back.
    """
    if _MAY_LOSE.match(statement) is None:
        return ""
    words = Words([token for token in tokens_of(statement) if token.kind != "comment"])
    row = list(words.row(0, len(words.tokens)))
    line = _Line(words, row, answer)
    return line.of_catalog() or ("" if in_transaction else line.of_rows())


class _Line:
    """The words of a statement without what stands in brackets."""

    def __init__(self, words: Words, places: list[int], answer: Answer) -> None:
        self._tokens = [words.tokens[place] for place in places]
        self._words = [token.upper for token in self._tokens]
        self._answer = answer

    def of_rows(self) -> str:
        """What becomes of the rows of a table."""
        for place, word in enumerate(self._words):
            if word in {"DELETE", "UPDATE"}:
                return self._every_row(place)
            if word in {"SELECT", "INSERT", "REPLACE", "VALUES"}:
                return ""
            if word in {"DROP", "ALTER"}:
                return self._table(word, place)
        return ""

    def _every_row(self, place: int) -> str:
        if _LIMITS & {*self._words[place:]}:
            return ""
        if self._words[place] == "DELETE":
            table, _ = self._name(place + 2)
            return f"deletes every row of {_written(table)}" if self._has_rows(table) else ""
        table, _ = self._name(place + (3 if self._words[place + 1 : place + 2] == ["OR"] else 1))
        return f"changes every row of {_written(table)}" if self._has_rows(table) else ""

    def _table(self, verb: str, place: int) -> str:
        if self._words[place + 1 : place + 2] != ["TABLE"]:
            return ""
        table, end = self._name(self._behind_if_exists(place + 2))
        what = "the table" if verb == "DROP" else "a column of"
        is_loss = (verb == "DROP" or self._words[end : end + 1] == ["DROP"]) and self._has_rows(table)
        return f"drops {what} {_written(table)}, which has rows" if is_loss else ""

    def of_catalog(self) -> str:
        """What becomes of models and the like."""
        match self._words:
            case ["DROP", ("MODEL" | "CONNECTION" | "VOLUME" | "DATABASE") as kind, *_]:
                return self._dropped(kind, 2)
            case ["DROP", "API", "CONNECTION", *_]:
                return self._dropped("CONNECTION", 3)
            case ["PURGE", "ANSWERS"] if self._rows("SELECT 1 FROM aisql.answers LIMIT 1"):
                return "forgets every answer that was paid for"
            case ["CALL", _, ".", call, *_] if call in _CALLS:
                return f"drops an {_CALLS[call]}"
        return ""

    def _dropped(self, kind: str, place: int) -> str:
        name, _ = self._name(self._behind_if_exists(place))
        if kind == "DATABASE" and self._words[-1] != "CASCADE":
            return ""  # it is only dropped where it is empty
        try:
            self._answer(_LOOKS[kind].format(_written(name))).close()
        except AisqlError:
            return ""
        return f"drops the {kind.lower()} {_written(name)}"

    def _behind_if_exists(self, place: int) -> int:
        return place + 2 if self._words[place : place + 2] == ["IF", "EXISTS"] else place

    def _name(self, place: int) -> tuple[list[Token], int]:
        """The parts of the name that begins at a place, and the place behind it."""
        end = place + 1
        while self._words[end : end + 1] == ["."]:
            end += 2
        return self._tokens[place:end:2], end

    def _has_rows(self, name: list[Token]) -> bool:
        """Whether a name is that of a table with rows that outlive the session."""
        *database, table = [quote_text(token.name) for token in name] or ["''"]
        within = f"AND schema = {database[-1]} COLLATE NOCASE" if database else ""
        found = self._rows(f"{_TABLES} AND name = {table} COLLATE NOCASE {within}")
        is_kept = bool(found) and ("temp",) not in found
        return is_kept and bool(self._rows(f"SELECT 1 FROM {_written(name)} LIMIT 1"))

    def _rows(self, query: str) -> list[Row]:
        try:
            with self._answer(query) as result:
                return list(result.rows)
        except AisqlError:
            return []


def _written(name: list[Token]) -> str:
    return ".".join(token.text for token in name)
