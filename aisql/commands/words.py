"""Asking in words: SQL for a question, which is proposed and never run; and what a statement does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from aisql.commands.base import Command, Shell
from aisql.errors import ProviderError, SyntaxProblem, UsageError
from aisql.render.escape import UNSAFE, visible
from aisql.syntax.split import is_complete

if TYPE_CHECKING:
    from aisql.engine.words import Inquiry, Written

_NAMES_SHOWN = 6
_WIDTH = 80
_LONGEST = 10_000
_SHOWN = 1_000
_HIDDEN = re.compile("[\xad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
"""Signs that nobody sees; SQLite takes one of them for a blank."""

_GAP = re.compile(r"\s{80}")
"""What pushes the rest of a line from the screen."""


def _ask(shell: Shell, arguments: str) -> None:
    question, before = arguments.strip().removesuffix(";"), shell.before
    if before and shell.is_interactive:
        shell.propose(before)  # it is lost otherwise where nothing comes of the question
    if not question:
        raise UsageError("the question is missing", hint="\\ask how many reviews are there per month")
    inquiry = shell.words.question(question, before)
    statement = "the statement before it with its literals, " if before else ""
    if not _may_ask(shell, inquiry, f"the question, {statement}the names of your models"):
        return
    written = shell.words.write(inquiry, refuse_commands)
    if written.problem is not None:
        raise _unusable(shell, written)
    text = next(filter(is_complete, (f"{written.text}{end}" for end in ("", ";", "\n;"))))
    if shell.is_interactive:
        shell.propose(text)
    else:
        shell.write([f"{text}\n"])


def explain_in_words(shell: Shell, statement: str) -> None:
    """Writes what a statement does. Raises AisqlError."""
    inquiry = shell.words.explanation(statement)
    if _may_ask(shell, inquiry, "the statement with its literals"):
        answer = visible(shell.words.answer(inquiry))
        shell.write([f"{fill(line, _WIDTH)}\n" for line in answer.splitlines()])


def _may_ask(shell: Shell, inquiry: Inquiry, said: str) -> bool:
    """Whether to ask. The first time it is told what is sent where, and at a prompt the user decides."""
    if shell.settings.dry_run:
        shell.show(shell.words.count(inquiry))
        return False
    if inquiry.tables.left_out:
        names = _listed(inquiry.tables.left_out)
        shell.warn(visible(f"note: for lack of room nothing is told of {names}", newline=False))
    if shell.settings.cache == "only":
        return True  # nothing is sent
    if not inquiry.host:
        said = ""
    if shell.words.is_new(inquiry, said):
        shell.warn(visible(_notice(inquiry, said), newline=False))
        if inquiry.host and not shell.ask("Send that, now and later in this session?"):
            return False
        shell.words.agree(inquiry, said)
    return True


def _notice(inquiry: Inquiry, said: str) -> str:
    """What is sent where."""
    if not inquiry.host:
        return f"note: {inquiry.model} works offline, and nothing is sent"
    names = _listed(inquiry.tables.names)
    sent = f"{said} and the CREATE statements of {names} go to {inquiry.model} at {inquiry.host}"
    return f"note: {sent}; no rows are sent"


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence has them, the first of many."""
    if len(names) > _NAMES_SHOWN:
        names = (*names[:_NAMES_SHOWN], f"{len(names) - _NAMES_SHOWN} more")
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "no tables"


def refuse_commands(text: str) -> None:
    """Raises SyntaxProblem for a text that would do more at a prompt than SQL does, or shows less than it
    holds: a model is not to be trusted."""
    from aisql.commands.script import parts  # it needs all commands, and this is one

    if UNSAFE.search(text) or _HIDDEN.search(text):
        raise SyntaxProblem("it holds characters that cannot be seen")
    if _GAP.search(text):
        raise SyntaxProblem("it holds a gap in which the rest is lost from sight")
    if "${" in text:
        raise SyntaxProblem("it takes a variable, which may be a key")
    if len(text) > _LONGEST:
        raise SyntaxProblem("it is longer than anybody reads")
    if command := next((part for part in parts(text, prompt=True) if part.name), None):
        raise SyntaxProblem(f"it holds a command of the shell, {command.text[:20].strip()}")


def _unusable(shell: Shell, written: Written) -> ProviderError:
    """The error of what cannot be run. At a prompt the text is there to be put right, if it is harmless."""
    problem = written.problem
    assert problem is not None  # noqa: S101 # it is asked for then
    if written.is_empty:
        said = " ".join(written.text[:_SHOWN].split()) or "nothing"
        return ProviderError(f"the model wrote no statement, but {said}", code="unusable_answer")
    try:
        refuse_commands(written.text)
    except SyntaxProblem:
        shell.warn(_HIDDEN.sub("?", visible(written.text[:_SHOWN])))
    else:
        if shell.is_interactive:
            shell.propose(written.text)
        else:
            shell.warn(written.text, wraps=False)
    return ProviderError(
        f"what the model wrote, twice, cannot be run: {problem.message}",
        code="unusable_answer",
        hint=problem.hint,
    )


COMMANDS = (
    Command(
        ("ask",),
        "TEXT",
        "have the default model write SQL, which is not run",
        _ask,
        "At a prompt it stands in the next line, in a script it is written. `?? TEXT` means the same at a\n"
        "prompt. A statement before it is where the model begins. The model of ai.default_model is told the\n"
        "CREATE statements of the tables TEXT names, or of all; never rows.\n"
        "Example: \\ask how many bad reviews last month",
        takes_line=True,
        takes_statement=True,
    ),
)
