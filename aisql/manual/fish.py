"""Completion of the command line in fish: a line for each argument."""

from __future__ import annotations

from collections.abc import Sequence

from aisql.manual.arguments import Argument

_SCRIPT = """\
# aisql(1) completion for fish, made by aisql --completions fish

function __aisql_files --description 'Folders, and the files whose names end like this'
    set -l endings (string escape --style=regex -- / $argv | string join '|')
    set -l word (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    __fish_complete_path $word | string match -ri "^[^\\t]*(?:$endings)(?:\\t.*)?\\$"
end

{lines}
"""


def script(arguments: Sequence[Argument]) -> str:
    """The script for fish."""
    return _SCRIPT.format(lines="\n".join(map(_line, arguments)))


def _line(argument: Argument) -> str:
    words = ["complete -c aisql"]
    words += [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in argument.names]
    if argument.value:
        words.append(_value(argument))
    if argument.names:
        words.append(f"-d {_quoted(argument.summary)}")
    return " ".join(words)


def _value(argument: Argument) -> str:
    if argument.choices:
        return f"-x -a {_quoted(' '.join(argument.choices))}"
    if argument.endings is None:
        return "-x"
    if not argument.endings:
        return "-r -F"
    files = _quoted(f"(__aisql_files {' '.join(argument.endings)})")
    return f"-x -a {files}" if argument.names else f"-f -a {files}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
