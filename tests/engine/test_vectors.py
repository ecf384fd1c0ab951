"""Vectors in SQL: what embeddings are, and the functions that make, show and compare them."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from engine_shell import Shell
from hypothesis import given
from hypothesis import strategies as st
from server import ModelServer, vector

from aisql.errors import FunctionError, SqlError
from aisql.vectors import pack, unpack

FLOATS = st.floats(-(2.0**100), 2.0**100, width=32)
PAIRS = st.integers(1, 20).flatmap(
    lambda length: st.tuples(*[st.lists(FLOATS, min_size=length, max_size=length)] * 2)
)
WRITTEN = "a vector is written '[0.1, 0.2]' or ARRAY[0.1, 0.2]; ai_embed and vector give one"


def test_every_function_that_embeds_gives_the_same_vector(shell: Shell, server: ModelServer) -> None:
    shell(
        "CREATE MODEL e INPUT (s STRING) OUTPUT (v ARRAY<FLOAT>) WITH ('provider' = 'openai', "
        f"'endpoint' = '{server.url}/embeddings', 'api-key' = 'k', 'model' = 'x')"
    )
    [values] = shell(
        "SELECT ai_embedding('e', 'a'), ai_embed('e', 'a'), v "
        "FROM ML_PREDICT((SELECT 'a' AS s), MODEL e, DESCRIPTOR(s))"
    )
    assert values == (pack(vector("a")),) * 3
    assert shell("SELECT answer FROM aisql.answers") == [(str(vector("a")),)]


def test_an_embedding_that_may_be_skipped_is_a_vector_too(shell: Shell, server: ModelServer) -> None:
    shell(
        "CREATE MODEL e INPUT (s STRING) OUTPUT (v ARRAY<FLOAT>) WITH ('provider' = 'openai', "
        f"'endpoint' = '{server.url}/embeddings', 'api-key' = 'k', 'model' = 'x', "
        "'max-context-size' = '3', 'context-overflow-action' = 'skipped')"
    )
    rows = shell(
        "SELECT s, v FROM ML_PREDICT((SELECT 'a' AS s UNION ALL SELECT 'a b c d e f g h i j'), "
        "MODEL e, DESCRIPTOR(s))"
    )
    assert rows == [("a", pack(vector("a")))]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("vector('[1, 2.5]')", pack([1, 2.5])),
        ("vector(ARRAY[1, 2.5])", pack([1, 2.5])),
        ("vector(vector('[1, 2.5]'))", pack([1, 2.5])),
        ("vector(x'0000803f')", pack([1])),
        ("vector(NULL)", None),
        ("vector_json(vector('[0.1, 2]'))", "[0.1, 2.0]"),
        ("vector_json(ARRAY[0.1, 2])", "[0.1, 2.0]"),
        ("vector_json(NULL)", None),
        ("vector_dims(vector('[0.1, 2]'))", 2),
        ("vector_dims('[1]')", 1),
        ("vector_dims(NULL)", None),
        ("cosine_similarity(vector('[1, 2]'), '[2, 4]')", 1.0),
        ("cosine_similarity(ARRAY[1, 0], ARRAY[0, -1])", 0.0),
        ("cosine_similarity('[3, 4]', '[-3, -4]')", -1.0),
        ("cosine_similarity('[0, 0]', '[1, 2]')", None),
        ("cosine_similarity('[1, 2]', '[0, 0]')", None),
        ("cosine_similarity(NULL, '[1]')", None),
        ("cosine_similarity('no vector', NULL)", None),
        ("cosine_similarity('[3e38, 3e38]', '[3e38, 3e38]')", 1.0),
        ("cosine_similarity('[1e-44]', '[-1e-44]')", -1.0),
        ("cosine_distance('[1, 2]', '[2, 4]')", 0.0),
        ("cosine_distance('[3, 4]', '[-3, -4]')", 2.0),
        ("cosine_distance('[0]', '[1]')", None),
        ("cosine_distance('[0]', NULL)", None),
        ("l2_distance('[1, 1]', '[4, 5]')", 5.0),
        ("l2_distance('[3e38]', '[-3e38]')", 2 * unpack(pack([3e38]))[0]),
        ("l2_distance(NULL, '[1]')", None),
        ("inner_product('[1, 2, 3]', '[4, 5, 6]')", 32.0),
        ("inner_product('[1]', NULL)", None),
    ],
)
def test_a_function_of_vectors_gives(shell: Shell, expression: str, value: object) -> None:
    assert shell(f"SELECT {expression}") == [(value,)]


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("vector('x')", "vector: the text is no JSON array of numbers", WRITTEN),
        ("vector('[1, true]')", "vector: the text is no JSON array of numbers", WRITTEN),
        ("vector('[1, \"2\"]')", "vector: the text is no JSON array of numbers", WRITTEN),
        ("vector('[NaN]')", "vector: the vector has no numbers, or one that is not finite", None),
        ("vector('[]')", "vector: the vector is empty", WRITTEN),
        ("vector('[1e39]')", "vector: the vector has a number that float32 cannot hold", None),
        (f"vector('[1{'0' * 400}]')", "vector: the vector has a number that float32 cannot hold", None),
        ("vector(1.5)", "vector: 1.5 is no vector", WRITTEN),
        ("vector(x'')", "vector: the vector is empty", WRITTEN),
        ("vector(x'00ff01')", "vector: a blob of 3 bytes holds no float32 numbers", WRITTEN),
        ("vector(x'0000c07f')", "vector: the vector has no numbers, or one that is not finite", None),
        ("vector(x'ff7631000000c07f')", "vector: the vector has no numbers, or one that is not finite", None),
        (
            "vector_dims(x'0000803f')",
            "vector_dims: the blob is no vector",
            "vector(x) makes one of the bytes of float32 numbers",
        ),
        (
            "cosine_similarity('[1, 2]', '[1, 2, 3]')",
            "cosine_similarity: the vectors have 2 and 3 numbers",
            "vectors that are compared come from one model, asked for one dimension",
        ),
        (
            "l2_distance('[1, 2, 3]', '[1, 2]')",
            "l2_distance: the vectors have 2 and 3 numbers",
            "vectors that are compared come from one model, asked for one dimension",
        ),
        ("inner_product('[1]', 7)", "inner_product: 7 is no vector", WRITTEN),
        (
            "cosine_distance('[1]', x'ff763100')",
            "cosine_distance: the blob is no vector",
            "vector(x) makes one of the bytes of float32 numbers",
        ),
    ],
)
def test_what_is_no_vector_is_refused(shell: Shell, expression: str, message: str, hint: str | None) -> None:
    error = shell.error(f"SELECT {expression}")
    assert (type(error), error.message, error.hint) == (FunctionError, message, hint)


@pytest.mark.parametrize("number", ["0000c07f", "0000807f", "000080ff"])
@pytest.mark.parametrize("arguments", ["x'ff763100%s00000000', '[1, 0]'", "'[0, 1]', x'ff763100%s00000000'"])
@pytest.mark.parametrize("name", ["cosine_similarity", "cosine_distance", "l2_distance", "inner_product"])
@pytest.mark.filterwarnings("error")
def test_a_forged_vector_is_no_nearer_than_others_but_refused(
    shell: Shell, name: str, arguments: str, number: str
) -> None:
    error = shell.error(f"SELECT {name}({arguments % number})")
    assert error.message == f"{name}: the vector has a number that is not finite"


@given(PAIRS)
def test_the_measures_are_what_their_formulas_say(
    shell: Shell, pair: tuple[list[float], list[float]]
) -> None:
    first, second = pair
    product = math.fsum(a * b for a, b in zip(first, second, strict=True))
    lengths = math.hypot(*first) * math.hypot(*second)
    shell.session.databases.variables.update(a=pack(first), b=pack(second))
    [(cosine, distance, inner)] = shell(
        "SELECT cosine_similarity(:a, :b), l2_distance(:a, :b), inner_product(:a, :b)"
    )
    assert cosine == (pytest.approx(product / lengths, abs=1e-5) if lengths else None)
    assert distance == pytest.approx(math.dist(first, second))
    assert inner == pytest.approx(product, abs=1e-12 * lengths)


@pytest.mark.parametrize("order", ["(v, :q)", "(:q, v)"])
@pytest.mark.parametrize("name", ["cosine_similarity", "l2_distance", "inner_product", "cosine_distance"])
def test_either_argument_may_be_the_one_that_stays(shell: Shell, name: str, order: str) -> None:
    shell("CREATE TABLE t (i, v)")
    vectors = [[1, 0], [1, 1], [0, 1], [1, 0], [-1, 0], [3, 4]]
    for number, numbers in enumerate(vectors):
        shell.session.databases.variables.update(v=pack(numbers))
        shell(f"INSERT INTO t VALUES ({number}, :v)")
    shell.session.databases.variables.update(q=pack([3, 4]))
    together = shell(f"SELECT {name}{order} FROM t ORDER BY i")
    apart = [shell(f"SELECT {name}{order} FROM t WHERE i = {number}")[0] for number in range(len(vectors))]
    assert together == apart
    assert len({value for (value,) in together}) == 5


def test_rows_are_sorted_by_their_nearness(shell: Shell) -> None:
    shell(
        "CREATE TABLE t (i, v); "
        "INSERT INTO t SELECT value, vector(json_array(10, value)) FROM json_each('[1,9,5,11]')"
    )
    assert shell("SELECT i FROM t ORDER BY cosine_similarity(v, ARRAY[1, 1]) DESC LIMIT 3") == [
        (11,),
        (9,),
        (5,),
    ]


@pytest.mark.parametrize(
    "sql",
    ["SELECT json_array(v) FROM t", "SELECT json_array_length(v) FROM t", "SELECT * FROM t, json_each(v)"],
)
def test_the_json_functions_of_sqlite_send_to_vector_json(shell: Shell, sql: str) -> None:
    shell("CREATE TABLE t AS SELECT vector('[1, 2]') AS v")
    error = shell.error(sql)
    assert (type(error), error.hint) == (SqlError, "vector_json(v) gives the JSON text of a vector")
    assert shell("SELECT value FROM t, json_each(vector_json(v))") == [(1.0,), (2.0,)]


def test_a_vector_is_written_out_however_long_it_is(shell: Shell) -> None:
    numbers = ", ".join(str(number / 8) for number in range(-768, 768))
    shell("CREATE TABLE v (e ARRAY<FLOAT>)")
    shell(f"INSERT INTO v VALUES (vector(ARRAY[{numbers}, .5, +1E2]))")
    query = f"l2_distance(e, ARRAY[{numbers}, 0.5, 100.])"
    assert shell(f"SELECT vector_dims(e), {query} AS d FROM v") == [(1538, 0.0)]
    assert shell(
        f"SELECT score FROM VECTOR_SEARCH(TABLE v, ARRAY[{numbers}, .5, 1e2], DESCRIPTOR(e), 1)"
    ) == [(1.0,)]


def test_a_name_that_is_nearly_one_of_the_functions_is_told(shell: Shell) -> None:
    assert shell.error("SELECT cosine_similarty(1, 2)").hint == 'did you mean "cosine_similarity"?'


def test_an_index_and_a_generated_column_may_use_what_vectors_say(shell: Shell) -> None:
    shell(
        "CREATE TABLE t (v, n AS (vector_dims(v)) STORED); CREATE INDEX i ON t (vector_json(v));"
        "INSERT INTO t VALUES (vector('[1, 2, 3]'))"
    )
    assert shell("SELECT n FROM t WHERE vector_json(v) = '[1.0, 2.0, 3.0]'") == [(3,)]


def test_a_new_session_reads_a_table_and_a_view_that_use_them(open_shell: Callable[..., Shell]) -> None:
    first = open_shell()
    first("CREATE TABLE t (v, n AS (vector_dims(v))); INSERT INTO t VALUES (vector('[1, 2, 3]'))")
    first("CREATE VIEW near AS SELECT l2_distance(v, '[1, 2, 5]') AS d FROM t")
    second = open_shell()
    assert [row[0] for row in second("DESCRIBE near")] == ["d"]
    assert second("SELECT d, n FROM near, t") == [(2.0, 3)]


def test_a_vector_is_no_text_for_a_model(shell: Shell, server: ModelServer) -> None:
    error = shell.error("SELECT ai_complete('openai:m', vector('[1]'))")
    assert error.message == "the prompt of ai_complete must be text, not a blob"
    assert server.requests == []
