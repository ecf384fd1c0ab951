"""What may stand inside a string: the name of a model, an option, a setting, a member of a JSON object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aisql.functions.registry import CALLED
from aisql.providers.registry import SERVICES
from aisql.repl.completion import options
from aisql.repl.completion.coordinates import coordinates
from aisql.repl.completion.place import Place
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Candidate, Kind

_KNOWN_FUNCTIONS = frozenset(name.upper() for name in CALLED)
_OF_AI_MODELS: Mapping[str, tuple[str, ...]] = {
    "type": ("completion", "dense_embedding", "rerank", "sparse_embedding"),
    "model_name": (),
}
_OF_ENDPOINTS: Mapping[str, tuple[str, ...]] = {
    "ai_model_name": (),
    "url": tuple(each.base_url for each in SERVICES if each.base_url),
    "access_key": (),
    "provider": tuple(each.name for each in SERVICES),
    "request_model_name": (),
    "scope": ("ALL",),
}
_JSON = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*"?)|(?P<sign>[{}\[\]:,])|(?P<other>[^\s{}\[\]:,"]+)')


@dataclass(frozen=True, slots=True)
class Content:
    """What fits into a string, and how much of what is typed of it is replaced."""

    candidates: Iterable[Candidate]
    word: str


def content_of(place: Place, snapshot: Snapshot) -> Content | None:
    """What may stand in the string the place is in; None where nothing is known of it.

    Where a string is not closed yet, its second quote is part of what is suggested.
    """
    token = place.current
    assert token is not None  # noqa: S101 # only asked inside of a string
    typed = place.word[1:]
    around = place.words.around(place.index)
    opener = around[-1] if around else None
    ending = "" if token.is_closed else "'"
    json = _json(place, snapshot, opener, typed)
    if json is not None:
        return json
    candidates = _plain(place, snapshot, opener)
    return None if candidates is None else Content(_ended(candidates, ending), typed)


def _ended(candidates: Iterable[Candidate], ending: str) -> Iterator[Candidate]:
    for each in candidates:
        is_whole = not each.text.endswith(":")
        text = each.text.replace("'", "''") + (ending if is_whole else "")
        yield each._replace(text=text, name=each.name or each.text)


def _plain(place: Place, snapshot: Snapshot, opener: int | None) -> Iterable[Candidate] | None:
    first = place.words.upper(0)
    if opener is None:
        if first in {"SET", "RESET"}:
            return _setting(place, snapshot)
        if first == "CREATE" and place.back() == "=":
            return options.option_values(place.back(2), properties_of(place), snapshot)
        return None
    head = place.words.upper(opener - 1)
    number = place.words.argument(opener, place.index)
    if head in _KNOWN_FUNCTIONS and number == 0 and place.back() == "(":
        return coordinates(snapshot)
    if head.startswith(("CREATE_AI", "ALTER_AI", "DROP_AI")) and number == 0:
        return (Candidate(each.name, Kind.MODEL, each.detail) for each in snapshot.catalog.endpoints)
    if head in {"WITH", "SET", "RESET"} and first in {"CREATE", "ALTER"}:
        return _option(place, snapshot, opener)
    return None


def _setting(place: Place, snapshot: Snapshot) -> Iterable[Candidate]:
    if place.back() == "=":
        return options.setting_values(setting_of(place), snapshot)
    return options.setting_names() if place.index == 1 else ()


def setting_of(place: Place) -> str:
    """The setting whose value is typed."""
    end = next(index for index in range(place.index) if place.words.upper(index) == "=")
    tokens = place.words.tokens[1:end]
    return "".join(token.text for token in tokens).strip("'")


def _option(place: Place, snapshot: Snapshot, opener: int) -> Iterable[Candidate]:
    given = _given(place, opener)
    if place.back() == "=":
        key = place.token(2)
        return options.option_values(key.text.strip("'"), given, snapshot) if key is not None else ()
    if place.back() not in {"(", ","}:
        return ()
    is_of_model = any(place.words.upper(index) == "MODEL" for index in range(4))
    return options.option_keys(given) if is_of_model else options.file_keys(given)


def _given(place: Place, opener: int) -> dict[str, str]:
    """The options in the brackets, without the one that is typed."""
    tokens = place.words.tokens
    inside = list(place.words.row(opener + 1, place.words.ends[opener]))
    found = {}
    for index in inside:
        if tokens[index].kind == "string" and place.words.upper(index - 1) in {"(", ","}:
            value = (
                tokens[index + 2].text
                if place.words.upper(index + 1) == "=" and index + 2 < len(tokens)
                else ""
            )
            found[tokens[index].text.strip("'")] = value.strip("'")
    return found


def properties_of(place: Place) -> dict[str, str]:
    """The properties of a connection that are given, by name in small letters."""
    tokens = place.words.tokens
    pairs = [
        (tokens[index - 1], tokens[index + 1])
        for index in range(1, len(tokens) - 1)
        if tokens[index].text == "="
    ]
    return {key.text.lower(): value.text.strip("'") for key, value in pairs}


# ---------------------------------------------------------------- JSON


def _json(place: Place, snapshot: Snapshot, opener: int | None, typed: str) -> Content | None:
    """What may stand in a JSON object: the options of a call, the parameters of an endpoint."""
    if opener is None:
        return None
    is_literal = place.back() == "JSON"
    call = place.words.upper(opener - 1)
    number = place.words.argument(opener, place.index)
    state = _read(typed)
    if is_literal and call in _KNOWN_FUNCTIONS and not (call == "AI_EXTRACT" and number == 2):
        return None if state is None else _call_options(state)
    if call.startswith(("CREATE_AI", "ALTER_AI")) and number == 1:
        known = _OF_ENDPOINTS if call.endswith("ENDPOINT") else _OF_AI_MODELS
        return None if state is None else _parameters(state, known, snapshot)
    return None


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


def _parameters(state: _State, known: Mapping[str, tuple[str, ...]], snapshot: Snapshot) -> Content:
    if state.key is None:
        keys = (Candidate(key, Kind.OPTION) for key in known if key not in state.present)
        return _members(keys, state)
    values = known.get(state.key, ())
    if state.key == "ai_model_name":
        values = tuple(each.name for each in snapshot.catalog.endpoints)
    texts = (Candidate(f'"{value}"', Kind.VALUE, "", value) for value in values)
    return Content(texts, state.word)


def _members(keys: Iterable[Candidate], state: _State) -> Content:
    return Content((each._replace(text=f'"{each.text}": ', name=each.text) for each in keys), state.word)
