"""The ways to name a model, and what a request says then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_shell import Shell
from server import ModelServer

MODEL = (
    "CREATE MODEL {name} INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', "
    "'endpoint' = '{url}/chat/completions', 'api-key' = '{key}', 'model' = 'gpt-x'{more})"
)
CONNECTION = (
    "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' BASE_URL = '{url}' API_KEY = '{key}'"
)


def test_a_built_in_connection_takes_address_and_key_from_the_environment(
    shell: Shell, server: ModelServer
) -> None:
    assert shell("SELECT ai_complete('openai:gpt-9', 'hello')") == [("echo: hello",)]
    [received] = server.requests
    assert received.path == "/v1/chat/completions"
    assert received.headers["authorization"] == "Bearer sk-test"
    assert received.body == {"model": "gpt-9", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize("coordinate", ["c:m:latest", "connection:c:m:latest"])
def test_a_connection_gives_address_and_key(shell: Shell, server: ModelServer, coordinate: str) -> None:
    shell(CONNECTION.format(url=server.url, key="sk-c"))
    shell(f"SELECT ai_complete('{coordinate}', 'hello')")
    [received] = server.requests
    assert received.headers["authorization"] == "Bearer sk-c"
    assert received.body["model"] == "m:latest"


def test_a_connection_of_the_name_of_a_built_in_one_hides_it(shell: Shell, server: ModelServer) -> None:
    shell(CONNECTION.format(url=server.url, key="sk-mine").replace("CONNECTION c", "CONNECTION openai"))
    shell("SELECT ai_complete('openai:m', 'hello')")
    assert server.requests[0].headers["authorization"] == "Bearer sk-mine"


@pytest.mark.parametrize(
    "name",
    [
        "'m'",
        "'default_database.m'",
        "'default_catalog.default_database.m'",
        "MODEL m",
        "MODEL `default_database`.m",
    ],
)
def test_a_model_is_named_with_or_without_its_database(shell: Shell, server: ModelServer, name: str) -> None:
    shell(
        MODEL.format(
            name="m",
            url=server.url,
            key="sk-m",
            more=", 'temperature' = '0.5', 'system-prompt' = 'Be brief.'",
        )
    )
    assert shell(f"SELECT ai_complete({name}, 'hello')") == [("echo: hello",)]
    [received] = server.requests
    assert received.headers["authorization"] == "Bearer sk-m"
    assert received.body == {
        "model": "gpt-x",
        "temperature": 0.5,
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}],
    }


def test_a_model_has_the_documented_system_prompt_unless_it_is_empty(
    shell: Shell, server: ModelServer
) -> None:
    shell(MODEL.format(name="m", url=server.url, key="k", more=""))
    shell(
        "SELECT ai_complete('m', 'x'); ALTER MODEL m SET ('system-prompt' = ''); SELECT ai_complete('m', 'x')"
    )
    systems = [[m["content"] for m in body["messages"] if m["role"] == "system"] for body in server.bodies]
    assert systems == [["You are a helpful assistant."], []]


def test_a_temporary_model_hides_the_permanent_one(shell: Shell, server: ModelServer) -> None:
    shell(MODEL.format(name="m", url=server.url, key="k", more=""))
    shell(
        MODEL.format(name="m", url=server.url, key="k", more="")
        .replace("CREATE", "CREATE TEMPORARY")
        .replace("gpt-x", "hidden")
    )
    shell("SELECT ai_complete('m', 'x'); DROP TEMPORARY MODEL m; SELECT ai_complete('m', 'x')")
    assert [body["model"] for body in server.bodies] == ["hidden", "gpt-x"]


def test_options_of_the_call_win_over_those_of_the_model(shell: Shell, server: ModelServer) -> None:
    shell(MODEL.format(name="m", url=server.url, key="k", more=", 'temperature' = '0.5', 'max-tokens' = '9'"))
    shell("""SELECT ai_complete('m', 'x', json '{"model.params": {"temperature": 1.5, "top_k": 3}}')""")
    body = server.bodies[0]
    assert (body["temperature"], body["max_tokens"], body["top_k"]) == (1.5, 9, 3)


def test_classify_sends_instruction_labels_and_text(shell: Shell, server: ModelServer) -> None:
    server.answer = lambda body: "Sports"
    assert shell("SELECT ai_classify('openai:m', 'a goal', ARRAY('News', 'Sports'))") == [("Sports",)]
    system, user = server.bodies[0]["messages"]
    assert system["role"] == "system"
    assert user == {"role": "user", "content": 'Labels: ["News", "Sports"]\n\nText:\na goal'}


def test_an_answer_that_is_no_label_is_an_error(shell: Shell, server: ModelServer) -> None:
    server.answer = lambda body: "perhaps"
    error = shell.error("SELECT ai_classify('openai:m', 'a goal', ARRAY['News', 'Sports'])")
    assert (error.code, error.exit_status) == ("unusable_answer", 1)
    assert "'perhaps', which is none of the labels" in error.message


OPENS = "INPUT (s STRING) OUTPUT (c STRING) WITH ('provider' = 'openai-compat', 'model' = 'x'"
USES = "SELECT ai_complete('k', 'x')"


@pytest.mark.parametrize(
    "sql",
    [
        "SET ai.timeout = '${MY_KEY}'",
        "SET ai.default_model = 'openai:${MY_KEY}'",
        f"CREATE MODEL k {OPENS}, 'endpoint' = '${{HOST}}/${{MY_KEY}}'); {USES}",
        f"CREATE MODEL k {OPENS}, 'endpoint' = '${{HOST}}', 'temperature' = '${{MY_KEY}}'); {USES}",
        f"CREATE MODEL k {OPENS}, 'endpoint' = '${{HOST}}', 'user-prompt' = '${{MY_KEY}}'); {USES}",
        "CREATE API CONNECTION k TYPE ai_function PROVIDER = 'openai' BASE_URL = '${HOST}/${MY_KEY}' "
        "API_KEY = '${MY_KEY}'; SELECT ai_complete('k:m', 'x')",
        "CREATE MODEL k INPUT (s STRING) OUTPUT (c STRING) WITH ('provider' = 'openai', "
        "'endpoint' = 'https://api.openai.com/v1', 'model' = '${MY_KEY}'); "
        "SELECT ai_count_tokens('k', 'x')",
    ],
)
def test_a_key_does_not_come_to_stand_where_it_is_shown_or_sent_as_text(
    open_shell: Callable[..., Shell], server: ModelServer, sql: str
) -> None:
    error = open_shell(HOST=server.url, MY_KEY="sk-hidden").error(sql)
    assert error.message == "${MY_KEY} sounds like a key, and may stand only where a key is given"
    assert server.requests == []


def test_a_key_is_given_in_any_secret_option(open_shell: Callable[..., Shell], server: ModelServer) -> None:
    header = """'extra-header' = '{"X-Token": "${MY_KEY}"}'"""
    shell = open_shell(HOST=server.url, MY_KEY="sk-hidden")
    shell(f"CREATE MODEL k {OPENS}, 'endpoint' = '${{HOST}}', 'api-key' = 'Z${{MY_KEY}}', {header}); {USES}")
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["x-token"]) == ("Bearer Zsk-hidden", "sk-hidden")


def test_names_in_options_are_resolved_when_the_call_is_made(
    open_shell: Callable[..., Shell], server: ModelServer
) -> None:
    shell = open_shell(HOST=server.url, KEY="sk-var")
    shell(MODEL.format(name="m", url="${HOST}", key="${KEY}", more=""))
    assert "'api-key' = '${KEY}'" in str(shell("SHOW CREATE MODEL m"))
    assert "'endpoint' = '${HOST}/chat/completions'" in str(shell("SHOW CREATE MODEL m"))
    shell("SELECT ai_complete('m', 'x')")
    assert server.requests[0].headers["authorization"] == "Bearer sk-var"
    assert (
        open_shell(HOST=server.url).error("SELECT ai_complete('m', 'x')").message
        == "variable 'KEY' is not set"
    )


def test_a_key_is_not_sent_to_another_host(shell: Shell, server: ModelServer) -> None:
    shell(MODEL.format(name="m", url=server.url, key="sk-m", more=""))
    with ModelServer() as other:
        shell(f"ALTER MODEL m SET ('endpoint' = '{other.url}/chat/completions')")
        error = shell.error("SELECT ai_complete('m', 'x')")
        assert error.message == (
            f"model 'default_catalog.default_database.m': its key was given for 127.0.0.1:{server.port} "
            f"and is not sent to 127.0.0.1:{other.port}"
        )
        assert other.requests == []
        shell("ALTER MODEL m SET ('api-key' = 'sk-new'); SELECT ai_complete('m', 'x')")
        assert other.requests[0].headers["authorization"] == "Bearer sk-new"
    assert server.requests == []


def test_a_key_given_before_its_endpoint_belongs_to_the_first_host(shell: Shell, server: ModelServer) -> None:
    shell(
        "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) "
        "WITH ('provider' = 'openai', 'api-key' = 'k', 'model' = 'x')"
    )
    shell(f"ALTER MODEL m SET ('endpoint' = '{server.url}/chat/completions'); SELECT ai_complete('m', 'x')")
    with ModelServer() as other:
        shell(f"ALTER MODEL m SET ('endpoint' = '{other.url}/chat/completions')")
        assert "is not sent to" in shell.error("SELECT ai_complete('m', 'x')").message
        assert other.requests == []


UNSOUND = [
    (
        "('endpoint' = 'x')",
        "(a STRING)",
        "(b STRING)",
        "Model options do not contain an option key 'provider'",
    ),
    ("('provider' = 'nosuch')", "(a STRING)", "(b STRING)", "There is no provider 'nosuch'."),
    ("('provider' = 'bailian', 'model' = 'x')", "(a STRING)", "(b STRING)", "Option 'endpoint' is missing."),
    ("('provider' = 'openai')", "(a STRING)", "(b STRING)", "Option 'model' is missing."),
    (
        "('provider' = 'bailian', 'model' = 'x', 'endpoint' = '<Endpoint>')",
        "(a STRING)",
        "(b STRING)",
        "Option 'endpoint' is no http or https address.",
    ),
    (
        "('provider' = 'openai', 'model' = 'x', 'endpoint' = 'https://h/v1/chat/completions')",
        "(a STRING)",
        "(b STRING)",
        "Option 'api-key' is missing.",
    ),
    ("('provider' = 'builtin', 'task' = 'rerank')", "(a STRING)", "(b STRING)", "There is no task 'rerank'."),
    (
        "('provider' = 'builtin')",
        "(a STRING)",
        "(b BIGINT)",
        "Output column b should be STRING, but is a BIGINT.",
    ),
    ("('provider' = 'builtin')", "(a INT)", "(b STRING)", "Input column a should be STRING, but is a INT."),
    (
        "('provider' = 'builtin')",
        "(a STRING, c STRING)",
        "(b STRING)",
        "Model should have exactly one input physical column, but actually has 2 physical columns: [a, c]",
    ),
    (
        "('provider' = 'builtin', 'model' = 'big')",
        "(a STRING)",
        "(b STRING)",
        "provider builtin has one model, 'demo'",
    ),
]


@pytest.mark.parametrize(("options", "inputs", "outputs", "message"), UNSOUND)
def test_a_call_through_an_unsound_model_says_which_rule_it_breaks(
    shell: Shell, options: str, inputs: str, outputs: str, message: str
) -> None:
    shell(f"CREATE MODEL m INPUT {inputs} OUTPUT {outputs} WITH {options}")
    error = shell.error("SELECT ai_complete('m', 'x')")
    assert message in error.message
    assert error.span == (7, 28)


def test_the_task_of_a_model_and_of_a_function_must_agree(shell: Shell) -> None:
    shell("CREATE MODEL e INPUT (a STRING) OUTPUT (b ARRAY<FLOAT>) WITH ('provider' = 'builtin')")
    assert shell.error("SELECT ai_complete('e', 'x')").message == (
        "Model 'default_catalog.default_database.e' serves embeddings; this function needs chat/completions."
    )


COORDINATES = [
    ("'nosuch'", "CZLH-65000: Invalid model coordinates: 'nosuch'"),
    ("''", "CZLH-65000: Invalid model coordinates: ''"),
    ("NULL", "CZLH-65000: Invalid model coordinates: NULL"),
    ("'openai:'", "CZLH-65000: Invalid model coordinates: 'openai:'"),
    ("'openai: '", "CZLH-65000: Invalid model coordinates: 'openai: '"),
    ("':m'", "CZLH-65000: Invalid model coordinates: ':m'"),
    ("'connection:c'", "CZLH-65000: Invalid model coordinates: 'connection:c'"),
    ("'nosuch:m'", "CZLH-65000: Invalid model coordinates: 'nosuch:m'"),
    ("'endpoint:nosuch'", "CZLH-67000: No available endpoints found"),
]


def test_a_hint_names_the_connection_that_was_meant(shell: Shell) -> None:
    assert shell.error("SELECT ai_complete('buitin:demo', 'x')").hint == "did you mean builtin?"
    assert (shell.error("SELECT ai_complete('acme:m', 'x')").hint or "").startswith(
        "CREATE API CONNECTION acme "
    )


@pytest.mark.parametrize(("coordinate", "message"), COORDINATES)
@pytest.mark.parametrize("prompt", ["'x'", "NULL"])
def test_what_names_no_model_is_refused_with_the_documented_code(
    shell: Shell, coordinate: str, message: str, prompt: str
) -> None:
    error = shell.error(f"SELECT ai_complete({coordinate}, {prompt})")
    assert (error.message, error.code) == (message, message[:10])


def test_a_name_that_is_nearly_right_gets_a_hint(shell: Shell) -> None:
    shell("CREATE MODEL reviews INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin')")
    assert "reviews" in (shell.error("SELECT ai_complete('review', 'x')").hint or "")
    assert "reviews" in (shell.error("SELECT ai_complete(MODEL review, 'x')").hint or "")


def test_a_missing_environment_key_is_named(open_shell: Callable[..., Shell]) -> None:
    error = open_shell().error("SELECT ai_complete('deepseek:deepseek-chat', 'x')")
    assert error.message == "variable 'DEEPSEEK_API_KEY' is not set"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'x', 'endpoint' = 'http://u:p@h/v1')",
        "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' BASE_URL = 'https://user@host/v1'",
    ],
)
def test_an_address_with_a_user_in_it_is_refused(shell: Shell, sql: str) -> None:
    error = shell.error(sql)
    assert "must not hold a user or a password" in error.message
    assert error.span is not None


@pytest.mark.parametrize("address", ["http://[::1/v1", "http://host:port/v1"])
def test_what_is_no_address_is_refused_where_it_is_written_and_where_it_is_used(
    open_shell: Callable[..., Shell], address: str
) -> None:
    shell = open_shell(ADDRESS=address)
    connection = "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' API_KEY = 'sk-1' BASE_URL ="
    assert shell.error(f"{connection} '{address}'").message == "'BASE_URL' is no address"
    shell(f"{connection} '${{ADDRESS}}'")
    problem = "the endpoint is not an http or https URL"
    assert problem in shell.error("SELECT ai_complete('c:m', 'a')").message
    columns = "INPUT (a STRING) OUTPUT (b STRING)"
    shell(
        f"CREATE MODEL m {columns} WITH ('provider' = 'openai', 'endpoint' = '${{ADDRESS}}', 'model' = 'm')"
    )
    assert problem in shell.error("SELECT ai_complete('m', 'a')").message
