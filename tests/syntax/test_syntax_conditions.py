"""The conditions of WHERE, ON and HAVING: which of their parts hold an AI call and which do not."""

import pytest

from aisql.errors import Span
from aisql.syntax.calls import Argument, Call, Condition, EndOfFrom, JsonLiteral, ListLiteral, walk

FUNCTIONS = frozenset(("ai", "ml_predict"))

# A query and its one condition: the parts without a call, those with one, those with MATCH.
ONE = [
    ("SELECT 1 WHERE ai(s) = 'x' AND i % 10 = 0", ["i % 10 = 0"], ["ai(s) = 'x'"], []),
    ("SELECT 1 WHERE a AND ai(1) AND b AND ai(2)", ["a", "b"], ["ai(1)", "ai(2)"], []),
    ("SELECT 1 WHERE ai(1) AND ai(2)", [], ["ai(1)", "ai(2)"], []),
    ("select 1 where ai(1) and not ai(2) and not b", ["not b"], ["ai(1)", "not ai(2)"], []),
    ("DELETE FROM t WHERE ai(1) AND b RETURNING c", ["b"], ["ai(1)"], []),
    ("UPDATE t SET a = 1 FROM u WHERE ai(1) AND t.b = u.b", ["t.b = u.b"], ["ai(1)"], []),
    ("SELECT a FROM t GROUP BY a HAVING ai(a) AND count(*) > 1", ["count(*) > 1"], ["ai(a)"], []),
    ("SELECT 1 FROM t JOIN u ON ai(1) AND a = b", ["a = b"], ["ai(1)"], []),
    ("CREATE TABLE x AS SELECT 1 FROM t JOIN u ON ai(1) AND a", ["a"], ["ai(1)"], []),
    # where a condition ends
    ("SELECT 1 WHERE ai(1) AND b GROUP BY c", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND b ORDER BY c", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND b LIMIT 1", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND b UNION SELECT 2", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND b INTERSECT SELECT 2", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND b EXCEPT SELECT 2", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND b HAVING c", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND b WINDOW w AS (ORDER BY a)", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND window AND b", ["window", "b"], ["ai(1)"], []),
    ("SELECT 1 FROM t JOIN u ON ai(1) AND b WHERE c", ["b"], ["ai(1)"], []),
    ("SELECT 1 FROM t JOIN u ON ai(1) AND b, v", ["b"], ["ai(1)"], []),
    ("SELECT 1 FROM t JOIN u ON ai(1) AND b JOIN v ON c", ["b"], ["ai(1)"], []),
    ("SELECT 1 FROM t JOIN u ON ai(1) AND b LEFT JOIN v", ["b"], ["ai(1)"], []),
    ("SELECT 1 FROM t JOIN u ON ai(1) AND b NATURAL FULL OUTER JOIN v", ["b"], ["ai(1)"], []),
    ("SELECT 1 FROM t JOIN u ON ai(1) AND left AND a = t.full", ["left", "a = t.full"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) AND t.order AND t . limit", ["t.order", "t . limit"], ["ai(1)"], []),
    ('SELECT 1 WHERE ai(1) AND "group" AND `or`', ['"group"', "`or`"], ["ai(1)"], []),
    ("SELECT 1 FROM (t JOIN u ON ai(1) AND b)", ["b"], ["ai(1)"], []),
    ("SELECT 1 FROM (SELECT 2 WHERE ai(1) AND b)", ["b"], ["ai(1)"], []),
    ("WITH c AS (SELECT 2 WHERE ai(1) AND b) SELECT 1", ["b"], ["ai(1)"], []),
    ("SELECT (SELECT 1 WHERE ai(1) AND b), c", ["b"], ["ai(1)"], []),
    ("SELECT count(*) FILTER (WHERE ai(1) AND b) FROM t", ["b"], ["ai(1)"], []),
    ("SELECT sum(a) FILTER (WHERE ai(1) AND b) OVER (ORDER BY c) FROM t", ["b"], ["ai(1)"], []),
    ("SELECT a IN (SELECT 1 WHERE ai(1) AND b) AND c", ["b"], ["ai(1)"], []),
    ("INSERT INTO t SELECT 1 WHERE ai(1) AND b ON CONFLICT (k) DO NOTHING", ["b"], ["ai(1)"], []),
    (
        "INSERT INTO t VALUES (1) ON CONFLICT (k) WHERE c DO UPDATE SET a = 2 WHERE ai(1) AND b",
        ["b"],
        ["ai(1)"],
        [],
    ),
    ("INSERT INTO t VALUES (1) ON CONFLICT (k) WHERE ai(1) AND b DO UPDATE SET a = 2", ["b"], ["ai(1)"], []),
    # AND that is no AND of the chain
    ("SELECT 1 WHERE a BETWEEN 1 AND 2 AND ai(1)", ["a BETWEEN 1 AND 2"], ["ai(1)"], []),
    ("SELECT 1 WHERE ai(1) BETWEEN 1 AND 2 AND b", ["b"], ["ai(1) BETWEEN 1 AND 2"], []),
    (
        "SELECT 1 WHERE a NOT BETWEEN b BETWEEN 1 AND 2 AND 3 AND ai(1)",
        ["a NOT BETWEEN b BETWEEN 1 AND 2 AND 3"],
        ["ai(1)"],
        [],
    ),
    (
        "SELECT 1 WHERE a BETWEEN CASE WHEN b AND c THEN 1 END AND 2 AND ai(1)",
        ["a BETWEEN CASE WHEN b AND c THEN 1 END AND 2"],
        ["ai(1)"],
        [],
    ),
    (
        "SELECT 1 WHERE CASE WHEN a AND b OR c THEN CASE d WHEN e THEN f AND g END ELSE h END AND ai(1)",
        ["CASE WHEN a AND b OR c THEN CASE d WHEN e THEN f AND g END ELSE h END"],
        ["ai(1)"],
        [],
    ),
    (
        "SELECT 1 WHERE CASE WHEN a BETWEEN 1 AND 2 THEN 3 END AND ai(1)",
        ["CASE WHEN a BETWEEN 1 AND 2 THEN 3 END"],
        ["ai(1)"],
        [],
    ),
    ("SELECT 1 WHERE a IS NOT DISTINCT FROM b AND ai(1)", ["a IS NOT DISTINCT FROM b"], ["ai(1)"], []),
    (
        "SELECT 1 WHERE ai(1) -- AND a\n AND b /* AND c */ = ' AND '",
        ["b /* AND c */ = ' AND '"],
        ["ai(1)"],
        [],
    ),
    ("SELECT 1 WHERE (a, b) = (1, 2) AND ai(1)", ["(a, b) = (1, 2)"], ["ai(1)"], []),
    # brackets
    ("SELECT 1 WHERE (ai(1) AND b)", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE((ai(1) AND(b)))ORDER BY 1", ["(b)"], ["ai(1)"], []),
    ("SELECT 1 FROM t JOIN u ON(ai(1) AND b)", ["b"], ["ai(1)"], []),
    ("SELECT 1 GROUP BY a HAVING(ai(1))AND(b)", ["(b)"], ["(ai(1))"], []),
    ("SELECT 1 WHERE/* ( */(ai(1) AND b)", ["b"], ["ai(1)"], []),
    ("SELECT 1 WHERE (ai(1) AND b) AND (c AND (ai(2) AND d))", ["b", "c", "d"], ["ai(1)", "ai(2)"], []),
    ("SELECT 1 WHERE a AND (b OR ai(1)) AND (c OR d)", ["a", "(c OR d)"], ["(b OR ai(1))"], []),
    ("SELECT 1 WHERE NOT (a AND ai(1)) AND b", ["b"], ["NOT (a AND ai(1))"], []),
    ("SELECT 1 WHERE (a AND ai(1)) = 1 AND b", ["b"], ["(a AND ai(1)) = 1"], []),
    ("SELECT 1 WHERE f(((ai(1)))) AND b", ["b"], ["f(((ai(1))))"], []),
    ("SELECT 1 WHERE EXISTS (SELECT ai(1)) AND b", ["b"], ["EXISTS (SELECT ai(1))"], []),
    ("SELECT 1 WHERE a IN (SELECT c WHERE ai(1)) AND b", ["b"], ["a IN (SELECT c WHERE ai(1))"], []),
    # MATCH
    ("SELECT 1 FROM f WHERE f MATCH 'x' AND ai(1) AND b", ["b"], ["ai(1)"], ["f MATCH 'x'"]),
    ("SELECT 1 FROM f WHERE ai(1) AND (f MATCH('x'))", [], ["ai(1)"], ["(f MATCH('x'))"]),
    ("SELECT 1 FROM f WHERE ai(1) AND f MATCH ai(2)", [], ["ai(1)"], ["f MATCH ai(2)"]),
    (
        "SELECT 1 WHERE a IN (SELECT b FROM f WHERE f MATCH 'x') AND ai(1)",
        ["a IN (SELECT b FROM f WHERE f MATCH 'x')"],
        ["ai(1)"],
        [],
    ),
    # of a block with FROM a condition that is no chain, too
    ("SELECT 1 FROM t WHERE ai(1) > a", [], ["ai(1) > a"], []),
    ("SELECT 1 FROM t WHERE (ai(1))", [], ["(ai(1))"], []),
    ("SELECT 1 FROM t WHERE ai(1) AND b OR c", [], ["ai(1) AND b OR c"], []),
    ("SELECT 1 FROM t WHERE (ai(1) AND b OR c) LIMIT 1", [], ["(ai(1) AND b OR c)"], []),
    ("SELECT 1 FROM t JOIN u ON ai(1) OR ai(2) WHERE a", [], ["ai(1) OR ai(2)"], []),
    ("SELECT 1 FROM t WHERE EXISTS (SELECT ai(1))", [], ["EXISTS (SELECT ai(1))"], []),
]

NONE = [
    "SELECT 1 WHERE ai(1)",
    "SELECT 1 WHERE a AND b",
    "SELECT 1 WHERE a OR ai(1) AND b",
    "SELECT 1 WHERE ai(1) AND b OR c",
    "SELECT 1 WHERE (ai(1) AND b OR c)",
    "SELECT 1 WHERE (ai(1) OR b)",
    "SELECT 1 WHERE CASE WHEN ai(1) AND b THEN c END",
    "SELECT 1 WHERE ai(1) BETWEEN a AND b",
    "SELECT 1 FROM f WHERE f MATCH ai(1) AND b",
    "SELECT 1 FROM f WHERE f MATCH 'x' OR ai(1)",
    "SELECT a FROM t GROUP BY a HAVING ai(1)",
    "SELECT count(*) FILTER (WHERE ai(1)) FROM t",
    "SELECT 1 FROM (t JOIN u ON ai(1))",
    "SELECT 1 FROM(t JOIN u ON ai(1) OR b)JOIN v",
    "DELETE FROM t WHERE ai(1)",
    "UPDATE t SET a = 1 WHERE ai(1)",
    "INSERT INTO t SELECT 1 FROM u WHERE true ON CONFLICT (k) DO UPDATE SET a = 2 WHERE ai(1)",
    "INSERT INTO t SELECT 1 FROM u WHERE true ON CONFLICT (k) WHERE ai(1) DO NOTHING",
    "SELECT 1 WHERE a IS DISTINCT FROM ai(1)",
    "SELECT ai(1) AND b",
    "SELECT ai(1) WHERE a AND b",
    "SELECT ai(1) AND b FROM t ORDER BY c AND ai(2)",
    "CREATE INDEX i ON t (ai(1) AND b)",
    "CREATE UNIQUE INDEX i ON ai (a)",
    "SELECT 1 WHERE",
    # what SQLite cannot read stays so
    "SELECT 1 FROM t WHERE AND ai(1)",
    "SELECT 1 FROM t WHERE ai(1) AND AND a",
    "SELECT 1 FROM t WHERE ai(1) AND",
    "SELECT 1 FROM WHERE ai(1)",
    "SELECT 1 FROM t JOIN WHERE ai(1)",
    "SELECT 1 FROM t, WHERE ai(1)",
    "SELECT 1 FROM t JOIN u ON WHERE ai(1)",
]

# A query in which `|` is the end of a FROM clause whose conditions hold calls: what each FROM reads, and of
# every condition its clause and which of the ends it refers to.
FROM = [
    ("SELECT i FROM t JOIN w ON t.i = w.k| WHERE ai(t.s) > ''", [["t", "w"]], [("WHERE", 0)]),
    ("SELECT 1 FROM t| WHERE ai(1)", [["t"]], [("WHERE", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1)|", [["t", "u"]], [("ON", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1) JOIN v| WHERE a", [["t", "u", "v"]], [("ON", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1) JOIN v| WHERE ai(2)", [["t", "u", "v"]], [("ON", 0), ("WHERE", 0)]),
    ("SELECT 1 FROM t| WHERE ai(1) GROUP BY a HAVING ai(2) AND b", [["t"]], [("WHERE", 0), ("HAVING", None)]),
    (
        "SELECT count(*) FILTER (WHERE ai(1) AND b) FROM t| WHERE ai(2)",
        [["t"]],
        [("WHERE", None), ("WHERE", 0)],
    ),
    ("SELECT 1 FROM t WHERE a", [], []),
    ("SELECT ai(1) FROM t GROUP BY a HAVING ai(1) AND b", [], [("HAVING", None)]),
    # what follows
    ("SELECT 1 FROM t JOIN u ON ai(1)| GROUP BY a", [["t", "u"]], [("ON", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1)| HAVING a", [["t", "u"]], [("ON", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1)| ORDER BY a", [["t", "u"]], [("ON", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1)| LIMIT 1", [["t", "u"]], [("ON", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1)| WINDOW w AS (ORDER BY a)", [["t", "u"]], [("ON", 0)]),
    ("SELECT 1 FROM t JOIN u ON(ai(1))|WHERE(a)", [["t", "u"]], [("ON", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1)| -- x\n WHERE a", [["t", "u"]], [("ON", 0)]),
    ("UPDATE t SET a = 1 FROM u JOIN v ON ai(1)| RETURNING a", [["t", "u", "v"]], [("ON", 0)]),
    # blocks beside each other
    (
        "SELECT 1 FROM t| WHERE ai(1) UNION SELECT 2 FROM u WHERE a EXCEPT SELECT 3 FROM v| WHERE ai(2)",
        [["t"], ["v"]],
        [("WHERE", 0), ("WHERE", 1)],
    ),
    ("SELECT 1 FROM t UNION ALL SELECT 2 WHERE ai(1) AND b", [], [("WHERE", None)]),
    ("SELECT 1 FROM t, u UNION SELECT 2 FROM v| WHERE ai(1)", [["v"]], [("WHERE", 0)]),
    ("SELECT 1 FROM t JOIN u ON ai(1)| INTERSECT SELECT 2", [["t", "u"]], [("ON", 0)]),
    # blocks in each other
    ("SELECT 1 FROM (SELECT 2 FROM t| WHERE ai(1)) AS u", [["t"]], [("WHERE", 0)]),
    ("SELECT 1 FROM(SELECT 2 FROM t| WHERE ai(1))| WHERE ai(2)", [["t"], [""]], [("WHERE", 0), ("WHERE", 1)]),
    (
        "SELECT 1 FROM t| WHERE a IN (SELECT b FROM u| WHERE ai(1)) AND c",
        [["t"], ["u"]],
        [("WHERE", 0), ("WHERE", 1)],
    ),
    (
        "SELECT 1 FROM t| WHERE EXISTS(SELECT a, b FROM u| WHERE ai(1) = c)",
        [["t"], ["u"]],
        [("WHERE", 0), ("WHERE", 1)],
    ),
    ("WITH c AS (SELECT 1 FROM t| WHERE ai(1)) SELECT 2 FROM c WHERE a", [["t"]], [("WHERE", 0)]),
    ("WITH c AS (SELECT 1 FROM t) SELECT 2 FROM c, t| WHERE ai(1)", [["c", "t"]], [("WHERE", 0)]),
    ("SELECT (SELECT 1 FROM t| WHERE ai(1)), b FROM u", [["t"]], [("WHERE", 0)]),
    ("SELECT ai((SELECT 1 FROM t| WHERE ai(1))) FROM u", [["t"]], [("WHERE", 0)]),
    ("SELECT (SELECT 1 FROM t| WHERE ai(1)) AS s, ai(2) FROM u ORDER BY a LIMIT 1", [["t"]], [("WHERE", 0)]),
    # other statements
    ("UPDATE t SET a = 1 FROM b, c| WHERE ai(1)", [["t", "b", "c"]], [("WHERE", 0)]),
    ("UPDATE OR IGNORE main.[t 1] AS x SET a = 1 FROM b| WHERE ai(1)", [["t 1", "b"]], [("WHERE", 0)]),
    ("UPDATE t SET(a, b) = (1, 2) FROM LATERAL TABLE(c)| WHERE ai(1)", [["t", ""]], [("WHERE", 0)]),
    ("UPDATE t SET a = (SELECT 1 FROM u| WHERE ai(1)) WHERE ai(2)", [["u"]], [("WHERE", 0)]),
    ("DELETE FROM t WHERE ai(1) AND b IS DISTINCT FROM c", [], [("WHERE", None)]),
    ("DELETE FROM t WHERE a IN (SELECT b FROM u| WHERE ai(1))", [["u"]], [("WHERE", 0)]),
    ("INSERT INTO t (a) SELECT 1 FROM u| WHERE ai(1)", [["u"]], [("WHERE", 0)]),
    (
        "INSERT INTO t SELECT 1 FROM u| WHERE ai(1) ON CONFLICT (k) WHERE ai(2) AND b "
        "DO UPDATE SET a = 2 WHERE ai(3) AND c",
        [["u"]],
        [("WHERE", 0), ("WHERE", None), ("WHERE", None)],
    ),
    ("CREATE TABLE x AS SELECT 1 FROM t| WHERE ai(1)", [["t"]], [("WHERE", 0)]),
    ("CREATE VIEW x AS SELECT 1 FROM t| WHERE ai(1)", [["t"]], [("WHERE", 0)]),
    ("EXPLAIN QUERY PLAN SELECT 1 FROM t| WHERE ai(1)", [["t"]], [("WHERE", 0)]),
    # sources
    (
        'SELECT 1 FROM main . "T ""1""" AS a, `b` c, [d], \'e\'| WHERE ai(1)',
        [['T "1"', "b", "d", "e"]],
        [("WHERE", 0)],
    ),
    ("SELECT 1 FROM t INDEXED BY i, u NOT INDEXED| WHERE ai(1)", [["t", "u"]], [("WHERE", 0)]),
    (
        "SELECT 1 FROM t NATURAL JOIN u CROSS JOIN v JOIN w USING (a, b)| WHERE ai(1)",
        [["t", "u", "v", "w"]],
        [("WHERE", 0)],
    ),
    ("SELECT 1 FROM t USING(a)| WHERE ai(1)", [["t"]], [("WHERE", 0)]),
    ("SELECT 1 FROM json_each(a, b) AS j, main.pragma_x (1)| WHERE ai(1)", [["", ""]], [("WHERE", 0)]),
    (
        "SELECT 1 FROM ml_predict(TABLE t, MODEL m, DESCRIPTOR(a)), t| WHERE ai(1)",
        [["", "t"]],
        [("WHERE", 0)],
    ),
    ("SELECT 1 FROM t JOIN(SELECT 2, 3) x, (SELECT 4)| WHERE ai(1)", [["t", "", ""]], [("WHERE", 0)]),
    ("SELECT 1 FROM t JOIN u ON a IS NOT DISTINCT FROM b| WHERE ai(1)", [["t", "u"]], [("WHERE", 0)]),
    ("SELECT a IS DISTINCT FROM b FROM t| WHERE ai(1)", [["t"]], [("WHERE", 0)]),
    ("SELECT DISTINCT a FROM t| WHERE ai(1)", [["t"]], [("WHERE", 0)]),
    ("SELECT t.from FROM t, window| WHERE ai(1)", [["t", "window"]], [("WHERE", 0)]),
    # joins in brackets
    ("SELECT 1 FROM (a JOIN b ON ai(1) AND x) JOIN c", [], [("ON", None)]),
    ("SELECT 1 FROM (a JOIN b ON ai(1) AND x) JOIN c ON ai(2)|", [["", "c"]], [("ON", None), ("ON", 0)]),
    ("SELECT 1 FROM(a JOIN b ON ai(1))| WHERE ai(2)", [[""]], [("WHERE", 0)]),
]

OUTER = [
    ("t LEFT JOIN u", True),
    ("t LEFT OUTER JOIN u ON a = b", True),
    ("t NATURAL RIGHT JOIN u", True),
    ("t JOIN u FULL JOIN v", True),
    ("(t LEFT JOIN u) JOIN v", True),
    ("(t JOIN (u LEFT JOIN v ON a))", True),
    ("t JOIN(u FULL JOIN v)", True),
    ("t, u", False),
    ("t CROSS JOIN u INNER JOIN v NATURAL JOIN w", False),
    ("(SELECT 1 FROM t LEFT JOIN u)", False),
    ("t JOIN u ON t.left = left(a) AND full", False),
]


def written(query, parts):
    return [query.text[slice(*part.span)] for part in parts]


def conditions(nodes):
    return (node for node in walk(nodes) if isinstance(node, Condition))


def ends_of_from(nodes):
    return (node for node in walk(nodes) if isinstance(node, EndOfFrom))


@pytest.mark.parametrize(("text", "cheap", "dear", "plain"), ONE)
def test_a_condition_is_parted(parser, text, cheap, dear, plain):
    query = parser.query(text, FUNCTIONS)
    (condition,) = conditions(query.nodes)
    assert len(list(ends_of_from(query.nodes))) == (condition.block is not None)
    parts = written(query, condition.cheap), written(query, condition.dear), written(query, condition.plain)
    assert parts == (cheap, dear, plain)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_chain_with_a_call_stays_as_it_is(parser, text):
    query = parser.query(text, FUNCTIONS)
    assert list(conditions(query.nodes)) == []
    assert [query.text[slice(*one.span)] for one in walk(query.nodes) if isinstance(one, Call)] == [
        f"ai({number})" for number in (1, 2) if f"ai({number})" in text
    ]


@pytest.mark.parametrize(("marked", "sources", "referring"), FROM)
def test_the_end_of_from_is_known_to_its_conditions(parser, marked, sources, referring):
    pieces = marked.split("|")
    query = parser.query("".join(pieces), FUNCTIONS)
    offsets = [len("".join(pieces[:count])) for count in range(1, len(pieces))]
    ends = sorted(ends_of_from(query.nodes), key=lambda end: end.span)
    assert [end.span for end in ends] == [Span(offset, offset) for offset in offsets]
    assert [list(end.sources) for end in ends] == sources
    numbers = {end.block: place for place, end in enumerate(ends)} | {None: None}
    assert len(numbers) == len(ends) + 1
    assert [(one.clause, numbers[one.block]) for one in conditions(query.nodes)] == referring


@pytest.mark.parametrize(("joined", "is_outer"), OUTER)
def test_the_end_of_from_knows_of_outer_joins(parser, joined, is_outer):
    (end,) = ends_of_from(parser.query(f"SELECT 1 FROM {joined} WHERE ai(1)", FUNCTIONS).nodes)
    assert end.has_outer_join is is_outer


def test_the_end_of_from_stands_between_the_conditions(parser):
    text = "SELECT 1 FROM t LEFT JOIN u ON ai(1) WHERE ai(2) OR a"
    calls = [
        Call("ai", (Argument(Span(at, at + 1)),), Span(at - 3, at + 2), level)
        for level, at in ((0, 34), (1, 46))
    ]
    on, where = Argument(Span(31, 36), (calls[0],)), Argument(Span(43, 53), (calls[1],))
    assert parser.query(text, FUNCTIONS).nodes == (
        Condition((), (on,), Span(31, 36), "ON", block=36),
        EndOfFrom(Span(36, 36), 36, ("t", "u"), has_outer_join=True),
        Condition((), (where,), Span(43, 53), "WHERE", block=36),
    )


def test_a_survey_and_its_query_number_the_ends_alike(parser):
    text = "SELECT ai((SELECT 1 FROM t WHERE ai(1))) FROM u ORDER BY a LIMIT 1"
    query = parser.query(text, FUNCTIONS)
    (item,) = query.survey.items
    assert item.nodes == query.nodes


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("SELECT 1 WHERE ai(1) AND b ORDER BY c", "ai(1) AND b"),
        ("SELECT 1 WHERE(ai(1) AND b)ORDER BY c", "(ai(1) AND b)"),
        ("SELECT 1 WHERE (ai(1))AND(b)LIMIT 1", "(ai(1))AND(b)"),
        ("SELECT 1 FROM (t JOIN u ON /* x */ ai(1) AND b /* y */)", "ai(1) AND b"),
    ],
)
def test_a_condition_knows_its_place(parser, text, whole):
    query = parser.query(text, FUNCTIONS)
    assert written(query, query.nodes) == [whole]


def test_conditions_stand_in_every_block(parser):
    query = parser.query(
        "WITH c AS (SELECT 1 WHERE ai(1) AND a) SELECT ai('m', (SELECT 2 WHERE ai(2) AND b)) FROM t "
        "JOIN u ON ai(3) AND c WHERE d IN (SELECT 3 WHERE ai(4) AND e) AND ai(5) HAVING ai(6) AND f",
        FUNCTIONS,
    )
    assert [(written(query, one.cheap), written(query, one.dear)) for one in conditions(query.nodes)] == [
        (["a"], ["ai(1)"]),
        (["b"], ["ai(2)"]),
        (["c"], ["ai(3)"]),
        ([], ["d IN (SELECT 3 WHERE ai(4) AND e)", "ai(5)"]),
        (["e"], ["ai(4)"]),
        (["f"], ["ai(6)"]),
    ]


def test_the_parts_of_a_condition_hold_what_is_ours(parser):
    text = "SELECT 1 WHERE ai(s) AND t = json '{}' AND f MATCH ARRAY[1]"
    call = Call("ai", (Argument(Span(18, 19)),), Span(15, 20), 0)
    literal = JsonLiteral(Span(29, 38), Span(34, 38))
    array = ListLiteral("array", (Argument(Span(57, 58)),), Span(51, 59))
    cheap, dear = Argument(Span(25, 38), (literal,)), Argument(Span(15, 20), (call,))
    plain = Argument(Span(43, 59), (array,))
    condition = Condition((cheap,), (dear,), Span(15, 59), "WHERE", (plain,))
    assert parser.query(text, FUNCTIONS).nodes == (condition,)
    assert condition.arguments == (dear, cheap, plain)


def test_the_calls_of_a_condition_keep_their_order(parser):
    query = parser.query("SELECT ai(3) WHERE ai(1) AND a AND (b AND ai(2))", FUNCTIONS)
    assert [(query.text[slice(*call.span)], call.level) for call in query.calls()] == [
        ("ai(1)", 0),
        ("ai(2)", 1),
        ("ai(3)", 2),
    ]
