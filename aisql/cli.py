"""The command line: arguments to settings to a session; results to stdout, everything else to stderr."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic

from aisql import __version__
from aisql.errors import AisqlError, UsageError
from aisql.render.registry import FORMATS, Options, write
from aisql.session import Outcome, Session
from aisql.settings import (
    SETTINGS,
    Settings,
    cache_directory,
    config_directory,
    data_directory,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, TypeAlias

    from aisql.render.progress import Progress
    from aisql.render.registry import Stream
    from aisql.repl.toolbar import Status
    from aisql.result import Result
    from aisql.spend import Spend

    Source: TypeAlias = tuple[str, str]
    """Where a script comes from: its name in messages, and how to get its text (see `_scripts`)."""

OK, FAILED, USAGE, INTERNAL, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 70, 130, 141
_DATABASES = (".db", ".sqlite", ".sqlite3")
_DATA = (".csv", ".tsv")
_SETTINGS = {setting.name: setting for setting in SETTINGS}
_GUARDS = (
    ("--concurrency", "ai.concurrency", "N"),
    ("--max-calls", "ai.max_calls", "N"),
    ("--max-tokens", "ai.max_tokens", "N"),
    ("--max-cost", "ai.max_cost", "X"),
    ("--timeout", "ai.timeout", "S"),
)
"""Options that stand for a setting and take its value."""
_SWITCHES = (
    ("--dry-run", "ai.dry_run", "on", "count the requests of a statement without sending any"),
    ("--offline", "ai.cache", "only", "answer from the ledger alone and never ask"),
    ("--refresh", "ai.cache", "refresh", "ask anew for what is in the ledger"),
)
"""Options that stand for one value of a setting; those of `ai.cache` exclude each other."""
_NO_DRAWING = ("dumb", "unknown")
"""Kinds of terminals on which a line cannot be drawn anew."""
_EPILOG = """\
FILE: x.db, x.sqlite, x.sqlite3 is the database; x.csv, x.tsv becomes a temporary table named after the file;
x.sql is run as a script. Files are run first, then -c and -f in the order given.

exit status: 0 ok, 1 a statement failed, 2 usage or configuration, 3 cannot open a database or reach a
provider, 4 timeout, 5 an AI budget was reached, 70 a bug of aisql, 130 interrupted, 141 broken pipe
"""


class _Script(argparse.Action):
    """Collects -c and -f together, in the order given."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        _option: str | None = None,
    ) -> None:
        namespace.scripts = [*(namespace.scripts or []), (self.const, values)]


class _Setting(argparse.Action):
    """Collects what stands for a setting; `const` is its name, and its value unless one is given."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option: str | None = None,
    ) -> None:
        name, value = self.const
        given = option, values if value is None else value
        namespace.settings = {**(namespace.settings or {}), name: given}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aisql",
        description="A SQL shell in which AI models are catalog objects and model calls are SQL functions.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="database, data or script files")
    add("-c", dest="scripts", action=_Script, const="-c", metavar="SQL", help="run the statements and exit")
    add(
        "-f",
        dest="scripts",
        action=_Script,
        const="-f",
        metavar="FILE",
        help="run a script (- is stdin) and exit",
    )
    add(
        "-v",
        dest="variables",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a session variable",
    )
    add("--catalog", metavar="FILE", help="the catalog file")
    add("--config", metavar="FILE", help="the config file, which holds prices of your own")
    add("--memory", action="store_true", help="keep tables in memory only")
    add(
        "--on-error",
        choices=("stop", "continue"),
        help="after a failed statement (default: stop, at a prompt continue)",
    )
    add("--stats", action="store_true", help="at the end, one line of JSON on stderr: what the calls came to")
    add(
        "--progress",
        action="store_true",
        help="tell how far the calls are where stderr is not a terminal too",
    )
    _add_guards(parser)
    formats = parser.add_mutually_exclusive_group()
    for record in FORMATS.values():
        formats.add_argument(
            f"--{record.name}", dest="format", action="store_const", const=record.name, help=record.summary
        )
    add("--version", action="version", version=f"aisql {__version__}")
    return parser


def _add_guards(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("AI guards", "where RESET goes back to; SET changes them")
    for option, name, value in _GUARDS:
        text = _SETTINGS[name].summary
        group.add_argument(
            option, dest="settings", action=_Setting, const=(name, None), metavar=value, help=text
        )
    ledger = group.add_mutually_exclusive_group()
    for option, name, value, text in _SWITCHES:
        among = ledger if name == "ai.cache" else group
        among.add_argument(option, dest="settings", action=_Setting, nargs=0, const=(name, value), help=text)


def main(arguments: Sequence[str]) -> int:
    """Runs the program; gives its exit status. Raises AisqlError for what stops it before a session."""
    began = monotonic()
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise UsageError("an argument is not UTF-8")
    options = _parser().parse_intermixed_args(arguments)
    files = _sorted_files(options.files)
    settings = Settings(
        variables=_variables(options.variables),
        defaults=_defaults(options.settings or {}),
        config_file=_config_file(options.config),
        warn=lambda text: _say(f"aisql: warning: {text}"),
    )
    progress = _progress(settings, asked_for=options.progress)
    session = _open_session(options, files, settings, progress)
    status = _guarded(lambda: _work(session, options, files, progress))
    if options.stats and status != USAGE:
        _say(_stats(session.spend, monotonic() - began, status))
    return status


def _work(
    session: Session, options: argparse.Namespace, files: dict[str, list[str]], progress: Progress | None
) -> int:
    """Does in the session what was asked for, and closes it; gives the exit status."""
    try:
        _load_data(session, files["data"])
        shell = Shell(session, options.format or "table", progress)
        if not options.scripts and not files["script"] and sys.stdin.isatty():
            return shell.prompt()
        stop = options.on_error != "continue"
        return shell.batch(_scripts(files["script"], options.scripts), stop=stop)
    finally:
        session.close()


def _sorted_files(paths: Sequence[str]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {"database": [], "data": [], "script": []}
    for path in paths:
        suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 # pathlib would cost every start its import
        if suffix in _DATABASES:
            kinds["database"].append(path)
        elif suffix in _DATA:
            kinds["data"].append(path)
        elif suffix == ".sql":
            kinds["script"].append(path)
        else:
            known = ", ".join((*_DATABASES, *_DATA, ".sql"))
            raise UsageError(
                f"{path}: what kind of file this is cannot be told", hint=f"names end in {known}"
            )
    if len(kinds["database"]) > 1:
        raise UsageError("only one database file can be given", hint="ATTACH DATABASE adds another")
    return kinds


def _variables(pairs: Sequence[str]) -> dict[str, str]:
    for pair in pairs:
        if not pair.partition("=")[0].isidentifier() or "=" not in pair:
            raise UsageError(f"-v {pair}: a variable is written NAME=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)


def _defaults(given: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    for name, (option, text) in given.items():
        try:
            _SETTINGS[name].read(text)
        except ValueError as error:
            raise UsageError(f"{option} must be {error}, got '{text}'") from None
    return {name: text for name, (_, text) in given.items()}


def _config_file(given: str | None) -> str:
    if given is None:
        return os.path.join(config_directory(), "config.toml")  # noqa: PTH118 # as above
    if not os.path.exists(given):  # noqa: PTH110 # as above
        raise UsageError(f"cannot read {given}: there is no such file")
    return given


def _progress(settings: Settings, *, asked_for: bool) -> Progress | None:
    is_drawn = sys.stderr.isatty() and settings.environment.get("TERM") not in _NO_DRAWING
    if not is_drawn and not asked_for:
        return None
    from aisql.render.progress import Progress

    return Progress(sys.stderr, plain=not is_drawn)


def _stats(spend: Spend, seconds: float, status: int) -> str:
    import json

    counts = {
        "calls": spend.known,
        "from_ledger": spend.from_ledger,
        "answered": spend.answered,
        "failed": spend.failed,
        "requests": spend.requests,
        "retries": spend.retries,
        "input_tokens": spend.input_tokens,
        "output_tokens": spend.output_tokens,
        "cached_tokens": spend.cached_tokens,
        "reasoning_tokens": spend.reasoning_tokens,
        "cost": round(spend.cost, 9),
        "unpriced": spend.unpriced,
    }
    return json.dumps(counts | {"seconds": round(seconds, 3), "status": status})


def _open_session(
    options: argparse.Namespace,
    files: dict[str, list[str]],
    settings: Settings,
    progress: Progress | None,
) -> Session:
    database = ":memory:" if options.memory else next(iter(files["database"]), None)
    if options.memory and files["database"]:
        raise UsageError("--memory and a database file exclude each other")
    _refuse_one_file(options.catalog, database)
    catalog = options.catalog or os.path.join(data_directory(), "default_catalog.sqlite")  # noqa: PTH118 # as above
    return Session(
        settings,
        catalog_file=os.path.abspath(catalog),  # noqa: PTH100 # as above
        directory=os.getcwd(),  # noqa: PTH109 # as above
        database_file=database,
        cache_directory=cache_directory,
        watcher=progress,
    )


def _refuse_one_file(catalog: str | None, database: str | None) -> None:
    if catalog and database and os.path.realpath(catalog) == os.path.realpath(database):
        raise UsageError(f"{catalog} cannot be the catalog and the database at once", hint="name two files")


def _load_data(session: Session, paths: Sequence[str]) -> None:
    if paths:
        from pathlib import Path

        from aisql.engine.files import load

        for path in paths:
            load(session.databases.current, Path(path))


def _scripts(files: Sequence[str], scripts: Sequence[Source] | None) -> Iterator[Source]:
    """The name and the text of every script; a file is read when its turn comes."""
    for path in files:
        yield path, _read(path)
    for kind, value in scripts or ():
        if kind == "-c":
            yield "<command>", value
        else:
            yield ("<stdin>" if value == "-" else value), _read(value)
    if not files and not scripts:
        yield "<stdin>", _read("-")


def _read(path: str) -> str:
    try:
        if path == "-":
            content = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as file:  # noqa: PTH123 # as above
                content = file.read()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {path}: it is not UTF-8") from error


class Shell:
    """Runs text in a session and prints what comes of it; `progress` is what the session tells of waits."""

    def __init__(self, session: Session, format_name: str, progress: Progress | None) -> None:
        self._session = session
        self._format = format_name
        self._progress = progress
        self.has_failed = False
        self._seconds: float | None = None
        self._rows: int | None = None
        is_terminal = sys.stdout.isatty()
        self._options = Options(terminal=is_terminal)
        self._output: Stream = progress.beside(sys.stdout) if progress and is_terminal else sys.stdout

    def batch(self, scripts: Iterator[Source], *, stop: bool) -> int:
        """Runs scripts; the exit status is that of the first statement that failed."""
        status = OK
        try:
            for name, text in scripts:
                for outcome in self._session.run(text):
                    failed = self._finish(outcome, text, name)
                    status = status or failed
                    if failed and stop:
                        return status
            return status
        finally:
            self._end_progress()

    def prompt(self) -> int:
        """Reads statements from the terminal until the user leaves."""
        from aisql.repl.start import start

        start(self, self._session)
        return OK

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._session.databases.current.in_transaction

    def submit(self, text: str) -> None:
        """Runs a meta command, or the statements of a text. Raises Leave."""
        from aisql.commands.registry import find

        self.has_failed = False
        try:
            command = find(text)
        except AisqlError as error:
            self.report(error)
            return
        if command is None:
            self._run_typed(text)
        else:
            write(command.run(), self._output, "table", self._options)

    def report(self, error: AisqlError) -> None:
        """Tells an error that is of no statement."""
        _report(error, "", None, paint=self._painter())

    def warn(self, text: str) -> None:
        """Tells what could not be done as it should."""
        _say(f"warning: {text}")

    def take_proposal(self) -> str:
        """The text the next line begins with."""
        return ""

    def state(self) -> Status:
        """What the toolbar shows."""
        from aisql.repl.toolbar import Status

        spend = self._session.spend
        catalog, database = self._session.current
        return Status(
            catalog,
            database,
            self._session.settings.default_model,
            self._format,
            self._seconds,
            self._rows,
            spend.requests,
            spend.input_tokens + spend.output_tokens,
            spend.cost,
        )

    def _run_typed(self, text: str) -> None:
        was_open, began = self.in_transaction, monotonic()
        self._rows = None
        try:
            for outcome in self._session.run(text):
                self.has_failed = self._finish(outcome, text, None) != OK
        except KeyboardInterrupt:
            self._end_progress()
            self.has_failed = True
            sys.stdout.flush()
            rolled_back = was_open and not self.in_transaction
            _say("interrupted" + (": SQLite rolled the open transaction back" if rolled_back else ""))
        except Exception as error:  # noqa: BLE001 # the other door: a bug ends a statement, not the prompt
            self._end_progress()
            self.has_failed = True
            _say_bug(error)
        self._seconds = monotonic() - began

    def _painter(self) -> Callable[[str], str] | None:
        """What colours SQL in errors; None where stderr gets no colours."""
        from aisql.repl.preferences import read_preferences
        from aisql.repl.themes import has_colour, painter

        settings = self._session.settings
        if not has_colour(settings.environment, is_terminal=sys.stderr.isatty()):
            return None
        return painter(read_preferences(settings.config_file, lambda _: None).theme)

    def _end_progress(self) -> None:
        if self._progress is not None:
            self._progress.ended()

    def _finish(self, outcome: Outcome, text: str, name: str | None) -> int:
        """Prints one outcome; gives the exit status it asks for."""
        error = outcome.error
        try:
            with outcome.result as result:
                if error is None:
                    self._show(result, name is None)
        except AisqlError as late:
            error = late
        finally:
            self._end_progress()
        if error is not None:
            sys.stdout.flush()
            _report(error, text, name, outcome.piece.start, self._painter())
            return error.exit_status
        if outcome.result.notices:
            _warn(outcome.result.notices, text, name, outcome.piece.start)
        return OK

    def _show(self, result: Result, at_prompt: bool) -> None:
        if result.columns:
            write(result, self._output, self._format, self._options)
        elif at_prompt:
            self._rows = result.changes
            rows = "1 row" if result.changes == 1 else f"{result.changes} rows"
            self._output.write("OK\n" if result.changes is None else f"OK, {rows} changed\n")
        if at_prompt:
            sys.stdout.flush()


def _report(
    error: AisqlError,
    text: str,
    name: str | None,
    start: int = 0,
    paint: Callable[[str], str] | None = None,
) -> None:
    from aisql.render.diagnostics import draw
    from aisql.syntax.split import line_of

    _say(draw(error, source=text, name=name, line=line_of(text, start), start=start, paint=paint))


def _warn(notices: Sequence[str], text: str, name: str | None, start: int) -> None:
    from aisql.render.diagnostics import warning
    from aisql.syntax.split import line_of

    sys.stdout.flush()
    for notice in notices:
        _say(warning(notice, name, line_of(text, start)))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")  # in one piece: several processes may write to one terminal


def _say_bug(error: Exception) -> None:
    _say(f"aisql: internal error: {type(error).__name__}: {error}")
    _say("hint: this is a bug of aisql, please report it")


def _open_streams() -> None:
    """UTF-8 in and out whatever the locale; a stream the caller has closed becomes one that leads nowhere.

    It gets its number back as well, or a database file would have it, and errors would be written into that.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(nowhere, mode, closefd=False))  # noqa: SIM115 # open to the end
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]


def _abandon_output() -> None:
    """Leads stdout nowhere: Python would complain once more when it flushes it at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _guarded(work: Callable[[], int]) -> int:
    """Does the work; gives its exit status, or the one for what ended it, after telling of that."""
    try:
        status = work()
        sys.stdout.flush()
        return status
    except AisqlError as error:
        _say(f"aisql: error: {error.message}" + (f"\nhint: {error.hint}" if error.hint else ""))
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_output()
        return BROKEN_PIPE
    except OSError as error:  # every file is opened where its errors are told; what is left is the output
        _say(f"aisql: error: cannot write the result: {error.strerror or error}")
        _abandon_output()
        return FAILED
    except Exception as error:  # noqa: BLE001 # the last door: no traceback ever reaches a user
        _say_bug(error)
        return INTERNAL


def run() -> NoReturn:
    """The console script."""
    _open_streams()
    sys.exit(_guarded(lambda: main(sys.argv[1:])))
