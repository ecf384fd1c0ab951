"""The file of a COPY, and how it is read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from aisql.catalog.paths import is_keys_file
from aisql.data.base import Data, Source
from aisql.data.registry import (
    BY_ENDING,
    READABLE,
    SAMPLE_ROWS,
    TYPES,
    Format,
    format_inside,
    format_of,
    read,
)
from aisql.engine.copy_options import CopyOptions
from aisql.engine.workspace import Workspace
from aisql.errors import FileError
from aisql.result import Value

_FORMATS = {ending: record.name for ending, record in BY_ENDING.items()}
_OPTIONS = {option.name: option for record in READABLE.values() for option in record.options}
FILE_OPTIONS: Mapping[str, str] = MappingProxyType(
    {name.upper(): each.name.upper() for each in _OPTIONS.values() for name in (each.name, *each.also)}
)
"""The options that say how a file is, by what they may be called."""
_ALL_ROWS = 1 << 62


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file with its format, and what was said about it; `types` of columns were found out."""

    source: Source
    format: Format
    options: Mapping[str, Value]
    types: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> Data:
        """What it holds. Raises FileError, OptionError, StatementError."""
        types = {TYPES.name: json.dumps(dict(self.types))} if self.types and self.has_texts else {}
        return read(self.format, [self.source], {**self.options, **types})

    @property
    def has_texts(self) -> bool:
        """Whether what it holds are texts, of which values are made."""
        return TYPES in self.format.options

    @property
    def is_typed(self) -> bool:
        """Whether it was said which types it has."""
        return TYPES.name in self.options

    def typed(self, types: Mapping[str, str]) -> CopiedFile:
        """The same with other types of some columns."""
        return replace(self, types={**self.types, **types})

    def check(self, data: Data) -> None:
        """Raises ReadAgain where names of columns came too late to be some."""
        if data.left_out and SAMPLE_ROWS.name not in self.options:
            raise ReadAgain(replace(self, options={**self.options, SAMPLE_ROWS.name: _ALL_ROWS}))


class ReadAgain(Exception):
    """All rows tell something else about a `file` than the first ones did."""

    def __init__(self, file: CopiedFile) -> None:
        super().__init__()
        self.file = file


def opened(workspace: Workspace, name: str, options: CopyOptions) -> CopiedFile:
    """The file with a name. Raises FileError, OptionError."""
    source = _source(workspace.path_of(name), name)
    chosen = options.chosen("FORMAT", _FORMATS)
    record = READABLE[chosen] if chosen is not None else format_of(name) or format_inside(source)
    return CopiedFile(source, record, options.among(FILE_OPTIONS.values()))


def _source(path: Path, name: str) -> Source:
    if is_keys_file(os.path.realpath(path).lower()):
        raise FileError(f"'{name}' holds keys and is not read")
    return Source(name, lambda: path.open("rb"), lambda: _version(path))


def _version(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
