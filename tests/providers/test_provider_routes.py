import subprocess
import sys

import pytest

from aisql.errors import OptionError
from aisql.providers.base import CHAT, EMBEDDINGS, RERANK
from aisql.providers.registry import INTERFACES, SERVICES
from aisql.providers.routes import ROUTES, Address, address_of, task_of

OPENAI, ANTHROPIC, OLLAMA, DASHSCOPE = "openai-compat", "anthropic", "ollama", "aliyun-dashscope"
GENERATION = "/services/aigc/text-generation/generation"
OF_IMAGES = "/services/aigc/multimodal-generation/generation"
EMBEDDING = "/services/embeddings/text-embedding/text-embedding"
RANKING = "/services/rerank/text-rerank/text-rerank"


@pytest.mark.parametrize(
    ("endpoint", "task"),
    [
        ("https://host/v1/chat/completions", CHAT),
        ("https://host/v1/Chat/Completions/", CHAT),
        ("https://host/v1/embeddings?api-version=1", EMBEDDINGS),
        ("https://host/v1/EMBEDDINGS//", EMBEDDINGS),
        ("https://host/v1/rerank", RERANK),
        ("https://host/v1/messages", CHAT),
        ("http://host:11434/api/chat", CHAT),
        ("http://host:11434/api/embed", EMBEDDINGS),
        (f"https://host/api/v1{GENERATION}", CHAT),
        (f"https://host/api/v1{OF_IMAGES}", CHAT),
        (f"https://host/api/v1{EMBEDDING}", EMBEDDINGS),
        (f"https://host/api/v1{RANKING}", RERANK),
        ("https://host/v1", None),
        ("https://host/v1/myembeddings", None),
        ("https://host/v1?next=/embeddings", None),
        ("", None),
    ],
)
def test_the_end_of_an_endpoint_is_its_task(endpoint, task):
    assert task_of(endpoint) == task


@pytest.mark.parametrize(
    ("provider", "base", "task", "url", "interface"),
    [
        ("openai", "https://h/v1", CHAT, "https://h/v1/chat/completions", OPENAI),
        ("openai", " https://h/v1/ ", EMBEDDINGS, "https://h/v1/embeddings", OPENAI),
        ("siliconflow", "https://h/v1", RERANK, "https://h/v1/rerank", OPENAI),
        ("openai", "https://h", CHAT, "https://h/chat/completions", OPENAI),
        ("openai", "https://h/v1/chat/completions", CHAT, "https://h/v1/chat/completions", OPENAI),
        ("openai", "https://h/v1/chat/completions/", EMBEDDINGS, "https://h/v1/embeddings", OPENAI),
        ("openai", "https://h/o?api-version=1", CHAT, "https://h/o/chat/completions?api-version=1", OPENAI),
        ("dashscope", "https://h/c-mode/v1", CHAT, "https://h/c-mode/v1/chat/completions", OPENAI),
        ("dashscope", "https://h/api/v1", CHAT, f"https://h/api/v1{GENERATION}", DASHSCOPE),
        ("bailian", "https://h/api/v1/", EMBEDDINGS, f"https://h/api/v1{EMBEDDING}", DASHSCOPE),
        ("aliyun-dashscope", "https://h/api/v1", RERANK, f"https://h/api/v1{RANKING}", DASHSCOPE),
        ("openai", "https://dashscope-x/api/v1", CHAT, f"https://dashscope-x/api/v1{GENERATION}", DASHSCOPE),
        ("openai-compat", "https://h/api/v1", CHAT, "https://h/api/v1/chat/completions", OPENAI),
        ("bailian", f"https://h/api/v1{OF_IMAGES}", CHAT, f"https://h/api/v1{OF_IMAGES}", DASHSCOPE),
        ("bailian", f"https://h/api/v1{OF_IMAGES}", EMBEDDINGS, f"https://h/api/v1{EMBEDDING}", DASHSCOPE),
        ("bailian", f"https://h/api/v1{RANKING}", CHAT, f"https://h/api/v1{GENERATION}", DASHSCOPE),
        ("anthropic", "https://h", CHAT, "https://h/v1/messages", ANTHROPIC),
        ("anthropic", "https://h/v1", CHAT, "https://h/v1/messages", ANTHROPIC),
        ("anthropic", "https://h/v1/messages", CHAT, "https://h/v1/messages", ANTHROPIC),
        ("anthropic", "https://h/v1/chat/completions", CHAT, "https://h/v1/chat/completions", OPENAI),
        ("openai", "https://h/anthropic/v1/messages", CHAT, "https://h/anthropic/v1/messages", ANTHROPIC),
        ("ollama", "http://h:1", CHAT, "http://h:1/api/chat", OLLAMA),
        ("ollama", "http://h:1/", EMBEDDINGS, "http://h:1/api/embed", OLLAMA),
        ("ollama", "http://h:1/api", CHAT, "http://h:1/api/chat", OLLAMA),
        ("ollama", "http://h:1/api/chat", EMBEDDINGS, "http://h:1/api/embed", OLLAMA),
        ("ollama", "http://h:1/v1", CHAT, "http://h:1/v1/chat/completions", OPENAI),
        ("ollama", "http://h:1/v1/embeddings", CHAT, "http://h:1/v1/chat/completions", OPENAI),
        ("openai-compat", "http://h:1/api/chat", CHAT, "http://h:1/api/chat", OLLAMA),
        ("openai", "", CHAT, "", OPENAI),
    ],
)  # fmt: skip
def test_a_task_is_joined_to_a_base(provider, base, task, url, interface):
    assert address_of(provider, base, task) == Address(url, interface)


@pytest.mark.parametrize(
    ("provider", "base", "task", "message", "hint"),
    [
        (
            "anthropic",
            "https://host/v1",
            EMBEDDINGS,
            "the interface 'anthropic' has no embeddings",
            "Anthropic serves no embeddings; another provider does",
        ),
        ("anthropic", "https://host/v1/messages", RERANK, "the interface 'anthropic' has no rerank", None),
        (
            "ollama",
            "http://host:11434",
            RERANK,
            "the interface 'ollama' has no rerank",
            "Ollama serves no reranking; siliconflow and aliyun-dashscope do",
        ),
    ],
)
def test_a_task_an_interface_does_not_have_is_refused(provider, base, task, message, hint):
    with pytest.raises(OptionError) as raised:
        address_of(provider, base, task)
    assert (raised.value.message, raised.value.hint) == (message, hint)


def test_an_address_that_was_made_is_that_of_its_task():
    for record in SERVICES:
        if record.base_url is not None:
            made = address_of(record.name, record.base_url, CHAT)
            assert task_of(made.url) == CHAT
            assert address_of(record.name, made.url, CHAT) == made


def test_every_interface_with_addresses_has_an_adapter():
    assert {route.interface for route in ROUTES} == {*INTERFACES} - {"builtin"}


def test_routes_need_no_http_client():
    code = "import sys, aisql.providers.routes; print({*sys.modules} & {*sys.argv[1:]})"
    heavy = ["httpx", "aiohttp", "asyncio"]
    finished = subprocess.run(
        [sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True
    )
    assert finished.stdout == "set()\n"
