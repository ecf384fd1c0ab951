"""Flink SQL in Realtime Compute for Apache Flink: its page on model DDL, and the pages around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_shell import Shell
from server import ModelServer

SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
BAILIAN = """
CREATE MODEL model_bailian
INPUT (`input` STRING)
OUTPUT (`content` STRING)
WITH (
'provider'='bailian',
'endpoint'='{url}/chat/completions',
'api-key'='<bailian-key>',
'model'='qwen3-235b-a22b'
);
"""
PAI = """
CREATE MODEL model_pai
INPUT (`input` STRING)
OUTPUT (`embedding` ARRAY<FLOAT>)
WITH (
'provider'='bailian',
'endpoint'='{url}/embeddings',
'api-key'='<Token>',
'model'='qwen3-235b-a22b'
);
"""


@pytest.fixture
def models(shell: Shell, server: ModelServer) -> Shell:
    """A session with the two models of the page, at the tests' server."""
    shell(BAILIAN.format(url=server.url) + PAI.format(url=server.url))
    return shell


def test_the_chat_model_is_sent_the_default_system_prompt_and_the_input(
    models: Shell, server: ModelServer
) -> None:
    sample = "SELECT * FROM ML_PREDICT((SELECT 1 AS id, 'hi' AS t), MODEL model_bailian, DESCRIPTOR(t))"
    assert models(sample) == [(1, "hi", "echo: hi")]
    assert models.columns == ["id", "t", "content"]
    [request] = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer <bailian-key>"
    assert request.body == {
        "model": "qwen3-235b-a22b",
        "messages": [SYSTEM, {"role": "user", "content": "hi"}],
    }


def test_the_embedding_model_gives_an_array_of_numbers(models: Shell, server: ModelServer) -> None:
    sample = "SELECT embedding FROM ML_PREDICT((SELECT 'hi' AS t), MODEL model_pai, DESCRIPTOR(t))"
    [(vector,)] = models(f"SELECT vector_dims(embedding) FROM ({sample})")
    assert vector == 8
    [request] = server.requests
    assert (request.path, request.headers["authorization"]) == ("/v1/embeddings", "Bearer <Token>")
    assert request.body == {"model": "qwen3-235b-a22b", "input": "hi", "encoding_format": "float"}


ENDPOINTS = [
    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
    "https://x.vpc.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/quickstart_deploy_20250722_7b22/v1/chat/completions",
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_documented_endpoints_are_taken_without_a_warning(
    printed: Callable[[str], str], endpoint: str
) -> None:
    made = BAILIAN.replace("{url}/chat/completions", endpoint)
    assert printed(made) == "\n"
    assert endpoint in printed("SHOW CREATE MODEL model_bailian")


TASKS = [
    ("chat/completions", "STRING", {"temperature": 0.0, "top_p": 0.5, "stop": ["END"], "max_tokens": 9}),
    ("embeddings", "ARRAY<FLOAT>", {"dimensions": 512}),
]
PARAMETERS = {
    "chat/completions": (
        "'system-prompt'='S', 'temperature'='0', 'top-p'='0.5', 'stop'='END', 'max-tokens'='9'"
    ),
    "embeddings": "'dimension'='512'",
}


@pytest.mark.parametrize(("task", "output", "members"), TASKS)
def test_every_parameter_of_a_task_is_sent(
    shell: Shell, server: ModelServer, task: str, output: str, members: dict[str, object]
) -> None:
    shell(
        f"CREATE MODEL m INPUT (a STRING) OUTPUT (b {output}) WITH ('provider'='bailian', "
        f"'endpoint'='{server.url}/{task}', 'api-key'='k', 'model'='x', {PARAMETERS[task]})"
    )
    shell("SELECT b FROM ML_PREDICT((SELECT 'hi' AS t), MODEL m, DESCRIPTOR(t))")
    [body] = server.bodies
    sent = {"input": "hi", "encoding_format": "float"}
    if task == "chat/completions":
        sent = {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "hi"}]}
    assert body == {"model": "x", **sent, **members}


def test_the_spellings_of_vvr_11_1_mean_the_same(shell: Shell, server: ModelServer) -> None:
    for name, options in (
        ("new", "'api-key'='k', 'system-prompt'='S', 'top-p'='0.5', 'max-tokens'='9'"),
        ("old", "'apiKey'='k', 'systemPrompt'='S', 'topP'='0.5', 'maxTokens'='9'"),
    ):
        shell(
            f"SET ai.cache = off; CREATE MODEL {name} INPUT (a STRING) OUTPUT (b STRING) WITH ("
            f"'provider'='bailian', 'endpoint'='{server.url}/chat/completions', 'model'='x', {options})"
        )
        assert shell.notices == []
        shell(f"SELECT b FROM ML_PREDICT((SELECT 'hi' AS t), MODEL {name}, DESCRIPTOR(t))")
    new, old = server.requests
    assert new.body == old.body
    assert new.headers["authorization"] == old.headers["authorization"] == "Bearer k"


VALUES = [
    ("'temperature'='1.99'", "STRING", None),
    ("'temperature'='0'", "STRING", None),
    ("'temperature'='2'", "STRING", "Option 'temperature' must be a number in [0, 2), got '2'"),
    ("'temperature'='-1'", "STRING", "Option 'temperature' must be a number in [0, 2), got '-1'"),
    *((f"'dimension'='{size}'", "ARRAY<FLOAT>", None) for size in (1024, 768, 512)),
    (
        "'dimension'='256'",
        "ARRAY<FLOAT>",
        "Option 'dimension' must be one of 1024, 768, 512, got '256'",
    ),
]


@pytest.mark.parametrize(("option", "output", "message"), VALUES)
def test_values_outside_the_documented_range_are_errors(
    shell: Shell, option: str, output: str, message: str | None
) -> None:
    task = "embeddings" if "ARRAY" in output else "chat/completions"
    text = (
        f"CREATE MODEL m INPUT (a STRING) OUTPUT (b {output}) WITH ('provider'='bailian', "
        f"'endpoint'='https://dashscope-intl.aliyuncs.com/compatible-mode/v1/{task}', 'api-key'='k', "
        f"'model'='x', {option})"
    )
    if message is None:
        assert (shell(text), shell.notices) == ([], [])
    else:
        assert shell.error(text).message == message


LOG = "Context overflowed (threshold: 3, actual: 6), "
ACTIONS = [
    ("", "one two thre", []),
    ("truncated-tail", "one two thre", []),
    ("truncated-tail-log", "one two thre", [f"{LOG}truncating the tail of input."]),
    ("truncated-head", "ee four five", []),
    ("truncated-head-log", "ee four five", [f"{LOG}truncating the head of input."]),
    ("skipped", None, []),
    ("skipped-log", None, [f"{LOG}skipping input."]),
]


@pytest.mark.parametrize(("action", "sent", "notices"), ACTIONS)
def test_what_exceeds_the_context_is_cut_or_dropped_as_documented(
    shell: Shell, server: ModelServer, action: str, sent: str | None, notices: list[str]
) -> None:
    option = f", 'context-overflow-action'='{action}'" if action else ""
    shell(
        "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider'='bailian', "
        f"'endpoint'='{server.url}/chat/completions', 'api-key'='k', 'model'='x', "
        f"'max-context-size'='3'{option})"
    )
    rows = shell("SELECT b FROM ML_PREDICT((SELECT 'one two three four five' AS t), MODEL m, DESCRIPTOR(t))")
    assert rows == ([] if sent is None else [(f"echo: {sent}",)])
    assert shell.notices == notices
    assert [body["messages"][1]["content"] for body in server.bodies] == ([] if sent is None else [sent])


SHOWN = """
+------------+
| model name |
+------------+
| m          |
+------------+
1 row in set
+---------+--------+------+----------+
| name    | type   | null | is input |
+---------+--------+------+----------+
| content | STRING | TRUE | TRUE     |
| label   | BIGINT | TRUE | FALSE    |
+---------+--------+------+----------+
2 rows in set
"""
LABELS = """
CREATE MODEL m INPUT (content STRING) OUTPUT (label BIGINT) WITH ('provider'='bailian',
'endpoint'='https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions',
'api-key'='k', 'model'='qwen-turbo');
"""


def test_show_models_and_describe_model_print_the_documented_tables(
    shell: Shell, printed: Callable[[str], str]
) -> None:
    shell(LABELS)
    assert printed("SHOW MODELS; DESCRIBE MODEL m;") == SHOWN
    assert printed("SHOW MODELS FROM default_database; DESCRIBE MODEL default_database.m;") == SHOWN
    everything = (
        "SHOW MODELS IN default_catalog.default_database; DESC MODEL default_catalog.default_database.m;"
    )
    assert printed(everything) == SHOWN


CREATED = """
+-------------------------------------------------------------------------------------------+
| result                                                                                    |
+-------------------------------------------------------------------------------------------+
| CREATE MODEL `default_catalog`.`default_database`.`m`                                     |
| INPUT (`content` VARCHAR(2147483647))                                                     |
| OUTPUT (`label` BIGINT)                                                                   |
| WITH (                                                                                    |
|   'api-key' = '******',                                                                   |
|   'endpoint' = 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions', |
|   'model' = 'qwen-turbo',                                                                 |
|   'provider' = 'bailian'                                                                  |
| )                                                                                         |
+-------------------------------------------------------------------------------------------+
1 row in set
"""


def test_show_create_model_prints_the_statement_without_the_key(
    shell: Shell, printed: Callable[[str], str]
) -> None:
    shell(LABELS)
    assert printed("SHOW CREATE MODEL m;") == CREATED


def test_comments_of_columns_are_described(shell: Shell, printed: Callable[[str], str]) -> None:
    shell(
        """
        CREATE TEMPORARY MODEL m
        INPUT ( ` input_text` STRING COMMENT 'User comment')
        OUTPUT ( ` sentiment_label` STRING COMMENT 'Sentiment label')
        WITH ('provider'='bailian', 'endpoint'='${ENDPOINT}', 'model'='qwen-turbo', 'apiKey'='${KEY}')
        """
    )
    assert (
        printed("DESCRIBE MODEL m")
        == """
+------------------+--------+------+----------+-----------------+
| name             | type   | null | is input | comment         |
+------------------+--------+------+----------+-----------------+
|  input_text      | STRING | TRUE | TRUE     | User comment    |
|  sentiment_label | STRING | TRUE | FALSE    | Sentiment label |
+------------------+--------+------+----------+-----------------+
2 rows in set
"""
    )


def test_a_model_is_renamed_changed_reset_and_dropped(models: Shell, server: ModelServer) -> None:
    models("ALTER MODEL model_bailian RENAME TO m; ALTER MODEL m RENAME TO m1;")
    models(f"ALTER MODEL m1 SET ('endpoint' = '{server.url}/v2/chat/completions');")
    sample = "SELECT content FROM ML_PREDICT((SELECT 'hi' AS t), MODEL m1, DESCRIPTOR(t))"
    assert models(sample) == [("echo: hi",)]
    assert [request.path for request in server.requests] == ["/v1/v2/chat/completions"]
    models("ALTER MODEL m1 RESET ('endpoint');")
    assert models.notices == ["option 'endpoint' is missing"]
    assert models.error(sample).message == (
        "Unable to create a model provider for model 'default_catalog.default_database.m1'. "
        "Option 'endpoint' is missing."
    )
    models("ALTER MODEL IF EXISTS nosuch RENAME TO x; DROP TEMPORARY MODEL IF EXISTS m1; DROP MODEL m1;")
    assert models("SHOW MODELS") == [("model_pai",)]
    assert models.error("DROP MODEL m1").message == (
        "Model with identifier 'default_catalog.default_database.m1' does not exist."
    )


SCHEMAS = [
    ("INPUT (a STRING, b STRING) OUTPUT (c STRING)", "Model should have exactly one input physical column, "),
    ("INPUT (a BIGINT) OUTPUT (c STRING)", "Input column a should be STRING, but is a BIGINT."),
    ("INPUT (a STRING) OUTPUT (c BIGINT)", "Output column c should be STRING, but is a BIGINT."),
    ("INPUT (a STRING) OUTPUT (c ARRAY<INT>)", "Output column c should be STRING, but is a ARRAY<INT>."),
]


@pytest.mark.parametrize(("columns", "message"), SCHEMAS)
def test_another_schema_is_warned_of_and_cannot_be_called(
    shell: Shell, server: ModelServer, columns: str, message: str
) -> None:
    shell(
        f"CREATE MODEL m {columns} WITH ('provider'='bailian', "
        f"'endpoint'='{server.url}/chat/completions', 'api-key'='k', 'model'='x')"
    )
    assert [notice[: len(message)] for notice in shell.notices] == [message]
    error = shell.error("SELECT * FROM ML_PREDICT((SELECT 'hi' AS t), MODEL m, DESCRIPTOR(t))")
    assert message in error.message
    assert server.requests == []


# ---------------------------------------------------------------- the page of ML_PREDICT

MOVIES = """
CREATE TEMPORARY MODEL ai_analyze_sentiment
INPUT (`input` STRING)
OUTPUT (`content` STRING)
WITH (
'provider'='bailian',
'endpoint'='{url}/chat/completions',
'apiKey'='k',
'model'='qwen-turbo',
'systemPrompt'='Classify the text below into one of the following labels: [positive, negative, neutral, mixed]. Output only the label.'
);
CREATE TEMPORARY VIEW movie_comment(id, movie_name, user_comment, actual_label)
AS VALUES
  (1, 'The good film', 'A classic, I saw it twice.', 'positive'),
  (2, 'The bad film', 'I left before it was over.', 'negative'),
  (3, 'Nobody commented', CAST(NULL AS STRING), 'neutral');
"""  # noqa: E501
PREDICTED = """
+----+---------------+---------------+--------------+
| id | movie_name    | predict_label | actual_label |
+----+---------------+---------------+--------------+
|  1 | The good film | positive      | positive     |
|  2 | The bad film  | negative      | negative     |
+----+---------------+---------------+--------------+
2 rows in set
"""
CALLS = [
    "TABLE movie_comment, MODEL ai_analyze_sentiment, DESCRIPTOR(user_comment)",
    "TABLE movie_comment, MODEL ai_analyze_sentiment, DESCRIPTOR(user_comment), "
    "MAP['async', 'true', 'max-concurrent-operations', '2', 'capacity', '5', 'output-mode', 'ORDERED', "
    "'timeout', '100s']",
    "INPUT => TABLE movie_comment, MODEL => MODEL ai_analyze_sentiment, ARGS => DESCRIPTOR(user_comment), "
    "CONFIG => MAP['async', 'true', 'output-mode', 'ALLOW_UNORDERED']",
]


@pytest.mark.parametrize("arguments", CALLS)
def test_the_page_of_ml_predict_runs_as_it_is_written(
    shell: Shell, printed: Callable[[str], str], server: ModelServer, arguments: str
) -> None:
    server.answer = lambda body: "positive" if "classic" in body["messages"][1]["content"] else "negative"
    shell(MOVIES.format(url=server.url))
    query = f"SELECT id, movie_name, content AS predict_label, actual_label FROM ML_PREDICT({arguments});"
    assert printed(query) == PREDICTED
    label = "Classify the text below into one of the following labels: [positive, negative, neutral, mixed]."
    assert sorted(server.bodies, key=str) == [
        {
            "model": "qwen-turbo",
            "messages": [
                {"role": "system", "content": f"{label} Output only the label."},
                {"role": "user", "content": comment},
            ],
        }
        for comment in ("A classic, I saw it twice.", "I left before it was over.")
    ]


def test_all_columns_of_the_input_come_before_the_output(shell: Shell, server: ModelServer) -> None:
    shell(MOVIES.format(url=server.url))
    shell(f"SELECT * FROM ML_PREDICT({CALLS[0]})")
    assert shell.columns == ["id", "movie_name", "user_comment", "actual_label", "content"]
    shell(
        "SELECT * FROM ML_PREDICT((SELECT user_comment AS content FROM movie_comment), "
        "MODEL ai_analyze_sentiment, DESCRIPTOR(content))"
    )
    assert shell.columns == ["content", "content0"]
    assert len(server.requests) == 2


# ---------------------------------------------------------------- statements around models

TABLES = """
CREATE DATABASE reviews COMMENT 'what customers say';
USE reviews;
CREATE TABLE t (id BIGINT NOT NULL, txt STRING COMMENT 'a review', v ARRAY<FLOAT>,
  PRIMARY KEY (id) NOT ENFORCED);
CREATE VIEW w AS SELECT id FROM t;
"""
UTILITIES = """
+-----------------+
| catalog name    |
+-----------------+
| default_catalog |
+-----------------+
1 row in set
+----------------------+
| current catalog name |
+----------------------+
| default_catalog      |
+----------------------+
1 row in set
+------------------+
| database name    |
+------------------+
| default_database |
| reviews          |
+------------------+
2 rows in set
+-----------------------+
| current database name |
+-----------------------+
| reviews               |
+-----------------------+
1 row in set
+------------+
| table name |
+------------+
| t          |
| w          |
+------------+
2 rows in set
+-----------+
| view name |
+-----------+
| w         |
+-----------+
1 row in set
+------+--------------+-------+---------+--------+-----------+----------+
| name | type         | null  | key     | extras | watermark | comment  |
+------+--------------+-------+---------+--------+-----------+----------+
| id   | BIGINT       | FALSE | PRI(id) |        |           |          |
| txt  | STRING       | TRUE  |         |        |           | a review |
| v    | ARRAY<FLOAT> | TRUE  |         |        |           |          |
+------+--------------+-------+---------+--------+-----------+----------+
3 rows in set
Empty set
"""


def test_show_and_describe_print_the_columns_of_flink(shell: Shell, printed: Callable[[str], str]) -> None:
    shell(TABLES)
    text = (
        "SHOW CATALOGS; SHOW CURRENT CATALOG; SHOW DATABASES; SHOW CURRENT DATABASE; SHOW TABLES; SHOW VIEWS;"
        "DESCRIBE t; SHOW MODELS"
    )
    assert printed(text) == UTILITIES


LIKES = [
    ("SHOW MODELS LIKE 'model\\_%'", ["model_a", "model_b"]),
    ("SHOW MODELS NOT LIKE 'model\\__'", ["modelxa"]),
    ("SHOW MODELS FROM default_database ILIKE 'MODEL_A'", ["model_a", "modelxa"]),
    ("SHOW MODELS LIKE 'MODEL%'", []),
    ("SHOW CATALOGS LIKE 'default%'", ["default_catalog"]),
    ("SHOW DATABASES IN default_catalog NOT ILIKE 'DEFAULT%'", []),
    ("SHOW TABLES FROM default_catalog.default_database NOT LIKE 'x'", []),
]


@pytest.mark.parametrize(("text", "names"), LIKES)
def test_lists_are_cut_by_a_pattern(shell: Shell, text: str, names: list[str]) -> None:
    for name in ("model_a", "model_b", "modelxa"):
        shell(f"CREATE MODEL {name} WITH ('provider'='builtin')")
    assert [row[0] for row in shell(text)] == names


MISSING = [
    ("USE nosuch", "A database with name [nosuch] does not exist in the catalog: [default_catalog]."),
    ("USE CATALOG nosuch", "A catalog with name [nosuch] does not exist."),
    (
        "DESCRIBE MODEL nosuch",
        "Model with the identifier 'default_catalog.default_database.nosuch' doesn't exist.",
    ),
    (
        "ALTER MODEL nosuch SET ('a'='b')",
        "Model `default_catalog`.`default_database`.`nosuch` doesn't exist.",
    ),
    ("ALTER MODEL nosuch SET ()", "ALTER MODEL SET does not support empty option."),
    ("ALTER MODEL nosuch RESET ()", "ALTER MODEL RESET does not support empty key."),
    (
        "DROP TEMPORARY MODEL nosuch",
        "Temporary model with identifier 'default_catalog.default_database.nosuch' does not exist.",
    ),
]


@pytest.mark.parametrize(("text", "message"), MISSING)
def test_what_is_missing_is_told_in_the_words_of_flink(shell: Shell, text: str, message: str) -> None:
    assert shell.error(text).message == message
