"""A key is in one file of its owner's and goes to one host; nothing else ever shows or keeps it."""

from __future__ import annotations

import stat
from collections.abc import Iterator

import pytest
from run_aisql import Aisql
from server import UNAUTHORIZED, Fault, ModelServer

MODEL_KEY, CONNECTION_KEY, NEW_KEY = "kM-7c1f0e2d9b", "kC-5a4b3c2d1e", "kN-9f8e7d6c5b"
HEADER_KEY, TEMPORARY_KEY, REPLACED_KEY = "kH-0a1b2c3d4e", "kT-6f5e4d3c2b", "kR-1a2b3c4d5e"
NATIVE_KEY, PROPERTY_KEY, QUERY_KEY = "kA-3b2c1d0e9f", "kP-8d7e6f5a4b", "kQ-2c3d4e5f6a"
KEYS = (
    *(MODEL_KEY, CONNECTION_KEY, NEW_KEY, HEADER_KEY, TEMPORARY_KEY, REPLACED_KEY),
    *(NATIVE_KEY, PROPERTY_KEY, QUERY_KEY),
)


@pytest.fixture
def other() -> Iterator[ModelServer]:
    """A second model server, which no key was given for."""
    with ModelServer() as running:
        yield running


def script(server: ModelServer) -> str:
    """A session that writes keys in every way there is, with errors around them."""
    endpoint = f"{server.url}/chat/completions"
    columns = "INPUT (i STRING) OUTPUT (o STRING)"
    return f"""
CREATE MODEL m {columns} WITH ('provider'='openai-compat', 'endpoint'='{endpoint}', 'model'='gpt-x',
  'apiKey'='{MODEL_KEY}', 'extra-header'='{{"X-Token": "{HEADER_KEY}"}}');
CREATE TEMPORARY MODEL t {columns} WITH ('provider'='openai-compat', 'endpoint'='{endpoint}', 'model'='x',
  'api-key'='{TEMPORARY_KEY}');
CREATE OR REPLACE TEMPORARY MODEL r {columns} WITH ('provider'='openai-compat', 'api-key'='{REPLACED_KEY}');
CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai-compat' BASE_URL = '{server.url}'
  API_KEY = '{CONNECTION_KEY}' RETRY_NUM = '1' RETRY_BACKOFF_BASE_INTERVAL = '1 ms';
CREATE API CONNECTION a TYPE ai_function PROVIDER = 'anthropic' BASE_URL = '{server.url}'
  API_KEY = '{NATIVE_KEY}' RETRY_NUM = '0' EXTRA_HEADER = '{{"X-Token": "{PROPERTY_KEY}"}}';
DESC CONNECTION a;
SELECT ai_complete('a:claude', 'five') AS a;
SELECT ai_complete('a:claude', 'broken') AS a;
SHOW MODELS; SHOW CREATE MODEL m; SHOW CREATE MODEL t; DESCRIBE MODEL m; DESC CONNECTION c; SHOW CONNECTIONS;
SELECT ai_complete('m', 'one') AS a, ai_complete('c:gpt-x', 'two') AS b, ai_complete('t', 'three') AS c;
ALTER MODEL m SET ('api-key' = '{NEW_KEY}');
SHOW CREATE MODEL m;
SELECT ai_complete('m', 'four') AS a;
SET;
SHOW TABLES;
CREATE MODEL m {columns} WITH ('provider'='openai', 'api-key'='{MODEL_KEY}');
CREATE MODEL n {columns} WITH ('provider'='openai', 'api-key'='{MODEL_KEY}', 'temperature'='9');
CREATE MODEL n {columns} WITH ('provider'='openai', 'api-key'='{MODEL_KEY}' 'model'='x');
CREATE MODEL n {columns} WITH ('provider'='openai', 'api-key'='{MODEL_KEY}', 'api-key'='{NEW_KEY}');
ALTER MODEL nosuch SET ('api-key'='{NEW_KEY}');
ALTER MODEL m SET ('api-key'='{NEW_KEY}', 'top-p'='7');
ALTER MODEL m SET ('api_key'='{NEW_KEY}');
CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' API_KEY = '{CONNECTION_KEY}';
CREATE API CONNECTION d TYPE ai_function PROVIDER = 'openai' API_KEY '{CONNECTION_KEY}';
CREATE API CONNECTION d TYPE ai_function API_KEY = '{CONNECTION_KEY}';
CREATE MODLE n {columns} WITH ('provider'='openai', 'api-key'='{MODEL_KEY}');
SELECT ai_complete('m', 'refused');
SELECT ai_complete('c:gpt-x', 'refused');
SELECT ai_complete('c:gpt-x', 'broken');
SELECT * FROM aisql.errors; SELECT * FROM aisql.answers; SELECT * FROM aisql.models; SHOW USAGE BY MODEL;
SELECT * FROM aisql_call;
CREATE MODEL n {columns} WITH ('provider'='openai', 'endpoint'='https://h/v1?api_key={QUERY_KEY}');
CREATE API CONNECTION d TYPE ai_function PROVIDER = 'openai' BASE_URL = 'https://h/v1?token={QUERY_KEY}';
CREATE MODEL n {columns} WITH ('provider'='openai', 'api-key'='{MODEL_KEY}"""


def refuse_what_says_refused(server: ModelServer) -> None:
    """Makes the server refuse prompts that say so, and repeat the keys it was sent, as some do."""

    def fault_for(body: dict[str, object]) -> Fault | None:
        if "refused" not in str(body) and "broken" not in str(body):
            return None
        headers = server.requests[-1].headers
        key = headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-api-key")
        said = f"Incorrect API key provided: {key} {headers.get('x-token')}"
        status = UNAUTHORIZED.status if "refused" in str(body) else 503
        return Fault(status, {"error": {"message": said, "code": key}}, {"x-request-id": f"req-{key}"})

    server.fault_for = fault_for


def authorizations(server: ModelServer) -> list[str]:
    return sorted(request.headers.get("authorization", "") for request in server.requests)


def test_a_key_is_in_no_output_and_in_no_file_but_one(aisql: Aisql, server: ModelServer) -> None:
    refuse_what_says_refused(server)
    done = aisql("--on-error", "continue", "-c", script(server))
    assert done.status in (1, 3)
    shown = done.text + done.stderr
    assert b"echo: one" in done.stdout
    assert b"echo: four" in done.stdout
    assert "authentication failed (401)" in done.stderr
    assert "Incorrect API key provided: ******" in done.stderr
    assert [key for key in KEYS if key in shown] == []
    kept = {key: [path.name for path in aisql.files() if key.encode() in path.read_bytes()] for key in KEYS}
    assert {name for names in kept.values() for name in names} == {"default_catalog.sqlite.keys"}
    keys_file = aisql.home / "data" / "aisql" / "default_catalog.sqlite.keys"
    assert stat.S_IMODE(keys_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys_file.parent.stat().st_mode) == 0o700
    # What is no longer used is gone from there too, and temporary keys never were there.
    gone = (MODEL_KEY, TEMPORARY_KEY, REPLACED_KEY, QUERY_KEY)
    assert [bool(kept[key]) for key in gone] == [False] * 4
    assert [bool(kept[key]) for key in set(KEYS) - set(gone)] == [True] * 5


def test_a_key_is_sent_as_it_was_given(aisql: Aisql, server: ModelServer) -> None:
    refuse_what_says_refused(server)
    aisql("--on-error", "continue", "-c", script(server))
    asked = {str(request.body["messages"]).split("'")[-2]: request.headers for request in server.requests}
    sent = {
        text: headers.get("x-api-key") or headers["authorization"].removeprefix("Bearer ")
        for text, headers in asked.items()
    }
    assert sent == {
        "one": MODEL_KEY,
        "two": CONNECTION_KEY,
        "three": TEMPORARY_KEY,
        "four": NEW_KEY,
        "refused": CONNECTION_KEY,
        "broken": CONNECTION_KEY,
        "five": NATIVE_KEY,
    }
    assert asked["five"]["x-token"] == PROPERTY_KEY
    assert asked["one"]["x-token"] == HEADER_KEY


def test_a_key_goes_only_to_the_host_it_was_given_for(
    aisql: Aisql, server: ModelServer, other: ModelServer
) -> None:
    make = (
        "CREATE {} MODEL {} INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f" 'endpoint'='{server.url}/chat/completions', 'model'='gpt-x', 'api-key'='{MODEL_KEY}');"
    )
    move = "ALTER MODEL m SET ('endpoint' = '{}/chat/completions');"
    script = (
        make.format("", "m")
        + "SELECT ai_complete('m', 'here') AS a;"
        + move.format(other.url)
        + "SELECT ai_complete('m', 'there') AS a;"
    )
    done = aisql("--csv", "-c", script)
    assert (done.stdout, done.status) == (b"a\necho: here\n", 1)
    hosts = f"127.0.0.1:{server.port} and is not sent to 127.0.0.1:{other.port}"
    assert done.stderr.splitlines()[:2] == [
        f"<command>:1: warning: option 'api-key' was given for {hosts}; give it again",
        f"<command>:1: error: model 'default_catalog.default_database.m': its key was given for {hosts}",
    ]
    assert other.requests == []
    # In another session as well, and the key is of use again when it is back home or given anew.
    assert aisql("-c", "SELECT ai_complete('m', 'there')").status == 1
    assert other.requests == []
    back = aisql("--csv", "-c", move.format(server.url) + "SELECT ai_complete('m', 'back') AS a")
    assert (back.stdout, back.status) == (b"a\necho: back\n", 0)
    anew = f"ALTER MODEL m SET ('endpoint' = '{other.url}/chat/completions', 'api-key' = '{NEW_KEY}');"
    moved = aisql("--csv", "-c", anew + "SELECT ai_complete('m', 'moved') AS a")
    assert (moved.stdout, moved.status) == (b"a\necho: moved\n", 0)
    assert authorizations(other) == [f"Bearer {NEW_KEY}"]


def test_a_key_given_before_its_endpoint_is_known_stays_with_the_first(
    aisql: Aisql, server: ModelServer, other: ModelServer
) -> None:
    make = (
        "CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f" 'endpoint'='${{HOST}}/chat/completions', 'model'='gpt-x', 'api-key'='{MODEL_KEY}');"
    )
    aisql("-c", make)
    ask = ("--csv", "-c", "SELECT ai_complete('m', 'hi') AS a")
    assert aisql("-v", f"HOST={server.url}", *ask).stdout == b"a\necho: hi\n"
    assert aisql("-v", f"HOST={other.url}", *ask).status == 1
    assert other.requests == []


def test_a_key_does_not_follow_a_redirect(aisql: Aisql, server: ModelServer, other: ModelServer) -> None:
    server.fault_for = lambda body: Fault(302, "", {"Location": f"{other.url}/chat/completions"})
    make = (
        "CREATE TEMPORARY MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f" 'endpoint'='{server.url}/chat/completions', 'model'='gpt-x', 'api-key'='{MODEL_KEY}');"
    )
    assert aisql("-c", make + "SELECT ai_complete('m', 'hi')").status == 1
    assert (len(server.requests), other.requests) == (1, [])


def test_a_masked_key_that_was_copied_is_no_key(aisql: Aisql, server: ModelServer) -> None:
    options = f"'provider'='openai-compat', 'endpoint'='{server.url}/chat/completions', 'model'='gpt-x'"
    make = f"CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ({options}, 'api-key'='******');"
    done = aisql("--csv", "-c", make + "SELECT ai_complete('m', 'hi') AS a")
    assert (done.stdout, done.status) == (b"a\necho: hi\n", 0)
    assert "copied masked" in done.stderr
    assert "authorization" not in server.requests[0].headers


def test_a_key_in_the_environment_is_shown_nowhere(aisql: Aisql, server: ModelServer) -> None:
    refuse_what_says_refused(server)
    env = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": NEW_KEY}
    script = "SELECT ai_complete('openai:gpt-x', 'hi') AS a; SELECT ai_complete('openai:gpt-x', 'refused')"
    done = aisql("--csv", "-c", script, env=env)
    assert (done.stdout, done.status) == (b"a\necho: hi\n", 3)
    assert authorizations(server) == [f"Bearer {NEW_KEY}"] * 2
    assert NEW_KEY not in done.stderr
    assert not any(NEW_KEY.encode() in path.read_bytes() for path in aisql.files())
