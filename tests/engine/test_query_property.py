"""Whatever a statement looks like: it gives, and asks, what naive evaluation does.

Naive evaluation is SQLite with `ai_complete` as an ordinary function. The engine runs a statement with NULL
in the place of answers it does not have, so a mistake in the order of evaluation shows as a prompt that
naive evaluation never asks.

Rows, names, errors and tables are always the same, and no prompt is sent twice. The prompts are the same too,
but for two reasons for which SQLite may ask for less than the order of the text does: it leaves a LIMIT,
EXISTS or scalar sub-query early, and it evaluates a source or the sides of a condition in another order.
Then the engine may send what evaluation without such savings asks, and nothing else.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import apsw
import pytest
from engine_shell import Shell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server import ModelServer

from aisql.errors import AisqlError

CONCURRENCY = 2
AHEAD = 2 * CONCURRENCY
TABLES = """
CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT, k INTEGER);
INSERT INTO t VALUES (1, 'x', 1), (2, NULL, 1), (3, '', 2), (4, 'y', 2), (5, 'x', 3), (6, 'z', NULL),
  (7, 'w', 3), (8, 'y', 1), (9, NULL, NULL), (10, 'v', 4), (11, 'z', 2), (12, 'b', 5);
CREATE TABLE u (k INTEGER, name TEXT);
INSERT INTO u VALUES (1, 'a'), (2, 'b'), (3, NULL), (3, 'x'), (7, 'y');
CREATE VIEW v AS SELECT i, s || '.' AS s, k FROM t WHERE k IS NOT NULL;
CREATE TABLE e (i INTEGER PRIMARY KEY, a TEXT NOT NULL, n TEXT UNIQUE CHECK (n <> 'no'));
INSERT INTO e VALUES (1, 'old', NULL), (4, 'older', 'n');
CREATE TABLE log (a);
CREATE TRIGGER noted AFTER INSERT ON e BEGIN INSERT INTO log VALUES (NEW.a || coalesce(NEW.n, '?')); END;
CREATE TRIGGER changed AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (NEW.s || NEW.i); END;
"""


def answer(prompt: str) -> str:
    """What the model says: few different things, so that answers meet again in groups and joins."""
    return ("a", "b", "yes", "")[zlib.crc32(prompt.encode()) % 4]


# ---------------------------------------------------------------- the two ways of evaluation

Tables = dict[str, list[tuple[Any, ...]]]


@dataclass
class Evaluated:
    """What a statement gave; `error` is SQLite's message where it failed."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    tables: Tables = field(default_factory=dict)
    error: bool = False


def truth(value: Any) -> bool | None:
    """Whether SQLite takes a value for true."""
    match value:
        case str():
            number = re.match(r"\s*[-+]?\d+", value)
            return number is not None and int(number[0]) != 0
        case None:
            return None
    return bool(value)


def all_of(left: Any, right: Any) -> bool | None:
    """AND that looks at both sides."""
    values = {truth(left), truth(right)}
    return False if False in values else None if None in values else True


def any_of(left: Any, right: Any) -> bool | None:
    """OR that looks at both sides."""
    values = {truth(left), truth(right)}
    return True if True in values else None if None in values else False


class Naive:
    """SQLite with the model as an ordinary function, which notes what it is asked."""

    def __init__(self) -> None:
        self.prompts: set[str] = set()
        self._connection = apsw.Connection(":memory:")
        self._connection.create_scalar_function("ai_complete", self._complete, 2)
        self._connection.create_scalar_function("all_of", all_of, 2)
        self._connection.create_scalar_function("any_of", any_of, 2)
        self._connection.execute(TABLES)

    def _complete(self, _model: str, prompt: Any) -> str | None:
        if prompt is None or prompt == "":
            return None
        self.prompts.add(str(prompt))
        return answer(str(prompt))

    def asked(self, sql: str) -> tuple[Evaluated, set[str]]:
        self.prompts = set()
        self._connection.execute("SAVEPOINT example")
        evaluated = Evaluated()
        try:
            cursor = self._connection.cursor()
            cursor.exec_trace = lambda cursor, sql, bindings: (
                bool(described(cursor.get_description())) or True
            )

            def described(columns: Any) -> bool:
                evaluated.columns = [column[0] for column in columns]
                return True

            evaluated.rows = list(cursor.execute(sql))
            evaluated.tables = tables(lambda query: list(self._connection.execute(query)))
        except apsw.Error:
            evaluated = Evaluated(error=True)
        finally:
            self._connection.execute("ROLLBACK TO example; RELEASE example")
        return evaluated, self.prompts


def tables(select: Callable[[str], list[Any]]) -> Tables:
    return {name: select(f"SELECT rowid, * FROM {name}") for name in ("t", "e", "log")}


def engine(shell: Shell, server: ModelServer, sql: str) -> tuple[Evaluated, list[str]]:
    server.requests.clear()
    shell("BEGIN")
    try:
        rows = shell(sql)
        columns = shell.columns
        asked = [str(body["messages"][-1]["content"]) for body in server.bodies]
        return Evaluated(columns, rows, tables(shell)), asked
    except AisqlError as error:
        if error.code != "sql_error":
            raise
        return Evaluated(error=True), [str(body["messages"][-1]["content"]) for body in server.bodies]
    finally:
        shell("ROLLBACK")


# ---------------------------------------------------------------- queries

Draw = Callable[[st.SearchStrategy[Any]], Any]


class Writer:
    """Writes a random statement.

    Where SQLite stops before it has seen every row, the text has two forms: `<E`, `<S` and `<L` are EXISTS, a
    scalar sub-query and LIMIT in the one, and the same looking at every row in the other.
    """

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.numbers = count()
        self.budget = 9  # AI calls in one statement
        self.head = ""
        self.parts: list[str] = []
        self.tables = ["t", "t", "t", "u", "v"]
        self.columns = {"t": ("i", "s", "k"), "u": ("k", "name"), "v": ("i", "s", "k")}

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def chance(self, of: int) -> bool:
        return bool(self.draw(st.integers(0, of - 1)) == of - 1)

    def name(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers)}"

    # expressions

    def leaf(self, scope: list[str]) -> str:
        if scope and not self.chance(5):
            return str(self.pick(*scope))
        return str(self.pick("'p'", "'q'", "NULL", "''"))

    def call(self, scope: list[str], depth: int) -> str:
        if self.budget == 0:
            return self.leaf(scope)
        self.budget -= 1
        label = self.pick("'A'", "'B'", "'C'")
        inner = self.expression(scope, depth - 1)
        shape = self.pick("{l} || {x}", "{l} || coalesce({x}, '-')", "{x}", "{l} || coalesce({x}, '-')")
        return f"ai_complete('openai:m', {shape.format(l=label, x=inner)})"

    def expression(self, scope: list[str], depth: int) -> str:
        if depth <= 0:
            return self.leaf(scope)
        e = lambda: self.expression(scope, depth - 1)  # noqa: E731
        c = lambda: self.condition(scope, depth - 1)  # noqa: E731
        kind = self.draw(st.integers(0, 15))
        if kind <= 1:
            return self.leaf(scope)
        if kind <= 6:
            return self.call(scope, depth)
        if kind == 7:
            return f"({e()} || '+' || {e()})"
        if kind == 8:
            return f"coalesce({e()}, {e()})"
        if kind == 9:
            return f"CASE WHEN {c()} THEN {e()} ELSE {e()} END"
        if kind == 10:
            return f"CASE {e()} WHEN 'a' THEN {e()} WHEN {e()} THEN 'hit' END"
        if kind == 11:
            return f"iif({c()}, {e()}, {e()})"
        if kind == 12:
            return f"upper({e()})"
        if kind == 13:
            return f"(({c()}))"
        return self.scalar(scope, depth)

    def condition(self, scope: list[str], depth: int) -> str:
        if depth <= 0:
            return str(self.pick(f"{self.leaf(scope)} IS NOT NULL", f"{self.leaf(scope)} > 'm'"))
        e = lambda: self.expression(scope, depth - 1)  # noqa: E731
        c = lambda: self.condition(scope, depth - 1)  # noqa: E731
        kind = self.draw(st.integers(0, 13))
        if kind <= 1:
            return f"{self.call(scope, depth)} IS NOT 'a'"
        if kind <= 3:
            wanted = self.pick("a", "b", "yes")
            return f"{self.call(scope, depth)} = '{wanted}'"
        if kind == 4:
            return f"{e()} IS NULL"
        if kind == 5:
            return f"<A {c()} <& {c()} A>"
        if kind == 6:
            return f"<O {c()} <| {c()} O>"
        if kind == 7:
            return f"NOT ({c()})"
        if kind == 8:
            return f"{e()} = {e()}"
        if kind == 9:
            return f"{e()} IN ({e()}, 'a', {e()})"
        if kind == 10:
            return f"{e()} {self.pick('IN', 'NOT IN')} ({self.select(scope, depth - 1, 1)[0]})"
        if kind == 11:
            return f"{e()} BETWEEN {e()} AND {e()}"
        if kind == 12:
            return f"{e()} IS DISTINCT FROM {e()}"
        return self.exists(scope, depth)

    def exists(self, scope: list[str], depth: int) -> str:
        source, inner = self.source(scope, depth - 1)
        where = self.condition(inner + scope, depth - 1)
        return f"<E SELECT 1 FROM {source} WHERE {where} E>"

    def scalar(self, scope: list[str], depth: int) -> str:
        if self.chance(2):
            source, inner = self.source(scope, depth - 1)
            return f"(SELECT {self.aggregate(inner, scope, depth - 1)} FROM {source})"
        return f"<S {self.select(scope, depth - 1, 1, 'x')[0]} S>"

    def aggregate(self, scope: list[str], outer: list[str], depth: int) -> str:
        column = self.pick(*scope)
        inner = self.pick(
            column,
            f"{column} || {self.call(scope + outer, depth)}",
            f"coalesce({self.call([column], depth)}, {column})",
        )
        shape = self.pick(
            "max({x})",
            "count({x})",
            "count(DISTINCT {x})",
            "group_concat({x})",
            "min({x})",
            "sum(length({x}))",
        )
        text = str(shape.format(x=inner))
        if self.chance(4):
            text += f" FILTER (WHERE {self.condition(scope, depth)})"
        return f"ai_complete('openai:m', 'G' || {text})" if self.chance(3) else text

    def window(self, scope: list[str], depth: int) -> str:
        e = lambda: self.expression(scope, depth - 1)  # noqa: E731
        function = self.pick(
            f"count({e()})", f"lag({e()})", "row_number()", f"max({e()})", "rank()", f"first_value({e()})"
        )
        parts = ""
        if self.chance(2):
            parts = f"PARTITION BY {e()} "
        text = f"{function} OVER ({parts}ORDER BY {e()}, {self.pick(*scope)})"
        return f"ai_complete('openai:m', 'W' || coalesce({text}, '-'))" if self.chance(3) else text

    # sources

    def source(self, outer: list[str], depth: int) -> tuple[str, list[str]]:
        text, scope = self.one_source(outer, depth)
        while self.chance(3):
            right, columns = self.one_source(outer, depth)
            # A condition that is cheap to meet keeps the product small.
            plain = f"{self.pick(*scope)} = {self.pick(*columns)}"
            scope = scope + columns
            kind = self.pick("JOIN", "LEFT JOIN", ",", "JOIN")
            if kind == ",":
                text += f", {right}"
            else:
                on = f"<A {plain} <& {self.condition(scope, depth - 1)} A>" if self.chance(2) else plain
                text += f" {kind} {right} ON {on}"
            if text.count(" AS ") > 2:
                break
        return text, scope

    def one_source(self, outer: list[str], depth: int) -> tuple[str, list[str]]:
        alias = self.name("r")
        if depth > 1 and self.chance(3):
            sql, names = self.select([], depth - 1, self.pick(1, 2))
            self.parts.append(f"SELECT * FROM ({sql})")
            return f"({sql}) AS {alias}", [f"{alias}.{name}" for name in names]
        if self.chance(12):
            return f"(SELECT 'l' AS l UNION ALL VALUES ({self.expression([], depth)})) AS {alias}", [
                f"{alias}.l"
            ]
        table = self.pick(*self.tables)
        return f"{table} AS {alias}", [f"{alias}.{name}" for name in self.columns[table]]

    # queries

    def select(self, outer: list[str], depth: int, width: int, first: str = "") -> tuple[str, list[str]]:
        names = [first or self.name("c")] + [self.name("c") for _ in range(width - 1)]
        sql = self.block(outer, depth, names)
        while self.chance(9):
            sql += (
                f" {self.pick('UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT')} {self.block(outer, depth, names)}"
            )
        return sql, names

    def block(self, outer: list[str], depth: int, names: list[str], top: bool = False) -> str:
        source, scope = self.source(outer, depth)
        everything = scope + outer
        e = lambda: self.expression(everything, depth)  # noqa: E731
        where = group = having = order = ""
        budget = self.budget
        if "ai_complete" in source and " ON " in source:
            self.budget = 0  # SQLite comes to WHERE before ON where it can
        if self.chance(2):
            where = f" WHERE {self.condition(everything, depth)}"
        aliases = names
        self.budget = budget
        if self.chance(4):  # grouped
            items = [self.pick(self.aggregate(scope, outer, depth), e()) for _ in names]
            key = self.pick("alias", "position", "expression", "none", "column")
            keyed = e()
            if key in {"expression", "alias", "position"}:
                items[-1] = keyed
            grouping = {
                "alias": names[-1],
                "position": str(len(names)),
                "expression": keyed,
                "column": self.pick(*scope),
            }
            if key != "none":
                group = f" GROUP BY {grouping[key]}"
            else:
                items[0] = self.aggregate(scope, outer, depth)
            if self.chance(3):
                test = self.pick(
                    f"{self.aggregate(scope, outer, depth)} > 'H'",
                    f"{self.call(everything + aliases, depth)} IS NOT 'a'",
                    "count(*) > 1",
                )
                having = f" HAVING {test}"
        else:
            items = [self.window(scope, depth) if self.chance(8) else e() for _ in names]
            if self.chance(8) and not ("ai_complete" in source and " ON " in source):
                extra = self.pick(
                    f"{self.pick(*aliases)} IS NOT 'a'",
                    f"ai_complete('openai:m', 'N' || coalesce({self.pick(*aliases)}, '-')) IS NOT 'b'",
                )
                if " OVER " not in "".join(items):
                    where = f" WHERE <A {extra} <& {where[7:]} A>" if where else f" WHERE {extra}"
        if top and self.chance(3):
            key = self.pick("alias", "position", "expression", "both")
            keys = {
                "alias": names[0],
                "position": str(len(names)),
                "expression": e(),
                "both": f"{names[-1]} DESC, {self.call(everything, depth)}",
            }
            order = f" ORDER BY {keys[key]}"
        if top and self.chance(5):
            order += f"<L LIMIT {self.pick(1, 2, 4, 7)}{self.pick('', '', ' OFFSET 1')} L>"
        listed = ", ".join(f"{item} AS {name}" for item, name in zip(items, names, strict=True))
        distinct = "DISTINCT " if self.chance(6) else ""
        return f"SELECT {distinct}{listed} FROM {source}{where}{group}{having}{order}"

    def common(self, depth: int) -> str:
        """WITH and what follows it; later queries may use the names."""
        parts = []
        recursive = False
        for _ in range(self.pick(1, 1, 2)):
            name = self.name("q")
            if self.chance(3):
                recursive = True
                start, step = self.expression([], depth), self.expression([f"{name}.a", f"{name}.n"], depth)
                stop = self.condition([f"{name}.a"], depth) if self.chance(2) else "1"
                body = f"SELECT 1, {start} UNION ALL SELECT n + 1, {step} FROM {name} WHERE n < 4 AND {stop}"
                parts.append(f"{name}(n, a) AS ({body})")
                self.columns[name] = ("n", "a")
            else:
                sql, names = self.select([], depth, 2)
                hint = self.pick("", "", "MATERIALIZED ", "NOT MATERIALIZED ")
                parts.append(f"{name} AS {hint}({sql})")
                self.columns[name] = tuple(names)
            self.tables += [name] * 4
            self.parts.append(f"SELECT * FROM {name}")
        self.head = f"WITH {'RECURSIVE ' if recursive and self.chance(2) else ''}{', '.join(parts)} "
        return self.head

    def query(self, depth: int) -> str:
        head = self.common(depth - 1) if self.chance(4) else ""
        names = [self.name("c") for _ in range(self.pick(1, 2, 3))]
        sql = self.block([], depth, names, top=True)
        if self.chance(6) and "ORDER" not in sql and "LIMIT" not in sql:
            sql += f" {self.pick('UNION', 'UNION ALL', 'EXCEPT')} {self.block([], depth, names)}"
            if self.chance(2):
                sql += f" ORDER BY {self.pick(names[0], '1', str(len(names)))}"
        return head + sql

    def writing(self, depth: int) -> str:
        head = self.common(depth - 1) if self.chance(6) else ""
        kind = self.pick("insert", "insert", "update", "update", "delete", "from", "table")
        scope = ["i", "s", "k"]
        e = lambda names: self.expression(names, depth)  # noqa: E731
        returning = ""
        if kind == "insert":
            source, columns = self.source([], depth - 1)
            number = self.pick("3", *columns, "NULL", "NULL")
            where = self.condition(columns, depth)
            clause = self.pick("", "OR IGNORE ", "OR REPLACE ", "OR FAIL ", "")
            selected = f"{number}, {e(columns)}, {e(columns)} FROM {source} WHERE {where}"
            sql = f"INSERT {clause}INTO e (i, a, n) SELECT {selected}"
            if not clause and self.chance(2):
                action = f"DO UPDATE SET a = excluded.a || {e(['e.a', 'excluded.n', 'e.i'])}"
                if self.chance(3):
                    action += f" WHERE {self.condition(['e.a', 'excluded.a'], depth)}"
                sql += f" ON CONFLICT ({self.pick('n', 'i')}) {self.pick('DO NOTHING', action, action)}"
            if self.chance(3):
                returning = f" RETURNING i, {e(['e.a', 'e.n'])}"
        elif kind == "update":
            clause = self.pick("", "OR IGNORE ", "OR REPLACE ", "")
            sets = self.pick(
                f"s = {e(scope)}", f"s = {e(scope)}, k = {e(scope)}", f"(s, k) = ({e(scope)}, {e(scope)})"
            )
            sql = f"UPDATE {clause}t SET {sets}"
            if self.chance(2):
                sql += f" WHERE {self.condition(scope, depth)}"
            if self.chance(3):
                returning = f" RETURNING i, {e(scope)}"
        elif kind == "from":
            source, columns = self.source([], depth - 1)
            where = f"<A t.i = {columns[0]} <& {self.condition([*columns, 't.s'], depth)} A>"
            sql = f"UPDATE t SET s = {e([*columns, 't.s', 't.i'])} FROM {source} WHERE {where}"
        elif kind == "delete":
            sql = f"DELETE FROM t WHERE {self.condition(scope, depth)}"
            if self.chance(3):
                returning = f" RETURNING i, {e(scope)}"
        else:
            sql = f"INSERT INTO e (a, n) VALUES ({e([])}, {e([])}), ({e([])}, {e([])})"
        return head + sql + returning


@dataclass(frozen=True)
class Statement:
    """A statement with marks; `parts` are the queries in its FROM clauses, alone."""

    sql: str
    parts: tuple[str, ...] = ()


@st.composite
def statements(draw: Draw) -> Statement:
    writer = Writer(draw)
    depth = draw(st.integers(1, 3))
    sql = writer.writing(depth) if writer.chance(4) else writer.query(depth)
    return Statement(sql, tuple(writer.head + part for part in writer.parts))


# How a mark reads in the statement, and where nothing is left out.
_MARKS = {
    "<E ": ("EXISTS (", "(0 < (SELECT count(*) FROM ("),
    " E>": (")", ")))"),
    "<S ": ("(", "(SELECT json_extract(json_group_array(x), '$[0]') FROM ("),
    " S>": (")", "))"),
    "<L": ("", "/*"),
    " L>": ("", "*/"),
    "<A ": ("", "all_of("),
    " <& ": (" AND ", ", "),
    " A>": ("", ")"),
    "<O ": ("(", "any_of("),
    " <| ": (" OR ", ", "),
    " O>": (")", ")"),
}


_EARLY_END = frozenset(("<E ", " E>", "<S ", " S>", "<L", " L>"))


def written(sql: str, whole: frozenset[str] = frozenset()) -> str:
    """The statement without marks; those in `whole` as what leaves nothing out."""
    for mark, forms in _MARKS.items():
        sql = sql.replace(mark, forms[mark in whole])
    return sql


def is_simple(sql: str) -> bool:
    """Whether SQLite evaluates it in the order of the text: one table, no query inside, no LIMIT."""
    return len(re.findall("SELECT|JOIN|LIMIT| AS r|, [tuv] ", sql)) <= 2 and "LIMIT" not in sql


def check(shell: Shell, server: ModelServer, naive: Naive, statement: Statement) -> str:
    sql = written(statement.sql)
    expected, needed = naive.asked(sql)
    found, asked = engine(shell, server, sql)
    assert found == expected
    made = set(asked)
    assert len(asked) == len(made)
    if made == needed:
        return "exact"
    assert needed <= made or expected.error, ("never asked", needed - made)
    if expected.error:
        return "error"
    assert (
        sql.count("SELECT") > 1
        or " JOIN " in sql
        or ", " in sql.partition(" FROM ")[2].partition(" WHERE ")[0]
        or "LIMIT" in sql
        or "EXISTS" in sql
    ), ("asked for nothing", made - needed)
    logical = {
        prompt
        for part in (statement.sql, *statement.parts)
        for whole in (_EARLY_END, frozenset(_MARKS))
        for prompt in naive.asked(written(part, whole))[1]
    }
    assert made <= logical, ("contaminated", made - logical)
    return "ahead"


@pytest.fixture
def small(open_shell: Callable[..., Shell], server: ModelServer) -> Shell:
    server.answer = lambda body: answer(str(body["messages"][-1]["content"]))
    shell = open_shell()
    shell(TABLES)
    shell(f"SET ai.concurrency = {CONCURRENCY}")
    return shell


@settings(
    max_examples=80, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(statement=statements())
def test_a_statement_gives_and_asks_what_naive_evaluation_does(
    small: Shell, server: ModelServer, statement: Statement
) -> None:
    check(small, server, Naive(), statement)


FOUND = [
    "SELECT ai('sum' || group_concat(i)), ai(s) AS a FROM t GROUP BY 2",
    "SELECT ai('n' || count(*)), ai(s) AS a FROM t GROUP BY a",
    "SELECT ai(s) AS a, count(*) FROM t GROUP BY a HAVING ai('h' || count(*)) > 'a'",
    "SELECT ai('b' || s), ai(s) AS a FROM t WHERE a IS NOT 'a'",
    "SELECT ai('b' || s), (ai(s)) a FROM t WHERE ai('x' || coalesce(a, '-')) = 'a'",
    "SELECT ai(s) AS s FROM t WHERE ai('w' || coalesce(s, '-')) IS NOT 'a'",
    "SELECT ai('S' || i) FROM t ORDER BY ai('O' || i)<L LIMIT 2 L>",
    "SELECT max(ai('m' || i)) FILTER (WHERE ai(s) IS NOT 'a') FROM t",
    "SELECT ai(s) FROM t UNION SELECT name FROM u ORDER BY ai(s)",
    "SELECT name FROM u UNION ALL SELECT upper(ai(s)) FROM t ORDER BY upper(ai(s))",
    "WITH RECURSIVE r(n, a) AS (SELECT 1, ai('a') UNION ALL "
    "SELECT n + 1, ai(coalesce(a, '-') || n) FROM r WHERE n < 5) SELECT * FROM r",
    "WITH r(n, a) AS (SELECT 1, ai('a') UNION ALL SELECT n + 1, ai('p' || n) FROM r WHERE a IS NOT 'b') "
    "SELECT n, ai('o' || a) FROM r",
    "WITH x AS (SELECT ai('x' || coalesce(c, '-')) AS b FROM y), "
    "y AS (SELECT ai(s) AS c FROM t WHERE s > '') SELECT * FROM x",
    "SELECT ai(x) FROM (SELECT 1 AS x UNION ALL SELECT 1.0 UNION ALL SELECT '1')",
    "SELECT i FROM t WHERE ai('A' || i) = 'a' AND ai('B' || i) IS NOT 'c'<L LIMIT 1 L>",
    "REPLACE INTO e (i, a) SELECT k, ai(s) FROM t WHERE s > '' RETURNING ai('r' || i || a)",
]


@pytest.mark.parametrize("sql", FOUND)
def test_statements_that_once_asked_more_or_failed(small: Shell, server: ModelServer, sql: str) -> None:
    check(small, server, Naive(), Statement(sql.replace("ai(", "ai_complete('openai:m', ")))
