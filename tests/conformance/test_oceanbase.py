"""The AI function service of OceanBase V4.4.1: views, procedures and functions as they are documented."""

from __future__ import annotations

import io
import json
import re

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.render.registry import write
from aisql.result import Result

ENDPOINT_COLUMNS = [
    ("TENANT_ID", "bigint(20)", "TRUE"),
    ("ENDPOINT_ID", "int(20)", "FALSE"),
    ("ENDPOINT_NAME", "varchar(128)", "FALSE"),
    ("AI_MODEL_NAME", "varchar(128)", "FALSE"),
    ("SCOPE", "varchar(128)", "FALSE"),
    ("URL", "varchar(2048)", "FALSE"),
    ("ACCESS_KEY", "varchar(2048)", "FALSE"),
    ("PROVIDER", "varchar(128)", "FALSE"),
    ("REQUEST_MODEL_NAME", "varchar(128)", "TRUE"),
    ("PARAMETERS", "varchar(2048)", "TRUE"),
    ("REQUEST_TRANSFORM_FN", "varchar(64)", "TRUE"),
    ("RESPONSE_TRANSFORM_FN", "varchar(64)", "TRUE"),
]
MODEL_COLUMNS = [
    ("TENANT_ID", "bigint(20)", "TRUE"),
    ("MODEL_ID", "int(20)", "FALSE"),
    ("NAME", "varchar(128)", "FALSE"),
    ("TYPE", "varchar(128)", "FALSE"),
    ("MODEL_NAME", "varchar(128)", "FALSE"),
]
VIEWS = [
    ("CDB_OB_AI_MODEL_ENDPOINTS", ENDPOINT_COLUMNS),
    ("DBA_OB_AI_MODEL_ENDPOINTS", ENDPOINT_COLUMNS[1:]),
    ("CDB_OB_AI_MODELS", MODEL_COLUMNS),
    ("DBA_OB_AI_MODELS", MODEL_COLUMNS[1:]),
]


@pytest.mark.parametrize(("view", "columns"), VIEWS)
def test_a_view_has_the_documented_columns_in_their_order(
    shell: Shell, view: str, columns: list[tuple[str, str, str]]
) -> None:
    assert [row[:3] for row in shell(f"DESCRIBE oceanbase.{view}")] == columns
    assert shell(f"SELECT * FROM oceanbase.{view}") == []
    assert shell.columns == [name for name, _, _ in columns]


SAMPLE = """
+-----------+-------------+--------------------+---------------+-------+------------------------+------------+----------+--------------------+------------+----------------------+-----------------------+
| TENANT_ID | ENDPOINT_ID | ENDPOINT_NAME      | AI_MODEL_NAME | SCOPE | URL                    | ACCESS_KEY | PROVIDER | REQUEST_MODEL_NAME | PARAMETERS | REQUEST_TRANSFORM_FN | RESPONSE_TRANSFORM_FN |
+-----------+-------------+--------------------+---------------+-------+------------------------+------------+----------+--------------------+------------+----------------------+-----------------------+
|      1004 |           1 | my_model_endpoint1 | my_ai_model_1 | ALL   | https://your.model/url | 64 digits  | openai   | text-embedding-v2  | NULL       | NULL                 | NULL                  |
+-----------+-------------+--------------------+---------------+-------+------------------------+------------+----------+--------------------+------------+----------------------+-----------------------+
1 row in set
"""  # noqa: E501


def test_the_sample_query_gives_the_sample_row(shell: Shell) -> None:
    shell(
        """
        CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('my_ai_model_1',
            '{"type": "dense_embedding", "model_name": "text-embedding-v2"}');
        CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('my_model_endpoint1', '{
            "ai_model_name": "my_ai_model_1", "url": "https://your.model/url", "access_key": "sk-xxxx",
            "request_model_name": "text-embedding-v2", "provider": "openai"}');
        """
    )
    [outcome] = shell.session.run("SELECT * FROM oceanbase.CDB_OB_AI_MODEL_ENDPOINTS")
    [row] = outcome.result.rows
    key = str(row[6])
    assert re.fullmatch(r"[0-9A-F]{64}", key)
    shown = (*row[:6], "64 digits", *row[7:])
    printed = io.StringIO()
    write(Result(outcome.result.columns, iter([shown])), printed, "table")
    assert printed.getvalue() == SAMPLE.lstrip()


CALLS = """
CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('ob_complete', '{"type":"completion","model_name":"qwen-plus"}');
CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('user_ai_model_endpoint_1', '{
  "ai_model_name":"ob_complete","url":"%s/chat/completions","access_key":"sk-xxxx",
  "request_model_name":"deepseek-chat","provider":"deepseek"}');
"""


@pytest.fixture
def service(shell: Shell, server: ModelServer) -> Shell:
    """A session with the documented model and endpoint, at the tests' server."""
    shell(CALLS % server.url)
    return shell


def test_the_documented_calls_make_change_and_drop(service: Shell) -> None:
    models, endpoints = (
        "SELECT * FROM oceanbase.CDB_OB_AI_MODELS",
        "SELECT url FROM oceanbase.DBA_OB_AI_MODEL_ENDPOINTS",
    )
    assert service(models) == [(1004, 1, "ob_complete", "COMPLETION", "qwen-plus")]
    change = """'{"url":"https://api.deepseek.com/chat/completions"}'"""
    service(f"CALL DBMS_AI_SERVICE.ALTER_AI_MODEL_ENDPOINT('user_ai_model_endpoint_1', {change})")
    assert service(endpoints) == [("https://api.deepseek.com/chat/completions",)]
    service("CALL DBMS_AI_SERVICE.DROP_AI_MODEL_ENDPOINT('user_ai_model_endpoint_1')")
    service("CALL DBMS_AI_SERVICE.DROP_AI_MODEL('ob_complete')")
    assert (service(models), service(endpoints)) == ([], [])


def test_ai_prompt_gives_the_documented_json(shell: Shell) -> None:
    sample = "SELECT AI_PROMPT('Recommend {0} of the most popular {1} to me.', 'ten', 'mobile phones')"
    assert shell(sample) == [
        ('{"template": "Recommend {0} of the most popular {1} to me.", "args": ["ten", "mobile phones"]}',)
    ]


def test_ai_complete_fills_a_prompt_in_and_takes_double_quotes(service: Shell, server: ModelServer) -> None:
    server.answer = lambda _: '["iPhone 15 Pro Max","Samsung Galaxy S24 Ultra"]'
    sample = (
        """SELECT AI_COMPLETE("ob_complete", AI_PROMPT('Recommend {0} of the most popular {1} to me."""
        """just output name in json array format','two','mobile phones')) AS ans"""
    )
    assert service(sample) == [('["iPhone 15 Pro Max","Samsung Galaxy S24 Ultra"]',)]
    assert service.columns == ["ans"]
    content = "Recommend two of the most popular mobile phones to me.just output name in json array format"
    assert server.bodies == [{"model": "deepseek-chat", "messages": [{"role": "user", "content": content}]}]


PROMPTS = [
    ("'{0}', NULL", None),
    ("NULL, 'a'", None),
    ("'{0} {0} {x} {} {-1}', 3", '{"template": "{0} {0} {x} {} {-1}", "args": ["3"]}'),
    ("'plain', 'unused'", '{"template": "plain", "args": ["unused"]}'),
    ("""'"é" {1}', 'a', '{0}'""", '{"template": "\\"é\\" {1}", "args": ["a", "{0}"]}'),
]


@pytest.mark.parametrize(("arguments", "value"), PROMPTS)
def test_ai_prompt_of_odd_arguments(shell: Shell, arguments: str, value: str | None) -> None:
    assert shell(f"SELECT ai_prompt({arguments})") == [(value,)]


WRONG_PROMPTS = [
    ("'{1}', 'a'", "ai_prompt: invalid placeholder index", "function_error"),
    ("'a'", "Incorrect parameter count in the call to native function 'ai_prompt'", "-5054"),
    ("", "Incorrect parameter count in the call to native function 'ai_prompt'", "-5054"),
    ("'a', x'00'", "an argument of ai_prompt must be text, not a blob", "function_error"),
]


@pytest.mark.parametrize(("arguments", "message", "code"), WRONG_PROMPTS)
def test_ai_prompt_of_wrong_arguments(shell: Shell, arguments: str, message: str, code: str) -> None:
    error = shell.error(f"SELECT ai_prompt({arguments})")
    assert (error.message, error.code) == (message, code)


def test_ai_prompt_works_in_tables_views_and_conditions(shell: Shell) -> None:
    shell(
        "CREATE TABLE t (s TEXT); INSERT INTO t VALUES ('a'), ('b');"
        "CREATE TABLE p AS SELECT ai_prompt('{0}!', s) AS prompt FROM t;"
        "CREATE VIEW v AS SELECT ai_prompt('{0}!', s) AS prompt FROM t"
    )
    assert shell("SELECT count(*) FROM v JOIN p USING (prompt)") == [(2,)]
    assert shell("SELECT s FROM t WHERE ai_prompt('{0}!', s) LIKE '%b%'") == [("b",)]
    assert shell("SELECT ai_complete('openai:m', prompt) FROM v ORDER BY prompt LIMIT 1") == [("echo: a!",)]


def test_a_prompt_from_a_table_is_filled_in_and_its_arguments_are_not(
    service: Shell, server: ModelServer
) -> None:
    service("CREATE TABLE t (s TEXT); INSERT INTO t VALUES ('{0} {1}')")
    service("SELECT ai_complete('ob_complete', ai_prompt('{1}: {0} {x}', s, 'say')) FROM t")
    assert server.bodies[0]["messages"][0]["content"] == "say: {0} {1} {x}"


NO_PROMPTS = [
    '{"template": "{0}"}',
    '{"template": "{1}", "args": ["a"]}',
    '{"template": "{0}", "args": [1]}',
    '{"template": "{0}", "args": ["a"], "more": 1}',
    '{"template": "',
]


@pytest.mark.parametrize("text", NO_PROMPTS)
def test_what_only_looks_like_a_prompt_is_sent_as_it_is(
    service: Shell, server: ModelServer, text: str
) -> None:
    service(f"SELECT ai_complete('ob_complete', '{text}')")
    assert server.bodies[0]["messages"][0]["content"] == text


def test_double_quotes_name_a_column_where_there_is_one(service: Shell, server: ModelServer) -> None:
    service("CREATE TABLE t (body TEXT); INSERT INTO t VALUES ('of the row')")
    service('SELECT AI_COMPLETE("ob_complete", "body"), AI_COMPLETE("ob_complete", "no body") FROM t')
    contents = [body["messages"][0]["content"] for body in server.bodies]
    assert sorted(contents) == ["no body", "of the row"]


def test_ai_embed_gives_a_vector_of_so_many_numbers(shell: Shell, server: ModelServer) -> None:
    shell(
        f"""
        CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('ob_embed',
            '{{"type":"dense_embedding","model_name":"bge-m3"}}');
        CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('e', '{{"ai_model_name":"ob_embed",
            "url":"{server.url}/embeddings","access_key":"k","provider":"siliconflow"}}');
        """
    )
    [(vector,)] = shell('SELECT vector_json(AI_EMBED("ob_embed", "Hello", 3))')
    assert re.fullmatch(r"\[-?[\d.]+, -?[\d.]+, -?[\d.]+\]", str(vector))
    assert server.bodies == [
        {"model": "bge-m3", "input": "Hello", "encoding_format": "float", "dimensions": 3}
    ]


def test_ai_rerank_gives_the_documented_array(shell: Shell, server: ModelServer) -> None:
    shell(
        f"""
        CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('ob_rerank', '{{"type":"rerank","model_name":"bge-reranker"}}');
        CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('e', '{{"ai_model_name":"ob_rerank",
            "url":"{server.url}/rerank","access_key":"k","provider":"siliconflow"}}');
        """
    )
    sample = """SELECT AI_RERANK("ob_rerank", "apple", '["apple", "banana", "fruit", "vegetable"]')"""
    [(ranked,)] = shell(sample)
    rows = json.loads(str(ranked))
    assert [sorted(row) for row in rows] == [["document", "index", "relevance_score"]] * 4
    assert {row["document"]["text"] for row in rows} == {"apple", "banana", "fruit", "vegetable"}
    assert [row["relevance_score"] for row in rows] == sorted(
        (row["relevance_score"] for row in rows), reverse=True
    )


DIMENSIONS = [
    ("0", "dimension parameter must be a positive integer"),
    ("-3", "dimension parameter must be a positive integer"),
    ("'many'", "dimension parameter must be a positive integer"),
    ("NULL", "dimension parameter must be a positive integer"),
    ("3.0", "dimension parameter must be an integer, not a decimal or float"),
]


@pytest.mark.parametrize(("dimension", "message"), DIMENSIONS)
def test_ai_embed_of_a_wrong_dimension(shell: Shell, dimension: str, message: str) -> None:
    assert shell.error(f"SELECT ai_embed('builtin:demo', 'x', {dimension})").message == message


def test_ai_embed_of_nothing(shell: Shell) -> None:
    assert shell("SELECT ai_embed('builtin:demo', NULL)") == [(None,)]
    assert shell.error("SELECT ai_embed('builtin:demo', '')").message == "ai_embed cannot embed an empty text"
    assert (
        shell.error("SELECT ai_embed('builtin:demo', 'a', 2, 3)").message
        == "ai_embed takes 2 to 3 arguments, not 4"
    )
