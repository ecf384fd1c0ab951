"""What follows what in SQLite's SQL: a table of words, not a grammar."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aisql.repl.completion.place import Place
from aisql.repl.completion.scope import Scope

_OPERATORS = ("AND", "OR", "IS NULL", "IS NOT NULL", "IN", "NOT IN", "LIKE", "NOT LIKE", "BETWEEN", "IS")
_MORE_OPERATORS = ("GLOB", "MATCH", "REGEXP", "COLLATE", "IS DISTINCT FROM", "NOT BETWEEN")
_COMPOUND = ("UNION ALL", "UNION", "INTERSECT", "EXCEPT")
_TAIL = ("ORDER BY", "LIMIT", *_COMPOUND)
_JOINS = ("JOIN", "LEFT JOIN", "INNER JOIN", "CROSS JOIN", "RIGHT JOIN", "FULL JOIN", "NATURAL JOIN")

BEGIN = (
    *(
        "SELECT",
        "INSERT INTO",
        "UPDATE",
        "DELETE FROM",
        "WITH",
        "CREATE",
        "DROP",
        "ALTER",
        "EXPLAIN",
        "VALUES",
    ),
    *("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "ATTACH DATABASE", "DETACH DATABASE"),
    *("ANALYZE", "VACUUM", "REINDEX", "REPLACE INTO", "END"),
)
"""What a statement of SQLite's begins with."""

OPERANDS = ("NOT", "NULL", "CASE", "CAST(", "EXISTS (", "DISTINCT", "TRUE", "FALSE", "MODEL")
"""What an expression may begin with beside names and calls."""

AFTER_OPERAND: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "SELECT": ("FROM", "AS", *_OPERATORS, *_MORE_OPERATORS, "OVER (", "FILTER (", "WHERE", *_TAIL),
        "FROM": (
            *_JOINS,
            "ON",
            "USING (",
            "WHERE",
            "GROUP BY",
            *_TAIL,
            "AS",
            "HAVING",
            "WINDOW",
            "RETURNING",
        ),
        "ON": (*_OPERATORS, *_JOINS, "WHERE", "GROUP BY", *_TAIL, *_MORE_OPERATORS),
        "USING": (*_JOINS, "WHERE", "GROUP BY", *_TAIL),
        "WHERE": (*_OPERATORS, "GROUP BY", *_TAIL, *_MORE_OPERATORS, "RETURNING", "WINDOW"),
        "GROUP": ("HAVING", *_TAIL, "WINDOW", "COLLATE"),
        "HAVING": (*_OPERATORS, *_TAIL, *_MORE_OPERATORS, "WINDOW"),
        "WINDOW": ("AS (", *_TAIL),
        "ORDER": ("ASC", "DESC", "NULLS FIRST", "NULLS LAST", "LIMIT", "COLLATE", *_OPERATORS),
        "LIMIT": ("OFFSET",),
        "UPDATE": ("SET", "AS"),
        "SET": ("WHERE", "FROM", "RETURNING", *_OPERATORS),
        "INTO": ("VALUES", "SELECT", "DEFAULT VALUES", "AS", "WITH"),
        "VALUES": ("ON CONFLICT", "RETURNING", *_TAIL),
        "RETURNING": ("AS", *_OPERATORS),
        "WITH": ("AS (", "AS MATERIALIZED ("),
        "CASE": ("WHEN", "THEN", "ELSE", "END", *_OPERATORS, *_MORE_OPERATORS),
        "": (*_OPERATORS, *_MORE_OPERATORS),
    }
)
"""What follows a name, a value or a bracket, by the clause it stands in."""

AFTER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "INSERT": ("INTO", "OR REPLACE INTO", "OR IGNORE INTO", "OR ABORT INTO", "OR FAIL INTO"),
        "REPLACE": ("INTO",),
        "DELETE": ("FROM",),
        "GROUP": ("BY",),
        "ORDER": ("BY",),
        "PARTITION": ("BY",),
        "LEFT": ("JOIN", "OUTER JOIN"),
        "RIGHT": ("JOIN", "OUTER JOIN"),
        "FULL": ("JOIN", "OUTER JOIN"),
        "INNER": ("JOIN",),
        "OUTER": ("JOIN",),
        "CROSS": ("JOIN",),
        "NATURAL": ("JOIN", "LEFT JOIN", "INNER JOIN"),
        "IS": ("NULL", "NOT NULL", "NOT", "DISTINCT FROM", "NOT DISTINCT FROM", "TRUE", "FALSE"),
        "UNION": ("ALL", "SELECT", "VALUES"),
        "INTERSECT": ("SELECT", "VALUES"),
        "EXCEPT": ("SELECT", "VALUES"),
        "NULLS": ("FIRST", "LAST"),
        "CONFLICT": ("DO NOTHING", "DO UPDATE SET"),
        "DO": ("NOTHING", "UPDATE SET"),
        "DEFAULT": ("VALUES", "NULL", "CURRENT_TIMESTAMP"),
        "WITH": ("RECURSIVE",),
        "EXPLAIN": ("QUERY PLAN", "PROMPT", "SELECT", "WITH", "INSERT INTO", "UPDATE", "DELETE FROM"),
        "QUERY": ("PLAN",),
        "PLAN": ("SELECT", "WITH", "INSERT INTO", "UPDATE", "DELETE FROM"),
        "PROMPT": ("SELECT", "WITH"),
        "CREATE": ("TABLE", "VIEW", "INDEX", "UNIQUE INDEX", "TRIGGER", "TEMPORARY", "VIRTUAL TABLE"),
        "TEMPORARY": ("TABLE", "VIEW", "TRIGGER"),
        "TEMP": ("TABLE", "VIEW", "TRIGGER"),
        "UNIQUE": ("INDEX",),
        "VIRTUAL": ("TABLE",),
        "DROP": ("TABLE", "VIEW", "INDEX", "TRIGGER"),
        "ALTER": ("TABLE",),
        "BEGIN": ("TRANSACTION", "IMMEDIATE", "EXCLUSIVE", "DEFERRED"),
        "COMMIT": ("TRANSACTION",),
        "ROLLBACK": ("TO", "TRANSACTION"),
        "ATTACH": ("DATABASE",),
        "DETACH": ("DATABASE",),
        "CASE": ("WHEN",),
        "RENAME": ("TO", "COLUMN"),
        "ADD": ("COLUMN",),
        "PRIMARY": ("KEY",),
        "FOREIGN": ("KEY (",),
    }
)
"""What follows one word wherever it stands."""

TYPES = ("INTEGER", "TEXT", "REAL", "BLOB", "NUMERIC")
COLLATIONS = ("NOCASE", "BINARY", "RTRIM")
PRAGMAS = (
    *("analysis_limit", "application_id", "auto_vacuum", "busy_timeout", "cache_size", "case_sensitive_like"),
    *("collation_list", "compile_options", "data_version", "database_list", "defer_foreign_keys", "encoding"),
    *("foreign_key_check", "foreign_key_list", "foreign_keys", "freelist_count", "function_list"),
    *("incremental_vacuum", "index_info", "index_list", "index_xinfo", "integrity_check", "journal_mode"),
    *("locking_mode", "mmap_size", "module_list", "optimize", "page_count", "page_size", "pragma_list"),
    *("query_only", "quick_check", "recursive_triggers", "schema_version", "synchronous", "table_info"),
    *("table_list", "table_xinfo", "temp_store", "user_version", "wal_autocheckpoint", "wal_checkpoint"),
)
COLUMN_PARTS = (
    *("PRIMARY KEY", "NOT NULL", "UNIQUE", "DEFAULT", "CHECK (", "REFERENCES", "COLLATE", "AUTOINCREMENT"),
    *("GENERATED ALWAYS AS (", "ON DELETE CASCADE", "ON UPDATE CASCADE"),
)
TABLE_PARTS = ("PRIMARY KEY (", "FOREIGN KEY (", "UNIQUE (", "CHECK (", "CONSTRAINT")

# Words that need an operand behind them.
_WAITING = frozenset(
    (
        *(
            "SELECT",
            "DISTINCT",
            "ALL",
            "WHERE",
            "AND",
            "OR",
            "NOT",
            "ON",
            "HAVING",
            "BY",
            "SET",
            "WHEN",
            "THEN",
        ),
        *("ELSE", "CASE", "IN", "LIKE", "GLOB", "MATCH", "REGEXP", "BETWEEN", "IS", "RETURNING", "LIMIT"),
        *("OFFSET", "ESCAPE", "USING", "VALUES"),
    )
)


def needs_operand(place: Place) -> bool:
    """Whether an expression begins at the place, rather than goes on."""
    last = place.token()
    if last is None:
        return False
    if last.kind == "word":
        return last.upper in _WAITING
    if last.kind == "bracket":
        return last.text in "(["
    return last.kind == "sign" and not (last.text == "*" and _is_star(place))


def _is_star(place: Place) -> bool:
    """Whether the asterisk before the place means all columns, and does not multiply."""
    return place.back(2) in {"SELECT", "DISTINCT", "ALL", ",", ".", "("}


def following(place: Place, scope: Scope) -> tuple[str, ...]:
    """The words of SQLite's that may stand at the place."""
    last = place.back()
    if place.index == 0:
        return BEGIN
    if last in AFTER and not (last == "REPLACE" and place.back(2) == "OR"):
        return AFTER[last] + (OPERANDS if last in {"IS", "CASE"} else ())
    if place.words.upper(0) in {"CREATE", "DROP", "ALTER"} and (words := _of_definitions(place)) is not None:
        return words
    if place.back(1) == "(" and place.back(2) in {"", "FROM", "JOIN", "IN", "EXISTS", "AS", ",", "="}:
        return ("SELECT", "WITH", "VALUES", *OPERANDS)
    if needs_operand(place):
        return OPERANDS
    return AFTER_OPERAND.get(scope.clause(place.index), ())


def _of_definitions(place: Place) -> tuple[str, ...] | None:
    """What follows in CREATE TABLE and its like; None inside a query there."""
    words = [place.words.upper(index) for index in range(place.index)]
    if "SELECT" in words or "WITH" in words:
        return None
    if words[-1] in {"TABLE", "VIEW", "INDEX", "TRIGGER"}:
        return ("IF NOT EXISTS",) if words[0] == "CREATE" else ("IF EXISTS",) if words[0] == "DROP" else ()
    if words[0] == "DROP":
        return ()
    if words[:2] == ["ALTER", "TABLE"]:
        return ("RENAME TO", "RENAME COLUMN", "ADD COLUMN", "DROP COLUMN") if len(words) == 3 else ("TO",)
    if "TABLE" in words:
        return _of_tables(place)
    if words[-1] == "AS":
        return ("SELECT", "WITH", "VALUES")
    return (
        ("AS",)
        if "VIEW" in words
        else ("ON", "WHERE", "ASC", "DESC", "BEGIN", "AFTER", "BEFORE", "INSTEAD OF")
    )


def _of_tables(place: Place) -> tuple[str, ...]:
    around = place.words.around(place.index)
    last = place.back()
    if not around:
        return ("SELECT", "WITH", "VALUES") if last == "AS" else ("AS", "STRICT", "WITHOUT ROWID", "USING")
    if last in {"(", ","}:
        return TABLE_PARTS if last == "," else ()
    behind = place.back(2)
    return (*TYPES, *COLUMN_PARTS) if behind in {"(", ","} else COLUMN_PARTS
