"""The file of a COPY, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from aisql.data.base import Data, Source
from aisql.data.opening import arrive
from aisql.data.registry import (
    BY_ENDING,
    FILENAME,
    READABLE,
    SAMPLE_ROWS,
    TYPES,
    Format,
    read,
)
from aisql.engine.copy_options import CopyOptions, hints_for_copy
from aisql.engine.file_calls import FileCall
from aisql.engine.inputs import PIPED, Inputs
from aisql.result import Value

_FORMATS = {ending: record.name for ending, record in BY_ENDING.items()}
_OPTIONS = {each.name: each for record in READABLE.values() for each in (*record.options, FILENAME)}
FILE_OPTIONS: Mapping[str, str] = MappingProxyType(
    {name.upper(): each.name.upper() for each in _OPTIONS.values() for name in (each.name, *each.also)}
)
"""The options that say how a file is, by what they may be called."""
_ALL_ROWS = 1 << 62


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file with its format, and what was said about it; `types` of columns were found out.

    They are several files where the name was a pattern.
    """

    sources: Sequence[Source]
    format: Format
    options: Mapping[str, Value]
    types: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> Data:
        """What it holds. Raises FileError, OptionError, StatementError."""
        types = {TYPES.name: json.dumps(dict(self.types))} if self.types and self.has_texts else {}
        with hints_for_copy():
            return read(self.format, self.sources, {**self.options, **types})

    def arrive(self) -> None:
        """Waits until what is piped in is there, all of it. Raises FileError."""
        arrive(self.sources)

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
        if data.left_out:
            raise ReadAgain(replace(self, options={**self.options, SAMPLE_ROWS.name: _ALL_ROWS}))


class ReadAgain(Exception):
    """All rows tell something else about a `file` than the first ones did."""

    def __init__(self, file: CopiedFile) -> None:
        super().__init__()
        self.file = file


def opened(inputs: Inputs, name: str | None, options: CopyOptions) -> CopiedFile:
    """The file with a name, or what is piped in. Raises FileError, OptionError, StatementError."""
    chosen = options.chosen("FORMAT", _FORMATS)
    with hints_for_copy():
        record, sources = inputs.opened(FileCall(chosen, (PIPED if name is None else name,)))
    return CopiedFile(sources, record, options.among(FILE_OPTIONS.values()))
