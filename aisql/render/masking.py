"""Keys and passwords taken out of text that is shown or kept: error excerpts, the history of the prompt.

Patterns look for the name of a secret and the value after it wherever they stand: in an option list, in
a call, in JSON inside a string, in a comment. They do not parse. Text that is broken, the very text that
errors speak of, has to be masked too; and hiding too much does less harm than showing a key.
"""

from __future__ import annotations

import re

MASK = "******"

_GAP = r"(?:\s|--[^\n]*(?:\n|\Z)|/\*(?:[^*]|\*(?!/)){0,2000}+\*/)*+"
# These names mean a secret however they are quoted; a bare `key` or `token` may be a column of the user's.
_CERTAIN = r"""(?<![\w.-])(?:
    [\w.-]*? (?: (?:api|access|secret|auth|private) [\ _.-]? (?:access[_.-]?)? (?:key|token|secret)
               | extra[_-]?headers? | client[_-]?secret | authorization | passwords? | passwd )
)"""
# The name of an option is quoted, so there its last word is enough.
_OPTION = r"'[\w\ .-]*(?:key|token|secret|password|extra[_-]?headers?)'"
_CLOSING = r"""['"`\]\\\u2018-\u201d]*+"""
_PLACEHOLDER = r"\$\{\w+\}"
_SINGLE = rf"' (?!{_PLACEHOLDER}(?:'(?!')|\Z)) (?P<single>(?:[^']|'')++) (?:'|\Z)"
_QUOTED = rf"""(?:
    {_SINGLE}
  | " (?!{_PLACEHOLDER}(?:"|\Z)) (?P<double>(?:[^"\\]|\\.|""|\\\Z)++) (?:"|\Z)
  | \\+" (?P<escaped>.+?) (?:\\+"|\Z)
  | [\u2018-\u201d] (?P<curly>[^\u2018-\u201d]++)
)"""
# A value without quotes is masked where it looks like a key: `api_key = other.column` holds no secret.
_BARE = r"(?P<bare> (?=[\w./+=-]*\d)[\w./+=-]{8,} | [\w./+=-]{20,} )"
_JSON_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
_JSON_INNER = rf"""[\[{{] (?:{_JSON_STRING}|[^"\[\]{{}}])*+ [\]}}]?"""
_JSON = rf"""(?P<json> [\[{{] (?:{_JSON_STRING}|{_JSON_INNER}|[^"\[\]{{}}])*+ [\]}}]? | -?\d[\w.+-]* )"""

_FLAGS = re.VERBOSE | re.IGNORECASE | re.DOTALL
_ASSIGNED = re.compile(
    rf"""(?:{_OPTION} | {_CERTAIN}{_CLOSING}) {_GAP} (?:=>?|:=?)?+ {_GAP} {_QUOTED}
       | {_OPTION} {_GAP} = {_GAP} (?P<word>(?![$:?])[^\s,;)'"]++)
       | (?<!['"`]) {_CERTAIN} ' (?P<tight>[^\s',;()]++) '
       | {_CERTAIN}{_CLOSING} {_GAP} (?:=>?|:=?) {_GAP} (?:{_BARE}|{_JSON})""",
    _FLAGS,
)
# MAP['api-key', '...'] and json_object('api_key', '...')
_PAIRS = re.compile(r"\b(?:MAP|JSON_OBJECT)\s*+[\[(](?:'(?:[^']|'')*+(?:'|\Z)|[^\])'])*+", _FLAGS)
_PAIR = re.compile(rf"{_CERTAIN}' {_GAP} , {_GAP} {_SINGLE}", _FLAGS)
_LOOSE = re.compile(
    r"""(?<![A-Za-z0-9])(?P<key>sk-[A-Za-z0-9_-]{8,})
      | (?:\bBearer|(?i:authorization\W{1,6}(?:bearer|basic))) \s+ (?!\$\{)(?P<token>[^\s'",;)\]}]++)""",
    re.VERBOSE,
)


def mask_secrets(text: str) -> str:
    """The text with the values of secret options, keys and bearer tokens replaced by `******`.

    A string that is never closed is masked to its end. `'${NAME}'` names a secret and is none; it stays.
    """
    text = _ASSIGNED.sub(_masked, text)
    text = _PAIRS.sub(lambda pairs: _PAIR.sub(_masked, pairs[0]), text)
    return _LOOSE.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    """The match with the one group that took part in it replaced."""
    start, end = match.span(match.lastgroup or 0)
    whole = match.string
    return whole[match.start() : start] + MASK + whole[end : match.end()]
