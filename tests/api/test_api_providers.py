"""The provider classes: what PyFlink documents of them, options and refusals."""

from __future__ import annotations

import inspect
import re

import pytest

from aisql.providers import DashScopeProvider, OpenAICompatProvider

CHAT_URL = "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions"
DEFAULTS = {
    "system-prompt": "You are a helpful assistant.",
    "content-type": "TEXT",
    "context-overflow-action": "truncated-tail",
    "error-handling-strategy": "RETRY",
    "retry-num": "100",
    "retry-backoff-strategy": "FIXED",
    "retry-backoff-base-interval": "1s",
    "retry-fallback-strategy": "FAILOVER",
}
SIGNATURE = """
endpoint=None api_key=None task=None model=None system_prompt='You are a helpful assistant.' user_prompt=None
temperature=None top_p=None max_tokens=None stop=None presence_penalty=None n=None seed=None
content_type='TEXT' response_format=None dimension=None max_context_size=None
context_overflow_action='truncated-tail' error_handling_strategy='RETRY' retry_num=100
retry_backoff_strategy='FIXED' retry_backoff_base_interval='1s' retry_fallback_strategy='FAILOVER'
extra_header=None extra_body=None **extra_options
"""


@pytest.mark.parametrize("kind", [OpenAICompatProvider, DashScopeProvider])
def test_the_parameters_are_those_of_the_document_and_all_are_keywords(kind):
    parameters = inspect.signature(kind).parameters.values()
    texts = [str(parameter.replace(annotation=parameter.empty)) for parameter in parameters]
    assert " ".join(texts) == " ".join(SIGNATURE.split("\n")).strip()
    kinds = {parameter.kind for parameter in parameters}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


def test_the_options_of_the_example_of_the_document():
    provider = OpenAICompatProvider(endpoint=CHAT_URL, api_key="sk-...", temperature=0.7)
    assert list(provider.to_options().items()) == [
        ("endpoint", CHAT_URL),
        ("api-key", "sk-..."),
        ("system-prompt", "You are a helpful assistant."),
        ("temperature", "0.7"),
        ("content-type", "TEXT"),
        ("context-overflow-action", "truncated-tail"),
        ("error-handling-strategy", "RETRY"),
        ("retry-num", "100"),
        ("retry-backoff-strategy", "FIXED"),
        ("retry-backoff-base-interval", "1s"),
        ("retry-fallback-strategy", "FAILOVER"),
    ]


def test_every_parameter_is_an_option_in_the_order_of_the_document():
    provider = OpenAICompatProvider(
        endpoint="e",
        api_key="k",
        model="m",
        system_prompt="",
        user_prompt="u",
        temperature=0,
        top_p=0.5,
        max_tokens=1,
        stop="a,b",
        presence_penalty=-2.0,
        n=2,
        seed=3,
        content_type="image_url",
        response_format="text",
        dimension=4,
        max_context_size=5,
        context_overflow_action="SKIPPED-log",
        error_handling_strategy="bogus",
        retry_num=-1,
        retry_backoff_strategy="EXPONENTIAL",
        retry_backoff_base_interval="2s",
        retry_fallback_strategy="IGNORE",
        extra_header="{}",
        extra_body="no JSON",
        some_option=None,
        other=True,
        **{"dotted.key": 1},
    )
    assert list(provider.to_options().items()) == [
        ("endpoint", "e"),
        ("api-key", "k"),
        ("model", "m"),
        ("system-prompt", ""),
        ("user-prompt", "u"),
        ("temperature", "0"),
        ("top-p", "0.5"),
        ("max-tokens", "1"),
        ("stop", "a,b"),
        ("presence-penalty", "-2.0"),
        ("n", "2"),
        ("seed", "3"),
        ("content-type", "IMAGE_URL"),
        ("response-format", "text"),
        ("dimension", "4"),
        ("max-context-size", "5"),
        ("context-overflow-action", "skipped-log"),
        ("error-handling-strategy", "bogus"),
        ("retry-num", "-1"),
        ("retry-backoff-strategy", "EXPONENTIAL"),
        ("retry-backoff-base-interval", "2s"),
        ("retry-fallback-strategy", "IGNORE"),
        ("extra-header", "{}"),
        ("extra-body", "no JSON"),
        ("some_option", "None"),
        ("other", "True"),
        ("dotted.key", "1"),
    ]


def test_defaults_of_a_chat_are_options_of_embeddings_too():
    assert OpenAICompatProvider(task="embeddings").to_options() == {"task": "embeddings", **DEFAULTS}


def test_options_can_be_changed_without_changing_the_provider():
    provider = OpenAICompatProvider()
    provider.to_options().clear()
    assert provider.to_options() == DEFAULTS


@pytest.mark.parametrize(
    ("given", "key", "text"),
    [
        (["text", "IMAGE_URL"], "content-types", "TEXT;IMAGE_URL"),
        (("IMAGE_URL", "image_url"), "content-types", "IMAGE_URL;IMAGE_URL"),
        ("multi_image_urls", "content-types", "MULTI_IMAGE_URLS"),
        (["IMAGE_URL"], "content-type", "IMAGE_URL"),
    ],
)
def test_several_content_types_have_a_key_of_their_own(given, key, text):
    options = OpenAICompatProvider(content_type=given).to_options()
    assert {name: value for name, value in options.items() if name.startswith("content")} == {key: text}
    assert list(options)[1] == key


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"api_key": "k"}, "'api_key' requires 'endpoint'."),
        ({"api_key": "k", "endpoint": " "}, "'api_key' requires 'endpoint'."),
        (
            {"api_key": "k", "endpoint": "e", "task": "bad"},
            "'api_key' cannot be combined with 'task'.",
        ),
        ({"task": "bad"}, "Unsupported task 'bad'. Supported values: chat/completions, embeddings."),
        (
            {"endpoint": "https://x/services/embeddings/multimodal-embedding/multimodal-embedding"},
            "Unsupported task 'multimodal-embedding'. Supported values: chat/completions, embeddings.",
        ),
        (
            {"context_overflow_action": "x"},
            "Unsupported context_overflow_action 'x'. Supported values: skipped, skipped-log, "
            "truncated-head, truncated-head-log, truncated-tail, truncated-tail-log.",
        ),
        (
            {"content_type": "VIDEO"},
            "Unsupported content_type 'VIDEO'. Supported values: IMAGE_URL, MULTI_IMAGE_URLS, TEXT.",
        ),
        (
            {"content_type": ["TEXT", None]},
            "Unsupported content_type None. Supported values: IMAGE_URL, MULTI_IMAGE_URLS, TEXT.",
        ),
        ({"content_type": []}, "content_type must not be empty."),
        (
            {"task": "embeddings", "content_type": "IMAGE_URL"},
            "Unsupported content_type 'IMAGE_URL' for task 'embeddings'. Supported values: TEXT.",
        ),
        (
            {"endpoint": "https://x/v1/Embeddings//", "content_type": "image_url"},
            "Unsupported content_type 'IMAGE_URL' for task 'embeddings'. Supported values: TEXT.",
        ),
        (
            {"task": "embeddings", "content_type": ["TEXT", "TEXT"]},
            "task 'embeddings' supports exactly one content_type, but got 2: TEXT;TEXT.",
        ),
    ],
)
def test_what_is_refused(parameters, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        OpenAICompatProvider(**parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"endpoint": "https://x/v1/embeddings", "task": "chat/completions"},
        {"endpoint": CHAT_URL, "api_key": "k", "content_type": ["TEXT", "IMAGE_URL"]},
        {"context_overflow_action": None},
    ],
)
def test_what_is_accepted(parameters):
    OpenAICompatProvider(**parameters)


def test_the_task_an_endpoint_names_is_not_written():
    assert OpenAICompatProvider(endpoint=CHAT_URL).to_options() == {"endpoint": CHAT_URL, **DEFAULTS}


def test_what_providers_are_called():
    providers = (OpenAICompatProvider(), DashScopeProvider())
    assert [
        (each.provider_name(), each.provider_identifier(), each.model_option_key()) for each in providers
    ] == [("openai-compat", "openai-compat", "model"), ("dashscope", "dashscope", "model")]


def test_dashscope_has_a_task_more():
    given = {"task": "multimodal-embedding", "content_type": "IMAGE_URL"}
    options = DashScopeProvider(**given).to_options()
    assert options == {**DEFAULTS, "task": "multimodal-embedding", "content-type": "IMAGE_URL"}
    with pytest.raises(ValueError, match="'TEXT' for task 'multimodal-embedding'"):
        DashScopeProvider(endpoint="https://x/services/embeddings/multimodal-embedding/multimodal-embedding")
    with pytest.raises(ValueError, match="values: chat/completions, embeddings, multimodal-embedding"):
        DashScopeProvider(task="rerank")


def test_a_provider_never_prints_its_keys():
    provider = OpenAICompatProvider(
        endpoint=CHAT_URL,
        api_key="sk-1234567890",
        extra_header='{"X-Token": "sk-abcdefghij"}',
        access_token="sk-klmnopqrst",
    )
    shown = repr(provider) + str(provider)
    assert "sk-" not in shown
    assert shown.startswith(f"<OpenAICompatProvider {{'endpoint': '{CHAT_URL}', 'api-key': '******', ")
