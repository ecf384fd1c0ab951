"""What may stand inside a string: the name of a model, an option, a setting, a member of a JSON object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aisql.functions.registry import CALLED
from aisql.repl.completion import members, options
from aisql.repl.completion.coordinates import coordinates
from aisql.repl.completion.members import Content
from aisql.repl.completion.place import Place
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Candidate, Kind

_KNOWN_FUNCTIONS = frozenset(name.upper() for name in CALLED)


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
    if opener is not None and members.is_json(place, opener):
        return members.content_of(place, snapshot, opener, typed)
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
