r"""`\connect`: what is found, what is asked, what is sent, and what stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server import BROKEN, UNAUTHORIZED, Fault, ModelServer

from aisql.commands.connection_dialog import connect
from aisql.providers.registry import LocalServer

LIST, CHAT = "/v1/models", "/v1/chat/completions"


@pytest.fixture
def other() -> Iterator[ModelServer]:
    """A second server, where no key belongs."""
    with ModelServer() as running:
        running.models = ("llama3.2",)
        yield running


def paths(server: ModelServer) -> list[str]:
    return [request.path for request in server.requests]


def keys(server: ModelServer) -> list[str | None]:
    return [request.headers.get("authorization") for request in server.requests]


def dialog(user, name="", servers=(), **options):
    """What comes to the screen and is told beside it."""
    start = len(user.output.getvalue())
    user.told.clear()
    connect(user.shell, name, servers, **options)
    return user.output.getvalue()[start:], user.told


def vllm(server: ModelServer) -> LocalServer:
    return LocalServer("vllm", "openai-compat", server.url)


def connections(user) -> list[tuple[object, ...]]:
    return [row[:1] + row[5:] for row in user.shell.answer("SELECT * FROM aisql.connections").rows]


def state(user) -> tuple[object, ...]:
    """All that `\\connect` could leave behind."""
    models = list(user.shell.answer("SHOW MODELS").rows)
    return connections(user), models, user.shell.settings.default_model, dict(user.shell.settings.items())


# ---------------------------------------------------------------- a key in the environment


def test_a_key_leads_to_a_model_that_is_tried_with_one_call(open_typed, server, tmp_path):
    server.answer = lambda body: "ready\nand \x1b[2Jmore"
    user = open_typed(answers=["1", "1", "n"])
    host = f"127.0.0.1:{server.port}"
    assert dialog(user) == (
        "+---+--------+-----------------+----------------+--------+\n"
        "|   | found  | host            | key in         | models |\n"
        "+---+--------+-----------------+----------------+--------+\n"
        f"| 1 | openai | {host: <15} | OPENAI_API_KEY |        |\n"
        "+---+--------+-----------------+----------------+--------+\n1 row in set\n"
        "+---+------------------------+\n|   | model                  |\n+---+------------------------+\n"
        "| 1 | gpt-4o-mini            |\n| 2 | text-embedding-3-small |\n"
        "+---+------------------------+\n2 rows in set\n"
        "openai:gpt-4o-mini answers 'ready and \x1b[2Jmore' in 0.0 sec.\n"  # what is no terminal gets it raw
        "Ready: SELECT ai_complete('openai:gpt-4o-mini', 'Hello');\n",
        [],
    )
    assert user.asked == [
        "Which one? (1) ",
        "Which model? (number or name) ",
        "Make it the model of calls that name none? [y/N] ",
    ]
    assert paths(server) == [LIST, CHAT]
    assert keys(server) == ["Bearer sk-test"] * 2
    assert server.bodies[1] == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "Answer with one word: ready."}],
        "max_tokens": 500,
    }
    assert (user.session.spend.requests, connections(user)) == (1, [])
    assert not (tmp_path / "config").exists()


def test_the_default_model_is_kept_beside_what_the_user_wrote(open_typed, server, tmp_path):
    file = tmp_path / "config" / "config.toml"
    file.parent.mkdir()
    file.write_text('# mine\n[prompt]\nkeys = "vi"  # always\n', "utf-8")
    user = open_typed(answers=["openai", "gpt-4.1", "y", "y"])
    shown, _ = dialog(user)
    assert shown.endswith("Ready: SELECT ai_complete('Hello');\n")
    assert user.asked[-1] == f"For later sessions too, in {file}? [y/N] "
    assert file.read_text("utf-8") == (
        '# mine\n[prompt]\nkeys = "vi"  # always\n\n[ai]\ndefault_model = "openai:gpt-4.1"\n'
    )
    assert "echo: Hello" in user("SELECT ai_complete('Hello');")
    assert "echo: Hello" in open_typed()("SELECT ai_complete('Hello');")


def test_a_default_model_for_this_session_alone(open_typed, tmp_path):
    user = open_typed(answers=["1", "1", "yes", ""])
    dialog(user)
    assert user.shell.settings.default_model == "openai:gpt-4o-mini"
    assert not (tmp_path / "config").exists()


def test_a_connection_of_another_name_holds_no_key(open_typed, server, environment, tmp_path):
    environment["OPENAI_API_KEY"] = "sk-never-written"
    user = open_typed(answers=["1", "1", "n"])
    shown, told = dialog(user, "work")
    statement = (
        f"CREATE API CONNECTION work TYPE ai_function PROVIDER = 'openai' BASE_URL = '{server.url}'"
        " API_KEY = '${OPENAI_API_KEY}';\n"
    )
    assert shown.endswith(f"{statement}Ready: SELECT ai_complete('work:gpt-4o-mini', 'Hello');\n")
    assert state(user)[:3] == ([("work", "openai", server.url)], [], "")
    assert "echo: Hi" in user("SELECT ai_complete('work:gpt-4o-mini', 'Hi');")
    assert keys(server) == ["Bearer sk-never-written"] * 3
    assert "sk-never" not in shown + "".join(told)
    for file in tmp_path.glob("catalog*"):
        assert b"sk-never" not in file.read_bytes(), file


def test_the_name_of_what_is_found_chooses_it(open_typed, server):
    user = open_typed(answers=["1", "n"])
    dialog(user, "openai")
    assert user.asked[0] == "Which model? (number or name) "
    assert paths(server) == [LIST, CHAT]


# ---------------------------------------------------------------- servers on this machine


def test_a_server_on_this_machine_gets_no_key_and_a_connection(open_typed, server, other):
    user = open_typed(answers=["vllm", "", "n"])
    shown, _ = dialog(user, servers=[vllm(other)])
    assert f"| 2 | vllm   | 127.0.0.1:{other.port}" in shown
    assert shown.endswith(
        f"CREATE API CONNECTION vllm TYPE ai_function PROVIDER = 'openai-compat' BASE_URL = '{other.url}';\n"
        "Ready: SELECT ai_complete('vllm:llama3.2', 'Hello');\n"
    )
    assert (paths(server), paths(other)) == ([], [LIST, CHAT])
    assert keys(other) == [None, None]
    assert "echo: Hi" in user("SELECT ai_complete('vllm:llama3.2', 'Hi');")
    assert keys(other) == [None] * 3


def test_what_has_a_connection_gets_no_second_one(open_typed, other):
    user = open_typed(answers=["vllm", "", "n", "vllm", "", "n"])
    dialog(user, servers=[vllm(other)])
    shown, _ = dialog(user, servers=[vllm(other)])
    assert "CREATE" not in shown
    assert connections(user) == [("vllm", "openai-compat", other.url)]


def test_a_name_that_leads_elsewhere_is_left_to_it(open_typed, other):
    user = open_typed(answers=["vllm", "", "n"])
    user(
        "CREATE API CONNECTION vllm TYPE ai_function PROVIDER = 'openai-compat' BASE_URL = 'http://127.0.0.1:9/v1';"
    )
    dialog(user, servers=[vllm(other)])
    assert connections(user) == [
        ("vllm", "openai-compat", "http://127.0.0.1:9/v1"),
        ("vllm2", "openai-compat", other.url),
    ]


def test_ollama_is_looked_for_where_its_variable_says_and_needs_no_connection(open_typed, environment, other):
    environment["OLLAMA_HOST"] = f"127.0.0.1:{other.port}"
    user = open_typed(answers=["ollama", "1", "n"])
    shown, _ = dialog(user, servers=[LocalServer("ollama", "ollama", "http://127.0.0.1:9")])
    assert "CREATE" not in shown
    assert paths(other) == ["/api/tags", "/api/chat"]


def test_a_server_of_another_machine_is_told_of_and_not_asked(open_typed, environment):
    environment["OLLAMA_HOST"] = "http://ollama.example.com"
    del environment["OPENAI_API_KEY"]
    user = open_typed(answers=[EOFError])
    with pytest.raises(KeyboardInterrupt):
        dialog(user, servers=[LocalServer("ollama", "ollama", "http://127.0.0.1:9")])
    assert "| 1 | ollama | ollama.example.com:11434 |        |        |\n" in user.output.getvalue()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(200, "<html>Jenkins</html>"),
        Fault(200, {"status": "ok"}),
        Fault(200, {"data": "none"}),
        Fault(200, "[" * 100_000),
        Fault(302, "", {"Location": "http://127.0.0.1:9/v1/models"}),
        Fault(404, "nothing"),
        Fault(close=True),
        Fault(hang=True),
        UNAUTHORIZED,
    ],
)
def test_whatever_else_listens_there_is_not_found(typed, other, fault):
    other.fault_for = lambda body: fault
    assert [each.name for each in typed.shell.services.places([vllm(other)])] == ["openai"]
    assert {*paths(other)} == {LIST}


def test_all_servers_are_asked_side_by_side(typed, server, other):
    places = typed.shell.services.places([vllm(other), vllm(server), vllm(other)])
    assert [each.models for each in places[1:]] == [other.models, server.models, other.models]


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("key", [EOFError, KeyboardInterrupt])
@pytest.mark.parametrize("answers", [[], ["vllm"], ["vllm", "1"], ["vllm", "1", "y"]])
def test_who_gives_up_has_changed_nothing(open_typed, other, tmp_path, key, answers):
    user = open_typed(answers=[*answers, key])
    before = state(user)
    with pytest.raises(KeyboardInterrupt):
        dialog(user, "mine", [vllm(other)])
    assert state(user) == before
    assert not (tmp_path / "config").exists()


def test_giving_up_at_the_prompt_is_told(open_typed):
    user = open_typed(answers=[EOFError])
    assert user("\\connect openai").endswith("2 rows in set\n")
    assert user.told == ["interrupted"]


def test_a_call_that_fails_is_told_and_asked_about_again(open_typed, server):
    server.fault_for = lambda body: BROKEN if body.get("model") == "bad" else None
    user = open_typed(answers=["1", "bad", "1", "good", "n"])
    user("SET ai.on_error = null; SET ai.cache = off;")
    before = state(user)
    shown, told = dialog(user)
    assert told == ["error: openai bad: HTTP 500 Internal Server Error: The server had an error. (1 attempt)"]
    assert paths(server) == [LIST, CHAT, LIST, CHAT]
    assert shown.endswith("Ready: SELECT ai_complete('openai:good', 'Hello');\n")
    assert state(user) == before


def test_a_test_asks_though_the_answer_is_known(open_typed, server):
    user = open_typed(answers=["1", "1", "n", "1", "1", "n"])
    dialog(user)
    dialog(user)
    assert paths(server) == [LIST, CHAT] * 2


def test_a_key_that_is_not_accepted_is_told_before_a_model_is_asked_for(open_typed, server):
    server.faults.append(UNAUTHORIZED)
    user = open_typed(answers=["1", "1", "1", "n"])
    _, told = dialog(user)
    assert [line.partition(":")[0] for line in told] == ["error"]
    assert [question.partition("?")[0] for question in user.asked[:3]] == [
        "Which one",
        "Which one",
        "Which model",
    ]


def test_where_no_models_are_listed_the_name_is_typed(open_typed, server):
    server.faults.append(Fault(404, "no such page"))
    user = open_typed(answers=["1", "", "gpt-x", "n"])
    _, told = dialog(user)
    assert told[1:] == [
        "no models are listed, but the name of one can be given",
        "a number, or the name of a model; Ctrl-C gives up",
    ]
    assert server.bodies[1]["model"] == "gpt-x"


def test_answers_that_mean_nothing_are_asked_for_again(open_typed):
    user = open_typed(
        answers=["7", "nope", "9" * 5000, "1", "", "${OPENAI_API_KEY}", "sk-1234567890", "1", "n"]
    )
    _, told = dialog(user)
    assert told == [
        *["1, or a name; Ctrl-C gives up"] * 3,
        *["a number, or the name of a model; Ctrl-C gives up"] * 2,
        "that looks like a key, which belongs into a variable of the environment",
    ]


def test_names_of_models_that_would_do_harm_are_not_offered(open_typed, other):
    other.models = (
        *("${OPENAI_API_KEY}", "\x1b[2J", "a\nb", "\u202eevil", "", " ", "x" * 201),
        *("it's", "it's", "org/model:8b"),
    )
    user = open_typed(answers=["vllm", "1", "n"])
    shown, _ = dialog(user, servers=[vllm(other)])
    assert "| 1 | it's         |\n| 2 | org/model:8b |\n+" in shown
    assert shown.endswith("Ready: SELECT ai_complete('vllm:it''s', 'Hello');\n")
    assert [body.get("model") for body in other.bodies] == [None, "it's"]


@pytest.mark.parametrize(("name", "message"), [("a b", "a b is no name for a connection"), ("c:d", None)])
def test_a_name_that_cannot_be_one_is_refused(typed, name, message):
    shown = typed.error(f"\\connect '{name}'").split("\n")[0]
    assert shown == f"error: {message or 'c:d is no name for a connection'}"


def test_a_name_that_is_taken_is_refused_before_anything_is_asked(typed, server):
    typed("CREATE API CONNECTION work TYPE ai_function PROVIDER = 'builtin';")
    assert typed.error("\\connect work") == (
        "error: Connection 'work' already exists.\nhint: give the new one another name"
    )
    assert (typed.asked, server.requests) == ([], [])


def test_where_nothing_is_found_it_is_told_what_would_be(typed, environment):
    del environment["OPENAI_API_KEY"]
    with pytest.raises(Exception, match="no key is in the environment, and no server was found") as caught:
        connect(typed.shell, servers=())
    assert caught.value.hint == (
        "set one of OPENAI_API_KEY, DASHSCOPE_API_KEY, DEEPSEEK_API_KEY, ANTHROPIC_API_KEY, or start Ollama; "
        "CREATE API CONNECTION names any other service"
    )


@pytest.mark.parametrize(
    ("name", "value", "other"), [("ai.cache", "only", "on"), ("ai.dry_run", "on", "off")]
)
def test_nothing_is_asked_where_the_settings_say_so(typed, server, name, value, other):
    typed(f"SET {name} = {value};")
    for command in ("\\connect", "\\refresh", "\\refresh openai"):
        assert typed.error(command) == (
            f"error: {name} is {value}, so nothing is asked\nhint: SET {name} = {other}"
        )
    assert server.requests == []


@pytest.mark.parametrize("address", ["[::1", "host:port", "a\x1b[2Jb:9"])
def test_a_variable_that_holds_no_address_is_named(typed, environment, address):
    environment["OLLAMA_HOST"] = address
    for text in ("\\connect", "\\refresh", "SELECT ai_complete('ollama:m', 'a');"):
        shown = typed.error(text).split("\n")[0]
        assert shown == "error: OLLAMA_HOST is set to what is no http or https address"
    assert "| openai" in typed("SELECT ai_complete('openai:m', 'a') AS openai;")


def test_no_password_of_an_address_is_shown(open_typed, environment, server):
    environment["OPENAI_BASE_URL"] = server.url.replace("//", "//me:secret@")
    shown = open_typed(answers=None)("\\connect work")
    assert f" BASE_URL = '{server.url.replace('//', '//******@')}' " in shown
    assert "secret" not in shown


# ---------------------------------------------------------------- where nobody can be asked


def test_a_script_is_told_what_there_is_in_sql_that_runs(open_typed, server, other):
    typed = open_typed(answers=None)
    shown, _ = dialog(typed, servers=[vllm(other)])
    _, _, script = shown.partition("2 rows in set\n")
    assert script == (
        "-- openai\n"
        "SELECT ai_complete('openai:MODEL', 'Hello');\n"
        "-- vllm\n"
        f"CREATE API CONNECTION vllm TYPE ai_function PROVIDER = 'openai-compat' BASE_URL = '{other.url}';\n"
        "SELECT ai_complete('vllm:llama3.2', 'Hello');\n"
    )
    assert (paths(server), paths(other), typed.asked) == ([], [LIST], [])
    typed(script)
    assert (paths(server), paths(other)) == ([CHAT], [LIST, CHAT])


def test_a_script_that_is_run_at_a_prompt_asks_nobody(typed, server, tmp_path):
    (tmp_path / "s.sql").write_text("\\connect work\n", "utf-8")
    assert "CREATE API CONNECTION work " in typed("\\i s.sql")
    assert (typed.asked, server.requests) == ([], [])


def test_setup_asks_only_for_what_stays(open_typed, tmp_path):
    user = open_typed(answers=["1", "1", "y"])
    dialog(user, ends=True)
    file = tmp_path / "config" / "config.toml"
    assert user.asked[-1] == f"Make it the model of calls that name none, in {file}? [y/N] "
    assert file.read_text("utf-8") == '[ai]\ndefault_model = "openai:gpt-4o-mini"\n'


# ---------------------------------------------------------------- refresh


def test_refresh_asks_the_connections_in_use_which_models_they_have(typed, server, other):
    typed(f"CREATE API CONNECTION near TYPE ai_function PROVIDER = 'openai-compat' BASE_URL = '{other.url}';")
    typed(
        "CREATE API CONNECTION gone TYPE ai_function PROVIDER = 'openai-compat' BASE_URL = 'http://127.0.0.1:9/v1';"
    )
    typed("CREATE API CONNECTION stub TYPE ai_function PROVIDER = 'builtin';")
    assert typed("\\refresh") == (
        "+------------+--------+-------------------------------------------------------------+\n"
        "| connection | models | error                                                       |\n"
        "+------------+--------+-------------------------------------------------------------+\n"
        "| openai     | 2      |                                                             |\n"
        "| gone       |        | openai-compat: cannot reach 127.0.0.1:9: Connection refused |\n"
        "| near       | 1      |                                                             |\n"
        "| stub       | 1      |                                                             |\n"
        "+------------+--------+-------------------------------------------------------------+\n"
        "4 rows in set\n"
    )
    assert (paths(server), paths(other)) == ([LIST], [LIST])
    assert (keys(server), keys(other)) == (["Bearer sk-test"], [None])
    assert typed.session.spend.requests == 0


def test_refresh_of_one_connection_fails_with_it(typed, server):
    server.faults.append(UNAUTHORIZED)
    assert typed.error("\\refresh openai").startswith("error: openai: ")
    assert typed.shell.status == 3
    assert typed.error("\\refresh opnai") == (
        "error: Connection 'opnai' does not exist.\nhint: did you mean openai?"
    )


def test_where_nothing_is_in_use_names_alone_are_looked_up(typed, environment):
    del environment["OPENAI_API_KEY"]
    assert typed("\\refresh") == "All names are looked up anew.\n"
