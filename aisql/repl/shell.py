"""The shell: runs what was typed, piped or read from a script, commands too, and shows what comes of it.

It is what commands know as the protocol `Shell` of `commands/base.py`. Modules that only commands need are
imported when the first one comes.
"""

from __future__ import annotations

from aisql.commands.leave import Leave
from aisql.errors import AisqlError, UsageError
from aisql.render.view import View
from aisql.repl.display import Display
from aisql.repl.files import beside, check, free_path, path_of, read_script
from aisql.repl.reports import Place, bug
from aisql.spend import Spend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from aisql.commands.script import Part
    from aisql.engine.databases import Databases
    from aisql.engine.kept import Keeper, Kept
    from aisql.repl.log import Log
    from aisql.repl.terminal import Terminal
    from aisql.repl.toolbar import Status
    from aisql.result import Result
    from aisql.session import Outcome, Session
    from aisql.settings import Settings

    Source: TypeAlias = tuple[str, str]
    """A script: its name in messages, and its text."""

OK = 0
_DEEPEST = 16
"""So many scripts may include one another."""


class _Stopped(Exception):
    """A statement failed, and what comes after it is not to be run."""


class Shell:
    """Runs text in a session, at a prompt where it `is_interactive`, and prints what comes of it.

    `stop` ends a script with the first failure. What the last statement gave and spent is kept for commands
    where it `keeps`, and from the first command on. `config_directory` holds what the user keeps. `status` is
    the exit status of the first failure; `seconds`, `rows` and `has_failed` tell of the last statement.
    """

    def __init__(
        self,
        session: Session,
        terminal: Terminal,
        format_name: str,
        *,
        is_interactive: bool,
        stop: bool,
        keeps: bool,
        config_directory: str,
    ) -> None:
        self._session = session
        self._terminal = terminal
        self._stop = stop
        self.is_interactive = is_interactive
        self.config_directory = config_directory
        self._view = View(format_name)
        self._display = Display(
            terminal, self._view, session.settings.environment, is_interactive=is_interactive
        )
        self._keeper: Keeper | None = session.keep() if keeps else None
        self._scripts: list[str] = []
        self._log: Log | None = None
        self._proposed = ""
        self._statement = ""
        self.last_spend = Spend()
        self.status = OK
        self.seconds = 0.0
        self.rows = 0
        self.has_failed = False

    # ---------------------------------------------------------------- ways in

    def batch(self, scripts: Iterator[Source]) -> int:
        """Runs scripts; the exit status is that of the first failure, or the one a script leaves with."""
        is_whole = False
        try:
            for name, text in scripts:
                self._script(text, name)
            is_whole = True
        except _Stopped:
            pass
        except Leave as leave:
            is_whole = True
            return leave.status or OK
        finally:
            self._end_progress()
            self.close(is_whole=is_whole)
        return self.status

    def submit(self, text: str) -> None:
        """Runs what was typed at the prompt. Raises Leave; every error is told."""
        was_open = self.in_transaction
        try:
            self._run(text, None)
        except KeyboardInterrupt:
            self._end_progress()
            self._terminal.output.flush()
            undone = was_open and not self.in_transaction
            self._terminal.say(
                "interrupted" + (": SQLite rolled the open transaction back" if undone else "")
            )
        except Leave:
            raise
        except Exception as error:  # noqa: BLE001 # the other door: a bug ends a statement, not the prompt
            self._end_progress()
            self._terminal.say(bug(error))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.databases.current.in_transaction

    def take_proposal(self) -> str:
        """The text the next input line begins with, once."""
        text, self._proposed = self._proposed, ""
        return text

    def report(self, error: AisqlError) -> None:
        """Tells an error of the prompt itself."""
        self._terminal.say(Place("", None, 0).drawn(error, self._painter()))

    def state(self) -> Status:
        """What the toolbar shows."""
        from aisql.repl.toolbar import Status

        spend, has_run = self.spend, bool(self._statement)
        return Status(
            *self._session.current,
            self.settings.default_model,
            self.view.format,
            self.seconds if has_run else None,
            self.rows if has_run else None,
            spend.requests,
            spend.input_tokens + spend.output_tokens,
            spend.cost,
        )

    def _painter(self) -> Callable[[str], str] | None:
        """What colours SQL in errors, None where they get no colours."""
        from aisql.repl.preferences import read_preferences
        from aisql.repl.themes import has_colour, painter

        if not has_colour(self.settings.environment, is_terminal=self._terminal.has_colour):
            return None
        return painter(read_preferences(self.settings.config_file, lambda _: None).theme)

    def close(self, *, is_whole: bool = True) -> None:
        """Ends the files and programs that results are led to; see `Display.close`."""
        self._display.close(is_whole=is_whole)
        if self._log is not None:
            self._log.close()

    # ---------------------------------------------------------------- running

    def _script(self, text: str, name: str) -> None:
        """Runs one script; `\\q` without a status ends it alone."""
        self._scripts.append(name)
        try:
            self._run(text, name)
        except Leave as leave:
            if leave.status is not None:
                raise
        finally:
            self._scripts.pop()

    def _run(self, text: str, name: str | None) -> None:
        """Runs the statements and commands of a text; it has a name where it is a script."""
        if name is not None and "\\" not in text:
            self._run_sql(text, 0, text, name)
            return
        from aisql.commands.script import parts

        self._keeper = self._session.keep()
        end = 0  # of the last command
        for part in parts(text, prompt=name is None):
            if part.name:
                end = part.start + len(part.text)
                self._run_command(part, text, name)
            elif name is None and end > part.start and not text[end:].strip():
                self._proposed = part.text.rstrip()  # a command was typed in the middle of a statement
            else:
                self._run_sql(part.text, part.start, text, name)

    def _run_sql(self, sql: str, start: int, text: str, name: str | None) -> None:
        """Runs the statements of a part of a text, which begins at that offset."""
        before = self._session.spend if self._keeper is not None else None
        began = self._terminal.clock()
        for outcome in self._session.run(sql):
            self._finish(outcome, Place(text, name, start + outcome.piece.start), name is None, began)
            self._remember(outcome.piece.text, began)
            if before is not None:
                after = self._session.spend
                self.last_spend, before = after.since(before), after
            began = self._terminal.clock()

    def _remember(self, statement: str, began: float) -> None:
        self._statement = statement
        self.seconds = self._terminal.clock() - began

    def _finish(self, outcome: Outcome, place: Place, is_typed: bool, began: float) -> None:
        """Prints one outcome."""
        error = outcome.error
        try:
            with outcome.result as result:
                if error is None:
                    self._show_outcome(result, is_typed, began)
        except AisqlError as late:
            error = late
        finally:
            self._end_progress()
        self.has_failed = error is not None
        self._note(outcome.piece.text + ";", error)
        if error is not None:
            self._failed(error, place)
        elif outcome.result.notices:
            self._terminal.output.flush()
            place.warn(outcome.result.notices, self._terminal.say)

    def _show_outcome(self, result: Result, is_typed: bool, began: float) -> None:
        if result.columns:
            kept = None if self._keeper is None else self._keeper.now
            self._display.show(result, began, kept=kept)
            self.rows = 0 if kept is None else kept.count
        elif is_typed:
            rows = "1 row" if result.changes == 1 else f"{result.changes} rows"
            done = "OK" if result.changes is None else f"OK, {rows} changed"
            taken = f" ({self._terminal.clock() - began:.2f} sec)" if self.view.timing else ""
            self.say(done + taken)
            self.rows = result.changes or 0
        if is_typed:
            self._terminal.output.flush()

    def _run_command(self, part: Part, text: str, name: str | None) -> None:
        from aisql.commands.registry import find

        self._statement = part.statement or self._statement
        error = None
        try:
            check(part.arguments)
            find(part.name).run(self, part.arguments)
            if name is None:
                self._terminal.output.flush()
        except AisqlError as caught:
            error = caught
        finally:
            self._end_progress()
        self._note(part.text, error)
        if error is not None:
            self._failed(error, Place(text, name, part.start))

    def _failed(self, error: AisqlError, place: Place) -> None:
        self._terminal.output.flush()
        self._terminal.say(place.drawn(error, self._painter()))
        self.status = self.status or error.exit_status
        if self._stop:
            raise _Stopped

    def _end_progress(self) -> None:
        if self._terminal.progress is not None:
            self._terminal.progress.ended()

    # ---------------------------------------------------------------- what commands use

    @property
    def view(self) -> View:
        """How results look, to be changed."""
        return self._view

    @property
    def settings(self) -> Settings:
        """The settings and variables of the session."""
        return self._session.settings

    @property
    def databases(self) -> Databases:
        """The tables of the session."""
        return self._session.databases

    @property
    def spend(self) -> Spend:
        """What the session has spent on model calls."""
        return self._session.spend

    @property
    def statement(self) -> str:
        """The statement before the command, or the last one that was run; '' where there is none."""
        return self._statement

    @property
    def last(self) -> Kept:
        """What was shown last. Raises UsageError where nothing was."""
        if self._display.last is None:
            raise UsageError("there is no result yet", hint="run a statement first")
        return self._display.last

    def execute(self, text: str) -> None:
        """Runs SQL and commands and shows what comes of it, as though they had been typed."""
        self._run(text, self._scripts[-1] if self._scripts else None)

    def answer(self, statement: str) -> Result:
        """Runs one statement for its result, aside: the last result stays what it is. Raises AisqlError."""
        outcome = next(self._session.run(statement, aside=True))
        if outcome.error is not None:
            outcome.error.span = None  # the user did not write the text it points into
            raise outcome.error
        return outcome.result

    def show(self, result: Result, *, whole: bool = False, format_name: str | None = None) -> None:
        """Shows a result where results go; one that is shown `whole` is not cut."""
        from aisql.engine.kept import Kept

        kept = None if whole else Kept(result.columns)
        with result if kept is None else kept.reading(result) as shown:
            self._display.show(shown, self._terminal.clock(), kept=kept, whole=whole, format_name=format_name)

    def write(self, texts: Iterable[str]) -> None:
        """Writes texts, each with its newline, where results go."""
        self._display.write(texts)

    def say(self, text: str) -> None:
        """Writes a line to the screen."""
        if self._terminal.size is not None:
            from aisql.render.escape import visible

            text = visible(text)
        self._terminal.output.write(f"{text}\n")

    def warn(self, text: str) -> None:
        """Tells something that is no result."""
        self._terminal.output.flush()
        self._terminal.say(text)

    def redirect(
        self, target: str, *, once: bool = False, format_name: str = "", waits: bool = False
    ) -> None:
        """Leads results, or the next one alone, to a file or a `| program`; '' leads them back.

        They have the format that is named there, or the one the name of the file tells. A file that `waits`
        for all results stays as it was where one fails.
        """
        if not target:
            self._display.redirect(None, once=once)
            return
        from aisql.repl.targets import Target

        path = None if target.startswith("|") else self.writable(target)
        self._display.redirect(Target(target, path, format_name, waits=waits), once=once)

    def log(self, target: str) -> None:
        """Keeps what is run from now on in a file; '' ends that. Raises UsageError."""
        if self._log is not None:
            self._log.close()
            self._log = None
        if target:
            from aisql.repl.log import Log

            self._log = Log(self.writable(target))

    def _note(self, text: str, error: AisqlError | None) -> None:
        if self._log is None:
            return
        try:
            self._log.note(text, error)
        except OSError as failed:
            self._log = None
            self.warn(f"warning: the log cannot be written: {failed.strerror}")

    def path(self, name: str) -> str:
        """The path of a file the user names, its `~` resolved. Raises UsageError for one that holds keys."""
        return path_of(name)

    def writable(self, name: str) -> str:
        """The same for a file that is to be written. Raises UsageError for one that is in use."""
        return free_path(name, self._session.files)

    def read(self, path: str) -> str:
        """The text of a file. Raises UsageError."""
        return read_script(path)

    def include(self, name: str, *, beside_script: bool = False) -> None:
        """Runs a script; its path begins at the working folder, or beside the script that is running."""
        path = self.path(name)
        if beside_script and self._scripts:
            path = beside(self._scripts[-1], path)
        if len(self._scripts) == _DEEPEST:
            raise UsageError(f"{_DEEPEST} scripts include one another", hint=f"the last one is {path}")
        self._script(self.read(path), path)

    def propose(self, text: str) -> None:
        """Puts a text into the next input line, to be looked at and run. Raises UsageError at no prompt."""
        if not self.is_interactive:
            raise UsageError("there is no prompt")
        self._proposed = text

    def ask(self, question: str) -> bool:
        """Whether the user agrees; nobody is asked in a script, which means what it says."""
        if self._terminal.ask is None or self._scripts:
            return True
        try:
            return self._terminal.ask(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
        except EOFError:
            return False

    def start(self, command: str) -> int:
        """Runs a program on the terminal; gives its exit status."""
        import subprocess

        self._terminal.output.flush()
        shell = self.settings.environment.get("SHELL", "/bin/sh")
        return subprocess.call(command or shell, shell=True)  # noqa: S602 # it is what the user wants

    def repeat(self, statement: str, seconds: float, times: int | None) -> None:
        """Runs a statement again and again, so many times, or until it fails or Ctrl-C is pressed."""
        self._display.pages = False
        done, status = 0, self.status
        try:
            while times is None or done < times:
                if done:
                    self._terminal.output.flush()
                    self._terminal.sleep(seconds)
                self.say(f"{self._terminal.moment()} (every {seconds:g} s)")
                self.status = OK
                self.execute(statement)
                if self.status != OK:
                    return
                done += 1
        finally:
            self.status = status or self.status
            self._display.pages = True
