"""`read_csv('p*.csv', header => true)` in FROM: SQLite sees the call as the name of a table."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence

from aisql.data.registry import BY_ENDING
from aisql.engine.sql import Sql, sql
from aisql.errors import AisqlError, Span, StatementError, SyntaxProblem
from aisql.result import Column

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from aisql.result import Result, Row, Value

    class FileCall(NamedTuple):
        """Files to be read as a table: the name of their format, None where their own names tell it; paths,
        which may have `*` in them, `-` is what is piped in; options as they were given."""

        format: str | None
        paths: Sequence[str]
        options: Mapping[str, Value] = {}  # nobody changes it
else:
    FileCall = namedtuple("FileCall", ["format", "paths", "options"], defaults=[{}])

_BEGIN = re.compile(
    rf"""(?isx)
      (?P<skipped> '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] | --[^\n]* | /\*.*?\*/ )
    | (?<![\w$."])read_(?P<format>{"|".join(BY_ENDING)})\s*\(
    """
)
_TOKEN = re.compile(
    r"""(?isx)\s*(?:
      (?P<string>'(?:[^']|'')*') | (?P<number>-?\d+(?:\.\d+)?) | :(?P<variable>\w+)
    | (?P<word>\w+) | (?P<sign>=>|:=|[=,()\[\]])
    )"""
)
_HINT = "read_csv('file.csv', header => true), with strings, numbers, true, false or :variables"
_WORDS: Mapping[str, object] = {"true": 1, "false": 0, "null": None}


def quoted_calls(text: str) -> Sql:
    """The statement with every call of a reader as a quoted name, in which SQLite finds no fault.

    Raises SyntaxProblem for a call that is not written like one.
    """
    pieces: list[Sql] = []
    position = 0
    for start, end in _calls(text):
        pieces += [_part(text, position, start), sql('"'), *_doubled(text, start, end), sql('"')]
        position = end
    return sql(*pieces, _part(text, position, len(text)))


def run_quoted(text: str, run: Callable[[str], Result]) -> Result:
    """Runs a statement with calls of readers; its columns and errors are those of the text the user wrote."""
    quoted = quoted_calls(text)
    try:
        result = run(str(quoted))
    except AisqlError as error:
        raise quoted.located(error) from error.__cause__
    result.columns = tuple([Column(_written(name), kind) for name, kind in result.columns])
    result.rows = _located(result.rows, quoted)
    return result


def _located(rows: Iterator[Row], quoted: Sql) -> Iterator[Row]:
    try:
        yield from rows
    except AisqlError as error:
        raise quoted.located(error) from error.__cause__


def _written(name: str) -> str:
    """The name of a column that is an expression with a call in it, as the user wrote it."""
    return re.sub(r'"(read_\w+\s*\((?:[^"]|"")*\))"', lambda match: match[1].replace('""', '"'), name)


def _part(text: str, start: int, end: int) -> Sql:
    return Sql(((text[start:end], start),))


def _doubled(text: str, start: int, end: int) -> Iterator[Sql]:
    for quote in [place for place in range(start, end) if text[place] == '"']:
        yield from (_part(text, start, quote + 1), sql('"'))
        start = quote + 1
    yield _part(text, start, end)


def _calls(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while (begin := _BEGIN.search(text, position)) is not None:
        position = begin.end()
        if begin["skipped"] is None:
            position = _end(text, begin.start(), begin.end())
            yield begin.start(), position


def _end(text: str, start: int, position: int) -> int:
    """Behind the bracket that closes a call."""
    while (token := _TOKEN.match(text, position)) is not None:
        position = token.end()
        if token["sign"] == ")":
            return position
    raise SyntaxProblem("a file is read with constants", span=Span(start, position), hint=_HINT)


def is_call(name: str) -> bool:
    """Whether the name of a table is a call of a reader."""
    begin = _BEGIN.match(name)
    return begin is not None and begin["format"] is not None


def parsed(call: str, variable: Callable[[str], Value]) -> FileCall:
    """What a call says. Raises SyntaxProblem, and SqlError for a variable that is not set."""
    begin = _BEGIN.match(call)
    assert begin is not None  # noqa: S101 # it is a call
    paths: list[str] = []
    options: dict[str, Value] = {}
    for name, values in _arguments(_Tokens(call, begin.end(), variable)):
        if name is not None and len(values) == 1:
            options[name] = values[0]
        elif name is None and not paths and values and all(isinstance(each, str) for each in values):
            paths += map(str, values)
        else:
            raise SyntaxProblem("a file is read with its path first, and options by their names", hint=_HINT)
    if not paths:
        raise SyntaxProblem(f"read_{begin['format']} needs the path of a file", hint=_HINT)
    return FileCall(begin["format"].lower(), tuple(paths), options)


class _Tokens:
    """The tokens of a call, one after the other."""

    def __init__(self, text: str, position: int, variable: Callable[[str], Value]) -> None:
        self._text = text
        self._position = position
        self._variable = variable

    def take(self) -> re.Match[str]:
        """The next token. Raises SyntaxProblem where there is none."""
        token = _TOKEN.match(self._text, self._position)
        if token is None:
            raise SyntaxProblem("a file is read with constants", hint=_HINT)
        self._position = token.end()
        return token

    def comes(self, *signs: str) -> bool:
        """Whether one of the signs comes next, which is taken then."""
        token = _TOKEN.match(self._text, self._position)
        if token is None or token["sign"] not in signs:
            return False
        self._position = token.end()
        return True

    def value(self, token: re.Match[str]) -> Value:
        """The value of a token. Raises SyntaxProblem for one that has none."""
        if token["string"]:
            return str(token["string"][1:-1].replace("''", "'"))
        if token["number"]:
            return float(token["number"]) if "." in token["number"] else int(token["number"])
        if token["variable"]:
            return self._variable(token["variable"])
        if token["word"] and token["word"].lower() in _WORDS:
            return _WORDS[token["word"].lower()]  # type: ignore[return-value] # they are values
        raise SyntaxProblem(f"'{token[0].strip()}' is no constant", hint=_HINT)


def _arguments(tokens: _Tokens) -> Iterator[tuple[str | None, list[Value]]]:
    """The arguments: the name of one that has it, and its values."""
    while not tokens.comes(")"):
        token = tokens.take()
        if token["word"] and tokens.comes("=>", ":=", "="):
            yield token["word"].lower(), [tokens.value(tokens.take())]
        elif token["sign"] == "[":
            yield None, list(_listed(tokens))
        else:
            yield None, [tokens.value(token)]
        tokens.comes(",")


def _listed(tokens: _Tokens) -> Iterator[Value]:
    while not tokens.comes("]"):
        yield tokens.value(tokens.take())
        tokens.comes(",")


def checked_url(path: str) -> None:
    """Raises StatementError for an address in the network."""
    if path.lower().startswith(("http://", "https://")):
        raise StatementError(
            "files are read from this machine, not from the network",
            hint=f"curl -sL '{path}' | aisql -c 'SELECT * FROM stdin'",
        )
