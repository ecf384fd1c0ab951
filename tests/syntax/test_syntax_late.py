"""Calls in the SELECT list of a query that sorts and cuts its rows: which wait for the rows that are left."""

import pytest

from aisql.errors import Span
from aisql.syntax.calls import Argument, Call, Survey

FUNCTIONS = frozenset(("ai",))

# A query, the calls that are late in the order of the text, and the columns that are surveyed for them.
LATE = [
    ("SELECT i, ai(s) FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("select ai(s)from t order by k limit 5 offset 2", ["ai(s)"], ["ai(s)"]),
    ("WITH c AS (SELECT 1) SELECT ai(s) FROM c ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("CREATE TABLE x AS SELECT ai(s) FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    (
        "CREATE TEMP TABLE x AS WITH c AS (SELECT 1) SELECT ai(s) FROM c ORDER BY k LIMIT 5",
        ["ai(s)"],
        ["ai(s)"],
    ),
    ("INSERT INTO u SELECT ai(s) FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("INSERT OR IGNORE INTO u (a) SELECT ai(s) FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("REPLACE INTO u SELECT ai(s) FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    # the name of a column is no part of it
    ("SELECT ai(s) AS x FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s) x FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s) 'x', ai(a) AS \"y\" FROM t ORDER BY k LIMIT 5", ["ai(s)", "ai(a)"], ["ai(s)", "ai(a)"]),
    ("SELECT (ai(s)) || a x FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["(ai(s)) || a"]),
    ("SELECT ai(s) || 'a' x FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s) || 'a'"]),
    (
        "SELECT ai(s) + 1 x, ai(a) || ?1 y FROM t ORDER BY k LIMIT 5",
        ["ai(s)", "ai(a)"],
        ["ai(s) + 1", "ai(a) || ?1"],
    ),
    ("SELECT ai(s) || x'00' FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s) || x'00'"]),
    ("SELECT ai(s) || t.a FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s) || t.a"]),
    ("SELECT ai(s) COLLATE nocase y FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s) COLLATE nocase"]),
    ("SELECT ai(s) COLLATE nocase FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s) COLLATE nocase"]),
    ("SELECT ai(s) IS NOT NULL FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s) IS NOT NULL"]),
    ("SELECT ai(s) ISNULL FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s) ISNULL"]),
    ("SELECT ai(s) IS a FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s) IS a"]),
    (
        "SELECT CASE WHEN a THEN ai(s) END FROM t ORDER BY k LIMIT 5",
        ["ai(s)"],
        ["CASE WHEN a THEN ai(s) END"],
    ),
    (
        "SELECT CASE WHEN a THEN ai(s) END b FROM t ORDER BY k LIMIT 5",
        ["ai(s)"],
        ["CASE WHEN a THEN ai(s) END"],
    ),
    # where it stands in the list
    ("SELECT *, upper(ai(s)) AS x, 1 FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["upper(ai(s))"]),
    ("SELECT ai(ai(s)) FROM t ORDER BY k LIMIT 5", ["ai(ai(s))", "ai(s)"], ["ai(ai(s))"]),
    (
        "SELECT ai(replace(ai(s), 'a', 'b')) FROM t ORDER BY k LIMIT 5",
        ["ai(replace(ai(s), 'a', 'b'))", "ai(s)"],
        ["ai(replace(ai(s), 'a', 'b'))"],
    ),
    ("SELECT max(ai(s), 'a') FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["max(ai(s), 'a')"]),
    ("SELECT k, ai(max(s)) FROM t GROUP BY k ORDER BY k LIMIT 5", ["ai(max(s))"], ["ai(max(s))"]),
    # used elsewhere
    ("SELECT ai(s), ai(a) FROM t ORDER BY ai(s) LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s), ai(a) FROM t ORDER BY 1 LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s), ai(a) FROM t ORDER BY k, (+2) COLLATE nocase DESC LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s) x, ai(a) FROM t ORDER BY k || x LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s) AS s, ai(a) AS a FROM t ORDER BY s DESC LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s) AS 'x', ai(a) FROM t ORDER BY x LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s) AS s, ai(a) FROM t ORDER BY length(s) LIMIT 5", ["ai(s)", "ai(a)"], ["ai(s)", "ai(a)"]),
    ("SELECT ai((SELECT s FROM u)) AS s, ai(a) FROM t ORDER BY length(s) LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s), ai(a) FROM t GROUP BY ai(s) ORDER BY k LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s), ai(a) FROM t GROUP BY 1 ORDER BY k LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s), ai(a) x FROM t GROUP BY k HAVING x > 'a' ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s), ai(a) FROM t GROUP BY k ORDER BY ai(a) LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s) x, ai(a) FROM t WHERE x = 'a' ORDER BY k LIMIT 5", ["ai(a)"], ["ai(a)"]),
    (
        "SELECT ai(s), ai(a) FROM t WHERE ai(s) = 'a' ORDER BY k LIMIT 5",
        ["ai(s)", "ai(a)"],
        ["ai(s)", "ai(a)"],
    ),
    ("SELECT *, ai(s) x, ai(a) FROM t ORDER BY x LIMIT 5", ["ai(a)"], ["ai(a)"]),
    ("SELECT ai(s), *, ai(a) FROM t ORDER BY 2 LIMIT 5", ["ai(s)", "ai(a)"], ["ai(s)", "ai(a)"]),
    ("SELECT ai(s), *, ai(a) FROM t ORDER BY 3 LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s || ai(a)), 1 FROM t ORDER BY ai(a) LIMIT 5", ["ai(s || ai(a))"], ["ai(s || ai(a))"]),
    # aggregates and windows
    ("SELECT ai(s), sum(ai(a)) FROM t GROUP BY k ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s), max(ai(a)) FROM t GROUP BY k ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    (
        "SELECT ai(s), lag(ai(a)) OVER w FROM t WINDOW w AS (ORDER BY i) ORDER BY k LIMIT 5",
        ["ai(s)"],
        ["ai(s)"],
    ),
    ("SELECT ai(s), row_number() OVER (ORDER BY ai(a)) FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s), my(b) FILTER (WHERE ai(a)) FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai(s), sum(ai(s)) OVER (), ai(a) FROM t ORDER BY k LIMIT 5", ["ai(a)"], ["ai(a)"]),
    (
        "SELECT ai(json_group_array(ai(s))) FROM t ORDER BY k LIMIT 5",
        ["ai(json_group_array(ai(s)))"],
        ["ai(json_group_array(ai(s)))"],
    ),
    # sub-queries
    ("SELECT ai(s), (SELECT ai(a)) FROM t ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
    ("SELECT ai((SELECT ai(a))) FROM t ORDER BY k LIMIT 5", ["ai((SELECT ai(a)))"], ["ai((SELECT ai(a)))"]),
    ("SELECT ai(s) FROM (SELECT ai(a) AS s FROM t) ORDER BY k LIMIT 5", ["ai(s)"], ["ai(s)"]),
]

NEVER = [
    "SELECT ai(s) FROM t",
    "SELECT ai(s) FROM t ORDER BY k",
    "SELECT ai(s) FROM t LIMIT 5",
    "SELECT DISTINCT ai(s) FROM t ORDER BY k LIMIT 5",
    "SELECT ai(s) FROM t UNION ALL SELECT 1 ORDER BY k LIMIT 5",
    "SELECT (SELECT ai(s)) FROM t ORDER BY k LIMIT 5",
    "SELECT * FROM (SELECT ai(s) FROM t ORDER BY k LIMIT 5)",
    "SELECT i FROM t WHERE ai(s) ORDER BY k LIMIT 5",
    "SELECT i FROM t ORDER BY ai(s) LIMIT 5",
    "SELECT i FROM t ORDER BY k LIMIT ai(s)",
    "INSERT INTO u SELECT ai(s) FROM t WHERE 1 ORDER BY k LIMIT 5 ON CONFLICT DO NOTHING",
    "INSERT INTO u SELECT ai(s) FROM t ORDER BY k LIMIT 5 RETURNING a",
    "EXPLAIN SELECT ai(s) FROM t ORDER BY k LIMIT 5",
    "CREATE VIEW v AS SELECT ai(s) FROM t ORDER BY k LIMIT 5",
]

# A query, and the calls that are made for rows that are cut and are not late.
CUT = [
    ("SELECT * FROM (SELECT i, ai(s) FROM t ORDER BY k LIMIT 5)", ["ai(s)"]),
    ("WITH c AS (SELECT i, ai(s) FROM t ORDER BY k LIMIT 5) SELECT * FROM c", ["ai(s)"]),
    ("SELECT i, (SELECT max(ai(b.s)) FROM b WHERE b.i = t.i) FROM t ORDER BY k LIMIT 5", ["ai(b.s)"]),
    ("SELECT i, (SELECT 1 FROM b WHERE ai(b.s)) FROM t ORDER BY k LIMIT 5", ["ai(b.s)"]),
    ("SELECT ai((SELECT ai(a))) FROM t ORDER BY k LIMIT 5", ["ai(a)"]),
    ("SELECT i, ai(s) IN (SELECT ai(a) FROM u) FROM t ORDER BY k LIMIT 5", ["ai(a)"]),
    ("SELECT i FROM t WHERE s IN (SELECT ai(s) FROM u ORDER BY k LIMIT 5)", ["ai(s)"]),
    ("INSERT INTO u SELECT ai(s) FROM t WHERE 1 ORDER BY k LIMIT 5 ON CONFLICT DO NOTHING", ["ai(s)"]),
    ("INSERT INTO u SELECT ai(s) FROM t ORDER BY k LIMIT 5 RETURNING ai(a)", ["ai(s)"]),
    ("UPDATE t SET a = (SELECT ai(s) FROM u ORDER BY k LIMIT 1)", ["ai(s)"]),
    # used by the block itself
    ("SELECT * FROM (SELECT i, ai(s) FROM t ORDER BY ai(s) LIMIT 5)", []),
    ("SELECT * FROM (SELECT i, ai(s) AS x, ai(a) FROM t ORDER BY x LIMIT 5)", ["ai(a)"]),
    ("SELECT * FROM (SELECT i, ai(s), ai(a) FROM t ORDER BY 2 LIMIT 5)", ["ai(a)"]),
    ("SELECT * FROM (SELECT ai(s), ai(a) FROM t WHERE ai(s) ORDER BY k LIMIT 5)", ["ai(a)"]),
    ("SELECT * FROM (SELECT ai(s), ai(a) FROM t GROUP BY 1 ORDER BY k LIMIT 5)", ["ai(a)"]),
    ("SELECT * FROM (SELECT ai(s) FROM t GROUP BY k HAVING ai(s) ORDER BY k LIMIT 5)", []),
    ("SELECT (SELECT ai(a)) AS x FROM t ORDER BY x LIMIT 5", []),
    ("SELECT (SELECT ai(a)), 1 FROM t ORDER BY 1 LIMIT 5", []),
    # in an aggregate of the block, or none of its rows are cut
    ("SELECT sum(ai(s)) FROM t ORDER BY k LIMIT 5", []),
    ("SELECT sum((SELECT ai(a))) FROM t GROUP BY k ORDER BY k LIMIT 5", []),
    ("SELECT lag(ai(s)) OVER (ORDER BY ai(a)) FROM t ORDER BY k LIMIT 5", []),
    ("SELECT count(*) FILTER (WHERE ai(s)) FROM t ORDER BY k LIMIT 5", []),
    ("SELECT * FROM (SELECT DISTINCT ai(s) FROM t ORDER BY k LIMIT 5)", []),
    ("SELECT * FROM (SELECT ai(s) FROM t ORDER BY k)", []),
    ("SELECT * FROM (SELECT ai(s) FROM t LIMIT 5)", []),
    ("SELECT * FROM (SELECT ai(s) FROM t) ORDER BY k LIMIT 5", []),
    ("EXPLAIN QUERY PLAN SELECT * FROM (SELECT ai(s) FROM t ORDER BY k LIMIT 5)", []),
    ("SELECT ai(s), ai(a) FROM t ORDER BY k LIMIT 5", []),
    # compound queries
    ("SELECT a, ai(s) FROM t UNION ALL SELECT 1, ai(b) FROM u ORDER BY 1 LIMIT 5", ["ai(s)", "ai(b)"]),
    ("SELECT a, ai(s) FROM t UNION ALL SELECT ai(b), 2 FROM u ORDER BY 1 LIMIT 5", ["ai(s)"]),
    ("SELECT a, ai(s) AS x FROM t UNION ALL SELECT 1, ai(b) FROM u ORDER BY x LIMIT 5", []),
    ("SELECT a, 1 FROM t UNION ALL SELECT ai(a), ai(b) FROM u ORDER BY a LIMIT 5", ["ai(b)"]),
    ("SELECT 1, ai(s) FROM t UNION ALL SELECT ai(a), ai(b) FROM u ORDER BY AI( s ) LIMIT 5", ["ai(a)"]),
    ("SELECT *, ai(s) FROM t UNION ALL SELECT *, ai(b) FROM u ORDER BY 1 LIMIT 5", ["ai(s)", "ai(b)"]),
    ("SELECT *, ai(s) FROM t UNION ALL SELECT *, ai(b) FROM u ORDER BY 2 LIMIT 5", []),
    ("SELECT ai(s) FROM t UNION SELECT ai(b) FROM u ORDER BY k LIMIT 5", []),
    (
        "SELECT ai(1) UNION ALL SELECT ai(2) EXCEPT SELECT ai(3) UNION ALL SELECT ai(4) ORDER BY k LIMIT 5",
        ["ai(4)"],
    ),
    ("SELECT DISTINCT ai(1) UNION ALL SELECT ai(2) ORDER BY k LIMIT 5", ["ai(2)"]),
    ("SELECT * FROM (SELECT ai(s) FROM t UNION ALL SELECT 1 ORDER BY k LIMIT 5)", ["ai(s)"]),
]

# Where the survey starts and ends, marked with bars.
PLACES = [
    "|SELECT i, ai(s) AS x| FROM t ORDER BY k LIMIT 5",
    "/* a */ |WITH c AS (SELECT 1) SELECT ai(s), j /* b */ c| -- FROM\n FROM t ORDER BY k LIMIT 5",
    "|SELECT ai(s), *| FROM t ORDER BY k LIMIT 5",
    "CREATE TABLE x AS |SELECT ai(s)| FROM t ORDER BY k LIMIT 5",
    "CREATE TABLE x AS |WITH c AS (SELECT 1) SELECT ai(s)| FROM c ORDER BY k LIMIT 5",
    "INSERT INTO u (a, b) |SELECT ai(s)| FROM t ORDER BY k LIMIT 5",
    "INSERT INTO u(a) |WITH c AS (SELECT 1) SELECT ai(s)| FROM c ORDER BY k LIMIT 5",
    "WITH c AS (SELECT 1) INSERT INTO u |SELECT ai(s)| FROM c ORDER BY k LIMIT 5",
]

# `{x}` stands for a call; behind it the calls in the order they are evaluated in, the late ones last.
LEVELS = [
    ("SELECT {a}, {b} FROM t WHERE {w} ORDER BY {o} LIMIT {l}", "w o l a=b"),
    ("SELECT {a}, sum({g}) OVER (), {b} FROM t ORDER BY k LIMIT 5", "g a=b"),
    (
        "SELECT {a}, (SELECT {n}) FROM t GROUP BY {g} HAVING {h} ORDER BY {o} LIMIT 5 OFFSET {l}",
        "g h o n l a",
    ),
    ("SELECT CASE WHEN {a} THEN {b} END, {c} AS x FROM t ORDER BY x LIMIT 5", "c a b"),
    ("SELECT {s} FROM (SELECT {a} FROM t ORDER BY k LIMIT 5) ORDER BY k LIMIT {l}", "a l s"),
]


def written(query, spans):
    return [query.text[slice(*span)] for span in spans]


@pytest.mark.parametrize(("text", "late", "items"), LATE)
def test_calls_of_rows_that_are_cut_are_late(parser, text, late, items):
    query = parser.query(text, FUNCTIONS)
    found = sorted(call.span for call in query.calls() if call.late)
    assert written(query, found) == late
    assert written(query, [item.span for item in query.survey.items]) == items


@pytest.mark.parametrize("text", NEVER)
def test_other_calls_are_not_late(parser, text):
    query = parser.query(text, FUNCTIONS)
    assert ([call.late for call in query.calls()], query.survey) == ([False], None)


@pytest.mark.parametrize(("text", "cut"), CUT)
def test_calls_of_rows_that_are_cut_unseen_are_known(parser, text, cut):
    query = parser.query(text, FUNCTIONS)
    assert written(query, query.cut) == cut


@pytest.mark.parametrize("marked", PLACES)
def test_a_survey_knows_its_place(parser, marked):
    before, query, _ = marked.split("|")
    survey = parser.query(marked.replace("|", ""), FUNCTIONS).survey
    assert (survey.start, survey.end) == (len(before), len(before) + len(query))


@pytest.mark.parametrize(("template", "order"), LEVELS)
def test_what_is_late_comes_after_all_that_is_not(parser, template, order):
    query = parser.query(template.replace("{", "ai('").replace("}", "')"), FUNCTIONS)
    levels = {}
    for call in query.calls():
        levels.setdefault(call.level, []).append(query.text[call.span.start + 4])
    assert " ".join("=".join(letters) for letters in levels.values()) == order


def test_the_columns_of_a_survey_hold_their_calls(parser):
    call = Call("ai", (Argument(Span(19, 20)),), Span(16, 21), 0, late=True)
    item = Argument(Span(10, 22), (call,))
    query = parser.query("SELECT i, upper(ai(s)) AS x FROM t ORDER BY k LIMIT 5", FUNCTIONS)
    assert (query.nodes, query.survey, query.cut) == ((call,), Survey(0, 27, (item,)), ())
