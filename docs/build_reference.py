"""Writes the generated tables of README.md and of the pages in docs, and whole files, from the registries.

Run it after a change to a registry: `python docs/build_reference.py`. A table stands between
`<!-- begin NAME -->` and `<!-- end NAME -->`; what is around them is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from aisql.arguments import endings, make_parser
from aisql.commands.registry import FAMILIES
from aisql.data.registry import FILENAME, READABLE
from aisql.functions.options import CALL_OPTIONS
from aisql.functions.plain import PLAIN_FUNCTIONS
from aisql.functions.registry import FUNCTIONS, TABLE_FUNCTIONS
from aisql.functions.search import SEARCHES
from aisql.functions.spellings import SPELLINGS
from aisql.manual import completion
from aisql.manual.facts import EXIT_STATUSES, FOLDERS, VARIABLES
from aisql.manual.page import manual_page
from aisql.providers.base import CHAT
from aisql.providers.options import EVERY_INTERFACE, OPTIONS, Option
from aisql.providers.registry import BUILTIN, SERVICES
from aisql.providers.routes import address_of
from aisql.render.registry import FORMATS
from aisql.settings import SETTINGS

ROOT = Path(__file__).parent.parent
PAGES = (
    ROOT / "README.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("reference", "providers", "shell", "data")),
)
_REGION = re.compile(r"(<!-- begin (?P<name>\w+) -->\n).*?(<!-- end (?P=name) -->)", re.DOTALL)


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text: str | None) -> str:
    """The text in code quotes; nothing for nothing."""
    return f"`{text}`" if text else ""


def _functions() -> str:
    rows = ((code(each.signature), each.summary, each.task or "any") for each in FUNCTIONS.values())
    return table(("function", "gives", "task of the model"), rows)


def _plain_functions() -> str:
    rows = [(code(each.signature), each.summary) for each in PLAIN_FUNCTIONS.values()]
    rows += [(code(each.signature), each.summary) for each in SEARCHES.values()]
    return table(("function", "gives"), rows)


def _table_functions() -> str:
    rows = (
        (
            code(each.signature),
            ", ".join(code(f"{name} {kind}") for name, kind in each.columns([])),
            each.summary,
        )
        for each in TABLE_FUNCTIONS.values()
        if each.columns is not None
    )
    return table(("function", "columns", "gives"), rows)


def _spellings() -> str:
    rows = ((each.system, code(each.written), code(each.means), each.differs) for each in SPELLINGS)
    return table(("system", "written there", "means here", "what differs"), rows)


def _settings() -> str:
    rows = ((code(each.name), code(each.default or "''"), each.summary) for each in SETTINGS)
    return table(("setting", "default", "meaning"), rows)


def _options() -> str:
    rows = (
        (
            code(each.key),
            _valid(each),
            code(each.default),
            ", ".join(each.sources) or "aisql",
            _followed_by(each),
            _meaning(each),
        )
        for each in OPTIONS
    )
    return table(("option", "value", "default", "document", "followed by", "meaning"), rows)


def _followed_by(option: Option) -> str:
    """The interfaces that follow an option; those that do not, where they are fewer."""
    missing = [each for each in EVERY_INTERFACE if each not in option.interfaces]
    if not missing:
        return "all"
    if len(missing) == 1:
        return f"all but {code(missing[0])}"
    return ", ".join(map(code, option.interfaces))


def _properties() -> str:
    rows = (
        (f"`{each.key.replace('-', '_').upper()}`", _valid(each), code(each.default), _meaning(each))
        for each in OPTIONS
        if each.belongs_to_connections
    )
    return table(("property", "value", "default", "meaning"), rows)


def _valid(option: Option) -> str:
    if option.choices:
        return ", ".join(map(code, option.choices))
    if option.minimum is None:
        names = {"list": "texts", "json": "JSON object", "headers": "JSON object", "duration": "duration"}
        return names.get(option.type, option.type)
    if option.maximum is None:
        return f"{option.type} >= {option.minimum:g}"
    closing = "]" if option.maximum_inclusive else ")"
    return f"{option.type} in [{option.minimum:g}, {option.maximum:g}{closing}"


def _meaning(option: Option) -> str:
    older = f" Older name: {', '.join(map(code, option.spellings))}." if option.spellings else ""
    shown = " Never shown." if option.secret else ""
    tasks = f" Only {', '.join(option.tasks)}." if option.tasks else ""
    return f"{option.summary}{tasks}{older}{shown}"


def _call_options() -> str:
    rows = ((code(each.key), each.valid, each.summary) for each in CALL_OPTIONS)
    return table(("key", "value", "meaning"), rows)


def _providers() -> str:
    rows = (
        (
            code(each.name),
            code(each.base_url),
            code(
                each.name
                if each.name == BUILTIN
                else address_of(each.name, each.base_url or "", CHAT).interface
            ),
            "yes" if each.needs_key else "no",
            code(f"'{each.name}:MODEL'") if each.built_in_connection else "",
        )
        for each in SERVICES
    )
    return table(("provider", "usual address", "interface there", "needs a key", "ready as"), rows)


def _connections() -> str:
    rows = (
        (code(f"'{each.name}:MODEL'"), code(each.key_variable) or "none", code(each.base_url_variable))
        for each in SERVICES
        if each.built_in_connection
    )
    return table(("named as", "key", "other address"), rows)


def _formats() -> str:
    rows = ((code(f"--{each.name}"), each.summary) for each in FORMATS.values())
    return table(("option", "output"), rows)


def _commands() -> str:
    rows = [
        (", ".join(code(f"\\{name}") for name in each.names), code(each.arguments), each.summary)
        for family in FAMILIES.values()
        for each in family
    ]
    return table(("command", "arguments", "what it does"), rows)


def _statuses() -> str:
    return table(("status", ""), ((str(status), text) for status, text in EXIT_STATUSES))


def _variables() -> str:
    return table(
        ("variable", ""), ((", ".join(map(code, names.split(", "))), text) for names, text in VARIABLES)
    )


def _folders() -> str:
    rows = ((code(folder), code(variable), holds) for folder, variable, holds in FOLDERS)
    return table(("folder (Linux)", "variable", "holds"), rows)


def _readable() -> str:
    rows = (
        (code(f"read_{each.name}"), ", ".join(code(f".{ending}") for ending in each.endings), each.summary)
        for each in READABLE.values()
    )
    return table(("reader", "files", "what is in them"), rows)


def _reading() -> str:
    options = dict.fromkeys(option for each in READABLE.values() for option in (*each.options, FILENAME))
    formats = {
        option: ", ".join(each.name for each in READABLE.values() if option in (*each.options, FILENAME))
        for option in options
    }
    rows = (
        (", ".join(map(code, (each.name, *each.also))), each.values, formats[each], each.summary)
        for each in options
    )
    return table(("option", "values", "formats", "what it says"), rows)


REGIONS: Mapping[str, Callable[[], str]] = {
    "call_options": _call_options,
    "commands": _commands,
    "connections": _connections,
    "folders": _folders,
    "formats": _formats,
    "functions": _functions,
    "options": _options,
    "plain_functions": _plain_functions,
    "properties": _properties,
    "providers": _providers,
    "readable": _readable,
    "reading": _reading,
    "settings": _settings,
    "spellings": _spellings,
    "statuses": _statuses,
    "table_functions": _table_functions,
    "variables": _variables,
}


def refreshed(text: str) -> str:
    """The text of a page with every generated table made anew. Raises KeyError for an unknown name."""
    return _REGION.sub(lambda match: f"{match[1]}{REGIONS[match['name']]()}{match[3]}", text)


FILES: Mapping[str, Callable[[], str]] = {
    "completions/aisql.bash": lambda: completion("bash", make_parser(), endings()),
    "completions/aisql.fish": lambda: completion("fish", make_parser(), endings()),
    "docs/aisql.1": lambda: manual_page(make_parser(), endings()),
    "completions/_aisql": lambda: completion("zsh", make_parser(), endings()),
}
"""Files that are made as a whole."""


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(refreshed(page.read_text("utf-8")), "utf-8")
    for name, make in FILES.items():
        (ROOT / name).write_text(make(), "utf-8")
