"""How many tokens a text is, told offline: by the vocabulary of the model where it is on disk, else roughly.

Nothing is ever fetched for it.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aisql.errors import OptionError

if TYPE_CHECKING:
    from tiktoken import Encoding

CACHE_VARIABLE = "TIKTOKEN_CACHE_DIR"
"""The environment variable by which tiktoken finds its folder of vocabularies."""

_LETTERS_PER_TOKEN = 4
# All but Latin letters with their accents, digits, and the punctuation that stands between them.
_OTHER_SCRIPTS = re.compile("[^\\u0000-\\u036f\\u1e00-\\u1eff\\u2000-\\u206f]+")
# tiktoken's patterns fail on a million spaces on end; no piece that is encoded on its own is that long.
_PIECE = 100_000
_CONTINUATION = bytes(range(0x80, 0xC0))
_SOURCE = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_VOCABULARIES = {
    "r50k_base": ("r50k_base", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"),
    "p50k_base": ("p50k_base", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069"),
    "p50k_edit": ("p50k_base", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069"),
    "cl100k_base": ("cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
    "o200k_base": ("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
    "o200k_harmony": ("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
}
"""By the name of an encoding, the vocabulary it is made from and the SHA-256 of that file."""


class Counter(Protocol):
    """Counts the tokens of texts, and cuts texts to so many tokens, never inside a character."""

    def count(self, text: str) -> int:
        """The tokens of a text."""
        ...

    def first(self, text: str, tokens: int) -> str:
        """The longest beginning of a text that has no more than so many tokens."""
        ...

    def last(self, text: str, tokens: int) -> str:
        """The longest end of a text that has no more than so many tokens."""
        ...


def estimate(text: str) -> int:
    """About how many tokens a text is, whatever the model: four characters in Latin script are one, and each
    character of any other script is one; the whole is rounded up."""
    latin = len(text) if text.isascii() else len(_OTHER_SCRIPTS.sub("", text))
    return len(text) - latin + -(-latin // _LETTERS_PER_TOKEN)


class Estimate:
    """Counts by `estimate`."""

    def count(self, text: str) -> int:
        """See Counter."""
        return estimate(text)

    def first(self, text: str, tokens: int) -> str:
        """See Counter."""
        longest = text[: max(0, tokens) * _LETTERS_PER_TOKEN]
        return longest[: _most(tokens, len(longest), lambda length: estimate(longest[:length]))]

    def last(self, text: str, tokens: int) -> str:
        """See Counter."""
        end = len(text)
        longest = min(end, max(0, tokens) * _LETTERS_PER_TOKEN)
        return text[end - _most(tokens, longest, lambda length: estimate(text[end - length :])) :]


def _most(tokens: int, longest: int, count: Callable[[int], int]) -> int:
    """The greatest length up to `longest` whose tokens are no more than `tokens`; 0 where none is."""
    return max(0, bisect_right(range(longest + 1), tokens, key=count) - 1)


class Vocabulary:
    """Counts by the vocabulary of a model.

    A text of more than 100,000 characters is counted in pieces of that length, each on its own.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding

    def count(self, text: str) -> int:
        """See Counter."""
        return len(self._tokens(text))

    def first(self, text: str, tokens: int) -> str:
        """What the first tokens of the text spell. See Counter."""
        encoded = self._tokens(text)
        for kept in range(min(tokens, len(encoded)), 0, -1):
            head = self._encoding.decode_bytes(encoded[:kept]).decode(errors="ignore")
            # Alone they may be spelled otherwise than as the beginning of more.
            if self.count(head) <= tokens:
                return head
        return ""

    def last(self, text: str, tokens: int) -> str:
        """What the last tokens of the text spell. See Counter."""
        encoded = self._tokens(text)
        for kept in range(min(tokens, len(encoded)), 0, -1):
            tail = self._encoding.decode_bytes(encoded[-kept:]).lstrip(_CONTINUATION).decode()
            if self.count(tail) <= tokens:
                return tail
        return ""

    def _tokens(self, text: str) -> list[int]:
        pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
        return [token for piece in pieces for token in self._encoding.encode_ordinary(piece)]


def counter(model: str, folder: str | None) -> Counter:
    """What counts the tokens of a model's texts.

    `folder` is the value of TIKTOKEN_CACHE_DIR, None where it is not set. Where the package tiktoken is
    installed, knows the model, and has its vocabulary there already, that counts; otherwise the estimate.
    Reading a vocabulary takes some tenths of a second the first time: keep what this gives.
    """
    # tiktoken itself looks where its variable leads, and downloads what it does not find there.
    if not folder or os.environ.get(CACHE_VARIABLE) != folder:
        return Estimate()
    try:
        import tiktoken
    except ImportError:
        return Estimate()
    try:
        name = tiktoken.encoding_name_for_model(model)
    except KeyError:
        return Estimate()
    return Vocabulary(tiktoken.get_encoding(name)) if _is_on_disk(name, Path(folder)) else Estimate()


def _is_on_disk(encoding: str, folder: Path) -> bool:
    """Whether tiktoken will find the vocabulary in the folder, unharmed, and fetch nothing."""
    vocabulary, digest = _VOCABULARIES.get(encoding, ("", ""))
    name = sha1(_SOURCE.format(vocabulary).encode(), usedforsecurity=False).hexdigest()
    try:
        return bool(digest) and sha256((folder / name).read_bytes()).hexdigest() == digest
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Fitted:
    """What became of a text that was to have no more than so many tokens.

    `text` is the text or what was kept of it, None where the input is skipped; `tokens` counts the text as
    it was. `log` is what there is to tell, None for nothing.
    """

    text: str | None
    tokens: int
    log: str | None = None


def fit(text: str, limit: int, action: str, counter: Counter) -> Fitted:
    """Fits a text into so many tokens, by a `context-overflow-action` (Flink, whose log lines these are).

    Raises OptionError for an action that does not exist.
    """
    tokens = counter.count(text)
    if tokens <= limit:
        return Fitted(text, tokens)
    kept: str | None
    match action.lower().removesuffix("-log"):
        case "truncated-tail":
            kept, done = counter.first(text, limit), "truncating the tail of input"
        case "truncated-head":
            kept, done = counter.last(text, limit), "truncating the head of input"
        case "skipped":
            kept, done = None, "skipping input"
        case _:
            raise OptionError(f"Option 'context-overflow-action' has no value '{action}'")
    log = f"Context overflowed (threshold: {limit}, actual: {tokens}), {done}."
    return Fitted(kept, tokens, log if action.lower().endswith("-log") else None)
