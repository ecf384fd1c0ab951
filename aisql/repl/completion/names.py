"""Names as candidates: tables, columns, models, functions; quoted where they have to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from aisql.data.registry import READABLE
from aisql.engine.outline import Named
from aisql.functions.predict import ML_PREDICT
from aisql.functions.registry import FUNCTIONS, TABLE_FUNCTIONS
from aisql.functions.sqlite import SQLITE_FUNCTIONS
from aisql.repl.completion.quoting import quoted
from aisql.repl.completion.scope import Source
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Candidate, Kind

_FEW = 50


def tables(
    snapshot: Snapshot, quote: str = "", near: frozenset[str] = frozenset(), kind: str = ""
) -> Iterator[Candidate]:
    """The tables and views, or those of a kind; those `near`, in small letters, come first."""
    for folded, candidate in snapshot.table_candidates:
        if candidate.detail.startswith(kind):
            text = quoted(candidate.name, quote) if quote else candidate.text
            yield candidate._replace(text=text, order=folded not in near) if near or quote else candidate


def named(found: Iterable[Named], kind: Kind, what: str, quote: str = "") -> Iterator[Candidate]:
    """Models, connections, databases; each part of a name with dots is quoted for itself."""
    for each in found:
        text = ".".join(quoted(part, quote) for part in each.name.split("."))
        yield Candidate(text, kind, each.detail or what, each.name)


def columns(sources: Iterable[Source], quote: str = "") -> Iterator[Candidate]:
    """The columns of all sources, with the name of the source before those that several have."""
    sources = list(sources)
    count = Counter(column.name.lower() for source in sources for column in source.columns)
    for source in sources:
        for column in source.columns:
            text, detail = quoted(column.name, quote), f"{source.name} {column.type}".strip()
            if count[column.name.lower()] > 1 and source.name:
                text = f"{quoted(source.name, quote)}.{text}"
            yield Candidate(text, Kind.COLUMN, detail, column.name)


def columns_of_all(snapshot: Snapshot, word: str) -> Iterator[Candidate]:
    """The columns of any table that begin so, while no table is named yet."""
    from bisect import bisect_left

    folded = word.lower()
    place = bisect_left(snapshot.columns, (folded,))
    for key, name, table in snapshot.columns[place : place + _FEW]:
        if folded and key.startswith(folded):
            yield Candidate(quoted(name), Kind.COLUMN, table, name)


def sources(found: Iterable[Source], quote: str = "") -> Iterator[Candidate]:
    """The names that columns can be qualified with."""
    for source in found:
        if source.name:
            yield Candidate(quoted(source.name, quote), Kind.SOURCE, source.table or "query", source.name, 1)


def functions(in_from: bool = False) -> Iterator[Candidate]:
    """Functions with their brackets opened, their signature and what they give."""
    for function in FUNCTIONS.values():
        if (function.columns is not None or function is ML_PREDICT) == in_from:
            detail = f"{function.signature}  {function.summary}"
            yield Candidate(f"{function.name}(", Kind.FUNCTION, detail, function.name)
    if in_from:
        for record in READABLE.values():
            detail = f"read_{record.name}(path [, option => value])  {record.summary}"
            yield Candidate(f"read_{record.name}(", Kind.FUNCTION, detail)
        yield Candidate("LATERAL TABLE(", Kind.FUNCTION, "a function that gives rows")
    else:
        for each in SQLITE_FUNCTIONS:
            yield Candidate(f"{each.name}(", Kind.BUILTIN, f"{each.signature}  {each.summary}", each.name)


def lateral_functions() -> Iterator[Candidate]:
    """The functions that stand in LATERAL TABLE."""
    for function in TABLE_FUNCTIONS.values():
        name = function.signature.partition("(")[0]
        yield Candidate(f"{name}(", Kind.FUNCTION, f"{function.signature}  {function.summary}", name)


def joins(found: list[Source]) -> Iterator[Candidate]:
    """The conditions that join the last source with the others, from foreign keys in either direction."""
    if not found:
        return
    last, others = found[-1], found[:-1]
    for other in reversed(others):
        for one, two in ((last, other), (other, last)):
            for reference in one.references:
                if reference.table.lower() != two.table.lower() or not reference.others:
                    continue
                pairs = zip(reference.columns, reference.others, strict=False)
                text = " AND ".join(
                    f"{quoted(one.name)}.{quoted(mine)} = {quoted(two.name)}.{quoted(theirs)}"
                    for mine, theirs in pairs
                )
                yield Candidate(text, Kind.JOIN, "foreign key")
