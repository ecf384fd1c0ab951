"""Opens files of data: what is packed is unpacked, and bytes become text, some at a time."""

from __future__ import annotations

import codecs
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from aisql.data.base import Source
from aisql.errors import FileError, OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BLOCK = 1 << 15
"""The most bytes that are read at once: what is made of them fits into the cache of a processor."""
_PART = 1 << 16
"""Characters that are shown of what has no end that can be trusted."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MARK = 3
"""Bytes that the longest of them has."""


class Block(NamedTuple):
    """Some text. Where it is not `clean`, bytes that are no text stand in it as lone surrogates."""

    text: str
    clean: bool = True


@contextmanager
def opened(source: Source) -> Iterator[io.BufferedReader]:
    """The bytes of a file, unpacked where they begin as gzip or zstd make them.

    Raises FileError, StatementError; so does reading inside.
    """
    with refusals(source), source.open() as file:
        stream = file if isinstance(file, io.BufferedReader) else _buffered(file)
        yield _unpacked(stream)


def arrive(sources: Iterable[Source]) -> None:
    """Waits until what is piped in is there, all of it. Raises FileError."""
    for source in sources:
        with refusals(source), source.open() as file:
            file.seek(0, os.SEEK_END)


def _buffered(file: Any) -> io.BufferedReader:
    return io.BufferedReader(file)


def _unpacked(stream: io.BufferedReader) -> io.BufferedReader:
    head = stream.peek(len(_ZSTD))
    if head.startswith(_GZIP):
        import gzip  # few files are packed

        return _buffered(gzip.GzipFile(fileobj=stream))
    if head.startswith(_ZSTD):
        from aisql.data import zstd

        return zstd.unpacked(stream)
    return stream


@contextmanager
def refusals(source: Source) -> Iterator[None]:
    """Says of what goes wrong inside which file it is. Raises FileError."""
    try:
        yield
    except OSError as error:
        raise FileError(f"cannot read {source.name}: {error.strerror or error}") from error
    except EOFError as error:
        raise FileError(f"cannot read {source.name}: it breaks off inside what is packed") from error
    except zlib.error as error:
        raise FileError(f"cannot read {source.name}: it is damaged: {error}") from error
    except UnicodeError as error:
        raise FileError(f"cannot read {source.name}: {error}") from error


def blocks(source: Source, encoding: str | None = None) -> Iterator[Block]:
    """The text of a file as it can be read without waiting for more; a mark at its beginning tells how.

    Without mark and `encoding` it is UTF-8. Raises FileError, StatementError.
    """
    with opened(source) as stream:
        block = stream.read1(BLOCK)
        while block and len(block) < _MARK and (more := stream.read1(BLOCK)):
            block += more
        marked = next((name for mark, name in _MARKS if block.startswith(mark)), "utf-8")
        decoder = _Decoder(encoding or marked)
        while block:
            yield decoder.decode(block)
            block = stream.read1(BLOCK)
        if (last := decoder.decode(b"", final=True)).text:
            yield last


def checked_encoding(name: str) -> str:
    """The name of an encoding. Raises OptionError for one nobody knows."""
    try:
        if codecs.lookup(name)._is_text_encoding:
            return name
    except (LookupError, ValueError):
        pass
    raise OptionError(f"there is no encoding '{name}'", hint="such as utf-8, latin-1, cp1252, utf-16")


class _Decoder:
    """Keeps what is no text, so that its row can be told."""

    def __init__(self, encoding: str) -> None:
        make = codecs.getincrementaldecoder(encoding)
        self._strict, self._lenient = make(), make("surrogateescape")

    def decode(self, block: bytes, *, final: bool = False) -> Block:
        before = self._strict.getstate()
        try:
            return Block(self._strict.decode(block, final))
        except UnicodeDecodeError:
            self._lenient.setstate(before)
            text = self._lenient.decode(block, final)
            self._strict.setstate(self._lenient.getstate())
            return Block(text, clean=False)


def shown(text: str) -> str:
    """The text with a sign in the place of bytes that are none."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def shown_part(text: str) -> str:
    """The same of what may go on for long: its beginning."""
    return shown(text[:_PART])


def is_text(text: str) -> bool:
    """Whether a text is without bytes that are none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
