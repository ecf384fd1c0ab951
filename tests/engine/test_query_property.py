"""Whatever a statement looks like: it gives, and asks, what naive evaluation does.

Naive evaluation is SQLite with `ai_complete` as an ordinary function. The engine runs a statement with NULL
in the place of answers it does not have, so a mistake in the order of evaluation shows as a prompt that
naive evaluation never asks.

Rows, names, errors and tables are the same, and no prompt is sent twice. Which prompts are sent is compared
with the same statement in layers that SQLite cannot merge, so that it is evaluated in logical order. They are
the same, or fewer where a source asks: SQLite computes only what is used of it. Two kinds of statement may
send more: one that SQLite may leave early sends what evaluation without such savings asks at the most; of one
in which SQLite merges blocks, or in which AND, OR or BETWEEN is a value, only the results are compared.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import apsw
import pytest
from engine_shell import Shell, drain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server import ModelServer

from aisql.errors import AisqlError, StatementError

CONCURRENCY = 2
TABLES = """
CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT, k INTEGER);
INSERT INTO t VALUES (1, 'x', 1), (2, NULL, 1), (3, '', 2), (4, 'y', 2), (5, 'x', 3), (6, 'z', NULL),
  (7, 'w', 3), (8, 'y', 1), (9, NULL, NULL), (10, 'v', 4), (11, 'z', 2), (12, 'b', 5);
CREATE TABLE u (k INTEGER, name TEXT);
INSERT INTO u VALUES (1, 'a'), (2, 'b'), (3, NULL), (3, 'x'), (7, 'y');
CREATE VIEW v AS SELECT i, s || '.' AS s, k FROM t WHERE k IS NOT NULL;
CREATE VIEW w AS SELECT i, ai_complete('openai:m', 'V' || s) AS s, k FROM t WHERE k < 3;
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
    """What the engine gives, and all it has asked, also for what came too late."""
    server.requests.clear()
    shell("BEGIN")
    try:
        rows = shell(sql)
        evaluated = Evaluated(shell.columns, rows, tables(shell))
    except AisqlError as error:
        if error.code != "sql_error":
            raise
        evaluated = Evaluated(error=True)
    finally:
        shell("ROLLBACK")
    drain(shell, server, CONCURRENCY)
    asked = [str(body["messages"][-1]["content"]) for body in server.bodies]
    return evaluated, [prompt for prompt in asked if not prompt.startswith("drain")]


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
        self.tables = ["t", "t", "t", "t", "u", "u", "v", "w"]
        self.columns = {"t": ("i", "s", "k"), "u": ("k", "name"), "v": ("i", "s", "k"), "w": ("i", "s", "k")}

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
            return f"<A {c()} <; {c()} A>"
        if kind == 6:
            return f"<O {c()} <; {c()} O>"
        if kind == 7:
            return f"NOT ({c()})"
        if kind == 8:
            return f"{e()} = {e()}"
        if kind == 9:
            return f"{e()} IN ({e()}, 'a', {e()})"
        if kind == 10:
            return f"{e()} {self.pick('IN', 'NOT IN')} ({self.select(scope, depth - 1, 1)[0]})"
        if kind == 11:
            return f"<B {e()} <; {e()} <; {e()} B>"
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
                on = f"<A {plain} <; {self.condition(scope, depth - 1)} A>" if self.chance(2) else plain
                mark = "K" if kind == "LEFT JOIN" else "J"
                text += f" {kind} {right} ON <{mark} {on} {mark}>"
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
        if table == "w":
            self.parts.append("SELECT * FROM w")
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
        if self.chance(2):
            where = self.condition(everything, depth)
            if self.chance(2):
                plain = self.pick(f"{self.pick(*scope)} IS NOT NULL", f"{self.pick(*scope)} > 1")
                where = f"<A {where} <; {plain} A>"
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
            if self.chance(8):
                extra = self.pick(
                    f"{self.pick(*aliases)} IS NOT 'a'",
                    f"ai_complete('openai:m', 'N' || coalesce({self.pick(*aliases)}, '-')) IS NOT 'b'",
                )
                if " OVER " not in "".join(items):
                    where = f"<A {extra} <; {where} A>" if where else extra
        if top and self.chance(3):
            key = self.pick("alias", "position", "expression", "both")
            keys = {
                "alias": names[0],
                "position": str(len(names)),
                "expression": e(),
                "both": f"{names[-1]} DESC, {self.call(everything, depth)}",
            }
            order = f" ORDER BY {keys[key]}"
        limit = ""
        if top and self.chance(5 if not order else 2):
            limit = f"<L LIMIT {self.pick(1, 2, 4, 7)}{self.pick('', '', ' OFFSET 1')} L>"
        distinct = "DISTINCT " if self.chance(6) else ""
        parts = [",".join(scope), ",".join(names), distinct, source, where, group + having, order, limit]
        return f"<Q {' <; '.join(parts + items)} Q>"

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
        if self.chance(6) and " ORDER BY " not in sql and "LIMIT" not in sql:
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
            parts = [",".join(columns), "", "", source, where, "", "", "", number, e(columns), e(columns)]
            sql = f"INSERT {clause}INTO e (i, a, n) <Q {' <; '.join(parts)} Q>"
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
                sql += f" WHERE <J {self.condition(scope, depth)} J>"
            if self.chance(3):
                returning = f" RETURNING i, {e(scope)}"
        elif kind == "from":
            source, columns = self.source([], depth - 1)
            where = f"<A t.i = {columns[0]} <; {self.condition([*columns, 't.s'], depth)} A>"
            sql = f"UPDATE t SET s = {e([*columns, 't.s', 't.i'])} FROM {source} WHERE <J {where} J>"
        elif kind == "delete":
            sql = f"DELETE FROM t WHERE <J {self.condition(scope, depth)} J>"
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


# ---------------------------------------------------------------- how marks read


@dataclass(frozen=True)
class Mark:
    """A piece of a statement with more than one reading; its parts are between the separators."""

    kind: str
    parts: tuple[Text, ...]


Text = tuple["str | Mark", ...]
_TOKENS = re.compile(r"(<[A-Z] | <; | [A-Z]>)")
_EARLY_END = frozenset("ESL")
_EVERYTHING = frozenset("ESLAOB")


def parsed(text: str) -> Text:
    """The text as a tree of its marks."""
    tokens = iter(_TOKENS.split(text))

    def parts() -> tuple[Text, ...]:
        found: list[list[str | Mark]] = [[]]
        for token in tokens:
            if token == " <; ":
                found.append([])
            elif _TOKENS.fullmatch(token) and token[0] == "<":
                found[-1].append(Mark(token[1], parts()))
            elif _TOKENS.fullmatch(token):
                break
            elif token:
                found[-1].append(token)
        return tuple(tuple(part) for part in found)

    return parts()[0]


@dataclass(frozen=True)
class Reader:
    """Writes the statement without marks; those in `whole` as what leaves nothing out.

    When it is `logical` every block is layers that SQLite cannot merge: the sources with what costs nothing,
    what asks the model in the order of the text, the rows that come out, and what is late.
    """

    whole: frozenset[str] = frozenset()
    logical: bool = False

    def text(self, text: Text) -> str:
        """The SQL."""
        return "".join(piece if isinstance(piece, str) else self.mark(piece) for piece in text)

    def mark(self, mark: Mark) -> str:
        """The SQL of one mark."""
        if mark.kind == "Q":
            return self.layers(mark) if self.logical else self.block(mark)
        if mark.kind in "JK" and self.logical:
            cheap, dear = self.chain(mark.parts[0])
            return guarded([*cheap, *dear])
        left, *right = map(self.text, mark.parts)
        whole = mark.kind in self.whole
        match mark.kind:
            case "E":
                return f"(0 < (SELECT count(*) FROM ({left})))" if whole else f"EXISTS ({left})"
            case "S":
                array = "json_extract(json_group_array(x), '$[0]')"
                return f"(SELECT {array} FROM ({left}))" if whole else f"({left})"
            case "L":
                return "" if whole else f" {left}"
            case "B":
                low, high = right
                both = f"all_of(({left}) >= ({low}), ({left}) <= ({high}))"
                return both if whole else f"{left} BETWEEN {low} AND {high}"
            case "A":
                return f"all_of({left}, {right[0]})" if whole else f"{left} AND {right[0]}"
            case "O":
                return f"any_of({left}, {right[0]})" if whole else f"({left} OR {right[0]})"
        return left

    def block(self, mark: Mark) -> str:
        """A block as the user writes it."""
        _, names, distinct, source, where, group, order, limit, *items = map(self.text, mark.parts)
        listed = ", ".join(named(items, names))
        where = f" WHERE {where}" if where else ""
        return f"SELECT {distinct}{listed} FROM {source}{where}{group}{order}{limit}"

    def chain(self, condition: Text) -> tuple[list[str], list[str]]:
        """The parts of a chain of AND: those without a call, those with one."""
        parts = [self.text(part) for part in flat(condition, "A" not in self.whole)]
        dear = [part for part in parts if "ai_complete" in part]
        return [part for part in parts if "ai_complete" not in part], dear

    def layers(self, mark: Mark) -> str:
        """A block in logical order."""
        scope, names, distinct, _, _, group, order, limit, *items = map(self.text, mark.parts)
        columns = scope.split(",")
        source, waiting = self.sources(mark.parts[3])
        where = self.text(mark.parts[4])
        cheap, dear = self.chain(mark.parts[4]) if where else ([], [])
        if any(re.search(rf"(?<![.\w]){name}\b", where) for name in names.split(",") if name):
            expanded = [with_items(part, items, names) for part in [*cheap, *dear]]
            cheap = [part for part in expanded if "ai_complete" not in part]
            dear = [part for part in expanded if "ai_complete" in part]
        listed = ", ".join(f"{column} AS {flat_name(column)}" for column in columns)
        cut = " LIMIT -1 OFFSET 0"
        rows = f"(SELECT {listed} FROM {source} WHERE {' AND '.join(['1', *cheap])}{cut})"
        asking = [renamed(part, columns) for part in (*waiting, *dear)]
        if asking:
            rows = f"(SELECT * FROM {rows} WHERE {guarded(asking)}{cut})"
        items = [renamed(item, columns) for item in items]
        group, order = renamed(group, columns), renamed(order, columns)
        late = order and limit and not group and not distinct and not has_aggregates(items)
        if late:
            return self.late(rows, items, names, order, limit)
        return f"SELECT {distinct}{', '.join(named(items, names))} FROM {rows} WHERE 1{group}{order}{limit}"

    def late(self, rows: str, items: list[str], names: str, order: str, limit: str) -> str:
        """A block whose columns are computed for the rows that come out; those ORDER BY names, before."""
        used = {
            name: item
            for position, (item, name) in enumerate(zip(items, names.split(","), strict=True), 1)
            if re.search(rf"(?<![.\w])({name}\b|{position}(?!['\w]))", order.split("ai_complete")[0])
        }
        early = "".join(f", {item} AS {name}" for name, item in used.items())
        for position, name in enumerate(names.split(","), 1):
            order = re.sub(rf"^ ORDER BY {position}$", f" ORDER BY {name}", order)
        inner = f"(SELECT *{early} FROM {rows} WHERE 1{order}{limit or ' LIMIT -1'})"
        items = [name if name in used else item for item, name in zip(items, names.split(","), strict=True)]
        return f"SELECT {', '.join(named(items, names))} FROM {inner}"

    def sources(self, source: Text) -> tuple[str, list[str]]:
        """What FROM says, and the conditions with a call that wait for the whole join."""
        if any(isinstance(piece, Mark) and piece.kind == "K" for piece in source):
            return self.text(source), []
        written, waiting = "", []
        for piece in source:
            if isinstance(piece, Mark) and piece.kind == "J":
                cheap, dear = self.chain(piece.parts[0])
                written += " AND ".join(cheap or ["1"])
                waiting += dear
            else:
                written += self.text((piece,))
        return written, waiting


def named(items: list[str], names: str) -> list[str]:
    """Columns with their names."""
    if not names:
        return items
    return [f"{item} AS {name}" for item, name in zip(items, names.split(","), strict=True)]


def flat(condition: Text, is_open: bool) -> list[Text]:
    """The parts of a chain of AND."""
    pieces = [piece for piece in condition if not (isinstance(piece, str) and not piece.strip())]
    if is_open and len(pieces) == 1 and isinstance(pieces[0], Mark) and pieces[0].kind == "A":
        return [part for side in pieces[0].parts for part in flat(side, is_open)]
    return [condition]


def guarded(parts: list[str]) -> str:
    """A chain of AND that SQLite cannot take apart."""
    whole = "1"
    for part in reversed(parts):
        whole = f"CASE WHEN ({part}) THEN {whole} END"
    return whole


def flat_name(column: str) -> str:
    return column.replace(".", "__")


def renamed(text: str, columns: list[str]) -> str:
    """The text about the columns of a layer."""
    for column in columns:
        text = re.sub(rf"(?<![.\w]){re.escape(column)}\b", flat_name(column), text)
    return text


def with_items(text: str, items: list[str], names: str) -> str:
    """The text with columns in the place of their names."""
    for item, name in zip(items, names.split(","), strict=True):
        text = re.sub(rf"(?<![.\w]){name}\b", lambda _, item=item: f"({item})", text)
    return text


def has_aggregates(items: list[str]) -> bool:
    """Whether there is a window or an aggregate among the columns."""
    return any(re.search(r" OVER |\b(max|min|count|sum|group_concat)\(", item) for item in items)


def kinds(text: Text) -> Iterator[str]:
    """What may make the engine ask something else than the layers do.

    `early`: SQLite may stop before the end, and what was asked ahead turns out not to be needed. `lazy`: a
    source asks, and SQLite computes only the columns and rows of it that are used.
    """
    for piece in text:
        if isinstance(piece, Mark) and piece.kind in "JK":
            parts = flat(piece.parts[0], is_open=True)
            if any(is_valued(part) for part in parts):
                yield "merged"
        if isinstance(piece, str):
            if re.search(r"\bWITH ", piece):
                yield "early" if "RECURSIVE" in piece or "n + 1" in piece else "lazy"
            if re.search(r"\bw AS ", piece):
                yield "lazy"
            continue
        if piece.kind in "ES" or (piece.kind == "L" and "LIMIT" in Reader().text((piece,))):
            yield "early"
        for part in piece.parts:
            yield from kinds(part)
        if piece.kind == "Q":
            yield from kinds_of_block(piece)


def is_valued(part: Text) -> bool:
    """Whether a part of a chain has AND, OR or BETWEEN in it, which look at both sides inside CASE."""
    return "ai_complete" in (sql := Reader().text(part)) and re.search(r" (OR|AND) ", sql) is not None


def kinds_of_block(mark: Mark) -> Iterator[str]:
    """The same for one block.

    `merged`: SQLite merges a sub-query into the block around it, and computes a column of it for a condition
    of that block before the join in it has a row; it also comes to WHERE before ON.
    """
    source, where = Reader().text(mark.parts[3]), Reader().text(mark.parts[4])
    if re.search(r"SELECT|\b[qw]\d* AS ", source) and ("ai_complete" in source or " AS r" in source):
        yield "lazy"
        yield "merged"
    parts = flat(mark.parts[4], is_open=True)
    if any(is_valued(part) for part in parts):
        yield "merged"
    if " ON " in source and "ai_complete" in source:
        yield "merged"
    if any(
        re.search(rf"(?<![.\w]){name}\b", where) for name in Reader().text(mark.parts[1]).split(",") if name
    ):
        yield "merged"


def is_join(sql: str) -> bool:
    """Whether it reads from more than one source: nothing says in which order the rows of a join come."""
    return " JOIN " in sql or re.search(r" AS r\d+, ", sql) is not None


def is_unordered(sql: str) -> bool:
    """Whether the order of the rows of a join shows in what the statement does."""
    shows = r"\b(INSERT|UPDATE|LIMIT|OVER|group_concat|ORDER)\b"
    return is_join(sql) and re.search(shows, sql) is not None


def check(shell: Shell, server: ModelServer, naive: Naive, statement: Statement) -> str:
    """Compares the two evaluations; tells how near they came."""
    text = parsed(statement.sql)
    sql = Reader().text(text)
    try:
        found, asked = engine(shell, server, sql)
    except StatementError as error:
        if "cut most of them" not in str(error) or "ORDER BY" not in sql or "LIMIT" not in sql:
            raise
        return "refused"
    expected, _ = naive.asked(sql)
    if found != expected and is_unordered(sql):
        return "order"
    if is_join(sql) and "ORDER BY" not in sql:
        found.rows, expected.rows = sorted(found.rows, key=repr), sorted(expected.rows, key=repr)
    assert found == expected
    made = set(asked)
    assert len(asked) == len(made)
    if expected.error:
        return "error"
    layers = [Reader(logical=True).text(part) for part in (text, *map(parsed, statement.parts))]
    asked_by_layers = [naive.asked(layer) for layer in layers]
    if asked_by_layers[0][0].error:
        return "no layers"
    if made == asked_by_layers[0][1]:
        return "exact"
    reasons = set(kinds(text))
    if not reasons & {"early", "merged"}:
        needed = set[str]().union(*(prompts for _, prompts in asked_by_layers[: None if reasons else 1]))
        assert made <= needed, ("asked for nothing", made - needed)
        return "less"
    most = {
        prompt
        for part in (text, *map(parsed, statement.parts))
        for whole in (_EARLY_END, _EVERYTHING)
        for logical in (True, False)
        for prompt in naive.asked(Reader(whole, logical).text(part))[1]
    }
    if "merged" in reasons:
        return "merged" if made <= most else "more"
    assert made <= most, ("contaminated", made - most)
    return "ahead"


@pytest.fixture
def small(open_shell: Callable[..., Shell], server: ModelServer) -> Shell:
    server.answer = lambda body: answer(str(body["messages"][-1]["content"]))
    shell = open_shell()
    shell(TABLES)
    shell(f"SET ai.concurrency = {CONCURRENCY}; SET ai.cache = off")
    return shell


@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(statement=statements())
def test_a_statement_gives_and_asks_what_naive_evaluation_does(
    small: Shell, server: ModelServer, statement: Statement
) -> None:
    check(small, server, Naive(), statement)


@pytest.mark.long
@settings(
    max_examples=3_000,
    derandomize=False,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(statement=statements())
def test_many_statements_give_and_ask_what_naive_evaluation_does(
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
