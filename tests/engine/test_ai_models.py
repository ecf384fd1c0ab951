"""What OceanBase means by the arguments of AI_COMPLETE and AI_RERANK, and the endpoints as a table."""

from __future__ import annotations

import json

import pytest
from engine_shell import Shell
from server import Fault, ModelServer
from server_interfaces import score

KEY = "sk-very-secret-0123456789"


@pytest.fixture
def made(shell: Shell, server: ModelServer) -> Shell:
    """A session with the AI models `talk` and `rank`, their endpoints at the server, and a model `own`."""
    for name, kind, path in (("talk", "completion", "chat/completions"), ("rank", "rerank", "rerank")):
        model = {"type": kind, "model_name": f"vendor-{name}"}
        place = {
            "ai_model_name": name,
            "url": f"{server.url}/{path}",
            "access_key": KEY,
            "provider": "siliconflow",
        }
        shell(
            f"CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('{name}', '{json.dumps(model)}');"
            f"CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('e_{name}', '{json.dumps(place)}')"
        )
    shell(
        "CREATE MODEL own INPUT (s STRING) OUTPUT (a STRING) WITH ('provider' = 'openai', "
        f"'endpoint' = '{server.url}/chat/completions', 'api-key' = 'k', 'model' = 'm')"
    )
    return shell


SENT = [
    ('{"temperature": 0.2, "max_tokens": 5}', {"temperature": 0.2, "max_tokens": 5}),
    ('{"temperature": 9, "stop": ["a"], "nested": {"k": null}}',
     {"temperature": 9, "stop": ["a"], "nested": {"k": None}}),
    ('{"model.params": {"top_p": 0.5}, "seed": 1}', {"top_p": 0.5, "seed": 1}),
    ('{"model.params.top_p": 0.5, "top_p": 0.9}', {"top_p": 0.5}),
    ('{"response.timeout": "5", "task.concurrency": 2}', {}),
    ("{}", {}),
]  # fmt: skip


@pytest.mark.parametrize("model", ["talk", "endpoint:e_talk", "endpoint:talk"])
@pytest.mark.parametrize(("options", "members"), SENT)
def test_members_go_into_the_body_of_an_ai_model(
    made: Shell, server: ModelServer, model: str, options: str, members: dict[str, object]
) -> None:
    made(f"SELECT AI_COMPLETE('{model}', 'x', '{options}')")
    assert server.bodies == [
        {"model": "vendor-talk", "messages": [{"role": "user", "content": "x"}]} | members
    ]


def test_members_stand_beside_what_ai_prompt_gave(made: Shell, server: ModelServer) -> None:
    made("""SELECT AI_COMPLETE('talk', AI_PROMPT('Say {0}.', 'hi'), json '{"max_tokens": 5}')""")
    assert server.bodies == [
        {"model": "vendor-talk", "messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 5}
    ]


@pytest.mark.parametrize("model", ["own", "openai:m"])
def test_elsewhere_such_members_are_no_options(made: Shell, server: ModelServer, model: str) -> None:
    error = made.error(f"""SELECT AI_COMPLETE('{model}', 'x', '{{"temperature": 0.2}}')""")
    assert (error.message, error.hint) == (
        "there is no option 'temperature'",
        'did you mean "model.params": {"temperature": ...}?',
    )
    assert server.requests == []


WRONG = [
    ("[1]", "the options must be a JSON object, json '{...}'"),
    ("x", "the options are not JSON: Expecting value: line 1 column 1 (char 0)"),
    ('{"model.params": 1}', "option 'model.params' must be an object"),
    ('{"model.params": {"top_p": 9}}', "option 'model.params.top_p' must be a number in (0, 1], got 9"),
    ('{"response.timeout": 0}', "option 'response.timeout' must be a number of seconds above 0, got 0"),
    ('{"messages": []}', "'messages' in extra-body would take the place of what is asked"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_wrong_members_are_refused(made: Shell, server: ModelServer, options: str, message: str) -> None:
    assert made.error(f"SELECT AI_COMPLETE('talk', 'x', '{options}')").message == message
    assert server.requests == []


def test_null_and_an_empty_prompt_are_null_for_an_ai_model_too(made: Shell, server: ModelServer) -> None:
    assert made("""SELECT AI_COMPLETE('talk', NULL), AI_COMPLETE('talk', '', '{"seed": 1}')""") == [
        (None, None)
    ]
    assert server.requests == []


# ------------------------------------------------------------------ AI_RERANK


def test_many_documents_are_ranked_in_requests_of_twenty(made: Shell, server: ModelServer) -> None:
    documents = [f"document {number}" for number in range(45)]
    [(ranked,)] = made(f"SELECT AI_RERANK('rank', 'q', '{json.dumps(documents)}')")
    asked = sorted((documents.index(sent["documents"][0]), sent) for sent in server.bodies)
    assert [sent["documents"] for _, sent in asked] == [documents[:20], documents[20:40], documents[40:]]
    assert [(sent["query"], sent["top_n"]) for _, sent in asked] == [("q", 20), ("q", 20), ("q", 5)]
    best = sorted(range(45), key=lambda number: -score("q", documents[number]))
    assert json.loads(str(ranked)) == [
        {
            "index": number,
            "document": {"text": documents[number]},
            "relevance_score": score("q", documents[number]),
        }
        for number in best
    ]
    made(f"SELECT AI_RERANK('rank', 'q', '{json.dumps(documents[:20])}')")
    assert len(server.requests) == 3


def test_objects_of_many_requests_are_merged(made: Shell, server: ModelServer) -> None:
    documents = [{"id": number, "body": f"document {number}"} for number in range(21)]
    [(ranked,)] = made(f"SELECT AI_RERANK('rank', 'q', '{json.dumps(documents)}', 'body')")
    best = sorted(documents, key=lambda document: -score("q", str(document["body"])))
    assert json.loads(str(ranked)) == [
        document | {"_model_score": score("q", str(document["body"]))} for document in best
    ]
    assert len(server.requests) == 2


def test_one_failed_request_fails_the_ranking(made: Shell, server: ModelServer) -> None:
    documents = json.dumps([f"document {number}" for number in range(21)])
    server.fault_for = lambda sent: Fault(400, {"message": "no"}) if len(sent["documents"]) == 1 else None
    assert made.error(f"SELECT AI_RERANK('rank', 'q', '{documents}')").code == "provider_error"
    assert made(f"SET ai.on_error = null; SELECT AI_RERANK('rank', 'q', '{documents}')") == [(None,)]
    server.fault_for = lambda sent: None
    assert [row[1:] for row in made("RETRY FAILED")] == [(json.dumps([score("q", "document 20")]), None)]


# ------------------------------------------------------------------ aisql.endpoints


def test_endpoints_are_a_table_without_keys(made: Shell, server: ModelServer) -> None:
    made("CALL DBMS_AI_SERVICE.DROP_AI_MODEL('rank')")
    rows = made("SELECT * FROM aisql.endpoints ORDER BY name")
    assert made.columns == ["name", "ai_model_name", "type", "model", "provider", "url"]
    assert rows == [
        ("e_rank", "rank", None, None, "siliconflow", f"{server.url}/rerank"),
        ("e_talk", "talk", "completion", "vendor-talk", "siliconflow", f"{server.url}/chat/completions"),
    ]
    alter = json.dumps({"request_model_name": "newer"})
    made(f"CALL DBMS_AI_SERVICE.ALTER_AI_MODEL_ENDPOINT('e_talk', '{alter}')")
    assert made("SELECT model FROM aisql.endpoints WHERE name = 'e_talk'") == [("newer",)]
    assert KEY not in str(made("SELECT * FROM aisql.endpoints"))
