"""What the offline provider says of a statement: its clauses as sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aisql.providers.builtin_questions import Question

_INSIDE: Final = r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"""
_CLAUSE: Final = re.compile(
    rf"""(?isx) (?:{_INSIDE}) | \b(?P<word>SELECT | FROM | WHERE | GROUP\s+BY | HAVING | ORDER\s+BY | LIMIT
      | INSERT\s+(?:OR\s+\w+\s+)?INTO | REPLACE\s+INTO | UPDATE | DELETE\s+FROM | SET | VALUES
      | CREATE\s+(?:\w+\s+)*?(?:TABLE|VIEW|INDEX|MODEL|TRIGGER)(?:\s+IF\s+NOT\s+EXISTS)?
      | DROP\s+\w+(?:\s+IF\s+EXISTS)?)\b"""
)
_SAID: Final = {
    "SELECT": "It gives {}",
    "FROM": "It reads {}",
    "WHERE": "Of its rows those count where {}",
    "GROUP BY": "There is one row for each {}",
    "HAVING": "Of the groups those come out where {}",
    "ORDER BY": "Rows are sorted by {}",
    "LIMIT": "At most {} rows come out",
    "INSERT": "It adds rows to {}",
    "REPLACE": "It adds rows to {} and replaces those with the same key",
    "UPDATE": "It changes rows of {}",
    "DELETE": "It deletes rows of {}",
    "SET": "It sets {}",
    "VALUES": "The values are {}",
    "CREATE": "It makes {}",
    "DROP": "It drops {}",
}
_CALL: Final = re.compile(r"(?i)\b((?:ai[._]\w+|ml_predict))\s*\(")


def explain_sql(asked: Question) -> str:
    """A sentence for each clause, and one for the models it asks."""
    statement = " ".join(asked.text.rstrip("; \n").split())
    said = list(_sentences(statement)) or [f"It runs {statement}"]
    if calls := list(dict.fromkeys(call.lower() for call in _CALL.findall(statement))):
        said.append(f"It asks a model for {' and '.join(calls)}")
    return " ".join(f"{sentence}." for sentence in said)


def _sentences(statement: str) -> Iterator[str]:
    words = [found for found in _CLAUSE.finditer(statement) if found["word"]]
    ends = [*[word.start() for word in words[1:]], len(statement)]
    for word, end in zip(words, ends, strict=False):  # where there is none there is an end all the same
        rest = statement[word.end() : end].strip()
        key = " ".join(word["word"].upper().split())
        pattern = _SAID.get(key) or _SAID[key.split(" ", 1)[0]]
        yield pattern.format(rest if rest != "*" else "all columns")
