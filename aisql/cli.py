"""The command line: arguments to settings to a session; results to stdout, everything else to stderr."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic, sleep, strftime

from aisql.arguments import DATABASES, endings, make_parser
from aisql.config import read_config
from aisql.engine.inputs import is_piped
from aisql.errors import AisqlError, OpenError, UsageError
from aisql.render.ability import is_dumb
from aisql.render.registry import format_named
from aisql.repl.files import read_script
from aisql.repl.reports import bug
from aisql.repl.streams import abandon_output, flush_output, open_streams, speak_utf_8
from aisql.settings import (
    SETTINGS,
    Settings,
    cache_directory,
    config_directory,
    configured,
    data_directory,
    environment_with,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, TextIO, TypeAlias

    from aisql.render.progress import Progress
    from aisql.repl.shell import Shell
    from aisql.repl.terminal import Terminal
    from aisql.session import Session
    from aisql.spend import Spend

    Source: TypeAlias = tuple[str, str]
    """Where a script comes from: its name in messages, and how to get its text (see `_scripts`)."""

OK, FAILED, USAGE, INTERNAL, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 70, 130, 141
_USUAL_SIZE = 80, 24
_SETUP = "setup"
"""The word that stands for \\connect in the place of files; a file of that name is ./setup."""


def main(arguments: Sequence[str]) -> int:
    """Runs the program; gives its exit status. Raises AisqlError for what stops it before a session."""
    began = monotonic()
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise UsageError("an argument is not UTF-8")
    parser = make_parser(_help_width())
    # To argparse what begins with a hyphen is an option.
    given = [f" {argument}" if argument.startswith("-:") else argument for argument in arguments]
    options = parser.parse_intermixed_args(given)
    if options.completions or options.config_template:
        sys.stdout.write(_text_asked_for(options, parser))
        return OK
    options.format = options.format and format_named(options.format)
    options.setup = _setup(options)
    files = _sorted_files(options.files if options.setup is None else [])
    settings = _settings(options)
    if options.info:
        sys.stdout.write(_information(options, files, settings))
        return OK
    progress = _progress(settings, asked_for=options.progress, quiet=options.quiet)
    is_interactive = not options.scripts and not files["script"] and _is_at_terminal()
    session = _open_or_in_memory(options, files, settings, progress, is_interactive=is_interactive)
    status = _guarded(lambda: _work(session, options, files, progress, is_interactive=is_interactive))
    if options.stats and status != USAGE:
        _say(_stats(session.spend, monotonic() - began, status))
    return status


def _is_at_terminal() -> bool:
    """Whether somebody types, and has a screen to see it on."""
    return sys.stdin.isatty() and (sys.stdout.isatty() or sys.stderr.isatty())


def _settings(options: argparse.Namespace) -> Settings:
    config = read_config("" if options.no_rc else _config_file(options.config), _warn)
    return Settings(
        environment_with(options.color),
        variables=_variables(options.variables),
        defaults=configured(config, _warn) | _defaults(options.settings or {}),
        config=config,
        warn=_warn,
    )


def _text_asked_for(options: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    """What is printed instead of opening a session."""
    if options.completions:
        from aisql.manual import completion

        return completion(options.completions, parser, endings())
    from aisql.manual.template import template

    return template(_config_file(None))


def _work(
    session: Session,
    options: argparse.Namespace,
    files: dict[str, list[str]],
    progress: Progress | None,
    *,
    is_interactive: bool,
) -> int:
    """Does in the session what was asked for, and closes it; gives the exit status."""
    from aisql.repl.shell import Shell  # help and the version do without

    scripts = options.scripts or ()
    try:
        for path in files["data"]:
            session.add_file(path)
        shell = Shell(
            session,
            _terminal(progress, is_interactive=is_interactive),
            options.format or "table",
            is_interactive=is_interactive,
            stop=options.on_error == "stop" or (options.on_error is None and not is_interactive),
            keeps=is_interactive or _asks_for_last([*(("-f", path) for path in files["script"]), *scripts]),
            config_directory=config_directory(),
        )
        view = shell.view
        view.null, view.header = options.null, not options.no_header
        view.echo, view.quiet, view.timing = options.echo, options.quiet, options.timing
        if options.no_pager:
            view.pager = ""
        if options.output is not None:
            waits = not is_interactive and options.on_error != "continue"
            shell.lead(options.output, format_name=options.format or "", waits=waits)
        if options.setup is not None:
            return _set_up(shell, options.setup)
        if is_interactive:
            return _prompt(shell, session, keeps_history=not options.no_history)
        return shell.batch(_scripts(files["script"], scripts))
    finally:
        session.close()


def _asks_for_last(scripts: Sequence[Source]) -> bool:
    """Whether one of the scripts may ask for the last result of one before it; files are not read yet."""
    from aisql.syntax.dialect import speaks_of_last

    return any(
        number if kind == "-f" else "\\" in text or speaks_of_last(text)
        for number, (kind, text) in enumerate(scripts)
    )


def _terminal(progress: Progress | None, *, is_interactive: bool) -> Terminal:
    from aisql.repl.terminal import Terminal

    is_terminal = sys.stdout.isatty()
    return Terminal(
        output=progress.beside(sys.stdout) if progress is not None and is_terminal else sys.stdout,
        say=_say,
        size=_size if is_terminal else None,
        say_width=_say_width if sys.stderr.isatty() else None,
        ask=_ask if is_interactive else None,
        progress=progress,
        clock=monotonic,
        sleep=sleep,
        moment=lambda: strftime("%Y-%m-%d %H:%M:%S"),
    )


def _ask(question: str) -> str:
    """The answer of the user. The prompt's way of reading it misses no Ctrl-C, as `input` may."""
    from aisql.repl.question import answer_to

    return answer_to(question)


def _say_width() -> int:
    return _size(sys.stderr)[0]


def _size(stream: TextIO | None = None) -> tuple[int, int]:
    """The columns and lines of the terminal a stream leads to; those of an old one where it does not tell."""
    try:
        columns, lines = os.get_terminal_size((stream or sys.stdout).fileno())
    except OSError:
        return _USUAL_SIZE
    return columns or _USUAL_SIZE[0], lines or _USUAL_SIZE[1]


def _help_width() -> int:
    """How wide help is: as argparse has it, two columns less than there are."""
    given = os.environ.get("COLUMNS", "")
    return (int(given) if given.isdecimal() and int(given) else _size()[0]) - 2


def _prompt(shell: Shell, session: Session, *, keeps_history: bool) -> int:
    """Reads from the terminal until the user leaves."""
    from aisql.repl.start import start

    try:
        return start(shell, session, keeps_history=keeps_history)
    finally:
        shell.close()


def _setup(options: argparse.Namespace) -> str | None:
    """The name `aisql setup` was given, '' for none; None where something else is to be done."""
    word, *names = options.files or [""]
    if word != _SETUP:
        return None
    if len(names) > 1 or options.scripts:
        raise UsageError("setup takes one name and no statements", hint=f"a file of that name is ./{_SETUP}")
    return names[0] if names else ""


def _set_up(shell: Shell, name: str) -> int:
    """Asks for a model of the user's own."""
    from aisql.commands.connection_dialog import connect

    connect(shell, name, ends=True)
    return 0


def _sorted_files(paths: Sequence[str]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {"database": [], "data": [], "script": []}
    for path in paths:
        suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 # pathlib would cost every start its import
        if suffix in DATABASES:
            kinds["database"].append(path)
        elif suffix == ".sql":
            kinds["script"].append(path)
        else:
            _check_data(path)
            kinds["data"].append(path.strip() if is_piped(path.strip()) else path)
    if len(kinds["database"]) > 1:
        raise UsageError("only one database file can be given", hint="ATTACH DATABASE adds another")
    return kinds


def _check_data(path: str) -> None:
    """Raises UsageError for a file that is none of data."""
    from aisql.data.registry import BY_ENDING, format_of

    if format_of(path) is None and not is_piped(path.strip()):
        known = ", ".join((*DATABASES, ".sql", *(f".{ending}" for ending in BY_ENDING)))
        raise UsageError(f"{path}: what kind of file this is cannot be told", hint=f"names end in {known}")


def _piped_data(options: argparse.Namespace, files: dict[str, list[str]]) -> int | None:
    """The descriptor of stdin where that is data. Raises UsageError where it would be a script too."""
    is_asked_for = any(map(is_piped, files["data"]))
    is_script = ("-f", "-") in (options.scripts or ()) or not (options.scripts or files["script"])
    if is_script and is_asked_for:
        raise UsageError("- is data, and nothing says what to run", hint="-c 'SELECT * FROM stdin'")
    if is_script or (sys.stdin.isatty() and not is_asked_for):
        return None
    return sys.stdin.fileno()


def _variables(pairs: Sequence[str]) -> dict[str, str]:
    for pair in pairs:
        if not pair.partition("=")[0].isidentifier() or "=" not in pair:
            raise UsageError(f"-v {pair}: a variable is written NAME=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)


def _defaults(given: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    known = {setting.name: setting for setting in SETTINGS}
    for name, (option, text) in given.items():
        try:
            known[name].read(text)
        except ValueError as error:
            raise UsageError(f"{option} must be {error}, got '{text}'") from None
    return {name: text for name, (_, text) in given.items()}


def _config_file(given: str | None) -> str:
    if given is None:
        return os.path.join(config_directory(), "config.toml")  # noqa: PTH118 # as above
    if not os.path.exists(given):  # noqa: PTH110 # as above
        raise UsageError(f"cannot read {given}: there is no such file")
    return given


def _progress(settings: Settings, *, asked_for: bool, quiet: bool) -> Progress | None:
    is_drawn = not quiet and sys.stderr.isatty() and not is_dumb(settings.environment)
    if not is_drawn and not asked_for:
        return None
    from aisql.render.progress import Progress

    return Progress(sys.stderr, plain=not is_drawn)


def _information(options: argparse.Namespace, files: dict[str, list[str]], settings: Settings) -> str:
    from aisql.catalog.paths import default_table_file
    from aisql.manual.info import information

    catalog = _catalog_file(options.catalog)
    database = _database_file(options, files) or default_table_file(catalog)
    told = information(settings, catalog, database, readonly=options.readonly, safe=options.safe)
    return f"{told}\n"


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


def _open_or_in_memory(
    options: argparse.Namespace,
    files: dict[str, list[str]],
    settings: Settings,
    progress: Progress | None,
    *,
    is_interactive: bool,
) -> Session:
    """Opens the session; at a prompt there is one where the user's own folder cannot be used, too."""
    try:
        return _open_session(options, files, settings, progress)
    except OpenError as error:
        if not is_interactive or options.memory or files["database"]:
            raise
        _warn(f"{error.message}; tables are kept in memory")
        options.memory = True
        return _open_session(options, files, settings, progress)


def _open_session(
    options: argparse.Namespace,
    files: dict[str, list[str]],
    settings: Settings,
    progress: Progress | None,
) -> Session:
    from aisql.session import Session  # as the shell

    database = _database_file(options, files)
    _refuse_one_file(options.catalog, database)
    return Session(
        settings,
        catalog_file=_catalog_file(options.catalog),
        directory=_directory(settings.environment),
        database_file=database,
        cache_directory=cache_directory,
        watcher=progress,
        readonly=options.readonly,
        safe=options.safe,
        stdin=_piped_data(options, files),
    )


def _directory(environment: Mapping[str, str]) -> str:
    """Where relative paths begin: in the working folder, though it may be gone."""
    try:
        return os.getcwd()  # noqa: PTH109 # as above
    except FileNotFoundError:
        return environment.get("PWD", os.sep)


def _database_file(options: argparse.Namespace, files: dict[str, list[str]]) -> str | None:
    """The database that was named, None for the default one."""
    if options.memory and files["database"]:
        raise UsageError("--memory and a database file exclude each other")
    return ":memory:" if options.memory else next(iter(files["database"]), None)


def _catalog_file(given: str | None) -> str:
    catalog = given or os.path.join(data_directory(), "default_catalog.sqlite")  # noqa: PTH118 # as above
    return os.path.abspath(catalog)  # noqa: PTH100 # as above


def _refuse_one_file(catalog: str | None, database: str | None) -> None:
    if catalog and database and os.path.realpath(catalog) == os.path.realpath(database):
        raise UsageError(f"{catalog} cannot be the catalog and the database at once", hint="name two files")


def _scripts(files: Sequence[str], scripts: Sequence[Source]) -> Iterator[Source]:
    """The name and the text of every script; a file is read when its turn comes."""
    for path in files:
        yield path, read_script(path)
    for kind, value in scripts:
        if kind == "-c":
            yield "<command>", value
        else:
            yield ("<stdin>" if value == "-" else value), read_script(value)
    if not files and not scripts:
        yield "<stdin>", read_script("-")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")  # in one piece: several processes may write to one terminal


def _tell(text: str) -> None:
    """Says prose, whose long lines are broken at blanks on a terminal."""
    if sys.stderr.isatty():
        from aisql.render.wrapping import broken

        text = broken(text, _say_width())
    _say(text)


def _warn(text: str) -> None:
    from aisql.render.escape import visible  # a file may hold what a terminal obeys

    _tell(f"aisql: warning: {visible(text, newline=False)}")


def _guarded(work: Callable[[], int]) -> int:
    """Does the work; gives its exit status, or the one for what ended it, after telling of that."""
    try:
        status = work()
        sys.stdout.flush()
        return status
    except AisqlError as error:
        _tell(f"aisql: error: {error.message}" + (f"\nhint: {error.hint}" if error.hint else ""))
        return error.exit_status
    except KeyboardInterrupt:
        flush_output()
        return INTERRUPTED
    except BrokenPipeError:
        abandon_output()
        return BROKEN_PIPE
    except OSError as error:  # every file is opened where its errors are told; what is left is the output
        _tell(f"aisql: error: cannot write the result: {error.strerror or error}")
        abandon_output()
        return FAILED
    except Exception as error:  # noqa: BLE001 # the last door: no traceback ever reaches a user
        _tell(bug(error))
        return INTERNAL


def run() -> NoReturn:
    """The console script."""
    speak_utf_8()
    open_streams()
    # Where click is installed httpx would import its own command line, and click, rich and pygments with it.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # it does without what cannot be imported
    sys.exit(_guarded(lambda: main(sys.argv[1:])))
