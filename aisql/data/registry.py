"""The formats that can be read, one record each; whatever reads files of data goes by this table."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from aisql.data.base import EVERY, SAMPLE, Chunk, Chunks, Data, Reject, Source, distinct
from aisql.data.dialects import NO_QUOTE, Dialect
from aisql.data.opening import checked_encoding, opened
from aisql.errors import OptionError
from aisql.result import Value

PACKED = (".gz", ".zst")
"""What may stand behind the ending of a name: a file that gzip or zstd have packed."""
_TYPES = ("INTEGER", "REAL", "TEXT")
_TRUTHS: Mapping[Value, bool] = MappingProxyType({1: True, 0: False, "true": True, "false": False})
_ESCAPED = MappingProxyType({r"\t": "\t", "tab": "\t"})


@dataclass(frozen=True, slots=True)
class Option:
    """How a file can be said to be: a name, other names of it, what values it has, what it means."""

    name: str
    values: str
    summary: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, the endings of its files, its options, what reads files with options as given."""

    name: str
    summary: str
    endings: tuple[str, ...]
    options: tuple[Option, ...]
    read: Callable[[Sequence[Source], Mapping[str, Value]], Data]


DELIMITER = Option("delimiter", "character", "what separates fields", ("delim", "sep"))
QUOTE = Option("quote", "character, ''", "what stands around fields that hold it, '' for nothing")
HEADER = Option("header", "true, false", "whether the first line names the columns")
NULL = Option("null", "text", "the field that stands for NULL, instead of an empty one", ("nullstr",))
TYPES = Option(
    "types", "type, or JSON of types by column", "INTEGER, REAL or TEXT; TEXT leaves fields as they are"
)
ENCODING = Option("encoding", "name", "the encoding; without it that of the mark at the beginning, or UTF-8")
SAMPLE_ROWS = Option(
    "sample", "number", f"rows that tell columns and types, {SAMPLE:,} by itself; -1 is all", ("sample_size",)
)
FILENAME = Option("filename", "true, false", "whether a last column tells the file of each row")
_DELIMITED = (DELIMITER, QUOTE, HEADER, NULL, TYPES, ENCODING, SAMPLE_ROWS)


def _read_delimited(usual: str) -> Callable[[Sequence[Source], Mapping[str, Value]], Data]:
    def read(sources: Sequence[Source], options: Mapping[str, Value]) -> Data:
        from aisql.data import delimited  # what a statement does not read it does not load

        style = delimited.Style(
            Dialect(_sign(options, DELIMITER), _quote(options), _truth(options, HEADER)),
            usual,
            _text(options, NULL) or "",
            _encoding(options),
            _types(options),
            _sample(options),
        )
        return delimited.read(sources, style)

    return read


def _read_json(sources: Sequence[Source], options: Mapping[str, Value]) -> Data:
    from aisql.data import json_files  # as above

    return json_files.read(sources, encoding=_encoding(options), sample=_sample(options))


def _read_parquet(sources: Sequence[Source], _options: Mapping[str, Value]) -> Data:
    from aisql.data import parquet  # as above

    return parquet.read(sources)


_ALL = (
    Format("csv", "fields between commas or other signs", ("csv",), _DELIMITED, _read_delimited(",")),
    Format("tsv", "fields between tabs", ("tsv",), _DELIMITED, _read_delimited("\t")),
    Format(
        "json",
        "objects in lines, in arrays or one after the other",
        ("json", "jsonl", "ndjson"),
        (ENCODING, SAMPLE_ROWS),
        _read_json,
    ),
    Format("parquet", "Apache Parquet, with the extra `parquet`", ("parquet",), (), _read_parquet),
)
READABLE: Mapping[str, Format] = MappingProxyType({record.name: record for record in _ALL})
"""The formats by their names."""
BY_ENDING: Mapping[str, Format] = MappingProxyType(
    {ending: record for record in _ALL for ending in (record.name, *record.endings)}
)
"""The formats by the endings of files, which are other names of them."""


def format_of(path: str) -> Format | None:
    """The format a file has by the end of its name; None where none of ours ends so."""
    return BY_ENDING.get(unpacked_name(path).rpartition(".")[2].lower()) if "." in path else None


def unpacked_name(path: str) -> str:
    """The name without the ending that tells how the file is packed."""
    return next((path[: -len(end)] for end in PACKED if path.lower().endswith(end)), path)


def format_inside(source: Source) -> Format:
    """The format of a file by what it begins with. Raises FileError."""
    with opened(source) as file:
        begin = file.peek(4).lstrip(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"PAR1"):
        return READABLE["parquet"]
    return READABLE["json" if begin.startswith((b"{", b"[")) else "csv"]


def canonical(record: Format, options: Mapping[str, Value]) -> Mapping[str, Value]:
    """The options by the names they have here. Raises OptionError for one the format does not have."""
    known = (*record.options, FILENAME)
    names = {name: option.name for option in known for name in (option.name, *option.also)}
    found: dict[str, Value] = {}
    for key, value in options.items():
        name = names.get(key.lower())
        if name is None:
            hint = f"it has {', '.join(option.name for option in known)}"
            raise OptionError(f"{record.name} has no option '{key}'", hint=hint)
        found[name] = value
    return found


def read(record: Format, sources: Sequence[Source], options: Mapping[str, Value]) -> Data:
    """What files of a format hold together.

    Raises OptionError for an option it does not have, or a value the option cannot have; FileError for a file
    that cannot be read; StatementError where a library is missing.
    """
    options = canonical(record, options)
    data = record.read(sources, options)
    return _with_files(data) if _truth(options, FILENAME) else data


def _with_files(data: Data) -> Data:
    """The same with a last column that tells the file of each row."""

    width = len(data.names)

    def with_files(read: Chunks) -> Chunks:
        def chunks(reject: Reject, wanted: Container[int] = EVERY, /) -> Iterator[Chunk]:
            for chunk in read(reject, wanted):
                rows = [(*row[:width], chunk.file, *row[width:]) for row in chunk.rows]
                names = chunk.names and distinct([*data.names, FILENAME.name, *chunk.names[width:]])
                yield replace(chunk, rows=rows, names=names)

        return chunks

    return replace(
        data,
        names=distinct([*data.names, FILENAME.name]),
        types=[*data.types, "TEXT"],
        chunks=with_files(data.chunks),
        growing=data.growing and with_files(data.growing),
    )


# ---------------------------------------------------------------- values of options


def _text(options: Mapping[str, Value], option: Option) -> str | None:
    value = options.get(option.name)
    if value is None or isinstance(value, str):
        return value
    raise OptionError(f"'{option.name}' is a text, not {value!r}")


def _sign(options: Mapping[str, Value], option: Option) -> str | None:
    text = _text(options, option)
    sign = None if text is None else _ESCAPED.get(text.lower(), text)
    if sign is not None and (len(sign) != 1 or sign in "\r\n"):
        raise OptionError(f"'{option.name}' is one character, not '{text}'", hint=r"a tab is '\t'")
    return sign


def _quote(options: Mapping[str, Value]) -> str | None:
    return NO_QUOTE if options.get(QUOTE.name) == "" else _sign(options, QUOTE)


def _truth(options: Mapping[str, Value], option: Option) -> bool | None:
    value = options.get(option.name)
    if value is None:
        return None
    truth = _TRUTHS.get(value.lower() if isinstance(value, str) else value)
    if truth is None:
        raise OptionError(f"'{option.name}' is true or false, not {value!r}")
    return truth


def _encoding(options: Mapping[str, Value]) -> str | None:
    name = _text(options, ENCODING)
    return None if name is None else checked_encoding(name)


def _sample(options: Mapping[str, Value]) -> int | None:
    value = options.get(SAMPLE_ROWS.name, SAMPLE)
    if not isinstance(value, int) or value == 0 or value < -1:
        raise OptionError(f"'{SAMPLE_ROWS.name}' is a number of rows, or -1 for all, not {value!r}")
    return None if value == -1 else value


def _types(options: Mapping[str, Value]) -> Mapping[str, str]:
    text = _text(options, TYPES)
    if text is None:
        return {}
    try:
        given = {"": text} if text.upper() in _TYPES else json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or any(str(kind).upper() not in _TYPES for kind in given.values()):
        hint = """types => 'TEXT', or types => '{"code": "TEXT"}'; known are INTEGER, REAL, TEXT"""
        raise OptionError(f"'{TYPES.name}' cannot be '{text}'", hint=hint)
    return {str(name).lower(): str(kind).upper() for name, kind in given.items()}
