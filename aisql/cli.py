"""The command line: arguments to settings to a session; results to stdout, everything else to stderr."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from aisql import __version__
from aisql.errors import AisqlError, UsageError
from aisql.render.registry import FORMATS, Options, write
from aisql.session import Outcome, Session
from aisql.settings import Settings, cache_directory, data_directory, state_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, TypeAlias

    from aisql.result import Result

    Source: TypeAlias = tuple[str, str]
    """Where a script comes from: its name in messages, and how to get its text (see `_scripts`)."""

OK, FAILED, INTERNAL, INTERRUPTED, BROKEN_PIPE = 0, 1, 70, 130, 141
_DATABASES = (".db", ".sqlite", ".sqlite3")
_DATA = (".csv", ".tsv")
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
    add("--memory", action="store_true", help="keep tables in memory only")
    add(
        "--on-error",
        choices=("stop", "continue"),
        help="after a failed statement (default: stop, at a prompt continue)",
    )
    formats = parser.add_mutually_exclusive_group()
    for record in FORMATS.values():
        formats.add_argument(
            f"--{record.name}", dest="format", action="store_const", const=record.name, help=record.summary
        )
    add("--version", action="version", version=f"aisql {__version__}")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Runs the program; gives its exit status. Raises AisqlError for what stops it before a statement."""
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise UsageError("an argument is not UTF-8")
    options = _parser().parse_intermixed_args(arguments)
    files = _sorted_files(options.files)
    settings = Settings(variables=_variables(options.variables))
    session = _open_session(options, files, settings)
    try:
        _load_data(session, files["data"])
        shell = Shell(session, options.format or "table")
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


def _open_session(options: argparse.Namespace, files: dict[str, list[str]], settings: Settings) -> Session:
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
    """Runs text in a session and prints what comes of it."""

    def __init__(self, session: Session, format_name: str) -> None:
        self._session = session
        self._format = format_name
        self._options = Options(terminal=sys.stdout.isatty())

    def batch(self, scripts: Iterator[Source], *, stop: bool) -> int:
        """Runs scripts; the exit status is that of the first statement that failed."""
        status = OK
        for name, text in scripts:
            for outcome in self._session.run(text):
                failed = self._finish(outcome, text, name)
                status = status or failed
                if failed and stop:
                    return status
        return status

    def prompt(self) -> int:
        """Reads statements from the terminal until the user leaves."""
        from aisql.render.masking import mask_secrets
        from aisql.repl.prompt import loop, open_history

        history, warning = open_history(state_directory(), mask_secrets)
        if warning:
            _say(f"warning: {warning}")
        loop(
            history,
            self._run_typed,
            lambda result: write(result, sys.stdout, "table", self._options),
            lambda error: _report(error, "", None),
            lambda: self._session.databases.current.in_transaction,
        )
        return OK

    def _run_typed(self, text: str) -> None:
        was_open = self._session.databases.current.in_transaction
        try:
            for outcome in self._session.run(text):
                self._finish(outcome, text, None)
        except KeyboardInterrupt:
            is_open = self._session.databases.current.in_transaction
            _say(
                "interrupted"
                + (": SQLite rolled the open transaction back" if was_open and not is_open else "")
            )
        except Exception as error:  # noqa: BLE001 # the other door: a bug ends a statement, not the prompt
            _say_bug(error)

    def _finish(self, outcome: Outcome, text: str, name: str | None) -> int:
        """Prints one outcome; gives the exit status it asks for."""
        error = outcome.error
        if error is None:
            try:
                self._show(outcome.result, name is None)
            except AisqlError as late:
                error = late
        if error is not None:
            sys.stdout.flush()
            _report(error, text, name, outcome.piece.start)
            return error.exit_status
        if outcome.result.notices:
            _warn(outcome.result.notices, text, name, outcome.piece.start)
        return OK

    def _show(self, result: Result, at_prompt: bool) -> None:
        if result.columns:
            write(result, sys.stdout, self._format, self._options)
        elif at_prompt:
            rows = "1 row" if result.changes == 1 else f"{result.changes} rows"
            print("OK" if result.changes is None else f"OK, {rows} changed")  # noqa: T201 # stdout is ours
        if at_prompt:
            sys.stdout.flush()


def _report(error: AisqlError, text: str, name: str | None, start: int = 0) -> None:
    from aisql.render.diagnostics import draw
    from aisql.syntax.split import line_of

    _say(draw(error, source=text, name=name, line=line_of(text, start), start=start))


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
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]


def _abandon_output() -> None:
    """Leads stdout nowhere: Python would complain once more when it flushes it at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run() -> NoReturn:
    """The console script: `main`, and the last door for what nobody foresaw."""
    _open_streams()
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except AisqlError as error:
        _say(f"aisql: error: {error.message}" + (f"\nhint: {error.hint}" if error.hint else ""))
        status = error.exit_status
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        _abandon_output()
        status = BROKEN_PIPE
    except OSError as error:  # every file is opened where its errors are told; what is left is the output
        _say(f"aisql: error: cannot write the result: {error.strerror or error}")
        _abandon_output()
        status = FAILED
    except Exception as error:  # noqa: BLE001 # the last door: no traceback ever reaches a user
        _say_bug(error)
        status = INTERNAL
    sys.exit(status)
