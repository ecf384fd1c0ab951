"""CALL DBMS_AI_SERVICE, and calls through what it makes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from engine_shell import Shell
from server import ModelServer
from server_interfaces import score

from aisql.engine.models import ENDPOINT_PROVIDERS
from aisql.errors import AisqlError
from aisql.render.masking import mask_secrets

TYPES = {
    "completion": "/chat/completions",
    "dense_embedding": "/embeddings",
    "rerank": "/rerank",
    "sparse_embedding": "/sparse",
}


def create_model(name: str = "m", **params: str) -> str:
    """The statement that makes an AI model."""
    given = {"type": "completion", "model_name": "vendor-m"} | params
    return f"CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('{name}', '{json.dumps(given)}');"


def endpoint(name: str, verb: str = "CREATE", **params: Any) -> str:
    """The statement that makes or changes an endpoint."""
    return f"CALL DBMS_AI_SERVICE.{verb}_AI_MODEL_ENDPOINT('{name}', '{json.dumps(params)}');"


@pytest.fixture
def made(shell: Shell, server: ModelServer) -> Shell:
    """A session with an AI model of every type, named like it, and its endpoint `e_TYPE` at the server."""
    for kind, path in TYPES.items():
        url = f"{server.url}{path}"
        shell(create_model(kind, type=kind, model_name=f"vendor-{kind}"))
        shell(endpoint(f"e_{kind}", ai_model_name=kind, url=url, access_key="sk-e", provider="siliconflow"))
    return shell


COORDINATES = [
    "completion",
    "COMPLETION",
    "endpoint:e_completion",
    "Endpoint:E_Completion",
    "endpoint:completion",
]


@pytest.mark.parametrize("coordinate", COORDINATES)
def test_a_chat_is_one_user_message_to_the_url_as_it_is(
    made: Shell, server: ModelServer, coordinate: str
) -> None:
    assert made(f"SELECT ai_complete('{coordinate}', 'hello')") == [("echo: hello",)]
    [received] = server.requests
    assert received.path == "/v1/chat/completions"
    assert received.headers["authorization"] == "Bearer sk-e"
    assert received.body == {"model": "vendor-completion", "messages": [{"role": "user", "content": "hello"}]}


def test_the_request_model_name_goes_on_the_wire(made: Shell, server: ModelServer) -> None:
    made(endpoint("e_completion", "ALTER", request_model_name="custom"))
    made("SELECT ai_complete('completion', 'a')")
    made(endpoint("e_completion", "ALTER", request_model_name=""))
    made("SELECT ai_complete('completion', 'b')")
    assert [body["model"] for body in server.bodies] == ["custom", "vendor-completion"]


def test_a_url_of_a_form_nobody_knows_is_used_as_it_is(shell: Shell, server: ModelServer) -> None:
    shell(
        create_model() + endpoint("e", ai_model_name="m", url=server.url, access_key="k", provider="openAI")
    )
    shell.error("SELECT ai_complete('m', 'x')")
    assert [received.path for received in server.requests] == ["/v1"]


PLACES = [
    ("ollama", "/api/chat", "completion"),
    ("ollama", "/chat/completions", "completion"),
    ("aliyun-dashscope", "/services/aigc/text-generation/generation", "completion"),
    ("aliyun", "/services/embeddings/text-embedding/text-embedding", "dense_embedding"),
    ("hunyuan-openAI", "/embeddings", "dense_embedding"),
]


@pytest.mark.parametrize(("provider", "path", "kind"), PLACES)
def test_the_url_tells_the_interface(
    shell: Shell, server: ModelServer, provider: str, path: str, kind: str
) -> None:
    shell(create_model(type=kind))
    shell(endpoint("e", ai_model_name="m", url=server.url + path, access_key="k", provider=provider))
    call = "ai_complete('m', 'x')" if kind == "completion" else "vector_dims(ai_embed('m', 'x'))"
    assert shell(f"SELECT {call}") == ([("echo: x",)] if kind == "completion" else [(8,)])
    assert [received.path for received in server.requests] == [f"/v1{path}"]


def test_embeddings_of_both_dialects_use_an_endpoint(made: Shell, server: ModelServer) -> None:
    assert made("SELECT vector_dims(ai_embed('dense_embedding', 'a', 16))") == [(16,)]
    assert made("SELECT vector_dims(ai_embedding('endpoint:e_dense_embedding', 'a'))") == [(8,)]
    first, second = server.bodies
    assert first == {
        "model": "vendor-dense_embedding",
        "input": "a",
        "encoding_format": "float",
        "dimensions": 16,
    }
    assert "dimensions" not in second


@pytest.mark.parametrize("coordinate", ["rerank", "endpoint:e_rerank"])
def test_documents_are_reranked_with_one_request_that_is_kept(
    made: Shell, open_shell: Callable[..., Shell], server: ModelServer, coordinate: str
) -> None:
    documents = ["a wall", "a red apple", "a banana"]
    scores = [score("an apple", text) for text in documents]
    ranked = [
        {"index": index, "document": {"text": documents[index]}, "relevance_score": scores[index]}
        for index in sorted(range(3), key=lambda index: -scores[index])
    ]
    query = f"SELECT ai_rerank('{coordinate}', 'an apple', '{json.dumps(documents)}')"
    assert made(query) == [(json.dumps(ranked),)]
    assert open_shell()(query) == [(json.dumps(ranked),)]
    [received] = server.requests
    assert received.path == "/v1/rerank"
    assert received.body == {
        "model": "vendor-rerank",
        "query": "an apple",
        "documents": documents,
        "top_n": 3,
    }
    [(kept,)] = made("SELECT answer FROM aisql.answers")
    assert json.loads(str(kept)) == scores


def test_each_row_is_reranked_for_itself_even_where_nothing_is_kept(made: Shell, server: ModelServer) -> None:
    made("SET ai.cache = off")
    documents = """'[{"id": 1, "t": "a wall"}, {"id": 2, "t": "an apple"}]'"""
    queries = """json_each('["wall", "apple", "wall"]')"""
    rows = made(f"SELECT value, ai_rerank('rerank', value, {documents}, 't') ->> '$[0].id' FROM {queries}")
    best = {query: 1 + (score(query, "an apple") > score(query, "a wall")) for query in ("wall", "apple")}
    assert rows == [(query, best[query]) for query in ("wall", "apple", "wall")]
    assert sorted(body["query"] for body in server.bodies) == ["apple", "wall"]


def test_dashscope_reranks_at_its_own_interface(shell: Shell, server: ModelServer) -> None:
    url = f"{server.url}/services/rerank/text-rerank/text-rerank"
    shell(create_model(type="rerank"))
    shell(endpoint("e", ai_model_name="m", url=url, access_key="k", provider="aliyun-dashscope"))
    ranked = shell("""SELECT json_array_length(ai_rerank('m', 'apple', '["wall", "apple"]'))""")
    assert ranked == [(2,)]
    assert server.bodies[0]["input"] == {"query": "apple", "documents": ["wall", "apple"]}


WRONG_TYPES = [
    ("ai_rerank('completion', 'x', '[\"a\"]')", "info type is not rerank", "completion"),
    ("ai_complete('dense_embedding', 'x')", "info type is not completion", "dense_embedding"),
    ("ai_complete('sparse_embedding', 'x')", "info type is not completion", "sparse_embedding"),
    ("ai_classify('rerank', 'x', ARRAY('a'))", "info type is not completion", "rerank"),
    ("ai_embed('completion', 'x')", "info type is not dense embedding", "completion"),
    ("ai_embedding('endpoint:e_rerank', 'x')", "info type is not dense embedding", "rerank"),
]


@pytest.mark.parametrize(("call", "message", "kind"), WRONG_TYPES)
def test_an_ai_model_of_another_type_is_refused(
    made: Shell, server: ModelServer, call: str, message: str, kind: str
) -> None:
    error = made.error(f"SELECT {call}")
    assert (error.message, error.hint) == (message, f"AI model '{kind}' is of type {kind}")
    assert error.span is not None
    assert server.requests == []


def test_a_provider_that_does_not_serve_a_type_is_refused(shell: Shell, server: ModelServer) -> None:
    shell(create_model(type="dense_embedding"))
    shell(endpoint("e", ai_model_name="m", url=server.url, access_key="k", provider="DeepSeek"))
    error = shell.error("SELECT ai_embed('m', 'x')")
    assert (error.message, error.code) == ("this provider current not support not supported", "-4007")


def test_a_model_made_with_create_model_comes_first(made: Shell, server: ModelServer) -> None:
    made("CREATE MODEL completion INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin')")
    made("SELECT ai_complete('completion', 'x')")
    assert server.requests == []


def test_what_has_no_endpoint_cannot_be_called(made: Shell) -> None:
    made(create_model("lonely"))
    for coordinate in ("lonely", "endpoint:lonely", "endpoint:nosuch"):
        error = made.error(f"SELECT ai_complete('{coordinate}', 'x')")
        assert (error.message, error.code) == ("CZLH-67000: No available endpoints found", "CZLH-67000")
    assert made.error("SELECT ai_complete('nosuch', 'x')").code == "CZLH-65000"


def test_an_endpoint_outlives_its_model_and_waits_for_another(made: Shell) -> None:
    made("CALL DBMS_AI_SERVICE.DROP_AI_MODEL('Completion')")
    error = made.error("SELECT ai_complete('endpoint:e_completion', 'x')")
    assert (error.message, error.code) == ("This ai model 'completion' not found in the tenant", "-11118")
    made(create_model("completion"))
    assert made("SELECT ai_complete('endpoint:e_completion', 'x')") == [("echo: x",)]


def test_of_several_endpoints_the_first_serves_the_model(made: Shell, server: ModelServer) -> None:
    url = f"{server.url}/chat/completions"
    made(endpoint("another", ai_model_name="completion", url=url, access_key="sk-2", provider="openai"))
    made("SELECT ai_complete('completion', 'a'), ai_complete('endpoint:another', 'a')")
    # The same host, model and body: one request, by the endpoint that comes first.
    assert [received.headers["authorization"] for received in server.requests] == ["Bearer sk-e"]
    made("CALL DBMS_AI_SERVICE.DROP_AI_MODEL_ENDPOINT('E_COMPLETION')")
    made("SELECT ai_complete('completion', 'b')")
    assert server.requests[-1].headers["authorization"] == "Bearer sk-2"


def test_endpoints_stay_for_the_next_session(made: Shell, open_shell: Callable[..., Shell]) -> None:
    assert open_shell()("SELECT ai_complete('completion', 'x')") == [("echo: x",)]


# ---------------------------------------------------------------- keys


def test_a_named_key_and_a_named_address_are_looked_up_at_the_call(
    shell: Shell, open_shell: Callable[..., Shell], server: ModelServer
) -> None:
    url = "${HOST}/chat/completions"
    shell(create_model() + endpoint("e", ai_model_name="m", url=url, access_key="${KEY}", provider="openai"))
    assert shell.error("SELECT ai_complete('m', 'x')").message == "variable 'HOST' is not set"
    open_shell(HOST=server.url, KEY="sk-named")("SELECT ai_complete('m', 'x')")
    assert server.requests[0].headers["authorization"] == "Bearer sk-named"


def test_a_key_is_not_sent_to_another_host(made: Shell, server: ModelServer) -> None:
    with ModelServer() as other:
        url = f"{other.url}/chat/completions"
        made(endpoint("e_completion", "ALTER", url=url))
        error = made.error("SELECT ai_complete('completion', 'x')")
        assert error.message == (
            f"endpoint 'e_completion': its key was given for 127.0.0.1:{server.port} "
            f"and is not sent to 127.0.0.1:{other.port}"
        )
        assert other.requests == []
        made(endpoint("e_completion", "ALTER", ACCESS_KEY="sk-new") + "SELECT ai_complete('completion', 'x')")
        assert other.requests[0].headers["authorization"] == "Bearer sk-new"
    assert server.requests == []


def test_a_key_is_shown_as_hex_digits_that_change_with_it(made: Shell) -> None:
    query = "SELECT access_key FROM oceanbase.dba_ob_ai_model_endpoints WHERE endpoint_name = 'e_completion'"
    [(before,)] = made(query)
    made(endpoint("e_completion", "ALTER", access_key="sk-e"))
    [(after,)] = made(query)
    assert re.fullmatch("[0-9A-F]{64}", str(before))
    assert re.fullmatch("[0-9A-F]{64}", str(after))
    assert before != after


def test_a_key_in_params_is_masked_where_the_statement_is_shown() -> None:
    statement = endpoint("e", ai_model_name="m", access_key="top-secret-1")
    assert "top-secret-1" not in mask_secrets(statement)
    assert "ai_model_name" in mask_secrets(statement)


def test_a_key_that_would_go_unencrypted_is_warned_about(shell: Shell) -> None:
    params = {"ai_model_name": "m", "access_key": "k", "provider": "openai"}
    shell(create_model() + endpoint("e", url="http://far.example/v1/chat/completions", **params))
    assert shell.notices == [
        "the address is http: the key goes to far.example unencrypted, and so does everything else"
    ]


# ---------------------------------------------------------------- what is refused


def refused(shell: Shell, sql: str) -> tuple[str, str, str]:
    """The message and code of the error, and the text it points at."""
    error: AisqlError = shell.error(sql)
    assert error.span is not None
    return error.message, error.code, sql.rstrip(";")[slice(*error.span)]


MODEL_PARAMS = [
    ("{}", "The param 'type' is empty or null", "-11114"),
    ('{"type": ""}', "The param 'type' is empty or null", "-11114"),
    ('{"type": "rerank"}', "The param 'model_name' is empty or null", "-11114"),
    ('{"type": "chat", "model_name": "x"}', "The value of param 'type' is invalid", "-11116"),
    ('{"type": "rerank", "Model_Name": 1}', "The value of param 'model_name' is invalid", "-11116"),
    ('{"TYPE": null}', "The value of param 'type' is invalid", "-11116"),
    ('{"type": "rerank", "Model": "x"}', "The param 'Model' is invalid", "-11115"),
    ("[]", "This type of param 'PARAMS' is invalid, should be JSON_OBJECT", "-11117"),
    ("", "This type of param 'PARAMS' is invalid, should be JSON_OBJECT", "-11117"),
    ("{type}", "This type of param 'PARAMS' is invalid, should be JSON_OBJECT", "-11117"),
    ('{"type": "\\ud800"}', "This type of param 'PARAMS' is invalid, should be JSON_OBJECT", "-11117"),
]


@pytest.mark.parametrize(("params", "message", "code"), MODEL_PARAMS)
def test_params_of_a_model_that_are_wrong_are_refused(
    shell: Shell, params: str, message: str, code: str
) -> None:
    sql = f"CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('m', '{params}')"
    assert refused(shell, sql) == (message, code, f"'{params}'")
    assert shell("SELECT * FROM oceanbase.DBA_OB_AI_MODELS") == []


EMPTY, INVALID = "The param '{}' is empty or null", "The value of param '{}' is invalid"
# Every line makes one more parameter right; the first that is wrong is named.
IN_ORDER = [
    ("scope", "TENANT", "ALL", INVALID, "-11116"),
    ("ai_model_name", "", "", EMPTY, "-11114"),
    ("ai_model_name", "nosuch", "M", INVALID, "-11116"),
    ("url", "", "", EMPTY, "-11114"),
    ("url", "ftp://h/x", "", INVALID, "-11116"),
    ("url", "https://h/" + "x" * 2039, "https://h/v1/chat/completions", INVALID, "-11116"),
    ("access_key", "", "", EMPTY, "-11114"),
    ("access_key", "k" * 2049, "k", INVALID, "-11116"),
    ("provider", "", "", EMPTY, "-11114"),
    ("provider", "anthropic", "aliyun-openAI", INVALID, "-11116"),
    ("parameters", "{}", "", INVALID, "-11116"),
    ("request_transform_fn", "f", "", INVALID, "-11116"),
    ("response_transform_fn", "f", "", INVALID, "-11116"),
]


def test_params_of_an_endpoint_are_looked_at_in_the_documented_order(shell: Shell) -> None:
    shell(create_model())
    params = {key: wrong for key, wrong, *_ in reversed(IN_ORDER)}
    for key, wrong, right, message, code in IN_ORDER:
        params[key] = wrong
        assert refused(shell, endpoint("e", **params))[:2] == (message.format(key), code)
        params[key] = right
    assert refused(shell, endpoint("", **params)) == (EMPTY.format("name"), "-11114", "''")
    shell(endpoint("e", **params))
    assert shell("SELECT scope, provider, parameters FROM oceanbase.DBA_OB_AI_MODEL_ENDPOINTS") == [
        ("ALL", "aliyun-openAI", None)
    ]


def test_a_change_is_checked_with_what_was_there(made: Shell) -> None:
    rows = made("SELECT * FROM oceanbase.DBA_OB_AI_MODEL_ENDPOINTS")
    wrong = [({"url": ""}, EMPTY, "-11114"), ({"provider": "x"}, INVALID, "-11116")]
    for params, message, code in wrong:
        sql = endpoint("e_rerank", "ALTER", **params)
        assert refused(made, sql)[:2] == (message.format(*params), code)
    assert refused(made, endpoint("e_rerank", "ALTER", type="rerank"))[:2] == (
        "The param 'type' is invalid",
        "-11115",
    )
    made(endpoint("e_rerank", "ALTER"))
    assert made("SELECT * FROM oceanbase.DBA_OB_AI_MODEL_ENDPOINTS") == rows


def test_names_that_are_taken_or_missing(made: Shell) -> None:
    params = {"ai_model_name": "rerank", "url": "https://h/x", "access_key": "k", "provider": "aliyun"}
    drop = "CALL DBMS_AI_SERVICE.DROP_AI_MODEL"
    assert [
        refused(made, create_model("Rerank")),
        refused(made, endpoint("E_RERANK", **params)),
        refused(made, endpoint("no", "ALTER")),
        refused(made, f"{drop}_ENDPOINT('no')"),
        refused(made, f"{drop}('no')"),
    ] == [
        ("This ai model 'Rerank' is already exists", "-11119", "'Rerank'"),
        ("This ai model endpoint 'E_RERANK' is already exists", "-11113", "'E_RERANK'"),
        ("This ai model endpoint 'no' not found in the tenant", "-11112", "'no'"),
        ("This ai model endpoint 'no' not found in the tenant", "-11112", "'no'"),
        ("This ai model 'no' not found in the tenant", "-11118", "'no'"),
    ]


def test_a_masked_key_and_a_key_in_the_url_are_refused(shell: Shell) -> None:
    shell(create_model())
    params = {"ai_model_name": "m", "provider": "openai"}
    masked = endpoint("e", url="https://h/v1", access_key="******", **params)
    assert refused(shell, masked)[:2] == (INVALID.format("access_key"), "-11116")
    keyed = endpoint("e", url="https://h/v1?api_key=k", access_key="k", **params)
    assert "must not hold a key ('api_key')" in refused(shell, keyed)[0]


@pytest.mark.parametrize("provider", ENDPOINT_PROVIDERS)
def test_every_provider_of_the_documents_is_taken_in_any_case(shell: Shell, provider: str) -> None:
    params = {"ai_model_name": "m", "url": "https://h/v1/chat/completions", "access_key": "k"}
    shell(create_model() + endpoint("e", provider=provider.upper(), **params))
    query = "SELECT provider FROM oceanbase.CDB_OB_AI_MODEL_ENDPOINTS"
    assert shell(query) == [(provider.upper(),)]


def test_grants_are_not_known(shell: Shell) -> None:
    assert shell.error("GRANT CREATE AI MODEL ON *.* TO u").code == "sql_error"


# ---------------------------------------------------------------- the views


def test_views_join_and_outlive_a_rollback(made: Shell) -> None:
    joined = (
        "SELECT m.type, e.endpoint_name FROM oceanbase.DBA_OB_AI_MODELS m "
        "JOIN oceanbase.dba_ob_ai_model_endpoints e ON e.ai_model_name = m.name WHERE m.model_id = 3"
    )
    assert made(joined) == [("RERANK", "e_rerank")]
    made("BEGIN; SELECT count(*) FROM oceanbase.cdb_ob_ai_models; ROLLBACK")
    assert made(joined) == [("RERANK", "e_rerank")]
    assert made("SELECT count(*) FROM aisql.connections, oceanbase.CDB_OB_AI_MODELS") == [(0,)]


def test_views_are_read_only_and_hidden_from_other_statements(shell: Shell) -> None:
    shell("SELECT * FROM oceanbase.DBA_OB_AI_MODELS")
    assert shell.error("DELETE FROM oceanbase.DBA_OB_AI_MODELS").code == "sql_error"
    bare = shell.error("SELECT * FROM DBA_OB_AI_MODELS")
    assert bare.message == "no such table: DBA_OB_AI_MODELS"
    assert bare.hint == 'did you mean "oceanbase.DBA_OB_AI_MODELS"?'
    assert shell.error("SELECT * FROM oceanbase.nosuch").message == "no such table: oceanbase.nosuch"


def test_describe_knows_the_tables_of_the_session(shell: Shell) -> None:
    assert shell("DESC OCEANBASE.dba_ob_ai_models") == [
        ("MODEL_ID", "int(20)", "FALSE", "", "", ""),
        ("NAME", "varchar(128)", "FALSE", "", "", ""),
        ("TYPE", "varchar(128)", "FALSE", "", "", ""),
        ("MODEL_NAME", "varchar(128)", "FALSE", "", "", ""),
    ]
    assert shell("DESCRIBE aisql.settings")[0] == ("name", "", "TRUE", "", "", "")
    assert shell.error("DESCRIBE oceanbase.nosuch").code == "catalog_error"
