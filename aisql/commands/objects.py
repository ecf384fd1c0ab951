"""What there is: tables, models, connections, endpoints, functions, by our own SHOW and DESCRIBE."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from aisql.commands.base import Command, Shell, only_word, path_sql
from aisql.errors import CatalogError, FileError, UsageError
from aisql.functions.registry import FUNCTIONS
from aisql.result import Column, Result, listing
from aisql.schema import quote_text

_ENDPOINTS = (
    'SELECT ENDPOINT_NAME AS endpoint, AI_MODEL_NAME AS "AI model", PROVIDER AS provider, URL AS url '
    "FROM oceanbase.DBA_OB_AI_MODEL_ENDPOINTS WHERE ENDPOINT_NAME LIKE {} ORDER BY 1"
)
_INDEXES = """SELECT l.name AS "index", s.tbl_name AS "table", iif(l."unique", 'yes', 'no') AS "unique",
    (SELECT group_concat(name, ', ') FROM pragma_index_info(l.name)) AS columns
    FROM (SELECT * FROM main.sqlite_schema UNION ALL SELECT * FROM temp.sqlite_schema) AS s,
    pragma_index_list(s.name) AS l WHERE s.type = 'table' AND s.name LIKE {} ORDER BY 1"""
_SCHEMA = """SELECT sql FROM (SELECT * FROM main.sqlite_schema UNION ALL SELECT * FROM temp.sqlite_schema)
    WHERE sql IS NOT NULL AND tbl_name LIKE ? AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"""
_ANY = "%"


def _describe(shell: Shell, arguments: str) -> None:
    """One table or view with its indexes, or one model; without a name all of them."""
    word = only_word(arguments, "name")
    if not word:
        _relations(shell)
        return
    path = path_sql(word)
    try:
        shell.show(shell.answer(f"DESCRIBE {path}"))
    except (CatalogError, FileError) as missing:
        try:
            shell.show(shell.answer(f"DESCRIBE MODEL {path}"))
        except CatalogError:
            if isinstance(missing, FileError):
                raise missing from None
            raise CatalogError(
                f"there is no table, view or model {word}", code="not_found", hint=missing.hint
            ) from None
        return
    indexes = shell.answer(_INDEXES.format(quote_text(word)))
    rows = list(indexes.rows)
    if rows:
        shell.show(Result(indexes.columns, rows, listing=True))


def _relations(shell: Shell) -> None:
    rows = list(shell.databases.current.tables())
    rows += [(str(row[0]), "model") for row in shell.answer("SHOW MODELS").rows]
    shell.show(listing(("name", "kind"), sorted(rows)))


def _shows(what: str) -> Callable[[Shell, str], None]:
    """A command that runs SHOW, for the names a pattern matches where there is one."""

    def run(shell: Shell, arguments: str) -> None:
        word = only_word(arguments, "pattern")
        shell.show(shell.answer(f"SHOW {what}" + (f" LIKE {_pattern(word)}" if word else "")))

    return run


def _pattern(word: str) -> str:
    """The pattern of a user, who may write `*`, as LIKE has it."""
    return quote_text(word.replace("*", _ANY).replace("?", "_") or _ANY)


def _shows_one_or_all(described: str, plural: str) -> Callable[[Shell, str], None]:
    """A command that describes what it is given the name of, and else lists all."""
    list_all = _shows(plural)

    def run(shell: Shell, arguments: str) -> None:
        word = only_word(arguments, "name")
        if not word or set(word) & set("*%?"):
            list_all(shell, arguments)
        else:
            shell.show(shell.answer(f"DESCRIBE {described} {path_sql(word)}"))

    return run


def _endpoints(shell: Shell, arguments: str) -> None:
    _small(shell, _ENDPOINTS.format(_pattern(only_word(arguments, "pattern"))))


def _indexes(shell: Shell, arguments: str) -> None:
    _small(shell, _INDEXES.format(_pattern(only_word(arguments, "table"))))


def _small(shell: Shell, query: str) -> None:
    result = shell.answer(query)
    shell.show(Result(result.columns, list(result.rows), listing=True))


def _functions(shell: Shell, arguments: str) -> None:
    pattern = only_word(arguments, "pattern").lower() or "*"
    rows = [
        (each.name, each.signature, each.summary)
        for each in FUNCTIONS.values()
        if fnmatchcase(each.name.lower(), pattern)
    ]
    shell.show(Result(tuple(map(Column, ("function", "call", "gives"))), rows, listing=True))


def _schema(shell: Shell, arguments: str) -> None:
    word = only_word(arguments, "table")
    rows = shell.databases.current.select(_SCHEMA, (word.replace("*", _ANY) or _ANY,))
    if word and not rows:
        hint = shell.databases.current.nearest_table(word)
        raise UsageError(f"there is no table or view {word}", code="not_found", hint=hint)
    shell.write((f"{sql!s};\n" for (sql,) in rows), sql=True)


COMMANDS = (
    Command(
        ("d",),
        "[NAME]",
        "tables, views and models, or the columns of one",
        _describe,
        "Runs DESCRIBE, and shows the indexes of a table. Example: \\d reviews",
        completes="table",
    ),
    Command(
        ("dt", "tables"),
        "[PATTERN]",
        "tables and views",
        _shows("TABLES"),
        "SHOW TABLES. In a PATTERN * is any text. Example: \\dt rev*",
        completes="table",
    ),
    Command(
        ("dv", "views"),
        "[PATTERN]",
        "views",
        _shows("VIEWS"),
        "SHOW VIEWS. Example: \\dv rev*",
        completes="table",
    ),
    Command(
        ("di", "indexes", "indices"),
        "[TABLE]",
        "indexes",
        _indexes,
        "Example: \\di reviews",
        completes="table",
    ),
    Command(
        ("dm", "models"),
        "[NAME]",
        "models, or one of them",
        _shows_one_or_all("MODEL", "MODELS"),
        "SHOW MODELS, DESCRIBE MODEL. Example: \\dm sentiment",
        completes="model",
    ),
    Command(
        ("dc", "connections"),
        "[NAME]",
        "API connections, or one of them",
        _shows_one_or_all("CONNECTION", "CONNECTIONS"),
        "SHOW CONNECTIONS, DESCRIBE CONNECTION. Example: \\dc llm",
    ),
    Command(("de", "endpoints"), "[PATTERN]", "endpoints of AI models", _endpoints, "Example: \\de qwen*"),
    Command(
        ("df", "functions"),
        "[PATTERN]",
        "AI functions",
        _functions,
        "Example: \\df ai_e*",
        completes="function",
    ),
    Command(
        ("l", "list", "databases"),
        "[PATTERN]",
        "databases",
        _shows("DATABASES"),
        "SHOW DATABASES. Example: \\l shop*",
    ),
    Command(
        ("schema",),
        "[TABLE]",
        "the CREATE statements of tables, views and indexes",
        _schema,
        "Example: \\schema reviews",
        completes="table",
    ),
)
