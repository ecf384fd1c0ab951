"""Calls in the place of a table, and the words around them."""

import pytest

from aisql.syntax.calls import Call, SearchCall

CALL = "VECTOR_SEARCH(TABLE db.v, DESCRIPTOR(e), q.e, 3)"

# The query, what of it the call takes up, and the names it is given.
PLACES = [
    (f"SELECT * FROM {CALL}", CALL, "", ()),
    (f"SELECT * FROM {CALL} AS r WHERE (a)", CALL, "", ()),
    (f"SELECT * FROM {CALL} JOIN (SELECT 1) USING (id)", CALL, "", ()),
    (f"SELECT * FROM t JOIN {CALL} USING (id)", CALL, "", ()),
    (f"SELECT * FROM {CALL} LIMIT (1)", CALL, "", ()),
    (f"SELECT * FROM {CALL} r (1)", CALL, "", ()),
    (f"SELECT * FROM TABLE({CALL})", f"TABLE({CALL})", "", ()),
    (f"SELECT * FROM t, table ( {CALL} ) r", f"table ( {CALL} )", "", ()),
    (f"SELECT * FROM t, LATERAL TABLE({CALL}) AS r", f"LATERAL TABLE({CALL})", "", ()),
    (f"SELECT * FROM t, lateral\nTABLE({CALL}) ON TRUE", f"lateral\nTABLE({CALL})", "", ()),
    (f"SELECT * FROM {CALL} r(a, `b c`) WHERE 1", f"{CALL} r(a, `b c`)", "r", ("a", "b c")),
    (f"SELECT * FROM {CALL} AS R ([a]), t", f"{CALL} AS R ([a])", "R", ("a",)),
    (f"SELECT * FROM LATERAL TABLE({CALL})AS r(a)", f"LATERAL TABLE({CALL})AS r(a)", "r", ("a",)),
]


@pytest.mark.parametrize(("text", "whole", "alias", "columns"), PLACES)
def test_a_table_call_takes_the_words_around_it(parser, text, whole, alias, columns):
    (node,) = parser.query(text, ()).nodes
    assert isinstance(node, SearchCall)
    assert (text[slice(*node.span)], text[slice(*node.call_span)]) == (whole, CALL)
    assert (node.name, node.alias, node.columns) == ("vector_search", alias, columns)
    assert [argument.kind for argument in node.arguments] == [
        "table",
        "descriptor",
        "expression",
        "expression",
    ]


def test_calls_in_its_arguments_are_found_in_their_order(parser):
    text = (
        "SELECT ai_x(3) FROM LATERAL TABLE(VECTOR_SEARCH((SELECT ai_x(1) AS e FROM t), DESCRIPTOR(e), "
        "ai_x(2), 3)) WHERE score > 0.5"
    )
    query = parser.query(text, ("ai_x",))
    assert [text[slice(*call.span)] for call in query.calls()] == ["ai_x(1)", "ai_x(2)", "ai_x(3)"]
    outer, inner = query.nodes
    assert (type(outer), type(inner)) == (Call, SearchCall)


NAMES = [
    "CREATE TABLE vector_search (a, b)",
    "INSERT INTO vector_search (a, b) VALUES (1, 2)",
    "SELECT vector_search.a FROM vector_search",
    "WITH vector_search (a) AS (SELECT 1) SELECT * FROM vector_search",
    "SELECT * FROM TABLE(json_each(1))",
    "SELECT * FROM LATERAL TABLE(a, b)",
]


@pytest.mark.parametrize("text", NAMES)
def test_a_table_may_have_the_name_and_others_may_stand_in_table(parser, text):
    assert parser.query(text, ()).nodes == ()
