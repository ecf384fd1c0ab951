"""What commands use of the shell: the session, the screen, files, and the user who answers questions.

Modules that only commands need are imported when the first one comes.
"""

from __future__ import annotations

from aisql.errors import AisqlError, UsageError
from aisql.render.view import View
from aisql.repl.clock import Clock
from aisql.repl.colours import Colours
from aisql.repl.display import Display
from aisql.repl.files import expect_writable, free_path, path_of, read_script, write_file
from aisql.repl.reports import Place
from aisql.repl.terminal import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from aisql.access import Access
    from aisql.engine.databases import Databases
    from aisql.engine.kept import Kept
    from aisql.engine.services import Services
    from aisql.engine.words import Words
    from aisql.render.view import Drawing
    from aisql.repl.log import Log
    from aisql.repl.terminal import Terminal
    from aisql.result import Result
    from aisql.session import Session
    from aisql.settings import Settings
    from aisql.spend import Spend


class Workbench:
    """Shows results and messages at a prompt where it `is_interactive`, and in scripts; it runs nothing.

    `config_directory` holds what the user keeps.
    """

    def __init__(
        self,
        session: Session,
        terminal: Terminal,
        format_name: str,
        *,
        is_interactive: bool,
        config_directory: str,
    ) -> None:
        self._session = session
        self._terminal = terminal
        self.clock = Clock(terminal.clock)
        """Seconds, to tell how long something takes; those of the user do not count."""
        self.is_interactive = is_interactive
        self.config_directory = config_directory
        self._view = View(format_name)
        if session.access.is_safe:
            self._view.pager = ""  # it is a program
        environment = session.settings.environment
        self.colours = Colours(session.settings)
        self._display = Display(
            terminal,
            self.clock,
            self._view,
            environment,
            self.colours,
            session.media,
            is_interactive=is_interactive,
        )
        self._scripts: list[str] = []
        """The names of the scripts that run, the innermost last."""
        self._log: Log | None = None

    @property
    def view(self) -> View:
        """How results look, to be changed."""
        return self._view

    @property
    def settings(self) -> Settings:
        """The settings and variables of the session."""
        return self._session.settings

    @property
    def access(self) -> Access:
        """Which programs and files the session may reach."""
        return self._session.access

    @property
    def databases(self) -> Databases:
        """The tables of the session."""
        return self._session.databases

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.databases.current.in_transaction

    @property
    def words(self) -> Words:
        """What asks the default model in words."""
        return self._session.words

    @property
    def services(self) -> Services:
        """What asks services for their models."""
        return self._session.services

    @property
    def spend(self) -> Spend:
        """What the session has spent on model calls."""
        return self._session.spend

    @property
    def last(self) -> Kept:
        """What was shown last. Raises UsageError where nothing was."""
        if self._display.last is None:
            raise UsageError("there is no result yet", hint="run a statement first")
        return self._display.last

    @property
    def last_columns(self) -> tuple[str, ...]:
        """The names of its columns, none where there was no result."""
        last = self._display.last
        return () if last is None else tuple(column.name for column in last.columns)

    def answer(self, statement: str) -> Result:
        """Runs one statement for its result, aside: the last result stays what it is. Raises AisqlError."""
        outcome = next(self._session.run(statement, aside=True))
        if outcome.error is not None:
            outcome.error.span = None  # the user did not write the text it points into
            raise outcome.error
        return outcome.result

    def show(
        self,
        result: Result,
        *,
        whole: bool = False,
        format_name: str | None = None,
        below: Drawing | None = None,
    ) -> None:
        """Shows a result where results go; one that is shown `whole` is not cut."""
        with result:
            began = self.clock()
            self._display.show(result, began, whole=whole, format_name=format_name, below=below)

    def draw(self, drawing: Drawing) -> None:
        """Writes a drawing where results go."""
        self._display.draw(drawing)

    def write(self, texts: Iterable[str], *, sql: bool = False, wraps: bool = False) -> None:
        """Writes texts, each with its newline, where results go; each a statement where they are `sql`.

        Where it `wraps` they are lines of prose, which a terminal has broken at blanks.
        """
        self._display.write(texts, sql=sql, wraps=wraps)

    def say(self, text: str, *, wraps: bool = True) -> None:
        """Writes a line to the screen; prose that is too long for it `wraps` at blanks."""
        if self._terminal.size is not None:
            from aisql.render.escape import visible
            from aisql.render.wrapping import broken

            text = visible(text)
            text = broken(text, self._terminal.size()[0]) if wraps else text
        self._display.write_texts(self._terminal.output, [f"{text}\n"])

    def warn(self, text: str, *, wraps: bool = True) -> None:
        """Tells something that is no result; prose that is too long for the terminal `wraps` at blanks."""
        self._terminal.output.flush()
        if wraps:
            tell(self._terminal, text)
        else:
            self._terminal.say(text)

    def redirect(self, target: str, *, once: bool = False) -> None:
        """Leads results, or the next one alone, to a file or a `| program`; '' leads them back.

        Raises UsageError for a file that is in use, SafeModeError.
        """
        if target.startswith("|"):
            self.access.program(target[1:].strip())
        elif target:
            self.access.file(target)
        self.lead(target, once=once)

    def lead(self, target: str, *, once: bool = False, format_name: str = "", waits: bool = False) -> None:
        """The same for what the command line names, which may be any file or program.

        Results have the format that is named there, or the one the name of the file tells. A file that
        `waits` for all results stays as it was where one fails.
        """
        if not target:
            self._display.redirect(None, once=once)
            return
        from aisql.repl.targets import Target

        path = None if target.startswith("|") else free_path(target, self._session.files)
        if path is not None and not waits:
            expect_writable(path)
        self._display.redirect(Target(target, path, format_name, waits=waits), once=once)

    def close(self, *, is_whole: bool = True) -> None:
        """Ends the files and programs that results are led to; see `Display.close`."""
        self._display.close(is_whole=is_whole)
        if self._log is not None:
            self._log.close()

    def log(self, target: str) -> None:
        """Keeps what is run from now on in a file; '' ends that. Raises UsageError."""
        from aisql.repl.log import Log

        before = self._log
        self._log = Log(self.writable(target), self.warn) if target else None
        if before is not None:
            before.close()

    def path(self, name: str) -> str:
        """The path of a file the user names, its `~` resolved.

        Raises UsageError for one that holds keys, SafeModeError.
        """
        self.access.file(name)
        return path_of(name)

    def writable(self, name: str) -> str:
        """The same for a file that is written. Raises UsageError for one that is in use, SafeModeError."""
        self.access.file(name)
        return free_path(name, self._session.files)

    def read(self, path: str) -> str:
        """The text of a file. Raises UsageError."""
        return read_script(path)

    def save(self, name: str, content: bytes) -> None:
        """Writes a file. Raises UsageError for one that is in use, and for one that cannot be written."""
        write_file(self.writable(name), content)

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits there who answers questions."""
        return self._terminal.ask is not None and not self._scripts

    def ask(self, question: str) -> bool:
        """Whether the user agrees; nobody is asked in a script, which means what it says."""
        if not self.can_ask or self._terminal.ask is None:
            return True
        from aisql.repl.questions import agrees

        with self.clock:
            return agrees(self._terminal.ask, question)

    def confirm(self, spend: Spend) -> bool:
        """Whether a statement that has spent so much goes on. Raises PagerClosed."""
        if not self.can_ask:
            return True
        from aisql.repl.going_on import NOTE, going_on

        self._display.make_way(NOTE)
        began = self._terminal.clock()
        try:
            return self.ask(going_on(spend))
        finally:
            if self._terminal.progress is not None:
                self._terminal.progress.stood(self._terminal.clock() - began)

    def inquire(self, question: str) -> str:
        """The line the user answers a question with. Raises KeyboardInterrupt for Ctrl-D too."""
        from aisql.repl.questions import answered

        self._end_progress()
        with self.clock:
            return answered(self._terminal, question)

    def forget_names(self) -> None:
        """Has completion look for all names anew."""
        self._session.forget_names()

    def start(self, command: str) -> int:
        """Runs a program on the terminal; gives its exit status. Raises SafeModeError."""
        from aisql.commands.foreground import in_foreground

        self._terminal.output.flush()
        return in_foreground(command or self.settings.environment.get("SHELL", "/bin/sh"), self.access)

    def _drawn(self, error: AisqlError, place: Place) -> str:
        width = self._terminal.say_width
        paint = self.colours.painter(is_terminal=width is not None)
        return place.drawn(error, paint, None if width is None else width())

    def _end_progress(self) -> None:
        if self._terminal.progress is not None:
            self._terminal.progress.ended()
