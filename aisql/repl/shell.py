"""The shell: runs what was typed, piped or read from a script, commands too, and shows what comes of it.

It is what commands know as the protocol `Shell` of `commands/base.py`. Modules that only commands need are
imported when the first one comes.
"""

from __future__ import annotations

from aisql.commands.leave import Leave
from aisql.errors import AisqlError, UsageError
from aisql.repl.files import beside, check
from aisql.repl.reports import Place, bug, done
from aisql.repl.workbench import Workbench
from aisql.spend import Spend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from aisql.commands.script import Part
    from aisql.engine.kept import Keeper
    from aisql.repl.terminal import Terminal
    from aisql.repl.toolbar import Status
    from aisql.result import Result
    from aisql.session import Outcome, Session

    Source: TypeAlias = tuple[str, str]
    """A script: its name in messages, and its text."""

OK = 0
_DEEPEST = 16
"""So many scripts may include one another."""


class _Stopped(Exception):
    """A statement failed, and what comes after it is not to be run."""


class Shell(Workbench):
    """Runs text in a session, at a prompt where it `is_interactive`, and prints what comes of it.

    `stop` ends a script with the first failure. What the last statement gave and spent is kept for commands
    where it `keeps`, and from the first command on. `before` is the statement right before a command.
    `status` is the exit status of the first failure; `seconds`, `rows` and `has_failed` tell of the last
    statement.
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
        super().__init__(
            session, terminal, format_name, is_interactive=is_interactive, config_directory=config_directory
        )
        if is_interactive:
            session.confirm = self.confirm
        self._stop = stop
        self._keeper: Keeper | None = session.keep() if keeps else None
        self._proposed = ""
        self._follower: Callable[[str], None] | None = None
        self._collects = False
        self.tutorial = 0
        self._statement = ""
        self.before = self._ahead = ""
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
        follower, self._follower = self._follower, None
        try:
            self._run(text, None)
            if follower is not None:
                follower(text)
        except KeyboardInterrupt:
            self._end_progress()
            undone = was_open and not self.in_transaction
            self.warn("interrupted" + (": SQLite rolled the open transaction back" if undone else ""))
        except Leave:
            raise
        except Exception as error:  # noqa: BLE001 # the other door: a bug ends a statement, not the prompt
            self._end_progress()
            self.warn(bug(error))

    def take_proposal(self) -> str:
        """The text the next input line begins with, once."""
        text, self._proposed = self._proposed, ""
        return text

    def report(self, error: AisqlError) -> None:
        """Tells an error of the prompt itself, or of a command that goes on."""
        self._end_progress()
        self._terminal.output.flush()
        self._terminal.say(self._drawn(error, Place("", None, 0)))

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
            None if spend.unpriced else spend.cost,
            ("!" if self.has_failed else "*") if self.in_transaction else "",
        )

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
        start = end = 0  # of the last command
        for part in parts(text, prompt=name is None):
            if part.name:
                start, end = part.start, part.start + len(part.text)
                self._run_command(part, text, name)
            elif name is None and end > part.start and not text[end:].strip():
                # A command was typed in the middle of a statement.
                self._proposed = part.text[: start - part.start]
            elif name is not None or self._may_run(part.text):
                self._run_sql(part.text, part.start, text, name)
            else:
                self.warn("not run")
                return

    def _may_run(self, statement: str) -> bool:
        """Whether a statement that was typed is run: the user is asked before what cannot be undone."""
        if not (self.view.guards and self.is_interactive):
            return True
        from aisql.repl.guard import loss

        lost = loss(statement, self.answer, in_transaction=self.in_transaction)
        return not lost or self.ask(f"This {lost}. Run it?")

    def _run_sql(self, sql: str, start: int, text: str, name: str | None) -> None:
        """Runs the statements of a part of a text, which begins at that offset."""
        before = self._session.spend if self._keeper is not None else None
        began = self.clock()
        outcomes = self._session.run(sql)
        if self.view.echo and name is not None:
            from aisql.repl.echo import echoed

            outcomes = echoed(sql, outcomes, self._told)
        try:
            for outcome in outcomes:
                self._finish(outcome, Place(text, name, start + outcome.piece.start), name is None, began)
                self._remember(outcome, began)
                if before is not None:
                    after = self._session.spend
                    self.last_spend, before = after.since(before), after
                began = self.clock()
        except KeyboardInterrupt:
            if name is None:
                self._interrupted(sql, began, before)
            raise

    def _interrupted(self, statement: str, began: float, before: Spend | None) -> None:
        """Takes the statement that Ctrl-C has ended for the last one, to be edited, or run again."""
        from aisql.syntax.split import split

        self._statement = next(split(statement)).text
        self.seconds, self.rows = self.clock() - began, 0
        if before is not None:
            self.last_spend = self._session.spend.since(before)

    def _remember(self, outcome: Outcome, began: float) -> None:
        self._statement = outcome.piece.text
        self.seconds = self.clock() - began

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
        if self._log is not None:
            self._log.note(outcome.piece.text + ";", error)
        if error is not None:
            self._failed(error, place)
        elif outcome.result.notices:
            place.warn(outcome.result.notices, self.warn)

    def _show_outcome(self, result: Result, is_typed: bool, began: float) -> None:
        if result.columns:
            kept = None if self._keeper is None else self._keeper.now
            self._display.show(result, began, kept=kept, hides=self._collects)
            self.rows = 0 if kept is None else kept.count
        elif is_typed:
            taken = f" ({self.clock() - began:.2f} sec)" if self.view.timing else ""
            if not self.view.quiet:
                self.say(done(result.changes) + taken)
            self.rows = result.changes or 0
        if is_typed:
            self._terminal.output.flush()

    def _run_command(self, part: Part, text: str, name: str | None) -> None:
        from aisql.commands.registry import find
        from aisql.commands.script import ahead
        from aisql.commands.usage import check_usage

        self._statement = part.statement or self._statement
        self.before, self._ahead = part.statement, ahead(part, text)
        spent, before, error = self.last_spend, self._session.spend, None
        if self.view.echo and name is not None:
            from aisql.repl.echo import shown

            self._told(shown(part.text.strip()))
        try:
            check(part.arguments)
            command = find(part.name)
            check_usage(command, part.name, part.arguments)
            command.run(self, part.arguments)
            if name is None:
                self._terminal.output.flush()
        except AisqlError as caught:
            error = caught
        finally:
            self._end_progress()
            if self.last_spend is spent:  # it ran no statement, but may have asked a model itself
                alone = self._session.spend.since(before)
                self.last_spend = alone if alone.known else spent
        if self._log is not None:
            self._log.note(part.text, error)
        if error is not None:
            self._failed(error, Place(text, name, part.start))

    def _told(self, text: str) -> None:
        """Tells what a script has, to the letter."""
        self.warn(text, wraps=False)

    def _failed(self, error: AisqlError, place: Place) -> None:
        self._terminal.output.flush()
        self._terminal.say(self._drawn(error, place))
        self.status = self.status or error.exit_status
        if self._stop:
            raise _Stopped

    # ---------------------------------------------------------------- what commands use

    @property
    def statement(self) -> str:
        """The statement before the command, or the last one that was run; '' where there is none."""
        return self._statement

    def execute(self, text: str) -> None:
        """Runs SQL and commands and shows what comes of it, as though they had been typed."""
        ahead = self._ahead if text == self._statement else ""
        self._run(ahead + text, self._scripts[-1] if self._scripts else None)

    def collect(self, statement: str) -> bool:
        """Runs a statement as `execute` does, but only keeps its result; False where it has failed.

        Raises UsageError for one that gives none.
        """
        before, self._collects, self.has_failed = self._display.last, True, False
        try:
            self.execute(statement)
        finally:
            self._collects = False
        if self._display.last is before and not self.has_failed:
            raise UsageError("the statement gives no result")
        return not self.has_failed

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

    def follow(self, then: Callable[[str], None]) -> None:
        """Calls `then` once with what is typed next, after it was run."""
        self._follower = then

    def repeat(self, statement: str, seconds: float, times: int | None) -> None:
        """Runs a statement again and again, so many times, or until it fails or Ctrl-C is pressed."""
        from aisql.repl.repeating import repeat

        self._display.pages = False
        try:
            repeat(self, self._terminal, statement, seconds, times)
        finally:
            self._display.pages = True
