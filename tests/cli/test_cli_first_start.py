"""The first minutes at a real terminal: a greeting, a model of one's own, and `aisql setup`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from run_aisql import Aisql
from screen import ENTER, Window, ctrl
from server import ModelServer

from aisql.repl.welcome import LINES

KEY = "sk-1234567890abcdef"
Open = Callable[..., Window]


@pytest.fixture
def window(aisql: Aisql, server: ModelServer) -> Iterator[Open]:
    """Opens windows of a user with a key and an Ollama, both of which lead to the server."""
    opened: list[Window] = []
    variables = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": server.url,
        "OLLAMA_HOST": f"127.0.0.1:{server.port}",
    }

    def start(*arguments: str, mark: str = "aisql>", **options: object) -> Window:
        opened.append(Window(aisql, "--memory", *arguments, **(variables | options)))  # type: ignore[arg-type]
        opened[-1].shows(mark)
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def test_the_first_start_says_what_to_type_and_no_other_one(window: Open) -> None:
    user = window(is_first=True, columns=80)
    assert user.lines[:4] == [*LINES, "aisql>"]
    assert user.leave() == 0
    user = window(is_first=True)
    assert user.lines[0] == "aisql>"


def test_a_model_is_connected_with_a_handful_of_keys(window: Open, aisql: Aisql, server: ModelServer) -> None:
    user = window(columns=100)
    user.ready()
    user.type("\\connect" + ENTER)
    user.shows("Which one?")
    user.type("openai" + ENTER)
    user.shows("Which model?")
    user.type("1" + ENTER)
    user.shows("openai:gpt-4o-mini answers 'echo: Answer with one word: ready.'")
    user.type("y" + ENTER)
    user.shows("For later sessions too")
    user.type("y" + ENTER)
    user.shows("Ready: SELECT ai_complete('Hello');")
    user.ready()
    user.type("SELECT ai_complete('openai:")
    user.shows("openai:text-embedding-3-small'")
    user.type(ctrl("c") + ctrl("d"))
    assert user.status() == 0
    assert [(each.path, each.headers.get("authorization")) for each in server.requests] == [
        ("/api/tags", None),
        ("/v1/models", f"Bearer {KEY}"),
        ("/v1/chat/completions", f"Bearer {KEY}"),
    ]
    assert KEY.encode() not in user.raw
    kept = {file.name: file.read_bytes() for file in aisql.files()}
    assert kept["config.toml"] == b'[ai]\ndefault_model = "openai:gpt-4o-mini"\n'
    assert b"+\\connect\n" in kept["history"]
    assert [name for name, content in kept.items() if KEY.encode() in content] == []
    assert (
        aisql("--memory", "--csv", "-c", "SET", env={"OPENAI_API_KEY": KEY}).text.count("openai:gpt-4o-mini")
        == 1
    )


def test_setup_is_given_up_with_ctrl_c_and_nothing_is_written(
    window: Open, aisql: Aisql, server: ModelServer
) -> None:
    user = window("setup", mark="Which one?")
    user.type("ollama" + ENTER)
    user.shows("Which model?")
    user.type(ctrl("c"))
    assert user.status() == 130
    assert [each.path for each in server.requests] == ["/api/tags"]
    assert not (aisql.home / "config").exists()


def test_setup_without_a_terminal_only_tells(aisql: Aisql, server: ModelServer) -> None:
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
    done = aisql("setup", env=env)
    assert (done.status, done.stderr) == (0, "")
    assert "\n-- openai\nSELECT ai_complete('openai:MODEL', 'Hello');\n" in done.text
    assert "CREATE API CONNECTION mine TYPE ai_function" in aisql("setup", "mine", "--csv", env=env).text
    assert server.requests == []
    assert aisql.files() == [aisql.home / "data" / "aisql" / "default_catalog.default_database.sqlite"]


@pytest.mark.parametrize(
    "arguments", [("setup", "a", "b"), ("setup", "-c", "SELECT 1"), ("-f", "-", "setup")]
)
def test_setup_takes_one_name(aisql: Aisql, arguments: tuple[str, ...]) -> None:
    done = aisql(*arguments)
    assert (done.status, done.stderr) == (
        2,
        "aisql: error: setup takes one name and no statements\nhint: a file of that name is ./setup\n",
    )


def test_a_file_of_that_name_is_a_file(aisql: Aisql) -> None:
    aisql.write("setup", "SELECT 1")
    assert aisql("./setup").stderr.startswith(
        "aisql: error: ./setup: what kind of file this is cannot be told\n"
    )
