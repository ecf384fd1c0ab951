"""Keys and passwords taken out of text that is shown or kept: error excerpts, the history of the prompt.

Patterns look for the name of a secret and the value after it wherever they stand: in an option list, in
a call, in JSON inside a string, in a comment. They do not parse. Text that is broken, the very text that
errors speak of, has to be masked too; and hiding too much does less harm than showing a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from aisql.secrecy import MASK, is_unmistakable, sounds_secret

Span: TypeAlias = tuple[int, int]

# A message that has a word of fewer characters in common with a secret does not speak of the secret.
_SHORTEST = 4
# As many of the first characters of a secret are enough to know it by where a message cuts it short.
_CUT = 8

_FLAGS = re.VERBOSE | re.IGNORECASE | re.DOTALL

_GAP = r"(?:\s|--[^\n]*(?:\n|\Z)|/\*(?:[^*]|\*(?!/)){0,2000}+\*/)*+"
_SIGN = r"(?:=>?|:=?)"
_CLOSING = r"""['"`\]\\\u2018-\u201d]*+"""
_PLACEHOLDER = r"\$\{\w+\}"
_SINGLE = rf"' (?!{_PLACEHOLDER}(?:'(?!')|\Z)) (?P<single>(?:[^']|'')++) (?:'|\Z)"
_NOT_SINGLE = rf"""(?:
    " (?!{_PLACEHOLDER}(?:"|\Z)) (?P<double>(?:[^"\\]|\\.|""|\\\Z)++) (?:"|\Z)
  | \\+" (?P<escaped>.+?) (?:\\+"|\Z)
  | [\u2018-\u201d] (?P<curly>[^\u2018-\u201d]++)
)"""
# A value without quotes is masked where it looks like a key: `api_key = other.column` holds no secret.
_BARE = r"(?P<bare> (?=[\w./+=-]*\d)[\w./+=-]{8,} | [\w./+=-]{20,} )"
# A name in single quotes is that of an option; no column is compared there, so any word is a value.
_UNQUOTED = rf"""' {_GAP} = {_GAP} (?P<word>(?![$:?])[^\s,;)'"]++)"""
_TIGHT = r"""' (?P<tight>\w[^\s',;()]*+) '"""
_JSON_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
_JSON_INNER = rf"""[\[{{] (?:{_JSON_STRING}|[^"\[\]{{}}])*+ [\]}}]?"""
_JSON = rf"""(?P<json> [\[{{] (?:{_JSON_STRING}|{_JSON_INNER}|[^"\[\]{{}}])*+ [\]}}]? | -?\d[\w.+-]* )"""

_SPELLED = r"(?<![\w.-]) (?P<name>(?:(?:api|access|secret|auth|private|client)\ )?+ [\w.-]++)"
# A name with something behind it that could be its value.
_NAME = re.compile(rf"{_SPELLED} (?= {_CLOSING} {_GAP} [=:'\"\\\u2018-\u201d] | '\w )", _FLAGS)
_AFTER_UNMISTAKABLE = re.compile(
    rf"""{_CLOSING} {_GAP} {_SIGN}?+ {_GAP} (?:{_SINGLE}|{_NOT_SINGLE}) | {_UNQUOTED} | {_TIGHT}
       | {_CLOSING} {_GAP} {_SIGN} {_GAP} (?:{_BARE}|{_JSON})""",
    _FLAGS,
)
_AFTER_OTHER = re.compile(
    rf"""{_CLOSING} {_GAP} {_SIGN}?+ {_GAP} {_SINGLE} | {_UNQUOTED} | {_TIGHT}
       | {_CLOSING} {_GAP} {_SIGN} {_GAP} (?:{_NOT_SINGLE}|{_BARE})""",
    _FLAGS,
)
# `WHERE key = 'a'` and {"key": "a"} are about data: they stay, or what the history gives back would be wrong.
_COMPARED = re.compile(
    r"""\b(?:WHERE|AND|OR|NOT|ON|HAVING|WHEN) (?=[\s("`\[]) [\s(]* (?:["`\[]?\w+["`\]]\.?)? ["`\[]? \Z""",
    _FLAGS,
)
_COMPARED_REACH = 100
_MEMBER = re.compile(rf"""\\*" {_GAP} :""", _FLAGS)
_PLAIN = frozenset({"key", "keys"})

# MAP['api-key', '...'] and json_object('api_key', '...')
_PAIRS = re.compile(r"\b(?:MAP|JSON_OBJECT)\s*+[\[(](?:'(?:[^']|'')*+(?:'|\Z)|[^\])'])*+", _FLAGS)
_PAIR_NAME = re.compile(rf"{_SPELLED} (?=')", _FLAGS)
_PAIR_VALUE = re.compile(rf"' {_GAP} , {_GAP} {_SINGLE}", _FLAGS)

# SET needs no quotes: what is left of the line is the value.
_SETTING = re.compile(
    rf"""(?:\A|;) {_GAP} SET \s++ ['"`]?+ (?P<name>[\w.+-]++) ['"`]?+
         (?:\s*+ {_SIGN} \s*+ | \s++ (?:TO\s++)?+)
         (?!['"=:\u2018-\u201d] | {_PLACEHOLDER}\s*+(?:;|\Z)) (?P<value>[^;\n]*[^;\s])""",
    _FLAGS,
)

_USER = re.compile(
    rf"""(?<=://) (?!{_PLACEHOLDER}(?::{_PLACEHOLDER})?@) (?P<user>[^\s/?\#'"<>]*) @""", _FLAGS
)
_QUERY = re.compile(r"""[?&] (?P<name>[\w.-]++) = (?!\$\{) (?P<value>[^\s&\#'"]++)""", _FLAGS)
_TOKEN = re.compile(
    r"""(?<![A-Za-z0-9])(?P<key>sk-[A-Za-z0-9_-]{8,})
      | (?:\bBearer|(?i:authorization\W{1,6}(?:bearer|basic))) \s+ (?!\$\{)(?P<token>[^\s'",;)\]}]++)""",
    re.VERBOSE,
)


def mask_secrets(text: str) -> str:
    """The text with the values of secret options, keys and bearer tokens replaced by `******`.

    A string that is never closed is masked to its end. `'${NAME}'` names a secret and is none; it stays.
    """
    return _replaced(text, _secrets(text))


def mask_tokens(text: str) -> str:
    """The text without what is a secret by its own looks: `sk-...`, `Bearer ...`, users and keys in URLs.

    For messages, which may say how an option is written, `'key' = 'value'`.
    """
    return _replaced(text, _tokens(text))


def mask_repeated(text: str, source: str) -> str:
    """The text without the secrets of the source: a message may repeat what it found, whole or cut short."""
    for start, end in _secrets(source):
        value = source[start:end]
        if len(value) >= _SHORTEST:
            cut = rf"|{re.escape(value[:_CUT])}[^\s'\"]*" if len(value) > _CUT else ""
            text = re.sub(rf"(?<!\w)(?:{re.escape(value)}{cut})(?!\w)", MASK, text)
    return text


def _replaced(text: str, spans: Iterable[Span]) -> str:
    """The text with a mask for each span; spans that overlap have one mask."""
    pieces, done = [], 0
    for start, end in sorted(spans):
        if start >= done:
            pieces += [text[done:start], MASK]
        done = max(done, end)
    return "".join([*pieces, text[done:]])


def _secrets(text: str) -> Iterator[Span]:
    """Where secrets stand."""
    yield from (_span(found) for found in _SETTING.finditer(text) if sounds_secret(found["name"]))
    yield from _values(text, _NAME.finditer(text), _assigned)
    for pairs in _PAIRS.finditer(text):
        yield from _values(text, _PAIR_NAME.finditer(text, *pairs.span()), _paired)
    yield from _tokens(text)


def _tokens(text: str) -> Iterator[Span]:
    """Where something stands that is a secret by its own looks."""
    yield from map(_span, _USER.finditer(text))
    yield from (_span(found) for found in _QUERY.finditer(text) if sounds_secret(found["name"]))
    yield from map(_span, _TOKEN.finditer(text))


def _values(
    text: str, names: Iterable[re.Match[str]], find: Callable[[str, re.Match[str]], re.Match[str] | None]
) -> Iterator[Span]:
    """Where the values are that `find` finds behind the names. A name within a value is none.

    Names are looked at one by one, so that a quote too many does not put the later ones out of step.
    """
    done = 0
    for name in names:
        found = find(text, name) if name.start() >= done else None
        if found is not None:
            start, done = _span(found)
            yield start, done


def _assigned(text: str, name: re.Match[str]) -> re.Match[str] | None:
    """The value that a secret name is given: by a sign, or by standing right before it."""
    if not sounds_secret(name["name"]):
        return None
    if is_unmistakable(name["name"]):
        return _AFTER_UNMISTAKABLE.match(text, name.end())
    start, end = name.span()
    is_option = text.startswith("'", end)
    if not is_option and _COMPARED.search(text[max(0, start - _COMPARED_REACH) : start]):
        return None
    if name["name"].lower() in _PLAIN and _MEMBER.match(text, end):
        return None
    return _AFTER_OTHER.match(text, end)


def _paired(text: str, name: re.Match[str]) -> re.Match[str] | None:
    """The value that follows the name of a secret in a list of names and values."""
    if name["name"].lower() in _PLAIN or not sounds_secret(name["name"]):
        return None
    return _PAIR_VALUE.match(text, name.end())


def _span(match: re.Match[str]) -> Span:
    """Where the secret stands: the last group that took part in the match."""
    return match.span(match.lastgroup or 0)
