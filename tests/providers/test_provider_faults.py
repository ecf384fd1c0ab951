"""What providers say when they refuse: the documented bodies, statuses and headers."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from aisql.errors import CONTEXT_TOO_LONG, AuthenticationError, ProviderError
from aisql.providers.base import Allowance
from aisql.providers.faults import allowance, hidden, refusal, reported, retry_after, shortened, told

WHO = "openai m"


def refused(status, body, headers=None, secrets=()):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    error = refusal(status, headers or {}, content, WHO, secrets)
    assert error is not None
    return error


def openai(message, kind=None, code=None):
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def anthropic(kind, message, **details):
    return {"type": "error", "error": {"type": kind, "message": message, **details}, "request_id": "req_1"}


def dashscope(code, message):
    return {"code": code, "message": message, "request_id": "r-1"}


THINKING = "parameter.enable_thinking must be set to false for non-streaming calls"

# Which refusals may pass by themselves: status, body.
PASSING = {
    "OpenAI, too many requests": (429, openai("Rate limit reached", "requests", "rate_limit_exceeded")),
    "OpenAI, its own fault": (500, openai("The server had an error", "server_error")),
    "OpenAI, a conflict": (409, openai("Conflict")),
    "OpenAI, slow": (408, openai("Request timeout")),
    "DeepSeek, too many requests": (429, openai("Rate Limit Reached")),
    "DeepSeek, overloaded": (503, openai("Server Overloaded")),
    "Anthropic, too many requests": (429, anthropic("rate_limit_error", "Number of requests")),
    "Anthropic, its own fault": (500, anthropic("api_error", "Internal server error")),
    "Anthropic, overloaded": (529, anthropic("overloaded_error", "Overloaded")),
    "DashScope, too many requests": (429, dashscope("Throttling.RateQuota", "Requests rate limit exceeded")),
    "DashScope, its own fault": (500, dashscope("InternalError.Timeout", "An internal timeout")),
    "llama.cpp, loading": (
        503,
        {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
    ),
    "litellm, too many requests": (429, openai("RateLimitError", "throttling_error", "429")),
    "litellm, its upstream's fault": (500, openai("boom", "internal_server_error", "500")),
    "litellm, slow": (408, openai("timeout", "timeout_error", "408")),
    "a proxy, no answer behind it": (502, b"<html><body>nginx</body></html>"),
    "a proxy, slow": (504, b""),
    "a gateway, unreachable": (522, b"error code: 522"),
    "overload under another status": (400, anthropic("overloaded_error", "Overloaded")),
}

# Which never do.
LASTING = {
    "OpenAI, no quota": (
        429,
        openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    ),
    "OpenAI, max_tokens": (
        400,
        openai("Unsupported parameter", "invalid_request_error", "unsupported_parameter"),
    ),
    "OpenAI, too long": (400, openai("8192 tokens", "invalid_request_error", "context_length_exceeded")),
    "Anthropic, spend limit": (
        429,
        anthropic("rate_limit_error", "no", details={"error_code": "enforced_spend_limit_reached"}),
    ),
    "Anthropic, no credit": (
        400,
        anthropic("invalid_request_error", "Your credit balance is too low to access the API"),
    ),
    "Anthropic, too large": (413, anthropic("request_too_large", "Request exceeds the maximum size")),
    "DeepSeek, no balance": (402, openai("Insufficient Balance", "unknown_error", "invalid_request_error")),
    "DeepSeek, wrong parameters": (422, openai("Invalid parameters")),
    "DashScope, thinking": (
        400,
        {**openai(THINKING, "invalid_request_error", "invalid_parameter_error"), "request_id": "r-2"},
    ),
    "DashScope, in arrears": (400, dashscope("Arrearage", "Access denied, account not in good standing")),
    "DashScope, inspected": (
        400,
        dashscope("DataInspectionFailed", "Input may contain inappropriate content"),
    ),
    "llama.cpp, no messages": (
        400,
        {"error": {"code": 400, "message": "'messages' is required", "type": "invalid_request_error"}},
    ),
    "llama.cpp, too long": (
        400,
        {"error": {"code": 400, "message": "exceeds", "type": "exceed_context_size_error", "n_ctx": 2048}},
    ),
    "llama.cpp, an image": (
        500,
        {
            "error": {
                "code": 500,
                "message": "image input is not supported - hint: ...",
                "type": "server_error",
            }
        },
    ),
    "llama.cpp, no embeddings": (
        501,
        {
            "error": {
                "code": 501,
                "message": "This server does not support embeddings",
                "type": "not_supported_error",
            }
        },
    ),
    "litellm, too long": (400, openai("ContextWindowExceededError", "invalid_request_error", "400")),
    "litellm, a wrong key": (400, openai("No connected db.", "no_db_connection", "400")),
    "Azure, filtered": (
        400,
        {"error": {"code": "content_filter", "message": "filtered", "innererror": {"code": "Policy"}}},
    ),
    "FastAPI": (422, {"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]}),
    "older vLLM": (400, {"object": "error", "message": "too long", "code": 40303}),
    "no such model": (404, openai("The model does not exist", "invalid_request_error", "model_not_found")),
}


@pytest.mark.parametrize("case", PASSING)
def test_some_refusals_may_pass(case):
    assert refused(*PASSING[case]).transient


TOO_LONG = {
    "OpenAI, in words": (400, openai("This model's maximum context length is 8192 tokens. However, ...")),
    "Anthropic": (400, anthropic("invalid_request_error", "prompt is too long: 208310 tokens > 200000")),
    "DashScope": (400, dashscope("InvalidParameter", "Range of input length should be [1, 30720]")),
    "vLLM": (400, {"object": "error", "message": "This exceeds the maximum context length", "code": 400}),
    "Gemini": (400, openai("The input token count (9) exceeds the maximum number of tokens allowed (8).")),
    **{name: LASTING[name] for name in LASTING if name.endswith((", too long", ", too large"))},
}


@pytest.mark.parametrize("case", [*TOO_LONG, *PASSING, *LASTING])
def test_an_input_that_is_too_long_is_told_apart(case):
    error = refused(*(TOO_LONG | PASSING | LASTING)[case])
    assert (error.code == CONTEXT_TOO_LONG) == (case in TOO_LONG)
    assert not (case in TOO_LONG and error.transient)


@pytest.mark.parametrize("case", LASTING)
def test_some_refusals_last(case):
    assert not refused(*LASTING[case]).transient


def test_a_success_is_no_refusal():
    assert [refusal(status, {}, b"", WHO, ()) for status in (200, 201, 204, 299)] == [None] * 4


@pytest.mark.parametrize(
    ("body", "message", "codes", "request_id"),
    [
        (openai("m", "t", "c"), "m", "c t", ""),
        ({"error": "no such model"}, "no such model", "", ""),
        (dashscope("InvalidParameter", "m"), "m", "InvalidParameter", "r-1"),
        (anthropic("overloaded_error", "m"), "m", "error overloaded_error", "req_1"),
        ({"error": {"message": "m", "requestId": "r-3"}}, "m", "", "r-3"),
        ({"detail": "Not here"}, "Not here", "", ""),
        (
            {"detail": [{"loc": ["body"], "msg": "required", "type": "missing"}, {"msg": "b"}]},
            "required; b",
            "missing",
            "",
        ),
        ({"object": "error", "message": "old", "code": 40303}, "old", "40303", ""),
        ({"error": {"code": 400, "message": None, "type": "bad"}}, "bad", "400 bad", ""),
        ({"error": True, "message": "flag"}, "flag", "", ""),
        ({"error": {"code": True, "message": ""}}, "", "", ""),
        (["a", {"message": "b"}], "a; b", "", ""),
        ("only text", "only text", "", ""),
        (5, "", "", ""),
    ],
)
def test_bodies_are_read_in_every_shape(body, message, codes, request_id):
    assert told(json.dumps(body).encode()) == (message, codes, request_id)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"<!DOCTYPE html><p>Bad gateway", ""),
        (b"\xef\xbb\xbf busy \xff", "busy \ufffd"),
        (b'{"error": {"mess', '{"error": {"mess'),
        (b"[" * 100_000, "[" * 100_000),
        (b'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"A","message":"m"}\n\n', "m"),
        (b'event: error\r\ndata: {"error": {"message": "m"}}\r\n\r\n', "m"),
    ],
)
def test_bodies_that_are_no_json_are_shown_as_far_as_they_are_text(body, message):
    assert told(body).message == message


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (400, "openai m: HTTP 400 Bad Request: no", None),
        (402, "openai m: HTTP 402 Payment Required: no", "the account has no credit left"),
        (404, "openai m: HTTP 404 Not Found: no", "check the endpoint and the name of the model"),
        (
            429,
            "openai m: HTTP 429 Too Many Requests: no",
            "the service limits requests or the account's quota is used up; a lower ai.concurrency may help",
        ),
        (529, "openai m: HTTP 529: no", None),
        (
            302,
            "openai m: HTTP 302 Found: redirects are not followed",
            "set the endpoint to the address the service really has",
        ),
        (100, "openai m: HTTP 100 Continue: no", None),
    ],
)
def test_a_refusal_says_what_is_known(status, message, hint):
    error = refused(status, openai("no"))
    assert type(error) is ProviderError
    assert (error.message, error.hint, error.status, error.said) == (message, hint, status, "no")


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_may_not_be_accepted(status):
    error = refused(status, openai("Incorrect API key", "invalid_request_error", "invalid_api_key"))
    assert type(error) is AuthenticationError
    assert (error.message, error.transient, error.hint) == (
        f"openai m: authentication failed ({status}): Incorrect API key",
        False,
        "check the key of the model",
    )


def test_what_a_provider_repeats_is_masked_and_short():
    error = refused(
        400, openai(f"key sk-1234 of\nsk-12345\x1b[31m {'x' * 400}"), secrets=("sk-1234", "sk-12345", "")
    )
    assert error.said == f"key ****** of ****** [31m {'x' * 274}..."
    assert "sk-1" not in error.message


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x-request-id": "a", "request-id": "b"}, "a"),
        ({"request-id": "b"}, "b"),
        ({"x-dashscope-request-id": "c"}, "c"),
        ({"apim-request-id": "d"}, "d"),
        ({"x-ds-trace-id": "e"}, "e"),
        ({"x-request-id": ""}, "r-1"),
        ({}, "r-1"),
    ],
)
def test_the_number_of_a_request_is_in_a_header_or_in_the_body(headers, found):
    assert refused(400, dashscope("A", "m"), headers).request_id == found


@pytest.mark.parametrize(
    ("status", "body", "header", "transient"),
    [
        (429, openai("no"), "false", False),
        (400, openai("no"), "true", True),
        (400, openai("no"), "TRUE", True),
        (429, openai("no", "insufficient_quota"), "true", False),
        (429, openai("no"), "perhaps", True),
    ],
)
def test_a_provider_may_say_itself_whether_to_try_again(status, body, header, transient):
    assert refused(status, body, {"x-should-retry": header}).transient is transient


def test_who_is_told_to_wait_for_long_is_told_of_the_failure():
    waits = {"3600": True, "3601": False}
    errors = {wait: refused(429, openai("no"), {"retry-after": wait}) for wait in waits}
    assert {wait: error.transient for wait, error in errors.items()} == waits
    assert [error.retry_after for error in errors.values()] == [3600.0, 3601.0]


# Errors under a status of success


@pytest.mark.parametrize(
    ("body", "message", "transient"),
    [
        (anthropic("overloaded_error", "Overloaded"), "Overloaded", True),
        (openai("slow down", "rate_limit_error"), "slow down", True),
        (openai("boom", "internal_server_error", "500"), "boom", True),
        ({"error": {"message": "boom", "code": 503}}, "boom", True),
        ({**dashscope("InternalError", "boom"), "status": 500}, "boom", True),
        ({**dashscope("InternalError", "boom"), "status": 400}, "boom", False),
        (dashscope("Throttling", "slow down"), "slow down", True),
        (openai("no", "insufficient_quota", 429), "no", False),
        (openai("over 500 words", "invalid_request_error"), "over 500 words", False),
        ({"error": {"code": 15000}}, "the answer is an error", False),
        ({"error": "it is overloaded_error"}, "it is overloaded_error", False),
        ({"error": {"x": 1}}, "the answer is an error", False),
    ],
)
def test_an_error_under_a_status_of_success_may_pass(body, message, transient):
    error = reported(json.dumps(body).encode(), WHO, ())
    assert (error.message, error.transient, error.status) == (f"openai m: {message}", transient, None)


# How long to wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "1"}, 1.0),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "1s"}, 1.0),
        ({"retry-after": "6m0s"}, 360.0),
        ({"retry-after": "1h2m3.5s"}, 3723.5),
        ({"retry-after": "120ms"}, 0.12),
        ({"retry-after": "1m30s500ms"}, 90.5),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "9" * 41}, None),
        (
            {"retry-after": "Thu, 01 Jan 2026 00:01:00 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"},
            60.0,
        ),
        (
            {"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT", "date": "Thu, 01 Jan 2026 00:01:00 GMT"},
            0.0,
        ),
        (
            {"retry-after": "2026-01-01T00:00:30Z", "date": "Thu, 01 Jan 2026 00:00:00 GMT"},
            30.0,
        ),
    ],
)
def test_a_wait_is_told_in_many_ways(headers, seconds):
    assert retry_after(headers) == seconds


def test_a_date_counts_from_now_where_the_server_tells_no_time():
    later = datetime.now(UTC) + timedelta(hours=1)
    wait = retry_after({"retry-after": format_datetime(later, usegmt=True), "date": "today"})
    assert wait is not None
    assert 3590 < wait <= 3600


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"content-type": "application/json"}, None),
        (
            {
                "x-ratelimit-limit-requests": "60",
                "x-ratelimit-remaining-requests": "59",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-limit-tokens": "150000",
                "x-ratelimit-remaining-tokens": "149984",
                "x-ratelimit-reset-tokens": "6m0s",
            },
            Allowance(59, 1.0, 149984, 360.0),
        ),
        (
            {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "41.7s"},
            Allowance(0, 41.7, None, None),
        ),
        (
            {
                "date": "Thu, 01 Jan 2026 00:00:00 GMT",
                "anthropic-ratelimit-tokens-limit": "80000",
                "anthropic-ratelimit-tokens-remaining": "79000",
                "anthropic-ratelimit-tokens-reset": "2026-01-01T00:01:00Z",
            },
            Allowance(None, None, 79000, 60.0),
        ),
        # Azure where it does not count.
        ({"x-ratelimit-remaining-requests": "-1", "x-ratelimit-limit-requests": "-1"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-limit-requests": "0"}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-limit-tokens": "-1"}, None),
        ({"x-ratelimit-remaining-tokens": "many"}, None),
        ({"x-ratelimit-remaining-tokens": "9"}, Allowance(None, None, 9, None)),
    ],
)
def test_rate_headers_tell_what_may_still_be_sent(headers, expected):
    assert allowance(headers) == expected


# Texts of others


def test_longer_secrets_are_masked_before_their_parts():
    assert hidden("abcde abcd abc", ("abcd", "abcde", "", "abc")) == "****** ****** abc"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("  a\n\tb  ", "a b"),
        ("\x1b[31mred\x00", "[31mred"),
        ("你好\u2028!", "你好 !"),
        ("x" * 300, "x" * 300),
        ("x" * 301, f"{'x' * 300}..."),
    ],
)
def test_a_text_of_others_is_one_short_line(text, short):
    assert shortened(text) == short
