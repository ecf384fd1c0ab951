"""What is ours inside a query, and in which order it is evaluated."""

import pytest

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.calls import Argument, Call, JsonLiteral, ListLiteral

FUNCTIONS = frozenset(("ai_complete", "ai_classify", "ml_predict"))

# `{x}` stands for a call; behind it the calls in the order they are evaluated in.
ORDER = [
    ("SELECT {a}, {b}, {c}", "a=b=c"),
    ("SELECT {s} FROM {f} JOIN u ON {j} WHERE {w}", "f j w s"),
    ("SELECT {s} FROM t, {f} LEFT JOIN u ON {j} JOIN v ON {k}", "f j k s"),
    ("SELECT {s} FROM t WHERE {w} GROUP BY {g} HAVING {h} ORDER BY {o}", "w g h s o"),
    ("SELECT DISTINCT {s} FROM t WHERE {w} ORDER BY {o} LIMIT {l}", "w s o l"),
    ("select {s} from t where {w} group by {g} having {h} order by {o}", "w g h s o"),
    ("SELECT {s} FROM(SELECT {i} WHERE({w})) WHERE({x})", "w i x s"),
    ("SELECT {s} FROM (SELECT {i} AS a FROM t WHERE {w}) WHERE {x}", "w i x s"),
    ("WITH c AS (SELECT {i} FROM t WHERE {w}) SELECT {s} FROM c WHERE {x}", "w i x s"),
    ("WITH c AS (SELECT {a}), d(x) AS NOT MATERIALIZED (SELECT {b} FROM c) SELECT {s} FROM d", "a b s"),
    ("WITH RECURSIVE c AS (SELECT {a} UNION ALL SELECT {b} FROM c WHERE {w}) SELECT {s} FROM c", "a w b s"),
    # compound selects: block after block
    ("SELECT {a} WHERE {b} UNION SELECT {c} WHERE {d}", "b a d c"),
    ("SELECT {a} UNION ALL SELECT {b} WHERE {c} EXCEPT SELECT {d} INTERSECT SELECT {e}", "a c b d e"),
    ("VALUES ({a}, {b}), ({c}, 1)", "a=b=c"),
    # inside an expression: arguments first, conditions before branches
    ("SELECT {a:{b:{c}}}, {d}", "c b a d"),
    ("SELECT coalesce({a}, {b:{c}}), upper({d})", "a c b d"),
    ("SELECT CASE WHEN {a} THEN {b} WHEN {c} THEN {d} ELSE {e} END", "a b c d e"),
    ("SELECT ((({a}))) || ({b} + {c})", "a b c"),
    ("SELECT {s} FROM t WHERE {a} AND ({b} OR NOT {c})", "a b c s"),
    # subqueries
    ("SELECT (SELECT {a} FROM u WHERE {b}), {c} FROM t WHERE {d}", "d b a c"),
    ("SELECT {s} FROM t WHERE x IN (SELECT {a} FROM u WHERE {b}) AND EXISTS (SELECT 1 WHERE {c})", "b a c s"),
    ("SELECT {s:(SELECT {a} WHERE {b})}", "b a s"),
    ("SELECT a FROM t ORDER BY (SELECT {a} WHERE {b}), {c}", "b a c"),
    ("SELECT sum(x) OVER (PARTITION BY {a} ORDER BY {b}), {c} FROM t WHERE {w}", "w a b c"),
    ("SELECT count(*) FILTER (WHERE {a}), {b} FROM t WHERE {w}", "w a=b"),
    # DISTINCT FROM is an operator
    ("SELECT {s} FROM t WHERE a IS DISTINCT FROM {w} GROUP BY {g}", "w g s"),
    ("SELECT a IS NOT DISTINCT FROM {s} FROM t WHERE {w}", "w s"),
    ("SELECT {a} IS DISTINCT FROM {b}, {c} FROM t GROUP BY {g}", "g a b c"),
    # statements that write
    ("UPDATE t SET a = {s}, b = {r} WHERE {w} RETURNING {x}", "w s=r x"),
    ("UPDATE t SET a = {s} FROM (SELECT {f}) AS u WHERE {w}", "f w s"),
    ("DELETE FROM t WHERE {w} RETURNING {r}", "w r"),
    ("INSERT INTO t VALUES ({a}, {b}) RETURNING {r}", "a=b r"),
    ("INSERT INTO t (a) SELECT {s} FROM u WHERE {w}", "w s"),
    (
        "INSERT INTO t SELECT {s} FROM u WHERE {w} ON CONFLICT (a) DO UPDATE SET a = {x} WHERE {y}",
        "w s y x",
    ),
    ("WITH c AS (SELECT {a}) INSERT INTO t SELECT {s} FROM c", "a s"),
    ("CREATE TABLE t AS SELECT {s} FROM u WHERE {w}", "w s"),
    ("EXPLAIN QUERY PLAN SELECT {s} FROM t WHERE {w}", "w s"),
    ("CREATE TABLE x AS SELECT {s} FROM t JOIN u ON {j}", "j s"),
    # rows are sorted before they are cut
    ("SELECT {s} FROM t GROUP BY {g} ORDER BY {o} LIMIT 5", "g o s"),
    ("SELECT {s} AS s FROM t ORDER BY {o}, s LIMIT 5", "o s"),
    # names that look like clauses
    ("SELECT t.offset, {s} FROM t WHERE t . having = {w}", "w s"),
    ("SELECT conflict, replace({a}, 'x', {b}), {c} FROM t WHERE {w}", "w a b c"),
    ('SELECT `from`, {s}, [group], "where" FROM t WHERE {w}', "w s"),
    ("SELECT {s} /* FROM */ -- WHERE\n, 'ORDER BY' FROM t WHERE {w}", "w s"),
]

VERBS = [
    ("select 1", "SELECT", "select"),
    ("VALUES (1)", "VALUES", "VALUES"),
    ("WITH a AS (SELECT 1) SELECT 2", "SELECT", "SELECT"),
    ("WITH a AS (SELECT 1) insert into t SELECT 2", "INSERT", "insert"),
    ("EXPLAIN QUERY PLAN UPDATE t SET a = 1", "UPDATE", "UPDATE"),
    ("REPLACE INTO t VALUES (1)", "REPLACE", "REPLACE"),
    ("DELETE FROM t", "DELETE", "DELETE"),
    ("CREATE VIEW v AS SELECT 1", "CREATE", "CREATE"),
    ("PRAGMA user_version", "PRAGMA", "PRAGMA"),
    ("ATTACH 'x' AS y", "", ""),
    ("", "", ""),
]

# A query with one call of ml_predict or ai_complete; its arguments.
ARGUMENTS = [
    ("ai_complete('m', body)", ["'m'", "body"]),
    ("ai_complete()", []),
    ("ai_complete(MODEL m, 1 + 2)", [("MODEL m", "model", ("m",)), "1 + 2"]),
    ("ai_complete(model db . m, 1)", [("model db . m", "model", ("db", "m")), "1"]),
    (
        'ai_complete(MODEL `a b`."c""d".[e f], 1)',
        [('MODEL `a b`."c""d".[e f]', "model", ("a b", 'c"d', "e f")), "1"],
    ),
    ("ai_complete(MODEL 模型, 1)", [("MODEL 模型", "model", ("模型",)), "1"]),
    ("ai_complete(MODEL हिंदी, 1)", [("MODEL हिंदी", "model", ("हिंदी",)), "1"]),
    ("ai_complete(MODEL 🤖, 1)", [("MODEL 🤖", "model", ("🤖",)), "1"]),
    # a column named model or table
    ("ai_complete(model, table)", ["model", "table"]),
    ("ai_complete(model.a, model || 'x')", ["model.a", "model || 'x'"]),
    ("ai_complete(model - 1, table('x'))", ["model - 1", "table('x')"]),
    (
        "ml_predict(TABLE t, MODEL m, DESCRIPTOR(body))",
        [
            ("TABLE t", "table", ("t",)),
            ("MODEL m", "model", ("m",)),
            ("DESCRIPTOR(body)", "descriptor", ("body",)),
        ],
    ),
    (
        'ML_PREDICT(table db.`a b`, model m, descriptor(`a b`, "c", [d]))',
        [
            ("table db.`a b`", "table", ("db", "a b")),
            ("model m", "model", ("m",)),
            ('descriptor(`a b`, "c", [d])', "descriptor", ("a b", "c", "d")),
        ],
    ),
    ("ml_predict(DESCRIPTOR())", [("DESCRIPTOR()", "descriptor", ())]),
    (
        "ML_PREDICT(INPUT => TABLE t, model => MODEL m, Args=>DESCRIPTOR(a), CONFIG => 1 + 1)",
        [
            ("TABLE t", "table", ("t",), "INPUT"),
            ("MODEL m", "model", ("m",), "MODEL"),
            ("DESCRIPTOR(a)", "descriptor", ("a",), "ARGS"),
            ("1 + 1", "expression", (), "CONFIG"),
        ],
    ),
    ("ai_complete('m', x, (1, 2), f(3, 4))", ["'m'", "x", "(1, 2)", "f(3, 4)"]),
    ("ai_complete('m', 'a, b)', \"c, d\", [e, f])", ["'m'", "'a, b)'", '"c, d"', "[e, f]"]),
    ("ai_complete('m' -- , 'n'\n, /* , */ 'x')", ["'m'", "'x'"]),
    (
        "ai_complete('m', CASE WHEN a THEN b END, c COLLATE NOCASE)",
        ["'m'", "CASE WHEN a THEN b END", "c COLLATE NOCASE"],
    ),
    (
        "ai_complete('m', :name, ?1, @x, $y, 1.5e-3, x'00')",
        ["'m'", ":name", "?1", "@x", "$y", "1.5e-3", "x'00'"],
    ),
]

NO_CALLS = [
    "SELECT 'ai_complete(1)'",
    'SELECT "ai_complete"(1), `ai_complete`(1), [ai_complete](1)',
    'SELECT `ai_complete(1)`, [ai_complete(1)], "ai_complete(1)"',
    "SELECT 1 -- ai_complete(1)",
    "SELECT 1 /* ai_complete(1) */",
    "SELECT 'it''s ai_complete(1)'",
    "SELECT ai_complete, (1) FROM ai_complete",
    "SELECT xai_complete(1), ai_complete_2(1), ai_completé(1), ai_translate(1), हिai_complete(1)",
    "SELECT ai_complete 'x'",
]

UNBALANCED = [
    ("SELECT (1", "the statement ends too early", ""),
    ("SELECT ai_complete('m', 'x'", "the statement ends too early", ""),
    ("SELECT ARRAY['a'", "the statement ends too early", ""),
    ("SELECT 1)", "unexpected ')'", ")"),
    ("SELECT ai_complete('m', 'x'))", "unexpected ')'", ")"),
    ("SELECT a]", "unexpected ']'", "]"),
    ("SELECT ARRAY['a')", "unexpected ')'", ")"),
    ("SELECT ai_complete('m']", "unexpected ']'", "]"),
    ("SELECT ([a)", "unexpected '['", "["),
    ("SELECT ai_complete('m', )", "unexpected ')'", ")"),
    ("SELECT ai_complete(, 'm')", "unexpected ','", ","),
    ("SELECT ARRAY['a',, 'b']", "unexpected ','", ","),
    ("SELECT ai_complete('m', 'sk-1", "unexpected string", "'"),
    ("SELECT ai_complete('m', \"sk-1", "unexpected string", '"'),
    ("SELECT ai_complete('m', x => )", "nothing follows 'X =>'", "x =>"),
    (
        "SELECT * FROM ml_predict(TABLE t, MODEL m, DESCRIPTOR(a.b))",
        "DESCRIPTOR takes the names of columns",
        "a.b",
    ),
    (
        "SELECT * FROM ml_predict(TABLE t, MODEL m, DESCRIPTOR('a'))",
        "DESCRIPTOR takes the names of columns",
        "'a'",
    ),
]


def written(query, node):
    return query.text[slice(*node.span)]


def filled(template):
    """The template with every `{x}` made `ai_complete('x')` and every `{x:y}` made `ai_complete('x', y)`."""
    parts = []
    for index, letter in enumerate(template):
        if letter == "{":
            parts.append("ai_complete('")
        elif letter == "}":
            closes_name = template[index - 2] == "{"
            parts.append("')" if closes_name else ")")
        elif letter == ":" and template[index - 2] == "{":
            parts.append("', ")
        else:
            parts.append(letter)
    return "".join(parts)


@pytest.mark.parametrize(("template", "order"), ORDER)
def test_calls_are_ordered_as_logical_evaluation_comes_to_them(parser, template, order):
    query = parser.query(filled(template), FUNCTIONS)
    calls = list(query.calls())
    levels = [[call for call in calls if call.level == level] for level in range(len(calls))]
    names = ["=".join(written(query, call.arguments[0]).strip("'") for call in level) for level in levels]
    assert " ".join(filter(None, names)) == order


def test_the_same_call_in_two_clauses_is_one_level(parser):
    query = parser.query("SELECT ai_complete('m', s) FROM t GROUP BY ai_complete('m', s)", FUNCTIONS)
    assert [call.level for call in query.calls()] == [0, 0]


@pytest.mark.parametrize(("text", "verb", "place"), VERBS)
def test_a_query_has_a_verb(parser, text, verb, place):
    query = parser.query(text, FUNCTIONS)
    assert (query.verb, text[slice(*query.verb_span)]) == (verb, place)


@pytest.mark.parametrize(("call", "arguments"), ARGUMENTS)
def test_arguments_are_found(parser, call, arguments):
    query = parser.query(f"SELECT x FROM {call} AS y", FUNCTIONS)
    (found,) = query.calls()
    assert written(query, found) == call
    shapes = [
        (expected, "expression", (), None) if isinstance(expected, str) else (*expected, None)[:4]
        for expected in arguments
    ]
    assert [
        (written(query, argument), argument.kind, argument.names, argument.keyword)
        for argument in found.arguments
    ] == shapes


@pytest.mark.parametrize("text", NO_CALLS)
def test_a_name_in_a_string_a_comment_or_quotes_is_no_call(parser, text):
    assert list(parser.query(text, FUNCTIONS).calls()) == []


NAMES = [
    "CREATE TABLE array (a)",
    "CREATE TABLE IF NOT EXISTS main.array (a)",
    "INSERT INTO array (a) VALUES (1)",
    "INSERT INTO x.array (a) SELECT map(1)",
    "CREATE INDEX i ON array (a)",
    "CREATE TABLE t (a REFERENCES array(a))",
    "CREATE VIEW array (a) AS SELECT 1",
    "WITH array (a) AS (SELECT 1), ai_complete (b) AS (SELECT 2) SELECT * FROM array",
    "WITH RECURSIVE ai_complete (b) AS NOT MATERIALIZED (SELECT 2) SELECT 1",
    "CREATE TABLE ai_complete (a, b)",
    "INSERT INTO ai_complete (a, b) VALUES (1, 2)",
    "SELECT map('k', 'v')",
]


@pytest.mark.parametrize("text", NAMES)
def test_a_table_may_have_the_name_of_a_function(parser, text):
    assert parser.query(text, FUNCTIONS).nodes == ()


@pytest.mark.parametrize("gap", ["", " ", "\n\t", "/* ( */", " -- (\n"])
def test_a_call_may_stand_apart_from_its_bracket(parser, gap):
    query = parser.query(f"SELECT AI_Complete{gap}('m', 1)", FUNCTIONS)
    assert [call.name for call in query.calls()] == ["ai_complete"]


@pytest.mark.parametrize(
    ("text", "kind", "elements"),
    [
        ("ARRAY('a', 'b')", "array", ["'a'", "'b'"]),
        ("array [ 'a' , 1 + 2 ]", "array", ["'a'", "1 + 2"]),
        ("ARRAY[]", "array", []),
        ("ARRAY()", "array", []),
        ("ARRAY\n['a;]b', \"c]\"]", "array", ["'a;]b'", '"c]"']),
        ("MAP['k', 'v', 'x', 1]", "map", ["'k'", "'v'", "'x'", "1"]),
        ("ARRAY[(1, 2), [b c]]", "array", ["(1, 2)", "[b c]"]),
    ],
)
def test_lists_are_found_in_every_spelling(parser, text, kind, elements):
    query = parser.query(f"SELECT {text}, 1", FUNCTIONS)
    (node,) = query.nodes
    assert isinstance(node, ListLiteral)
    assert (node.kind, written(query, node)) == (kind, text)
    assert [written(query, element) for element in node.arguments] == elements


def test_lists_calls_and_json_nest(parser):
    text = "SELECT ai_classify(f(MAP['k', ARRAY['a']]), json '{\"a\": 1}')"
    inner = ListLiteral("array", (Argument(Span(36, 39)),), Span(30, 40))
    outer = ListLiteral("map", (Argument(Span(25, 28)), Argument(Span(30, 40), (inner,))), Span(21, 41))
    literal = JsonLiteral(Span(44, 59), Span(49, 59))
    arguments = (Argument(Span(19, 42), (outer,)), Argument(Span(44, 59), (literal,)))
    call = Call("ai_classify", arguments, Span(7, 60), 0)
    assert parser.query(text, FUNCTIONS).nodes == (call,)


@pytest.mark.parametrize("text", ["json '{\"it''s\": 1}'", "JSON'{}'", "Json\n'[]'"])
def test_a_json_literal_knows_its_string(parser, text):
    query = parser.query(f"SELECT 1, {text}", FUNCTIONS)
    (node,) = query.nodes
    assert isinstance(node, JsonLiteral)
    assert (written(query, node), query.text[slice(*node.string)]) == (text, text[text.index("'") :])


@pytest.mark.parametrize(
    "text", ["SELECT json('{}')", "SELECT json_array(1)", "SELECT my_array[1], x.json", "SELECT '{}'"]
)
def test_functions_of_sqlite_are_not_ours(parser, text):
    assert parser.query(text, FUNCTIONS).nodes == ()


@pytest.mark.parametrize(("text", "message", "place"), UNBALANCED)
def test_brackets_that_do_not_match_have_a_place(parser, text, message, place):
    with pytest.raises(SyntaxProblem) as caught:
        parser.query(text, FUNCTIONS)
    span = caught.value.span
    assert (caught.value.message, text[slice(*span)]) == (message, place)
    assert place or span == Span(len(text), len(text))


@pytest.mark.parametrize("call", ["random()", "RANDOM ()", "randomblob(4)"])
def test_a_function_that_is_never_the_same_twice_is_pointed_at(parser, call):
    query = parser.query(f"SELECT ai_complete('m', {call}), 'random()'", FUNCTIONS)
    assert query.text[slice(*query.changing)] == call
    assert parser.query("SELECT ai_complete('m', random) -- random()", FUNCTIONS).changing is None


def test_deep_brackets_are_no_trouble(parser):
    depth = 150
    query = parser.query(f"SELECT {'(' * depth}ai_complete('m', 1){')' * depth}", FUNCTIONS)
    assert [call.level for call in query.calls()] == [0]
