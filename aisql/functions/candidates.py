"""A JSON array as an argument, of which some members are to be chosen or put in order."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from aisql.errors import FunctionError
from aisql.result import Value

MOST = 50
"""Members of one request: of more a model loses some."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the array: its `index` there, its value, and how it reads."""

    index: int
    value: Any
    text: str


Candidates: TypeAlias = tuple[Candidate, ...]


def candidates_of(value: Value, what: str) -> Candidates:
    """The texts and numbers of an array; null is left out.

    Raises FunctionError where it is no array, and for any other member.
    """
    try:
        members = json.loads(value) if isinstance(value, str) else None
    except (RecursionError, ValueError):
        members = None
    if not isinstance(members, list):
        raise FunctionError(
            f"the {what} must be a JSON array of texts", hint="json_group_array(column) makes one"
        )
    if not all(_is_plain(member) for member in members):
        raise FunctionError(f"the {what} must be texts, numbers or null")
    return tuple(
        Candidate(index, member, member if isinstance(member, str) else json.dumps(member))
        for index, member in enumerate(members)
        if member is not None
    )


def _is_plain(member: Any) -> bool:
    if isinstance(member, float):
        return math.isfinite(member)
    return isinstance(member, str | int | None) and not isinstance(member, bool)


def distinct(candidates: Candidates) -> Candidates:
    """Each value once, where it stands first."""
    first: dict[tuple[type, Any], Candidate] = {}
    for candidate in candidates:
        first.setdefault((type(candidate.value), candidate.value), candidate)
    return tuple(first.values())


def counted(candidate: Candidate) -> str:
    """The text whose tokens a candidate is counted by: its number goes with it."""
    return f"{candidate.index}: {candidate.text}"


def numbered(candidates: Sequence[Candidate]) -> Mapping[str, str]:
    """The texts of candidates by the numbers a model tells them apart by."""
    return {str(number): candidate.text for number, candidate in enumerate(candidates)}
