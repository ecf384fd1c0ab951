"""Options and settings as candidates: their keys, and what values they can have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from aisql.catalog.catalogs import CATALOG_TYPES
from aisql.errors import OptionError
from aisql.functions.options import CALL_OPTIONS
from aisql.providers.base import CHAT, EMBEDDINGS
from aisql.providers.options import OPTIONS, Option, find
from aisql.providers.registry import SERVICES, service
from aisql.providers.routes import address_of
from aisql.repl.completion.coordinates import coordinates
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Candidate, Kind
from aisql.settings import SETTINGS

_PARAMETERS = "model.params"
_OF_FILES: Mapping[str, str] = {"type": "the kind of the catalog", "path": "the file"}


def option_keys(present: Collection[str]) -> Iterator[Candidate]:
    """The options of a model that are not given yet."""
    for option in OPTIONS:
        if option.key not in present and not any(older in present for older in option.spellings):
            yield Candidate(option.key, Kind.OPTION, option.summary)


def file_keys(present: Collection[str]) -> Iterator[Candidate]:
    """The options of a catalog or a database."""
    for key, summary in _OF_FILES.items():
        if key not in present:
            yield Candidate(key, Kind.OPTION, summary)


def properties(present: Collection[str]) -> Iterator[Candidate]:
    """The properties of a connection that are not given yet."""
    first = (("PROVIDER", "The service that answers."), ("BASE_URL", "Its address."), ("API_KEY", "Its key."))
    others = ((_property(each), each.summary) for each in OPTIONS if each.belongs_to_connections)
    for key, summary in (*first, *others):
        if key not in present:
            yield Candidate(key, Kind.OPTION, summary)


def _property(option: Option) -> str:
    return option.key.replace("-", "_").upper()


def option_values(key: str, given: Mapping[str, str], snapshot: Snapshot) -> Iterator[Candidate]:
    """What an option, or the property of a connection, may be; `given` are the others."""
    key = key.lower().replace("_", "-")
    if key == "provider":
        yield from (Candidate(each.name, Kind.VALUE, each.base_url or "") for each in SERVICES)
    elif key in {"endpoint", "base-url"}:
        yield from _addresses(given.get("provider", ""), key)
    elif key in {"api-key", "access-key"}:
        yield from _keys(given.get("provider", ""), snapshot)
    elif key == "type":
        yield from (Candidate(each, Kind.VALUE) for each in CATALOG_TYPES)
    elif (option := find(key)) is not None:
        yield from _choices(option)


def _choices(option: Option) -> Iterator[Candidate]:
    for order, choice in enumerate(option.choices):
        yield Candidate(choice, Kind.VALUE, "default" if choice == option.default else "", order=order)
    if not option.choices and option.default is not None:
        yield Candidate(option.default, Kind.VALUE, "default")


def _addresses(provider: str, key: str) -> Iterator[Candidate]:
    known = [record for record in SERVICES if provider.lower() in {"", record.name}]
    for record in known:
        if record.base_url and key == "base-url":
            yield Candidate(record.base_url, Kind.VALUE, record.name)
        elif record.base_url:
            for task in (CHAT, EMBEDDINGS):
                try:
                    url = address_of(record.name, record.base_url, task).url
                except OptionError:
                    continue  # it has no such task
                yield Candidate(url, Kind.VALUE, record.name)


def _keys(provider: str, snapshot: Snapshot) -> Iterator[Candidate]:
    record = service(provider)
    usual = record.key_variable if record is not None else None
    variables = dict.fromkeys([*([usual] if usual else []), *snapshot.variables])
    if not usual:
        variables |= dict.fromkeys(each.key_variable for each in SERVICES if each.key_variable)
    for name in variables:
        yield Candidate(f"${{{name}}}", Kind.VALUE, "read when a call is made")


def call_keys(path: Collection[str], present: Collection[str]) -> Iterator[Candidate]:
    """The options of one call, `json '{...}'`; `path` are the members the place is in."""
    inside = list(path) == [_PARAMETERS]
    for option in CALL_OPTIONS:
        is_parameter = option.key.startswith(f"{_PARAMETERS}.")
        key = option.key.removeprefix(f"{_PARAMETERS}.") if inside else option.key
        if (is_parameter or not inside) and key not in present and len(path) <= inside:
            yield Candidate(key, Kind.OPTION, f"{option.summary}; {option.valid}")


def setting_names() -> Iterator[Candidate]:
    """Every setting."""
    for setting in SETTINGS:
        yield Candidate(setting.name, Kind.SETTING, setting.summary)


def setting_values(name: str, snapshot: Snapshot) -> Iterable[Candidate]:
    """What a setting may be."""
    found = next((each for each in SETTINGS if each.name == name.lower()), None)
    if found is None:
        return ()
    if found.name == "ai.default_model":
        return coordinates(snapshot)
    texts = found.choices or ((found.default,) if found.default else ())
    return tuple(
        Candidate(text, Kind.VALUE, "default" if text == found.default else "", order=order)
        for order, text in enumerate(texts)
    )
