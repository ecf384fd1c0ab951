"""The options of a model (WITH, SET, connections), one record each: types, ranges, old spellings, secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisql.providers.base import CHAT, EMBEDDINGS, Task
from aisql.secrecy import sounds_secret

EVERY_INTERFACE = ("openai-compat", "aliyun-dashscope", "anthropic", "ollama", "builtin")
_REMOTE = EVERY_INTERFACE[:-1]

OptionType: TypeAlias = Literal["string", "int", "float", "enum", "duration", "list", "json", "headers"]


@dataclass(frozen=True, slots=True)
class Option:
    """A documented option.

    `default` is what holds when the option is absent, as it would be written. A value lies between
    `minimum` and `maximum`, the bounds included unless said otherwise; `choices` are compared without
    regard to case. `spellings` are older names for the same thing, `tasks` those that make use of it (empty:
    all). `member` is the name in the body of a request, '' for an option that is not sent as it is.
    `sources` are the documents it comes from, none for one of our own. `interfaces` are those that have a
    place for it, all of them where it is the program that follows it. A connection can have it as a property
    where it `belongs_to_connections`. The value of a `secret` option is never shown. One that `leads` says
    where requests go, with which key and whom they trust there; safe mode refuses it.
    """

    key: str
    type: OptionType
    summary: str
    default: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    maximum_inclusive: bool = True
    choices: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    member: str = ""
    secret: bool = False
    sources: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = EVERY_INTERFACE
    belongs_to_connections: bool = False
    leads: bool = False


_CHAT_ONLY: tuple[Task, ...] = (CHAT,)
_EMBEDDINGS_ONLY: tuple[Task, ...] = (EMBEDDINGS,)
_BOTH = ("Flink", "PyFlink")
_PYFLINK = ("PyFlink",)

OPTIONS: tuple[Option, ...] = (
    Option("provider", "string", "The service that answers.", sources=("Flink",)),
    Option(
        "endpoint",
        "string",
        "The full URL of the task at the service.",
        sources=_BOTH,
        interfaces=_REMOTE,
        leads=True,
    ),
    Option(
        "api-key",
        "string",
        "The key of the service; '${NAME}' reads it when a call is made.",
        spellings=("apiKey",),
        secret=True,
        sources=_BOTH,
        interfaces=_REMOTE,
        leads=True,
    ),
    Option(
        "task",
        "enum",
        "What the model does, where the endpoint does not say it.",
        choices=(CHAT, EMBEDDINGS),
        sources=_PYFLINK,
    ),
    Option("model", "string", "The name the service knows the model by.", sources=_BOTH),
    Option(
        "max-context-size",
        "int",
        "The most tokens an input may have. Ollama is given as large a context.",
        minimum=1,
        sources=_BOTH,
    ),
    Option(
        "context-overflow-action",
        "enum",
        "What happens to an input that is too long.",
        default="truncated-tail",
        choices=(
            "truncated-tail",
            "truncated-tail-log",
            "truncated-head",
            "truncated-head-log",
            "skipped",
            "skipped-log",
        ),
        sources=_BOTH,
    ),
    Option(
        "system-prompt",
        "string",
        "The system message of every request; '' sends none.",
        default="You are a helpful assistant.",
        spellings=("systemPrompt",),
        tasks=_CHAT_ONLY,
        sources=_BOTH,
    ),
    Option(
        "user-prompt",
        "string",
        "What the user's message says before the input; '' adds nothing.",
        tasks=_CHAT_ONLY,
        sources=_PYFLINK,
    ),
    Option(
        "temperature",
        "float",
        "How varied answers are.",
        minimum=0,
        maximum=2,
        maximum_inclusive=False,
        tasks=_CHAT_ONLY,
        member="temperature",
        sources=_BOTH,
        interfaces=_REMOTE,
    ),
    Option(
        "top-p",
        "float",
        "The probability mass that tokens are chosen from.",
        minimum=0,
        maximum=1,
        spellings=("topP",),
        tasks=_CHAT_ONLY,
        member="top_p",
        sources=_BOTH,
        interfaces=_REMOTE,
    ),
    Option(
        "stop",
        "list",
        "Texts that end an answer, with commas between.",
        tasks=_CHAT_ONLY,
        member="stop",
        sources=_BOTH,
        interfaces=_REMOTE,
    ),
    Option(
        "max-tokens",
        "int",
        "The most tokens an answer may have.",
        minimum=1,
        spellings=("maxTokens",),
        tasks=_CHAT_ONLY,
        member="max_tokens",
        sources=_BOTH,
    ),
    Option(
        "presence-penalty",
        "float",
        "Above 0, what was said already becomes less likely.",
        minimum=-2,
        maximum=2,
        tasks=_CHAT_ONLY,
        member="presence_penalty",
        sources=_PYFLINK,
        interfaces=("openai-compat", "aliyun-dashscope", "ollama"),
    ),
    Option(
        "n",
        "int",
        "How many answers to give.",
        minimum=1,
        tasks=_CHAT_ONLY,
        member="n",
        sources=_PYFLINK,
        interfaces=("openai-compat", "aliyun-dashscope"),
    ),
    Option(
        "seed",
        "int",
        "Makes answers repeatable as far as the service can.",
        tasks=_CHAT_ONLY,
        member="seed",
        sources=_PYFLINK,
        interfaces=("openai-compat", "aliyun-dashscope", "ollama"),
    ),
    Option(
        "content-type",
        "enum",
        "What the input is; IMAGE_URL: the address of an image, or the image in a data: URL.",
        default="TEXT",
        choices=("TEXT", "IMAGE_URL"),
        sources=_PYFLINK,
        interfaces=_REMOTE,
    ),
    Option(
        "response-format",
        "enum",
        "The form of an answer; the schema of json_schema stands in extra-body.",
        choices=("text", "json_object", "json_schema"),
        tasks=_CHAT_ONLY,
        member="response_format",
        sources=_PYFLINK,
        interfaces=_REMOTE,
    ),
    # No default here: the documented one, 1024, is what Model Studio gives when nothing is asked for, and
    # other services refuse the option for models of one size.
    Option(
        "dimension",
        "int",
        "The length of a vector; bailian knows 1024, 768 and 512.",
        minimum=1,
        tasks=_EMBEDDINGS_ONLY,
        member="dimensions",
        sources=_BOTH,
        interfaces=("openai-compat", "aliyun-dashscope", "ollama", "builtin"),
    ),
    Option(
        "error-handling-strategy",
        "enum",
        "What happens when a request fails: another try, an error, or NULL.",
        default="RETRY",
        choices=("RETRY", "FAILOVER", "IGNORE"),
        sources=_PYFLINK,
        belongs_to_connections=True,
    ),
    Option(
        "retry-num",
        "int",
        "How often a request is tried again; the setting ai.retry_num where it is not given.",
        default="100",
        minimum=0,
        sources=_PYFLINK,
        belongs_to_connections=True,
    ),
    Option(
        "retry-backoff-strategy",
        "enum",
        "How the waits between tries grow: not at all, or each is twice the one before.",
        default="FIXED",
        choices=("FIXED", "EXPONENTIAL"),
        sources=_PYFLINK,
        belongs_to_connections=True,
    ),
    Option(
        "retry-backoff-base-interval",
        "duration",
        "The wait before the first retry.",
        default="1s",
        sources=_PYFLINK,
        belongs_to_connections=True,
    ),
    Option(
        "retry-fallback-strategy",
        "enum",
        "What happens when no further try is made: an error, or NULL.",
        default="FAILOVER",
        choices=("FAILOVER", "IGNORE"),
        sources=_PYFLINK,
        belongs_to_connections=True,
    ),
    Option(
        "extra-header",
        "headers",
        "Further HTTP headers, as a JSON object.",
        secret=True,
        sources=_PYFLINK,
        interfaces=_REMOTE,
        belongs_to_connections=True,
        leads=True,
    ),
    Option(
        "extra-body",
        "json",
        "Further members of the request body, as a JSON object.",
        sources=_PYFLINK,
    ),
    Option(
        "requests-per-minute",
        "float",
        "The most requests a minute; they go out evenly.",
        minimum=0.001,
        interfaces=_REMOTE,
        belongs_to_connections=True,
    ),
    Option(
        "tokens-per-minute",
        "float",
        "The most tokens a minute, input and output.",
        minimum=0.001,
        interfaces=_REMOTE,
        belongs_to_connections=True,
    ),
    Option(
        "ca-file",
        "string",
        "A file of certificates (PEM) to trust besides the usual ones.",
        interfaces=_REMOTE,
        belongs_to_connections=True,
        leads=True,
    ),
    Option(
        "insecure",
        "enum",
        "true: the service need not prove who it is. Whoever sits between sees the key.",
        default="false",
        choices=("true", "false"),
        interfaces=_REMOTE,
        belongs_to_connections=True,
        leads=True,
    ),
)


def canonical(key: str) -> str:
    """The documented name for an older spelling; any other key as it is."""
    return next((option.key for option in OPTIONS if key in option.spellings), key)


def find(key: str) -> Option | None:
    """The record of an option, by its name or an older spelling of it."""
    name = canonical(key)
    return next((option for option in OPTIONS if option.key == name), None)


def nearest(key: str) -> str | None:
    """The option that someone who wrote `key` most likely meant, None where nothing is near."""
    import difflib

    names = {_fold(name): option.key for option in OPTIONS for name in (option.key, *option.spellings)}
    # One letter is as near to any other letter as to `n`.
    near = difflib.get_close_matches(_fold(key), [name for name in names if len(name) > 1], n=1, cutoff=0.7)
    return names[near[0]] if near else None


def is_secret(key: str) -> bool:
    """Whether an option's value must never be shown: a documented secret, or a key that sounds like one."""
    option = find(key)
    return sounds_secret(key) if option is None else option.secret


def _fold(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())
