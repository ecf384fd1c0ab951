r"""Tells meta commands from SQL, for prompt, script and pipe alike.

As in psql a backslash that stands in no string, quoted name or comment begins a command, which goes to the
end of its line; SQL has no such backslash. Where a statement may begin the prompt takes `.name` for a command
too, `??` for `\ask`, and the words `exit`, `quit` and `help`; a script does not.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Iterator

from aisql.commands.registry import known
from aisql.syntax.split import backslash, begin, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    class Part(NamedTuple):
        """A piece of a text: SQL, or a command with its arguments.

        `text` is the SQL, or the command's line; `start` is its offset. `statement` is what stands before a
        command that takes it.
        """

        text: str
        start: int
        name: str = ""
        arguments: str = ""
        statement: str = ""
else:
    Part = namedtuple("Part", ["text", "start", "name", "arguments", "statement"], defaults=["", "", ""])

_LINE = re.compile(r"(?P<sign>[\\.])(?P<name>[?!]|[A-Za-z_][\w-]*|[^\s\w]?)(?P<arguments>[^\n]*)")
_BARE = re.compile(r"(?i)(?P<name>exit|quit|help)[ \t]*;?[ \t]*(?=\n|\Z)")
_ASK = re.compile(r"\?\?(?P<arguments>[^\n]*)")
_INK = re.compile(r"[^\n]")
_DOT = re.compile(r"\.[A-Za-z]")


def parts(text: str, *, prompt: bool = False) -> Iterator[Part]:
    """The statements and commands of a text in their order, each looked for when it is its turn.

    `prompt` tells to take dots and bare words for commands too.
    """
    if not prompt and "\\" not in text:
        yield Part(text, 0)
        return
    start = 0
    while (start := begin(text, start)) < len(text):
        if text[start] == ";":
            start += 1
            continue
        command = _at(text, start, prompt)
        if command is not None:
            yield command
            start = command.start + len(command.text)
            continue
        place = backslash(text, start)
        if place is None:
            piece = next(split(text, start))
            end = start + len(piece.text) + piece.ended
            yield Part(text[start:end], start)
            start = end
            continue
        line = _line(text, place)
        if _takes_statement(line.name):
            yield line._replace(statement=text[start:place].rstrip())
            start = place + len(line.text)
        else:
            yield line
            text = text[:place] + " " * len(line.text) + text[place + len(line.text) :]


def ahead(part: Part, text: str) -> str:
    """Blanks in the place of what stands in the text before the statement of a command.

    With them in front an error in the statement has the line that it has in the text. Where the statement
    stands elsewhere, it has that of the command.
    """
    start = text.rfind(part.statement, 0, part.start) if part.statement else -1
    return _INK.sub(" ", text[:start]) if start >= 0 else "\n" * text.count("\n", 0, part.start)


def is_complete(text: str) -> bool:
    """Whether a text at the prompt can be run: a command ends it, or a semicolon every statement."""
    end = 0
    for part in parts(text, prompt=True):
        if part.name:
            end = part.start + len(part.text)
        elif end < len(text.rstrip()) and not next(split(part.text)).ended:
            return False
    return True


def _at(text: str, start: int, prompt: bool) -> Part | None:
    """The command that begins at the place, None where SQL does."""
    if text[start] == "\\" or (prompt and _DOT.match(text, start)):
        return _line(text, start)
    if prompt and (asking := _ASK.match(text, start)) is not None:
        return Part(asking[0], start, "ask", asking["arguments"].strip())
    bare = _BARE.match(text, start) if prompt else None
    return Part(bare[0], start, bare["name"].lower()) if bare is not None else None


def _line(text: str, start: int) -> Part:
    match = _LINE.match(text, start)
    assert match is not None  # noqa: S101 # every part of it may be empty
    return Part(match[0], start, match["name"] or " ", match["arguments"].strip())


def _takes_statement(name: str) -> bool:
    command = known(name)
    return command is not None and command.takes_statement
