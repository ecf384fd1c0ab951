"""What may stand inside a JSON object: the options of a call, the parameters of an endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from aisql.engine.endpoint_statements import ENDPOINT_PARAMETERS, MODEL_PARAMETERS
from aisql.engine.models import ENDPOINT_PROVIDERS, MODEL_TYPES
from aisql.functions.registry import CALLED
from aisql.providers.registry import SERVICES
from aisql.repl.completion import options
from aisql.repl.completion.place import Place
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Candidate, Kind

_CALLED = frozenset(name.upper() for name in CALLED)
_JSON = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*"?)|(?P<sign>[{}\[\]:,])|(?P<other>[^\s{}\[\]:,"]+)')


@dataclass(frozen=True, slots=True)
class Content:
    """What fits into a string, and how much of what is typed of it is replaced."""

    candidates: Iterable[Candidate]
    word: str


def is_json(place: Place, opener: int) -> bool:
    """Whether a JSON object of ours is typed: the options of a call, or the parameters of a procedure."""
    call, number = place.words.upper(opener - 1), place.words.argument(opener, place.index)
    if call.startswith(("CREATE_AI", "ALTER_AI")):
        return number == 1
    return place.back() == "JSON" and call in _CALLED


def content_of(place: Place, snapshot: Snapshot, opener: int, typed: str) -> Content | None:
    """What may stand where the object breaks off; None where nothing is known of it."""
    call, number = place.words.upper(opener - 1), place.words.argument(opener, place.index)
    state = _read(typed)
    if state is None or (call == "AI_EXTRACT" and number == 2):
        return None
    if call in _CALLED:
        return _call_options(state)
    return _parameters(
        state, ENDPOINT_PARAMETERS if call.endswith("ENDPOINT") else MODEL_PARAMETERS, snapshot
    )


@dataclass(frozen=True, slots=True)
class _State:
    """A place in a JSON text: the members it is in, the keys of the innermost, the key whose value is typed.

    `word` is what is typed of a text or another value; it begins with its quote where it is a text.
    """

    path: tuple[str, ...]
    present: tuple[str, ...]
    key: str | None
    word: str


def _read(typed: str) -> _State | None:
    """Where a JSON text breaks off; None behind its end."""
    path: list[str] = []
    present: list[list[str]] = []
    key, word, last = None, "", ""
    for match in _JSON.finditer(typed):
        text = match[0]
        is_last = match.end() == len(typed)
        is_open = match.lastgroup == "other" or (match.lastgroup == "text" and not _is_closed(text))
        if is_last and is_open:
            word = text
        elif text == "{":
            path.append(key or "")
            present.append([])
            key = None
        elif text == "}" and present:
            path.pop()
            present.pop()
            key = None
        elif text == ",":
            key = None
        elif match.lastgroup == "text" and last in {"{", ","} and present:
            key = text.strip('"')
            present[-1].append(key)
        last = text
    if not present:
        return None
    return _State(tuple(path[1:]), tuple(present[-1]), key, word)


def _is_closed(text: str) -> bool:
    return len(text) > 1 and text.endswith('"')


def _call_options(state: _State) -> Content:
    if state.key is None:
        return _members(options.call_keys(state.path, state.present), state)
    is_switch = state.key.endswith("enable_thinking")
    values = ("true", "false") if is_switch else ()
    return Content((Candidate(value, Kind.VALUE) for value in values), state.word)


def _parameters(state: _State, known: tuple[str, ...], snapshot: Snapshot) -> Content:
    if state.key is None:
        return _members((Candidate(key, Kind.OPTION) for key in known if key not in state.present), state)
    texts = (Candidate(f'"{value}"', Kind.VALUE, "", value) for value in _values(state.key, snapshot))
    return Content(texts, state.word)


def _values(key: str, snapshot: Snapshot) -> Iterable[str]:
    match key:
        case "type":
            return MODEL_TYPES
        case "provider":
            return ENDPOINT_PROVIDERS
        case "ai_model_name":
            return (each.name for each in snapshot.catalog.endpoints)
        case "url":
            return (each.base_url for each in SERVICES if each.base_url)
        case "scope":
            return ("ALL",)
        case _:
            return ()


def _members(keys: Iterable[Candidate], state: _State) -> Content:
    return Content((each._replace(text=f'"{each.text}": ', name=each.text) for each in keys), state.word)
