"""The providers that can be named, one record each, and how their addresses are put together."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from aisql.errors import OptionError
from aisql.providers.base import CHAT, EMBEDDINGS, Provider, Task

OPENAI_COMPAT = "openai-compat"
BUILTIN = "builtin"

TASKS: tuple[Task, ...] = (CHAT, EMBEDDINGS)


# Few services say how many texts they take; this many each of them does.
_EMBED_BATCH = 32


@dataclass(frozen=True, slots=True)
class Service:
    """A provider that statements can name.

    `adapter` is the implementation that speaks to it. `base_url` is its usual base address, None where
    there is none. `key_variable` and `base_url_variable` are the names of the environment variables people
    keep its key and its address in. `needs_key` says whether a call without a key cannot work;
    `built_in_connection` whether `'NAME:MODEL'` works without a CREATE API CONNECTION. `embed_batch` is the
    most texts that one request for embeddings may hold.
    """

    name: str
    adapter: str = OPENAI_COMPAT
    base_url: str | None = None
    key_variable: str | None = None
    base_url_variable: str | None = None
    needs_key: bool = True
    built_in_connection: bool = False
    embed_batch: int = _EMBED_BATCH


_MODEL_STUDIO = "https://dashscope.aliyuncs.com/compatible-mode/v1"
_MODEL_STUDIO_BATCH = 10  # text-embedding-v3 and v4

SERVICES: tuple[Service, ...] = (
    Service(BUILTIN, adapter=BUILTIN, needs_key=False, embed_batch=64),
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
        embed_batch=256,  # 2,048 are taken, but no more than 300,000 tokens
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
    Service("siliconflow"),
    Service("hunyuan-openai"),
    Service(
        "anthropic",
        base_url="https://api.anthropic.com/v1",
        key_variable="ANTHROPIC_API_KEY",
        base_url_variable="ANTHROPIC_BASE_URL",
        built_in_connection=True,
    ),
    Service(
        "ollama",
        base_url="http://localhost:11434/v1",
        base_url_variable="OLLAMA_HOST",
        needs_key=False,
        built_in_connection=True,
        embed_batch=64,
    ),
)


def service(name: str) -> Service | None:
    """The record of a provider, by its name in any case; None where there is no such provider."""
    folded = name.strip().lower()
    return next((record for record in SERVICES if record.name == folded), None)


def embed_batch_of(provider: str) -> int:
    """The most texts that one request for embeddings of this provider may hold."""
    record = service(provider)
    return _EMBED_BATCH if record is None else record.embed_batch


def adapter(name: str, concurrency: int) -> Provider:
    """A new adapter for the provider `name`, with at most `concurrency` connections.

    Only this imports an adapter, so that a run without model calls pays for no HTTP client.
    Raises OptionError where there is no such provider.
    """
    record = service(name)
    if record is None:
        known = ", ".join(each.name for each in SERVICES)
        raise OptionError(f"unknown provider '{name}'", hint=f"providers are {known}")
    if record.adapter == BUILTIN:
        from aisql.providers.builtin import Builtin

        return Builtin()
    from aisql.providers.openai_compat import OpenAICompat

    return OpenAICompat(concurrency)


def task_of(endpoint: str) -> Task | None:
    """The task that an endpoint's URL ends in, None where it ends in neither."""
    return _split_task(urlsplit(endpoint).path)[1]


def endpoint_url(base_url: str, task: Task) -> str:
    """The URL of a task below a base address; a base that ends in a task already is that service's base.

    A query (`?api-version=...`) stays where it is.
    """
    parts = urlsplit(base_url.strip())
    path, _ = _split_task(parts.path)
    # Connections to Model Studio are documented with the base of its native interface. What we speak is the
    # other one, which the same host serves beside it.
    if "dashscope" in parts.netloc.lower() and path.lower().endswith("/api/v1"):
        path = path[: -len("/api/v1")] + "/compatible-mode/v1"
    return urlunsplit(parts._replace(path=f"{path}/{task}"))


def base_from_variable(record: Service, text: str) -> str:
    """The base address meant by the value of a provider's `base_url_variable`.

    OLLAMA_HOST is `[scheme://]host[:port]`, and may be the address a server listens on.
    """
    if "://" not in text:
        text = f"http://{text}"
    if record.base_url_variable != "OLLAMA_HOST":
        return text.rstrip("/")
    parts = urlsplit(text.strip().rstrip("/"))
    host = parts.netloc.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 (nobody can connect to it)
    if parts.port is None and parts.scheme == "http":
        host = f"{host}:11434"
    return urlunsplit(parts._replace(netloc=host, path=parts.path or "/v1"))


def _split_task(path: str) -> tuple[str, Task | None]:
    path = path.rstrip("/")
    for task in TASKS:
        if path.lower().endswith(f"/{task}"):
            return path[: -len(task) - 1], task
    return path, None
