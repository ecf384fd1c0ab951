"""The providers that can be named, one record each, and how their addresses are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from aisql.errors import OptionError
from aisql.providers.base import CHAT, EMBEDDINGS, Provider, Task
from aisql.providers.routes import OPENAI_COMPAT, can_be_split

BUILTIN = "builtin"

TASKS: tuple[Task, ...] = (CHAT, EMBEDDINGS)


# Few services say how many texts they take; this many each of them does.
_EMBED_BATCH = 32


@dataclass(frozen=True, slots=True)
class Service:
    """A provider that statements can name.

    `base_url` is its usual base address, None where there is none. `key_variable` and `base_url_variable` are
    the names of the environment variables people keep its key and its address in. `needs_key` says whether a
    call without a key cannot work; `built_in_connection` whether `'NAME:MODEL'` works without a CREATE API
    CONNECTION. `embed_batch` is the most texts that one request for embeddings may hold, `embed_tokens` the
    most tokens of them together, None where nothing bounds them.
    """

    name: str
    base_url: str | None = None
    key_variable: str | None = None
    base_url_variable: str | None = None
    needs_key: bool = True
    built_in_connection: bool = False
    embed_batch: int = _EMBED_BATCH
    embed_tokens: int | None = None


_MODEL_STUDIO = "https://dashscope.aliyuncs.com/compatible-mode/v1"
_MODEL_STUDIO_BATCH = 10  # text-embedding-v3 and v4

SERVICES: tuple[Service, ...] = (
    Service(BUILTIN, needs_key=False, embed_batch=64),
    # The documentation makes the endpoint of a bailian model required; the base serves its connections.
    Service(
        "bailian",
        base_url=_MODEL_STUDIO,
        key_variable="DASHSCOPE_API_KEY",
        embed_batch=_MODEL_STUDIO_BATCH,
    ),
    Service(
        "openai",
        base_url="https://api.openai.com/v1",
        key_variable="OPENAI_API_KEY",
        base_url_variable="OPENAI_BASE_URL",
        built_in_connection=True,
        embed_batch=256,  # 2,048 are taken
        embed_tokens=300_000,
    ),
    # Whatever speaks the interface, among it local servers that ask for no key.
    Service(OPENAI_COMPAT, needs_key=False),
    Service(
        "dashscope",
        base_url=_MODEL_STUDIO,
        key_variable="DASHSCOPE_API_KEY",
        base_url_variable="DASHSCOPE_BASE_URL",
        built_in_connection=True,
        embed_batch=_MODEL_STUDIO_BATCH,
    ),
    Service(
        "aliyun",
        base_url=_MODEL_STUDIO,
        key_variable="DASHSCOPE_API_KEY",
        embed_batch=_MODEL_STUDIO_BATCH,
    ),
    Service(
        "aliyun-openai",
        base_url=_MODEL_STUDIO,
        key_variable="DASHSCOPE_API_KEY",
        embed_batch=_MODEL_STUDIO_BATCH,
    ),
    Service(
        "deepseek",
        base_url="https://api.deepseek.com/v1",
        key_variable="DEEPSEEK_API_KEY",
        base_url_variable="DEEPSEEK_BASE_URL",
        built_in_connection=True,
    ),
    Service(
        "aliyun-dashscope",
        base_url="https://dashscope.aliyuncs.com/api/v1",
        key_variable="DASHSCOPE_API_KEY",
        embed_batch=_MODEL_STUDIO_BATCH,
    ),
    Service("siliconflow", base_url="https://api.siliconflow.cn/v1", key_variable="SILICONFLOW_API_KEY"),
    Service(
        "hunyuan-openai",
        base_url="https://api.hunyuan.cloud.tencent.com/v1",
        key_variable="HUNYUAN_API_KEY",
    ),
    Service(
        "anthropic",
        base_url="https://api.anthropic.com/v1",
        key_variable="ANTHROPIC_API_KEY",
        base_url_variable="ANTHROPIC_BASE_URL",
        built_in_connection=True,
    ),
    Service(
        "ollama",
        base_url="http://localhost:11434",
        base_url_variable="OLLAMA_HOST",
        needs_key=False,
        built_in_connection=True,
        embed_batch=64,
    ),
)


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A program that serves models on this machine: its `name` becomes that of a connection, `base_url` is
    where it listens unless it was told another place."""

    name: str
    provider: str
    base_url: str


LOCAL_SERVERS: tuple[LocalServer, ...] = (
    LocalServer("ollama", "ollama", "http://localhost:11434"),
    LocalServer("llamacpp", OPENAI_COMPAT, "http://127.0.0.1:8080/v1"),
    LocalServer("vllm", OPENAI_COMPAT, "http://127.0.0.1:8000/v1"),
    LocalServer("lmstudio", OPENAI_COMPAT, "http://127.0.0.1:1234/v1"),
)
"""The servers that are looked for."""


def service(name: str) -> Service | None:
    """The record of a provider, by its name in any case; None where there is no such provider."""
    folded = name.strip().lower()
    return next((record for record in SERVICES if record.name == folded), None)


def embed_tokens_of(provider: str) -> int | None:
    """The most tokens of all texts of one request for embeddings; None where nothing bounds them."""
    record = service(provider)
    return None if record is None else record.embed_tokens


def embed_batch_of(provider: str) -> int:
    """The most texts that one request for embeddings of this provider may hold."""
    record = service(provider)
    return _EMBED_BATCH if record is None else record.embed_batch


def adapter(interface: str, concurrency: int) -> Provider:
    """A new adapter for an interface, with at most `concurrency` connections.

    Only this imports an adapter, so that a run without model calls pays for no HTTP client.
    """
    match interface:
        case "builtin":
            from aisql.providers.builtin import Builtin

            return Builtin()
        case "anthropic":
            from aisql.providers.anthropic import Anthropic

            return Anthropic(concurrency)
        case "ollama":
            from aisql.providers.ollama import Ollama

            return Ollama(concurrency)
        case "aliyun-dashscope":
            from aisql.providers.dashscope import DashScope

            return DashScope(concurrency)
        case _:
            from aisql.providers.openai_compat import OpenAICompat

            return OpenAICompat(concurrency)


INTERFACES: tuple[str, ...] = (OPENAI_COMPAT, "aliyun-dashscope", "anthropic", "ollama", BUILTIN)
"""The interfaces there is an adapter for."""


def usual_address(record: Service, environment: Mapping[str, str]) -> str:
    """The base address of a built-in connection: that of its variable, else the usual one.

    Raises OptionError for a variable that holds no address.
    """
    address = environment.get(record.base_url_variable or "", "")
    return base_from_variable(record, address) if address else record.base_url or ""


def base_from_variable(record: Service, text: str) -> str:
    """The base address meant by the value of a provider's `base_url_variable`.

    OLLAMA_HOST is `[scheme://]host[:port]`, and may be the address a server listens on. Raises OptionError
    for what is no address.
    """
    if "://" not in text:
        text = f"http://{text}"
    if not can_be_split(text):
        raise OptionError(f"{record.base_url_variable} is set to what is no http or https address")
    if record.base_url_variable != "OLLAMA_HOST":
        return text.rstrip("/")
    parts = urlsplit(text.strip().rstrip("/"))
    netloc = f"127.0.0.1{parts.netloc}" if parts.netloc.startswith(":") else parts.netloc
    host = netloc.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 (nobody can connect to it)
    if parts.port is None and parts.scheme == "http":
        host = f"{host}:11434"
    return urlunsplit(parts._replace(netloc=host, path=parts.path))
