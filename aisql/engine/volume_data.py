"""Files of a volume as rows, and rows as files: CSV, JSON and PARQUET."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from aisql.data import delimited, json_files
from aisql.data.base import Data, Source, Table
from aisql.data.dialects import Dialect
from aisql.engine.volume_files import Folder
from aisql.engine.volumes import Volumes
from aisql.errors import FileError, OptionError, StatementError, VolumeError
from aisql.result import Column, Row
from aisql.syntax.volumes import FileFormat, Selection, VolumeData

_OPTIONS: Mapping[FileFormat, tuple[str, ...]] = {"CSV": ("header", "sep"), "JSON": (), "PARQUET": ()}
_TRUTHS = {"true": True, "false": False}
_ESCAPED = {r"\t": "\t"}


def read(volumes: Volumes, data: VolumeData, texts: Collection[str] = ()) -> Table:
    """The table that files of a volume hold together.

    Columns of CSV named in `texts`, in small letters, stay the texts they are. Raises OptionError for an
    option the format does not have, VolumeError for files that are not there or cannot be read.
    """
    options = _options(data)
    folder = volumes.folder(data.volume)
    paths = _paths(folder, data.selection)
    sources = [Source(path, partial(folder.open, path)) for path in paths]
    with _reported():
        table = _read(data.format, sources, options, texts).table()
    return replace(table, rows=_rows(table.rows))


@contextmanager
def _reported() -> Iterator[None]:
    """Turns the error of a data file into that of a file in a volume."""
    try:
        yield
    except FileError as error:
        raise VolumeError(error.message, hint=error.hint) from error


def _rows(rows: Iterable[Row]) -> Iterator[Row]:
    with _reported():
        yield from rows


def _read(
    kind: FileFormat, sources: Sequence[Source], options: Mapping[str, str], texts: Collection[str]
) -> Data:
    if kind == "JSON":
        return json_files.read(sources, sample=None)
    if kind == "PARQUET":
        from aisql.data import parquet  # few have such files

        return parquet.read(sources)
    dialect = Dialect(options.get("sep", ","), '"', _TRUTHS[options.get("header", "false").lower()])
    types = dict.fromkeys(texts, "TEXT")
    style = delimited.Style(dialect, types=types, sample=None, unnamed="f", start=0)
    return delimited.read(sources, style)


def _options(data: VolumeData) -> Mapping[str, str]:
    """The options by their names in small letters, checked."""
    known = _OPTIONS[data.format]
    options = {key.lower(): value for key, value in data.options}
    for key in options:
        if key not in known:
            hint = f"it has {' and '.join(known)}" if known else "it has none"
            raise OptionError(f"{data.format} has no option '{key}'", hint=hint)
    if options.get("header", "true").lower() not in _TRUTHS:
        raise OptionError(f"'header' is 'true' or 'false', not '{options['header']}'")
    if "sep" in options:
        options["sep"] = _ESCAPED.get(options["sep"], options["sep"])
        if len(options["sep"]) != 1 or options["sep"] in '"\r\n':
            raise OptionError("'sep' is one character", hint=r"a tab is '\t'")
    return options


def _paths(folder: Folder, selection: Selection) -> Sequence[str]:
    if selection.files:
        if selection.subdirectory is not None or selection.regexp is not None:
            raise OptionError("FILES names the files; SUBDIRECTORY and REGEXP cannot stand beside it")
        return selection.files
    paths = [entry.path for entry in folder.files(selection.subdirectory, selection.regexp)]
    if not paths:
        raise VolumeError(f"there is no such file in {folder.uri}")
    return paths


# ---------------------------------------------------------------- writing


def write(kind: FileFormat, columns: Sequence[Column], rows: Iterable[Row], file: BinaryIO) -> int:
    """Writes rows to a file and gives their number. Raises StatementError for what it cannot hold."""
    if kind == "PARQUET":
        from aisql.data import parquet  # few have such files

        return parquet.write(columns, rows, file.write)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    number = 0
    names = [column.name for column in columns]
    lines = csv.writer(text, lineterminator="\n")
    for row in rows:
        number += 1
        if any(isinstance(value, bytes) for value in row):
            raise StatementError(f"{kind} cannot hold a BLOB", hint="hex(column) makes a text of it")
        if kind == "CSV":
            lines.writerow(row)
        else:
            members = dict(zip(names, row, strict=True))
            text.write(json.dumps(members, ensure_ascii=False) + "\n")
    text.detach()
    return number
