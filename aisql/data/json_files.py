"""JSON files as tables: a column for each name that the objects in them have."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence

from aisql.data.base import (
    EVERY,
    SAMPLE,
    BadRow,
    Chunk,
    Data,
    Reject,
    Source,
    distinct,
    is_sample,
    refuse,
    unchanging,
)
from aisql.data.json_objects import Objects, Reader
from aisql.data.nested import as_json
from aisql.errors import FileError
from aisql.result import Row, Value

_LEAST, _GREATEST = -(2**63), 2**63 - 1


def read(sources: Sequence[Source], *, encoding: str | None = None, sample: int | None = SAMPLE) -> Data:
    """The table of all objects: a column for each name among the first `sample` objects, in their order.

    What an object does not have is NULL; true and false are 1 and 0; arrays, objects and whole numbers too
    long for SQLite are texts. Names that come later are left out. Raises FileError, naming file and line, for
    what is no JSON; so may reading the rows.
    """
    keys = _keys(sources, encoding, sample)
    if not keys:
        raise FileError(f"{sources[0].name}: there is no object in it")
    table = _Table(sources, encoding, keys)
    return Data(
        distinct(keys),
        [""] * len(keys),
        unchanging(sources, table.chunks),
        left_out=table.left_out,
        growing=unchanging(sources, table.growing),
    )


def _keys(sources: Sequence[Source], encoding: str | None, sample: int | None) -> list[str]:
    keys: dict[str, None] = {}
    bad: BadRow | None = None
    number = length = 0
    for source in sources:
        for found in Reader(source, encoding).read():
            if isinstance(found, BadRow):
                bad = bad or found  # told when the rows are read, if there are any
                if sample is None:
                    refuse(bad)
                continue
            looked_at = found.objects if sample is None else found.objects[: sample - number]
            keys.update(dict.fromkeys(key for each in looked_at for key in each))
            number, length = number + len(found.objects), length + found.length
            if is_sample(sample, number, length) or (number and source.pauses()):
                return list(keys)
    if bad is not None and not keys:
        refuse(bad)
    return list(keys)


class _Table:
    """Makes rows of objects, which had these `keys` as far as they were looked at."""

    def __init__(self, sources: Sequence[Source], encoding: str | None, keys: Sequence[str]) -> None:
        self._sources = sources
        self._encoding = encoding
        self._keys = keys
        self.left_out: dict[str, None] = {}

    def chunks(self, reject: Reject, wanted: Container[int] = EVERY, /) -> Iterator[Chunk]:
        """The rows with these keys alone."""
        keys = [key if place in wanted else None for place, key in enumerate(self._keys)]
        known = set(self._keys)
        for found in self._objects(reject):
            self.left_out.update(_others(found.objects, known))
            yield Chunk(found.file, found.lines, _rows(found.objects, keys))

    def growing(self, reject: Reject, _wanted: Container[int] = EVERY, /) -> Iterator[Chunk]:
        """The rows with all keys that were met by then."""
        keys, names = dict.fromkeys(self._keys), distinct(self._keys)
        for found in self._objects(reject):
            if others := _others(found.objects, keys.keys()):
                keys.update(others)
                names = distinct(keys)
            yield Chunk(found.file, found.lines, _rows(found.objects, list(keys)), names)

    def _objects(self, reject: Reject) -> Iterator[Objects]:
        for source in self._sources:
            for found in Reader(source, self._encoding).read():
                if isinstance(found, BadRow):
                    reject(found)
                else:
                    yield found


def _others(objects: Sequence[Mapping[str, object]], known: Collection[str]) -> dict[str, None]:
    """The names that are not known."""
    found = [each for each in objects if not each.keys() <= known]  # type: ignore[operator] # it is a set
    return dict.fromkeys(key for each in found for key in each if key not in known)


def _rows(objects: Sequence[Mapping[str, object]], keys: Sequence[str | None]) -> list[Row]:
    """The values of objects; NULL where no key is given."""
    return [tuple([_value(each.get(key)) for key in keys]) for each in objects]  # type: ignore[arg-type]


def _value(value: object) -> Value:
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int):  # so are true and false
        return int(value) if _LEAST <= value <= _GREATEST else str(value)
    return as_json(value)
