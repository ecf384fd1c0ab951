"""Completion in the statements SQLite does not know: words from the grammar, names by what stands before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aisql.repl.completion import copies, names, options, queries
from aisql.repl.completion.coordinates import coordinates
from aisql.repl.completion.place import Place
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.strings import properties_of, setting_of
from aisql.repl.completion.suggestions import Candidate, Kind

_TYPES = (
    *("STRING", "VARIANT", "ARRAY<FLOAT>", "INT", "BIGINT", "DOUBLE", "FLOAT", "BOOLEAN", "DECIMAL(10, 2)"),
    *("TIMESTAMP(3)", "DATE", "VARCHAR(100)", "MAP<STRING, STRING>", "ROW<"),
)
_PROCEDURES = (
    ("CREATE_AI_MODEL", "registers an AI model"),
    ("DROP_AI_MODEL", "drops an AI model"),
    ("CREATE_AI_MODEL_ENDPOINT", "registers where an AI model is asked"),
    ("ALTER_AI_MODEL_ENDPOINT", "changes an endpoint"),
    ("DROP_AI_MODEL_ENDPOINT", "drops an endpoint"),
)
_PACKAGE = "DBMS_AI_SERVICE"


def candidates(place: Place, snapshot: Snapshot) -> Iterator[Candidate]:
    """What may stand at a place of a statement of ours, outside of its strings."""
    yield from _names(place, snapshot)
    for order, word in enumerate(snapshot.following(place.before)):
        yield Candidate(word, Kind.KEYWORD, order=order)


def _names(place: Place, snapshot: Snapshot) -> Iterable[Candidate]:
    words = [place.words.upper(index) for index in range(place.index)]
    match words:
        case ["SET", *_, "="]:
            return _values(place, snapshot)
        case ["SET" | "RESET", *_]:
            return ()
        case ["CALL"]:
            return (Candidate(f"{_PACKAGE}.", Kind.DATABASE, "AI models and endpoints"),)
        case ["CALL", _, "."]:
            return (Candidate(f"{name}(", Kind.COMMAND, summary) for name, summary in _PROCEDURES)
        case ["COPY", "(", *_] if 1 in place.words.around(place.index):
            return queries.candidates(place, snapshot)
        case ["COPY", *_] if place.words.around(place.index):
            return copies.candidates(place)
        case ["CREATE", *_]:
            return _of_create(place, words)
        case _:
            return _objects(place, words, snapshot)


def _values(place: Place, snapshot: Snapshot) -> Iterator[Candidate]:
    """Values of a setting; those that are no plain word in quotes."""
    name = setting_of(place)
    if name.lower() == "ai.default_model":
        for each in coordinates(snapshot):
            ending = "" if each.text.endswith(":") else "'"
            yield each._replace(text=f"'{each.text}{ending}", name=each.text)
    else:
        yield from options.setting_values(name, snapshot)


def _of_create(place: Place, words: list[str]) -> Iterable[Candidate]:
    if words[-1] == "TYPE":
        return (Candidate("ai_function", Kind.VALUE, "the only type there is"),)
    if "TYPE" in words[:-1] and words[1] == "API" and words[-1] != "=":
        keys = options.properties({name.upper() for name in properties_of(place)})
        return (each._replace(text=f"{each.text} = '", name=each.text) for each in keys)
    around = place.words.around(place.index)
    if around and place.words.upper(around[-1] - 1) in {"INPUT", "OUTPUT"} and place.back(2) in {"(", ","}:
        return (Candidate(name, Kind.VALUE, "type", order=order) for order, name in enumerate(_TYPES))
    return ()


def _objects(place: Place, words: list[str], snapshot: Snapshot) -> Iterable[Candidate]:
    """The objects of the kind that is spoken of, where a name is expected."""
    if words[-1] in {"LIKE", "ILIKE", "TO", "BY"}:
        return ()
    quote, catalog = place.quote, snapshot.catalog
    kind = _kind(words)
    if kind == "MODEL":
        return names.named(catalog.models, Kind.MODEL, "model", quote)
    if kind == "CONNECTION":
        return names.named(catalog.connections, Kind.MODEL, "connection", quote)
    if kind == "VOLUME":
        return names.named(catalog.volumes, Kind.MODEL, "volume", quote)
    if kind == "CATALOG":
        return names.named(catalog.catalogs, Kind.DATABASE, "catalog", quote)
    if kind == "DATABASE":
        return names.named(catalog.databases, Kind.DATABASE, "database", quote)
    if kind == "TABLE":
        return names.tables(snapshot, quote)
    if kind == "VIEW":
        return names.tables(snapshot, quote, kind="view")
    if kind == "ANSWERS":
        answers = snapshot.table("answers", "aisql")
        return (Candidate(each.name, Kind.COLUMN, "answers") for each in (answers.columns if answers else ()))
    return ()


def _kind(words: list[str]) -> str:
    """What a name that comes next would name, '' where none does."""
    head, last = words[0], words[-1]
    if "ANSWERS" in words and "WHERE" in words:
        return "ANSWERS"
    if last in {"FROM", "IN"}:
        return "CATALOG" if "DATABASES" in words else "DATABASE"
    rest = [
        word for word in words[1:] if word not in {"IF", "EXISTS", "EXTENDED", "TEMPORARY", "TEMP", "API"}
    ]
    if head in {"DESC", "DESCRIBE"} and not rest:
        return "TABLE"
    if head == "USE" and not rest:
        return "DATABASE"
    if last == "VOLUME":
        return {"USER": "", "TABLE": "TABLE"}.get(words[-2], "VOLUME")
    if words[-2:] == ["VOLUME", "DIRECTORY"]:
        return {"USER": "", "TABLE": "TABLE"}.get(words[-3], "VOLUME")
    if head == "COPY" and (last == "TABLE" or words[1:] in ([], ["INTO"], ["OVERWRITE", "INTO"])):
        return "TABLE"
    is_named = last in {"MODEL", "CONNECTION", "CATALOG", "DATABASE", "TABLE", "VIEW", "EXISTS", "EXTENDED"}
    return rest[-1] if rest and is_named else ""
