import asyncio
import subprocess
import sys

import pytest

from aisql.providers.base import CHAT
from aisql.providers.registry import (
    INTERFACES,
    SERVICES,
    adapter,
    base_from_variable,
    embed_batch_of,
    service,
)
from aisql.providers.routes import address_of


def test_providers_are_known_by_name_in_any_case():
    names = (
        "builtin bailian openai openai-compat dashscope aliyun aliyun-openai deepseek aliyun-dashscope "
        "siliconflow hunyuan-openai anthropic ollama"
    )
    assert [record.name for record in SERVICES] == names.split()
    assert service("OpenAI") is service("openai")
    assert service("nobody") is None


def test_built_in_connections_have_an_address_and_a_key_variable():
    assert [
        (record.name, record.base_url, record.key_variable, record.base_url_variable)
        for record in SERVICES
        if record.built_in_connection
    ] == [
        ("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "OPENAI_BASE_URL"),
        (
            "dashscope",
            "https://dashscope.aliyuncs.com/compatible-mode/v1",
            "DASHSCOPE_API_KEY",
            "DASHSCOPE_BASE_URL",
        ),
        ("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL"),
        ("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
        ("ollama", "http://localhost:11434", None, "OLLAMA_HOST"),
    ]


def test_only_some_providers_work_without_a_key():
    assert [record.name for record in SERVICES if not record.needs_key] == [
        "builtin",
        "openai-compat",
        "ollama",
    ]


def test_a_request_holds_as_many_texts_as_the_provider_takes():
    named = {"openai": 256, "ollama": 64, "builtin": 64}
    named |= dict.fromkeys(("bailian", "dashscope", "aliyun", "aliyun-openai", "aliyun-dashscope"), 10)
    usual = dict.fromkeys((record.name for record in SERVICES), 32)
    assert {record.name: embed_batch_of(record.name) for record in SERVICES} == usual | named
    assert (embed_batch_of("OpenAI"), embed_batch_of("nobody")) == (256, 32)


def test_every_provider_has_an_adapter():
    spoken = {
        record.name: address_of(record.name, record.base_url, CHAT).interface
        for record in SERVICES
        if record.base_url is not None
    }
    native = {name: name for name in ("aliyun-dashscope", "anthropic", "ollama")}
    assert spoken == dict.fromkeys(spoken, "openai-compat") | native


def test_every_interface_has_an_adapter():
    adapters = {interface: adapter(interface, 4) for interface in INTERFACES}
    assert {interface: each.name for interface, each in adapters.items()} == {
        interface: interface for interface in adapters
    }
    for each in adapters.values():
        asyncio.run(each.close())


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("localhost", "http://localhost:11434"),
        ("gpu:9999", "http://gpu:9999"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("http://gpu:9999/", "http://gpu:9999"),
        ("https://ollama.example", "https://ollama.example"),
        ("http://gpu:9999/prefix/v1", "http://gpu:9999/prefix/v1"),
    ],
)
def test_the_host_of_ollama_needs_neither_scheme_nor_port(text, base):
    record = service("ollama")
    assert record is not None
    assert base_from_variable(record, text) == base


def test_other_base_variables_hold_the_whole_base():
    record = service("openai")
    assert record is not None
    assert base_from_variable(record, "https://gateway.example/openai/") == "https://gateway.example/openai"


def test_the_registries_do_not_import_an_http_client():
    code = (
        "import sys, aisql.providers.registry, aisql.providers.options; "
        "print({*sys.modules} & {*sys.argv[1:]})"
    )
    heavy = ["httpx", "aiohttp", "asyncio", "difflib"]
    finished = subprocess.run(
        [sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True
    )
    assert finished.stdout == "set()\n"
