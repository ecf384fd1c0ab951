"""Images beside a prompt (Singdata, image mode): addresses, and files of volumes that go as they are."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from engine_shell import Shell
from server import ModelServer

IMAGE = "https://x.example/a.png"
WITH_IMAGE = [
    (
        f"ai_complete('openai:m', ('What?' AS prompt, '{IMAGE}' AS image))",
        [{"type": "image_url", "image_url": {"url": IMAGE}}, {"type": "text", "text": "What?"}],
    ),
    (
        f"ai_classify('openai:m', ('{IMAGE}' AS image), ARRAY('a', 'b'))",
        [
            {"type": "image_url", "image_url": {"url": IMAGE}},
            {"type": "text", "text": 'Labels: ["a", "b"]'},
        ],
    ),
    (
        f"ai_extract('openai:m', ('{IMAGE}' AS image), json '{{\"k\": \"what\"}}')",
        [
            {"type": "image_url", "image_url": {"url": IMAGE}},
            {"type": "text", "text": 'Keys: {"k": "what"}'},
        ],
    ),
]


@pytest.mark.parametrize(("call", "content"), WITH_IMAGE)
def test_an_image_is_shown_beside_the_prompt(
    shell: Shell, server: ModelServer, call: str, content: list[Any]
) -> None:
    server.answer = lambda sent: '{"k": "a"}' if "response_format" in sent else "a"
    shell(f"SELECT {call}")
    assert server.bodies[0]["messages"][-1]["content"] == content
    shell(f"SELECT {call}")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("ai_complete('openai:m', ('What?' AS prompt, NULL AS image))", "invalid type of image field: void"),
        ("ai_complete('openai:m', (NULL AS prompt, NULL AS image))", "invalid type of image field: void"),
        ("ai_classify('openai:m', (NULL AS image), ARRAY('a'))", "invalid type of image field: void"),
        ("ai_complete('openai:m', ('a' AS prompt, x'00' AS image))", "invalid type of image field: bytes"),
        (
            "ai_complete('openai:m', ('a' AS prompt, 'file:///etc/passwd' AS image))",
            "the input of the model must be an image, got 'file:///etc/passwd'",
        ),
        ("ai_complete('openai:m', ('u' AS (image)))", 'near "AS": syntax error'),
        ("ai_complete('openai:m', ('u' AS image))", "ai_complete needs a prompt beside the image"),
        ("ai_try_complete('openai:m', ('u' AS image))", "ai_try_complete needs a prompt beside the image"),
        (
            "ai_sentiment('openai:m', ('a' AS prompt, 'u' AS image))",
            "an argument of ai_sentiment must be an expression",
        ),
    ],
)  # fmt: skip
def test_what_is_no_image_is_refused(shell: Shell, server: ModelServer, call: str, message: str) -> None:
    assert shell.error(f"SELECT {call}").message == message
    assert server.requests == []


def test_prompt_and_image_stand_in_any_order(shell: Shell, server: ModelServer) -> None:
    shell(f"SELECT ai_complete('openai:m', ('{IMAGE}' AS image, 'What?' AS prompt))")
    shell(f"SELECT ai_complete('openai:m', ('What?' AS \"prompt\", '{IMAGE}' AS `Image`))")
    assert [sent["messages"][-1]["content"] for sent in server.bodies] == [WITH_IMAGE[0][1]]


def test_an_empty_prompt_beside_an_image_is_null_without_a_request(shell: Shell, server: ModelServer) -> None:
    for prompt in ("NULL", "''"):
        assert shell(f"SELECT ai_complete('openai:m', ({prompt} AS prompt, '{IMAGE}' AS image))") == [(None,)]
    assert server.requests == []


def test_a_text_that_looks_like_an_image_is_a_text(shell: Shell, server: ModelServer) -> None:
    hostile = json.dumps(["What?", IMAGE])
    shell(f"SELECT ai_complete('openai:m', '{hostile}')")
    assert server.bodies[0]["messages"][-1]["content"] == hostile


# ------------------------------------------------------------------ files of volumes

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"
OTHER = PNG + b" of something else"


def data(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


@pytest.fixture
def pictures(shell: Shell, tmp_path: Path) -> Shell:
    """The user volume with two pictures in a folder, and what is none."""
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.png").write_bytes(OTHER)
    (tmp_path / "c.txt").write_text("no picture")
    shell(f"PUT '{tmp_path}/*.png' TO USER VOLUME SUBDIRECTORY 'images/products'")
    shell(f"PUT '{tmp_path}/c.txt' TO USER VOLUME")
    return shell


def shown(server: ModelServer) -> list[str]:
    """What the requests showed."""
    contents = [sent["messages"][-1]["content"] for sent in server.bodies]
    return sorted(part["image_url"]["url"] for content in contents for part in content if "image_url" in part)


BATCH = """
SELECT relative_path, ai_complete(
  'openai:m',
  ('Describe the product in the image in one sentence.' AS prompt,
   GET_PRESIGNED_URL(USER VOLUME, relative_path, 36000) AS image),
  json '{"model.params":{"enable_thinking":false},"task.concurrency":"3"}'
) AS description
FROM (SHOW USER VOLUME DIRECTORY SUBDIRECTORY 'images/products') LIMIT 10
"""


def test_a_batch_of_pictures_of_a_volume_goes_as_data(pictures: Shell, server: ModelServer) -> None:
    server.answer = lambda sent: "A thing."
    rows = [("images/products/a.png", "A thing."), ("images/products/b.png", "A thing.")]
    assert pictures(BATCH) == rows
    assert shown(server) == sorted([data(PNG), data(OTHER)])
    assert all(sent["enable_thinking"] is False for sent in server.bodies)
    assert pictures(BATCH) == rows
    assert len(server.requests) == 2


def test_a_picture_is_known_by_what_is_in_it(pictures: Shell, server: ModelServer, tmp_path: Path) -> None:
    url = "GET_PRESIGNED_URL(USER VOLUME, 'x.png')"
    query = f"SELECT ai_complete('openai:m', ('What?' AS prompt, {url} AS image))"
    pictures(f"PUT '{tmp_path}/a.png' TO USER VOLUME FILE 'x.png'")
    pictures(query)
    pictures(f"PUT '{tmp_path}/b.png' TO USER VOLUME FILE 'x.png'")
    pictures(query)
    pictures(f"PUT '{tmp_path}/a.png' TO USER VOLUME FILE 'x.png'")
    pictures(query)
    assert shown(server) == sorted([data(PNG), data(OTHER)])


def test_an_interface_that_wants_the_picture_itself_gets_it(pictures: Shell, server: ModelServer) -> None:
    pictures(
        "CREATE API CONNECTION o TYPE ai_function PROVIDER = 'ollama' "
        f"BASE_URL = '{server.url.removesuffix('/v1')}'"
    )
    url = "GET_PRESIGNED_URL(USER VOLUME, 'images/products/a.png')"
    query = f"ai_complete('o:m', ('What?' AS prompt, {url} AS image))"
    pictures(f"SELECT {query}")
    assert server.bodies[0]["messages"][-1]["images"] == [base64.b64encode(PNG).decode()]
    [(request,)] = pictures("SELECT request FROM aisql.answers")
    assert '"images":["volume:user://~/images/products/a.png"]' in str(request)


def test_the_ledger_keeps_the_place_of_a_picture_and_not_the_picture(
    pictures: Shell, server: ModelServer
) -> None:
    pictures(BATCH)
    requests = str(pictures("SELECT request FROM aisql.answers"))
    assert "volume:user://~/images/products/a.png" in requests
    assert base64.b64encode(PNG).decode() not in requests


def test_explain_prompt_shows_the_picture_as_it_is_sent(pictures: Shell, server: ModelServer) -> None:
    explained = pictures(f"EXPLAIN PROMPT {BATCH.strip()}")
    pictures(BATCH)
    assert sorted(str(row[4]) for row in explained) == sorted(
        json.dumps(sent, ensure_ascii=False, separators=(",", ":")) for sent in server.bodies
    )


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("GET_PRESIGNED_URL(USER VOLUME, 'c.txt')", "'c.txt' is neither an image nor a sound"),
        (
            "GET_PRESIGNED_URL(USER VOLUME, '../catalog.sqlite')",
            "'../catalog.sqlite' is not inside the volume",
        ),
        ("'volume:user://~/../catalog.sqlite'", "'../catalog.sqlite' is not inside the volume"),
        ("'volume://nosuch/a.png'", "Volume 'nosuch' does not exist."),
        ("'volume:user://~/gone.png'", "there is no file 'gone.png'"),
    ],
)
def test_nothing_but_a_picture_of_a_volume_is_sent(
    pictures: Shell, server: ModelServer, address: str, message: str
) -> None:
    error = pictures.error(f"SELECT ai_complete('openai:m', ('What?' AS prompt, {address} AS image))")
    assert message in error.message
    assert server.requests == []


def test_a_model_of_images_takes_files_of_volumes(pictures: Shell, server: ModelServer) -> None:
    pictures(
        "CREATE MODEL eyes INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'openai-compat', "
        f"'endpoint' = '{server.url}/chat/completions', 'api-key' = 'k', 'model' = 'm', "
        "'content-type' = 'IMAGE_URL')"
    )
    pictures("SELECT ai_complete('eyes', GET_PRESIGNED_URL(USER VOLUME, 'images/products/a.png'))")
    assert shown(server) == [data(PNG)]
