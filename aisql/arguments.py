"""The arguments of the command line, one record each: help, completions and the page for man read them."""

from __future__ import annotations

import argparse
from functools import partial

from aisql import __version__
from aisql.manual import SHELLS
from aisql.manual.facts import EXIT_STATUSES
from aisql.render.registry import FORMATS
from aisql.settings import SETTINGS

DATABASES = (".db", ".sqlite", ".sqlite3")
"""How the names of databases end."""
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
_EPILOG = """\
aisql setup [NAME] finds a model of your own, as \\connect does at the prompt.

FILE: x.db, x.sqlite, x.sqlite3 is the database; x.csv, x.tsv, x.json, x.jsonl, x.ndjson, x.parquet, packed
as .gz or .zst too, is a table named after the file; - is the table stdin, what is piped in (-:jsonl tells its
format); x.sql is run as a script. Files are run first, then -c and -f in the order given.

exit status:
""" + "\n".join(f"  {status:<4} {text}" for status, text in EXIT_STATUSES)


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


def make_parser(width: int | None = None) -> argparse.ArgumentParser:
    """The parser of the arguments. Completion in other shells and the page for man are made from it.

    Help has lines of this `width`. Where none is given argparse asks the terminal, with each argument that is
    added, and loads what packs files for it.
    """
    parser = argparse.ArgumentParser(
        prog="aisql",
        description="A SQL shell in which AI models are catalog objects and model calls are SQL functions.",
        epilog=_EPILOG,
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=width),
        allow_abbrev=False,
    )
    vars(parser)["color"] = False  # from Python 3.14 on argparse has colours, and rules of its own for them
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="database, data or script files")
    _add_what_runs(parser)
    add("--catalog", metavar="FILE", help="the catalog file")
    config = parser.add_mutually_exclusive_group()
    config.add_argument("--config", metavar="FILE", help="the config file")
    config.add_argument("--no-rc", action="store_true", help="read no config file")
    add("--memory", action="store_true", help="keep tables in memory only")
    add("--readonly", action="store_true", help="change no table, and nothing in the catalog")
    add("--safe", action="store_true", help="start no program, open no other file, reach no new endpoint")
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
    _add_talk(parser)
    _add_output(parser)
    _add_guards(parser)
    add(
        "--completions",
        choices=SHELLS,
        metavar="SHELL",
        help=f"print what completes the command line in a shell: {', '.join(SHELLS)}",
    )
    add("--info", action="store_true", help="print where things are and what is set, as JSON without keys")
    add("--config-template", action="store_true", help="print a config file with all that can be chosen")
    add("--version", action="version", version=f"aisql {__version__}")
    return parser


def _add_what_runs(parser: argparse.ArgumentParser) -> None:
    """Adds statements, scripts and their variables."""
    add = parser.add_argument
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


def _add_talk(parser: argparse.ArgumentParser) -> None:
    """Adds what says more or less than usual."""
    for *names, text in (
        ("-q", "--quiet", "no greeting, no OK and no progress; errors and warnings are told"),
        ("--echo", "tell each statement of a script on stderr before it runs"),
        ("--timing", "tell how long each statement took, as \\timing does"),
        ("--no-pager", "show long results as they are"),
        ("--no-history", "neither read nor keep what is typed at the prompt"),
    ):
        parser.add_argument(*names, action="store_true", help=text)


def endings() -> dict[str, tuple[str, ...]]:
    """How the names of files end that an argument takes; other shells offer these."""
    from aisql.data.registry import BY_ENDING

    data = tuple(f".{ending}" for ending in BY_ENDING)
    return {
        "files": (*DATABASES, *data, ".sql"),
        "-f": (".sql",),
        "--catalog": DATABASES,
        "--config": (".toml",),
    }


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    formats = group.add_mutually_exclusive_group()
    formats.add_argument("--format", metavar="NAME", help="one of the following")
    for record in FORMATS.values():
        formats.add_argument(
            f"--{record.name}", dest="format", action="store_const", const=record.name, help=record.summary
        )
    add = group.add_argument
    add("-o", dest="output", metavar="FILE", help="results go to a file, whose name may tell the format")
    add("--null", metavar="TEXT", help="what stands for NULL")
    add("--no-header", action="store_true", help="leave out the names of columns")
    add(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        metavar="WHEN",
        help="colours: always, never, or where the output is a terminal (default: auto)",
    )


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
