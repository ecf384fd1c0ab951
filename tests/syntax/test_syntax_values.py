"""Where the value of AND and OR is wanted, and where SQLite would read the clock."""

import pytest

from aisql.errors import Span
from aisql.syntax.calls import Argument, Call, Moment, Truth, walk

FUNCTIONS = frozenset(("ai", "ml_predict"))

# What stands between `{` and `}` is an expression of AND and OR whose value is wanted.
WANTED = [
    # columns
    "SELECT {a AND ai(1)}",
    "SELECT {a OR ai(1)} AS x, {ai(2) AND b} y, c FROM t",
    "SELECT DISTINCT {a AND ai(1)}, c AND d FROM t",
    "SELECT {NOT a AND NOT ai(1)} FROM t",
    "SELECT {a AND ai(1)} UNION ALL SELECT {b OR ai(2)} UNION VALUES (1)",
    "SELECT {a BETWEEN 1 AND 2 AND ai(1)}",
    "SELECT {a AND b IN (SELECT c FROM u WHERE ai(1) = 2)}",
    "SELECT {a AND ai(1) COLLATE NOCASE} FROM t",
    "SELECT {a IS DISTINCT FROM b AND ai(1)} FROM t",
    "SELECT {t.[and] OR ai(1)} 'or' FROM t",
    "SELECT 1 FROM t GROUP BY a, {b AND ai(1)} HAVING c ORDER BY {b AND ai(1)} DESC NULLS LAST, d LIMIT 1",
    "SELECT {b AND ai(1)}, ai(2) FROM t ORDER BY 1 LIMIT 1",
    "SELECT a FROM t ORDER BY {b AND ai(1) AND last} ASC",
    "SELECT a FROM t GROUP BY {b AND ai(1)} UNION SELECT 1",
    "DELETE FROM t RETURNING a, {b AND ai(1)} AS c",
    "INSERT INTO t SELECT {a AND ai(1)} FROM u",
    "CREATE TABLE x AS SELECT {a AND ai(1)} FROM u",
    # SET
    "UPDATE t SET a = {b AND ai(1)}, c = d, e = {f = 1 OR ai(2)} WHERE g",
    "UPDATE t SET a = {b AND ai(1)} FROM u RETURNING {c OR ai(2)}",
    "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET a = {b AND ai(1)} WHERE c",
    "CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE u SET a = {b AND ai(1)}; SELECT 1 AND 2; END",
    # arguments
    "SELECT f(a, {b AND ai(1)}, c AND d) FROM t",
    "SELECT sum({b AND ai(1)}) OVER (ORDER BY c) FROM t",
    "SELECT group_concat({a AND ai(1)}, ', ' ORDER BY b) FROM t",
    "SELECT CAST({a AND ai(1)} AS TEXT)",
    "SELECT ai({a AND ai(1)})",
    "SELECT ARRAY[{a AND ai(1)}], MAP['k', {a AND ai(1)}], ARRAY({a AND ai(1)})",
    "SELECT {f({a AND ai(1)}) AND b BETWEEN c AND 1}",
    "SELECT 1 WHERE f({a AND ai(1)})",
    # brackets
    "SELECT ({a AND ai(1)})",
    "SELECT 1 + (({a AND ai(1)}))",
    "SELECT 1 WHERE ({a AND ai(1)}) = 1",
    "SELECT 1 WHERE NOT ({a AND ai(1)}) IS NULL AND b",
    "SELECT 1 WHERE 1 = NOT ({a AND ai(1)})",
    "SELECT 1 WHERE b BETWEEN 1 AND ({a AND ai(1)})",
    "SELECT 1 WHERE b IS ({a AND ai(1)})",
    "SELECT {(a AND ai(1)) OR b}",
    "SELECT {(({b OR ai(1)}) = 1 OR c) AND d}",
    # CASE
    "SELECT CASE WHEN a AND ai(1) THEN {b AND ai(2)} WHEN (a OR ai(3)) THEN c ELSE {d OR ai(4)} END",
    "SELECT CASE a WHEN {b AND ai(2)} THEN c END",
    "SELECT 1 WHERE CASE {a AND ai(1)} WHEN 1 THEN CASE WHEN a AND ai(2) THEN {b AND ai(3)} END ELSE d END",
]

# Where only the truth of an expression counts, or there is no expression, or none of ours in it.
NOT_WANTED = [
    "SELECT ai(1), a AND b, f(c AND d), (e OR g) FROM t",
    "SELECT 1 WHERE a OR ai(1) AND b",
    "SELECT 1 FROM t JOIN u ON (a OR ai(1)) AND NOT (b OR ai(2)) WHERE (c OR NOT (d AND ai(3)))",
    "SELECT a FROM t GROUP BY a HAVING b OR (c OR ai(1))",
    "SELECT count(*) FILTER (WHERE a OR ai(1)) FROM t",
    "SELECT count(DISTINCT a AND ai(1)) FROM t",
    "SELECT a IN (b AND ai(1), c), (a OR ai(1), b) = (1, 2) FROM t",
    "SELECT ai(1) BETWEEN a AND b",
    "SELECT CASE WHEN a AND ai(1) THEN b END",
    "SELECT EXISTS (SELECT 1 WHERE a OR ai(1))",
    "SELECT 1 FROM (t JOIN u ON a OR ai(1))",
    "SELECT sum(a) OVER (PARTITION BY b AND ai(1)) FROM t",
    "INSERT INTO t VALUES (a AND ai(1)), (b AND ai(2))",
    "SELECT * FROM ml_predict(TABLE t, MODEL m, DESCRIPTOR(a), key => b AND ai(1))",
    # what SQLite cannot read stays so
    "SELECT a AND, ai(1)",
    "SELECT ai(1) AND",
    "SELECT OR ai(1)",
]

MOMENTS = [
    ("SELECT ai(1), date('now'), TIME ( 'NOW' , 'utc')", [("now", "'now'"), ("now", "'NOW'")]),
    ("SELECT ai(datetime('now')), julianday('now'), unixepoch('now')", [("now", "'now'")] * 3),
    ("SELECT ai(1), strftime('%Y', 'now'), timediff('now', a), timediff(a, 'now')", [("now", "'now'")] * 3),
    ("SELECT ai(1) FROM t WHERE a < date('now') AND ai(2)", [("now", "'now'")]),
    ("SELECT a AND ai(date('now'))", [("now", "'now'")]),
    ("SELECT ai(1), 'now', f('now'), date('now' || a), date(a, 'now'), t.date, strftime('now', a)", []),
    ("SELECT ai(1), current_timestamp, CURRENT_DATE, Current_Time", ["timestamp", "date", "time"]),
    ("UPDATE t SET a = ai(1), b = current_time WHERE c < current_date", ["time", "date"]),
    ('SELECT ai(1), "current_date", t.current_date, a AS current_time, b current_timestamp', []),
    ("SELECT date('now'), current_date, time(), strftime('%Y')", []),
    ("CREATE VIEW v AS SELECT ai(1), date('now'), current_date", []),
    ("CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT ai(1), current_date; END", []),
    ("CREATE TABLE x AS SELECT ai(1), current_date", ["date"]),
]


def written(query, kind):
    return [query.text[slice(*node.span)] for node in walk(query.nodes) if isinstance(node, kind)]


def wanted(marked):
    """The marked parts of a text by where they start, and the text without its marks."""
    text, open_at, found = "", [], []
    for character in marked:
        if character == "{":
            open_at.append(len(text))
        elif character == "}":
            found.append((open_at.pop(), len(text)))
        else:
            text += character
    return text, [text[start:end] for start, end in sorted(found)]


@pytest.mark.parametrize("marked", WANTED)
def test_the_value_of_and_and_or_is_known_to_be_wanted(parser, marked):
    text, expected = wanted(marked)
    query = parser.query(text, FUNCTIONS)
    assert written(query, Truth) == expected
    truths = [node for node in walk(query.nodes) if isinstance(node, Truth)]
    assert [tuple(argument.span for argument in one.arguments) for one in truths] == [
        (one.span,) for one in truths
    ]
    assert len(written(query, Call)) == text.count("ai(")


@pytest.mark.parametrize("text", NOT_WANTED)
def test_a_condition_is_not_taken_for_a_value(parser, text):
    query = parser.query(text, FUNCTIONS)
    assert written(query, Truth) == []
    assert len(written(query, Call)) == sum(text.count(name) for name in ("ai(", "ml_predict("))


def test_an_expression_holds_what_is_in_it(parser):
    text = "SELECT 1, a AND ai(date('now')) AS x"
    call = Call("ai", (Argument(Span(19, 30), (Moment(Span(24, 29), "now"),)),), Span(16, 31), 0)
    truth = Truth(Span(10, 31), (Argument(Span(10, 31), (call,)),))
    assert parser.query(text, FUNCTIONS).nodes == (truth,)


def test_a_survey_has_the_expressions_of_its_query(parser):
    query = parser.query("SELECT a AND ai(1) AS x FROM t ORDER BY b LIMIT 1", FUNCTIONS)
    (item,) = query.survey.items
    assert item == Argument(Span(7, 18), query.nodes)
    assert isinstance(item.nodes[0], Truth)


@pytest.mark.parametrize(("text", "expected"), MOMENTS)
def test_the_places_where_the_clock_is_read_are_known(parser, text, expected):
    query = parser.query(text, FUNCTIONS)
    found = [node for node in walk(query.nodes) if isinstance(node, Moment)]
    pairs = [(node.kind, query.text[slice(*node.span)]) for node in found]
    words = [one if isinstance(one, tuple) else (one, f"current_{one}") for one in expected]
    assert [(kind, word.lower()) for kind, word in pairs] == [(kind, word.lower()) for kind, word in words]


@pytest.mark.parametrize(
    ("marked", "kind"),
    [
        ("SELECT ai(1), datetime(|)", "empty"),
        ("SELECT ai(1), date( /* ( */|) + 1", "empty"),
        ("SELECT ai(1), strftime('%Y'| )", "format"),
        ("SELECT ai(1), strftime(a + b|)", "format"),
    ],
)
def test_a_time_that_is_left_out_has_a_place(parser, marked, kind):
    at = marked.index("|")
    query = parser.query(marked.replace("|", ""), FUNCTIONS)
    assert [node for node in query.nodes if isinstance(node, Moment)] == [Moment(Span(at, at), kind)]
