"""Calls that stand in FROM as tables, lists in square brackets, and names with a dot."""

from __future__ import annotations

import pytest

from aisql.errors import Span
from aisql.syntax.calls import Call, ListLiteral, TableCall
from aisql.syntax.parse import Parser

FUNCTIONS = frozenset(("ai_x", "ai.generate"))

TABLES = [
    ("LATERAL TABLE(ai_x(1))", "", ()),
    ("TABLE(ai_x(1))", "", ()),
    ("lateral table ( ai_x ( 1 ) )", "", ()),
    ("LATERAL TABLE(ai_x(1)) AS p(a)", "p", ("a",)),
    ("LATERAL TABLE(ai_x(1)) AS p (a, b)", "p", ("a", "b")),
    ("LATERAL TABLE(ai_x(1)) p(a, b)", "p", ("a", "b")),
    ('TABLE(ai_x(1)) `p q` (`a b`, "c")', "`p q`", ("a b", "c")),
]


AROUND = [
    "SELECT * FROM |",
    "SELECT * FROM t, |",
    "SELECT * FROM t CROSS JOIN | WHERE 1",
    "SELECT * FROM t LEFT JOIN | ON TRUE",
    "SELECT (SELECT 1 FROM |)",
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("table", "alias", "columns"), TABLES)
def test_a_table_is_found_with_its_names(
    parser: Parser, around: str, table: str, alias: str, columns: tuple[str, ...]
) -> None:
    query = parser.query(around.replace("|", table), FUNCTIONS)
    (found,) = (node for node in query.nodes if isinstance(node, TableCall))
    assert query.text[slice(*found.span)] == table
    assert (found.call.name, found.alias, found.columns) == ("ai_x", alias, columns)


@pytest.mark.parametrize("alias", ["p", "AS p", ""])
def test_the_alias_alone_is_left_to_sqlite(parser: Parser, alias: str) -> None:
    query = parser.query(f"SELECT * FROM TABLE(ai_x(1)) {alias} WHERE a(b)", FUNCTIONS)
    (found,) = query.nodes
    assert isinstance(found, TableCall)
    assert (query.text[slice(*found.span)], found.alias, found.columns) == ("TABLE(ai_x(1))", "", ())


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM TABLE(ai_x(1), 2)",
        "SELECT * FROM TABLE(ai_x(1) + 1)",
        "SELECT table(1, ai_x(1))",
        "CREATE TABLE t AS SELECT ai_x(1)",
    ],
)
def test_other_brackets_are_no_table(parser: Parser, text: str) -> None:
    assert [type(node) for node in parser.query(text, FUNCTIONS).nodes] == [Call]


@pytest.mark.parametrize(
    ("written", "texts"),
    [
        ("['a']", ["'a'"]),
        ("[ 'a' ,'it''s, b' ]", ["'a'", "'it''s, b'"]),
        ("['']", ["''"]),
    ],
)
@pytest.mark.parametrize("name", ["", "k => "])
def test_a_bracket_of_strings_is_a_list(parser: Parser, name: str, written: str, texts: list[str]) -> None:
    query = parser.query(f"SELECT ai_x(1, {name}{written})", FUNCTIONS)
    (call,) = query.calls()
    (node,) = call.arguments[1].nodes
    assert isinstance(node, ListLiteral)
    assert (node.kind, query.text[slice(*node.span)]) == ("array", written)
    assert [query.text[slice(*argument.span)] for argument in node.arguments] == texts


@pytest.mark.parametrize("written", ["[a]", "[a b]", "['a]", "['a' b]", "[]", "[1]", "['a', b]", "x + ['a']"])
def test_any_other_bracket_is_a_name(parser: Parser, written: str) -> None:
    (call,) = parser.query(f"SELECT ai_x({written})", FUNCTIONS).calls()
    assert call.arguments[0].nodes == ()


def test_a_name_may_have_a_dot_behind_ai(parser: Parser) -> None:
    (call,) = parser.query("SELECT AI.Generate ('x')", FUNCTIONS).calls()
    assert (call.name, call.span) == ("ai.generate", Span(7, 24))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT x.ai_x.generate(1)",
        "SELECT bi.generate('x')",
        "SELECT ai.generate",
        "INSERT INTO ai.generate (a) VALUES (1)",
        "CREATE TABLE ai.generate (a)",
    ],
)
def test_other_names_with_a_dot_are_no_calls(parser: Parser, text: str) -> None:
    assert list(parser.query(text, FUNCTIONS).calls()) == []
