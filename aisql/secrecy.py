"""Which names of options, properties and settings mean secrets: one answer to store, list and mask by."""

from __future__ import annotations

import re

MASK = "******"
"""What is shown in the place of a secret."""

# All patterns are for names in the form `api-key`, whatever their spelling was; see `_words`.
# They stay text, which `re` compiles and keeps when one is first asked for: a start asks for none.
_UNMISTAKABLE = r"""(?x)
    secret(?!ar) | passw(?:or)?d | passphrase | pwd | credential | bearer | authorization
  | extra-?header
  | (?:api|access|auth|private)-?key(?:s|id)?(?![a-z])
  | (?:api|access|auth|refresh|session|security)-?tokens?(?![a-z])
"""
_LAST_WORD = r"""(?x)
    (?: keys? | token | cookies? | signature | (?:^|-)(?:(?:o|basic|http)?auth|pass|passcode|jwt|sig) )
    (?:-\d+)* $
"""
# Counts of tokens, the tokens and keys that data has, and the words that only end like a key.
_HARMLESS = r"""(?x)
    ^(?:max|min)
  | (?:^|-)(?:stop|eos|bos|pad)-?token$
  | (?:^|-)(?:primary|foreign|unique|partition|sort|bucket|cache)-?keys?$
  | (?:don|hoc|hot|joc|mon|tur|whis)keys?$
"""
_OFTEN_MISSPELLED = ("apikey", "password", "extraheader")
_NEAR = 0.8
_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"


def sounds_secret(name: str) -> bool:
    """Whether what an option, a property or a setting of this name holds must not be shown.

    `api-key`, `apiKey` and `OPENAI_API_KEY` sound alike, and so does the slip `api-kye`. The documented
    options are known by their records; this is for every other name.
    """
    words = _words(name)
    if re.search(_UNMISTAKABLE, words):
        return True
    if re.search(_LAST_WORD, words):
        return not re.search(_HARMLESS, words)
    return _is_misspelled(words.split("-"))


def is_unmistakable(name: str) -> bool:
    """Whether the name means a secret wherever it stands; `key`, `token`, `sort_key` may be columns."""
    return re.search(_UNMISTAKABLE, _words(name)) is not None


def _words(name: str) -> str:
    """The words of a name in small letters: `apiKey`, `API_KEY` and `api.key` are all `api-key`."""
    return "-".join(re.findall(_WORD, name)).lower()


def _is_misspelled(words: list[str]) -> bool:
    """Whether the name, or what it ends with, is nearly a name that holds a secret."""
    ends = {"".join(words), "".join(words[-2:]), words[-1]}
    return any(_is_near(end, meant) for end in ends for meant in _OFTEN_MISSPELLED)


def _is_near(written: str, meant: str) -> bool:
    letters = set(meant)
    if abs(len(written) - len(meant)) > 2 or len(letters.intersection(written)) < _NEAR * len(letters):
        return False
    from difflib import SequenceMatcher  # only a name that may be a slip needs it

    return SequenceMatcher(None, written, meant).ratio() >= _NEAR
