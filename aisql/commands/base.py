r"""What a meta command is, and what it may use of the shell it is given to.

A command is a line that begins with a backslash: `\d reviews`. The modules of this folder hold a family each;
`registry.py` puts them together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from aisql.access import Access
from aisql.engine.databases import Databases
from aisql.engine.kept import Kept
from aisql.errors import AisqlError, UsageError
from aisql.render.view import View
from aisql.result import Result
from aisql.schema import quote_name
from aisql.settings import Settings
from aisql.spend import Spend

if TYPE_CHECKING:
    from aisql.engine.services import Services
    from aisql.engine.words import Words
    from aisql.render.view import Drawing

Word: TypeAlias = Literal[
    "",
    "table",
    "model",
    "connection",
    "file",
    "setting",
    "format",
    "function",
    "favourite",
    "switch",
    "chart",
    "theme",
    "statement",
]
"""What kind of word completes an argument, '' for any."""

_WORD = re.compile(r"""\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|(\S+))""")


@dataclass(frozen=True, slots=True)
class Command:
    r"""A meta command.

    `names` are without the backslash, the first one is the name it is listed under; `arguments` is how help
    shows them; `summary` is one line, `details` what else there is to say, with an example. `completes` is
    the kind of word its arguments are. `run` gets the shell and what stands behind the name: no more words
    than `arguments` has, or any number where the command `takes_line`, for a text, a statement or a program
    stands there. A command that `takes_statement` may stand behind a statement that is not ended,
    `SELECT 1 \g`; the statement is the shell's `statement` then, and is not run by itself.
    """

    names: tuple[str, ...]
    arguments: str
    summary: str
    run: Callable[[Shell, str], None]
    details: str = ""
    completes: Word = ""
    takes_line: bool = False
    takes_statement: bool = False


class Colours(Protocol):
    """The colours of the prompt and of errors."""

    @property
    def current(self) -> str:
        """The name of the theme in use."""
        ...

    @property
    def themes(self) -> Mapping[str, str]:
        """The names of all themes, and what each is for."""
        ...

    def choose(self, name: str) -> None:
        """Changes the theme for this session."""
        ...


class Shell(Protocol):
    """What commands may use."""

    @property
    def colours(self) -> Colours:
        """The colours, to be chosen."""
        ...

    @property
    def view(self) -> View:
        """How results look, to be changed."""
        ...

    @property
    def last(self) -> Kept:
        """What was shown last. Raises UsageError where nothing was."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings and variables of the session."""
        ...

    @property
    def access(self) -> Access:
        """Which programs and files the session may reach."""
        ...

    @property
    def databases(self) -> Databases:
        """The tables of the session."""
        ...

    @property
    def words(self) -> Words:
        """What asks the default model in words."""
        ...

    @property
    def spend(self) -> Spend:
        """What the session has spent on model calls."""
        ...

    @property
    def last_spend(self) -> Spend:
        """What the last statement has spent."""
        ...

    @property
    def statement(self) -> str:
        """The statement before the command, or the last one that was run; '' where there is none."""
        ...

    @property
    def before(self) -> str:
        """The statement right before the command; '' where none stands there."""
        ...

    @property
    def is_interactive(self) -> bool:
        """Whether somebody sits at a prompt, who can be asked."""
        ...

    @property
    def services(self) -> Services:
        """What asks services for their models."""
        ...

    @property
    def can_ask(self) -> bool:
        """Whether `inquire` finds somebody who answers; nobody does in a script."""
        ...

    seconds: float
    """How long the last statement took."""

    tutorial: int
    """How many steps of the tutorial were shown."""

    def clock(self) -> float:
        """Seconds, to tell how long something takes."""
        ...

    def execute(self, text: str) -> None:
        """Runs SQL and shows what comes of it, as though it had been typed."""
        ...

    def collect(self, statement: str) -> bool:
        """Runs a statement as `execute` does, but only keeps its result; False where it has failed.

        Raises UsageError for one that gives none.
        """
        ...

    def answer(self, statement: str) -> Result:
        """Runs one statement for its result, aside: the last result stays what it is. Raises AisqlError."""
        ...

    def show(
        self,
        result: Result,
        *,
        whole: bool = False,
        format_name: str | None = None,
        below: Drawing | None = None,
    ) -> None:
        """Shows a result where results go; one that is shown `whole` is not cut.

        What is `below` it comes in formats to look at only.
        """
        ...

    def say(self, text: str, *, wraps: bool = True) -> None:
        """Writes a line to the screen; prose that is too long for it `wraps` at blanks."""
        ...

    def write(self, texts: Iterable[str], *, sql: bool = False, wraps: bool = False) -> None:
        """Writes texts, each with its newline, where results go; each a statement where they are `sql`.

        Where it `wraps` they are lines of prose, which a terminal has broken at blanks.
        """
        ...

    def draw(self, drawing: Drawing) -> None:
        """Writes a drawing where results go."""
        ...

    def save(self, name: str, content: bytes) -> None:
        """Writes a file. Raises UsageError for one that is in use or cannot be written, SafeModeError."""
        ...

    def warn(self, text: str, *, wraps: bool = True) -> None:
        """Tells something that is no result; prose that is too long for the terminal `wraps` at blanks."""
        ...

    def redirect(self, target: str, *, once: bool = False) -> None:
        """Leads results, or the next one alone, to a file or a `| program`; '' leads them back."""
        ...

    def log(self, target: str) -> None:
        """Keeps what is run from now on in a file; '' ends that."""
        ...

    @property
    def config_directory(self) -> str:
        """The folder of files that the user keeps for later sessions."""
        ...

    def path(self, name: str) -> str:
        """The path of a file the user names, its `~` resolved.

        Raises UsageError for one that holds keys, SafeModeError.
        """
        ...

    def writable(self, name: str) -> str:
        """The same for a file that is written. Raises UsageError for one that is in use, SafeModeError."""
        ...

    def read(self, path: str) -> str:
        """The text of a file. Raises UsageError."""
        ...

    def include(self, name: str, *, beside_script: bool = False) -> None:
        """Runs a script; its path begins at the working folder, or beside the script that is running."""
        ...

    def propose(self, text: str) -> None:
        """Puts a text into the next input line, to be looked at and run. Raises UsageError at no prompt."""
        ...

    def inquire(self, question: str) -> str:
        """The line the user answers a question with. Raises KeyboardInterrupt for Ctrl-D too."""
        ...

    def report(self, error: AisqlError) -> None:
        """Tells an error, where the command goes on."""
        ...

    def follow(self, then: Callable[[str], None]) -> None:
        """Calls `then` once with what is typed next, after it was run."""
        ...

    def forget_names(self) -> None:
        """Has completion look for all names anew."""
        ...

    def ask(self, question: str) -> bool:
        """Whether the user agrees; nobody is asked in a script, which means what it says."""
        ...

    def start(self, command: str) -> int:
        """Runs a program on the terminal; gives its exit status. Raises SafeModeError."""
        ...

    def repeat(self, statement: str, seconds: float, times: int | None) -> None:
        """Runs a statement again and again, so many times or until Ctrl-C."""
        ...


def words(arguments: str) -> list[str]:
    """The words of a command's arguments; quotes hold one together, a semicolon at the end means nothing.

    Raises UsageError for a quote that is not closed.
    """
    rest = arguments.strip().removesuffix(";").rstrip()
    found = []
    while rest:
        match = _WORD.match(rest)
        if match is None or (match[3] and match[3][0] in "'\""):
            raise UsageError("a quote is not closed", hint=f"in {rest.strip()}")
        single, double, bare = match.groups()
        found.append(bare or (single or "").replace("''", "'") or (double or "").replace('""', '"'))
        rest = rest[match.end() :]
    return found


def only_word(arguments: str, what: str) -> str:
    """The one word of the arguments, '' for none. Raises UsageError for more."""
    found = words(arguments)
    if len(found) > 1:
        raise UsageError(
            f"there is one {what}, not {len(found)}", hint="quotes hold a name with blanks together"
        )
    return found[0] if found else ""


def path_sql(word: str) -> str:
    """A name as SQL has it; the parts of `db.t` are quoted one by one."""
    return ".".join(map(quote_name, word.split(".")))


def done(shell: Shell, statement: str, what: str) -> None:
    """Runs a statement that writes rows, and says at a prompt how many it has `what`. Raises AisqlError."""
    result = shell.answer(statement)
    for notice in result.notices:
        shell.warn(f"warning: {notice}")
    if shell.is_interactive:
        rows = "1 row" if result.changes == 1 else f"{result.changes} rows"
        shell.say(f"OK, {rows} {what}")


def switched(arguments: str, now: bool) -> bool:
    """The state a switch gets: that of `on` or `off`, the other one without a word. Raises UsageError."""
    word = only_word(arguments, "state").lower()
    return not now if not word else chosen(word, ("on", "off")) == "on"


def chosen(word: str, choices: Iterable[str]) -> str:
    """The choice a word is, in its own spelling. Raises UsageError that names them all."""
    known = {choice.lower(): choice for choice in choices}
    if word.lower() not in known:
        raise UsageError(f"{word} is none of {', '.join(known.values())}", code="invalid_argument")
    return known[word.lower()]
