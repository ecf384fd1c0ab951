"""Whom a key is given to: proved hosts, no address with a key in it, a warning where all can read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_shell import Shell
from server import LOOPBACK, Fault, ModelServer, loopback_tls

QUESTION = "SELECT ai_complete('mine', 'hello')"


@pytest.fixture
def secure() -> Iterator[ModelServer]:
    """A model server that speaks TLS, with a certificate that nobody knows."""
    with ModelServer(loopback_tls()) as running:
        yield running


def make(shell: Shell, server: ModelServer, **options: str) -> list[str]:
    """Makes the model `mine`; gives what there was to say about it."""
    every = {
        "provider": "openai-compat",
        "endpoint": f"{server.url}/chat/completions".replace("http:", "https:"),
        "api-key": "sk-1",
        "model": "m",
    }
    every |= {key.replace("_", "-"): value for key, value in options.items()}
    written = ", ".join(f"'{key}' = '{value}'" for key, value in every.items())
    shell(f"CREATE OR REPLACE MODEL mine INPUT (i STRING) OUTPUT (o STRING) WITH ({written})")
    return shell.notices


def test_a_host_that_cannot_prove_itself_gets_nothing(shell: Shell, secure: ModelServer) -> None:
    make(shell, secure, retry_num="100")
    error = shell.error(QUESTION)
    assert (error.code, error.exit_status) == ("not_trusted", 3)
    assert "certificate is not accepted" in error.message
    assert secure.requests == []


def test_a_certificate_of_ones_own_is_named(shell: Shell, secure: ModelServer) -> None:
    make(shell, secure, ca_file=str(LOOPBACK))
    assert shell(QUESTION) == [("echo: hello",)]


def test_a_host_may_go_without_proof(shell: Shell, secure: ModelServer) -> None:
    make(shell, secure, insecure="true")
    assert shell(QUESTION) == [("echo: hello",)]
    make(shell, secure, insecure="false")
    assert shell.error("SELECT ai_complete('mine', 'other')").code == "not_trusted"


def test_a_connection_names_a_certificate_too(shell: Shell, secure: ModelServer) -> None:
    base = secure.url.replace("http:", "https:")
    shell(
        "CREATE API CONNECTION own TYPE ai_function PROVIDER = 'openai-compat' "
        f"BASE_URL = '{base}' CA_FILE = '{LOOPBACK}'"
    )
    assert shell("SELECT ai_complete('own:m', 'hello')") == [("echo: hello",)]


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), ("nothing", "it holds no certificates")]
)
def test_a_file_without_certificates_is_an_error(
    shell: Shell, secure: ModelServer, tmp_path: Path, content: str | None, reason: str
) -> None:
    file = tmp_path / "own.pem"
    if content is not None:
        file.write_text(content)
    make(shell, secure, ca_file=str(file))
    assert f"Option 'ca-file': cannot read '{file}': {reason}" in shell.error(QUESTION).message
    assert secure.requests == []


@pytest.mark.parametrize(
    ("endpoint", "warns"),
    [
        ("http://models.example/v1/chat/completions", True),
        ("http://10.0.0.8:8000/v1/chat/completions", True),
        ("https://models.example/v1/chat/completions", False),
        ("http://localhost:8000/v1/chat/completions", False),
        ("http://127.0.0.1:8000/v1/chat/completions", False),
        ("http://[::1]:8000/v1/chat/completions", False),
        ("http://gpu.localhost/v1/chat/completions", False),
    ],
)
def test_a_key_that_would_go_unencrypted_is_warned_about(
    shell: Shell, server: ModelServer, endpoint: str, warns: bool
) -> None:
    host = endpoint.split("/")[2].partition(":")[0]
    warning = f"the address is http: the key goes to {host} unencrypted, and so does everything else"
    assert make(shell, server, endpoint=endpoint) == ([warning] if warns else [])


@pytest.mark.parametrize(
    "query", ["api_key=sk-1", "api-version=1&key=sk-1", "token=", "sig=abc", "api_key=${KEY}"]
)
def test_an_address_holds_no_key(shell: Shell, server: ModelServer, query: str) -> None:
    written = f"'provider' = 'openai', 'endpoint' = 'https://h/v1/chat/completions?{query}'"
    error = shell.error(f"CREATE MODEL mine INPUT (i STRING) OUTPUT (o STRING) WITH ({written})")
    assert error.message.startswith("'endpoint' must not hold a key")
    error = shell.error(
        f"CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' BASE_URL = 'https://h/v1?{query}'"
    )
    assert error.message.startswith("'BASE_URL' must not hold a key")


def test_a_key_in_an_address_is_found_when_the_address_is_a_variable(open_shell, server: ModelServer) -> None:
    shell = open_shell(WHERE=f"{server.url}/chat/completions?api_key=sk-2")
    make(shell, server, endpoint="${WHERE}")
    error = shell.error(QUESTION)
    assert "must not hold a key ('api_key')" in error.message
    assert "sk-2" not in error.message
    assert server.requests == []


def test_a_redirect_takes_no_key_anywhere(shell: Shell, server: ModelServer) -> None:
    with ModelServer() as other:
        server.faults.append(Fault(307, "", {"Location": f"{other.url}/chat/completions"}))
        make(shell, server, endpoint=f"{server.url}/chat/completions")
        assert "redirects are not followed" in shell.error(QUESTION).message
        assert other.requests == []


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "gpu.localhost", "[::1]"])
def test_no_proxy_sees_what_is_meant_for_this_machine(
    shell: Shell, server: ModelServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    notices = make(shell, server, endpoint=f"http://{host}:9/v1/chat/completions", retry_num="0")
    assert (notices, shell.error(QUESTION).code, server.requests) == ([], "cannot_connect", [])


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:notaport", "::::", "gopher://127.0.0.1:9"])
def test_a_proxy_that_is_no_address_is_an_error_of_the_statement(
    shell: Shell, server: ModelServer, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    make(shell, server, endpoint="http://models.invalid/v1/chat/completions")
    error = shell.error(QUESTION)
    assert "the proxy of the environment cannot be used" in error.message
    make(shell, server, endpoint=f"{server.url}/chat/completions")
    assert shell(QUESTION) == [("echo: hello",)]


def test_a_proxy_that_does_not_answer_is_named(
    shell: Shell, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    make(shell, server, endpoint="http://models.invalid/v1/chat/completions")
    assert "cannot reach the proxy on the way to models.invalid: " in shell.error(QUESTION).message


@pytest.mark.parametrize("name", ["Content-Length", "host", "Transfer-Encoding"])
def test_headers_of_the_connection_itself_cannot_be_set(shell: Shell, server: ModelServer, name: str) -> None:
    make(shell, server, endpoint=f"{server.url}/chat/completions", extra_header=f'{{"{name}": "3"}}')
    assert f"the header '{name}' cannot be set" in shell.error(QUESTION).message
    assert server.requests == []
