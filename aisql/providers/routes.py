"""How an address tells the interface that is spoken there, and the task."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from aisql.errors import OptionError
from aisql.providers.base import CHAT, EMBEDDINGS, RERANK, Task

OPENAI_COMPAT = "openai-compat"
ANTHROPIC = "anthropic"
DASHSCOPE = "aliyun-dashscope"
OLLAMA = "ollama"


@dataclass(frozen=True, slots=True)
class Route:
    """Where an interface has a task: `path` is what its URL ends in."""

    interface: str
    task: Task
    path: str


# Of an interface and a task the first is the usual one; a URL may end in any.
ROUTES: tuple[Route, ...] = (
    Route(OPENAI_COMPAT, CHAT, "/chat/completions"),
    Route(OPENAI_COMPAT, EMBEDDINGS, "/embeddings"),
    Route(OPENAI_COMPAT, RERANK, "/rerank"),
    Route(ANTHROPIC, CHAT, "/messages"),
    Route(OLLAMA, CHAT, "/api/chat"),
    Route(OLLAMA, EMBEDDINGS, "/api/embed"),
    Route(DASHSCOPE, CHAT, "/services/aigc/text-generation/generation"),
    Route(DASHSCOPE, CHAT, "/services/aigc/multimodal-generation/generation"),
    Route(DASHSCOPE, EMBEDDINGS, "/services/embeddings/text-embedding/text-embedding"),
    Route(DASHSCOPE, RERANK, "/services/rerank/text-rerank/text-rerank"),
)


@dataclass(frozen=True, slots=True)
class Address:
    """The URL of a task, and the interface that is spoken there."""

    url: str
    interface: str


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, in any of the ways to write that."""
    host = host.lower()
    if host in ("localhost", "::1") or host.endswith(".localhost"):
        return True
    import socket  # only an address that may be one needs it

    try:
        return socket.inet_aton(host)[0] == 127  # 127.1 too
    except OSError:
        return False


def can_be_split(address: str) -> bool:
    """Whether the parts of an address can be told: its brackets are closed, and its port is a number."""
    try:
        return (urlsplit(address.strip()).port or 0) >= 0
    except ValueError:
        return False


def task_of(endpoint: str) -> Task | None:
    """The task that an endpoint's URL ends in, None where it ends in none."""
    route = _split(urlsplit(endpoint).path)[1] if can_be_split(endpoint) else None
    return None if route is None else route.task


def base_of(url: str) -> str:
    """The address below which the tasks are, for the URL of one of them."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=_split(parts.path)[0]))


def address_of(provider: str, address: str, task: Task) -> Address:
    """The URL of a task for the address of a provider: a base, or the URL of any task there.

    What the address ends in tells which interface is meant, as the services document it: `/api/v1` at
    DashScope is its own and `/compatible-mode/v1` that of OpenAI; Ollama's `/v1` is that of OpenAI, and
    without it Ollama's own; Anthropic's is its own unless `/chat/completions` is named. A query
    (`?api-version=...`) stays where it is. '' gives ''.
    Raises OptionError for what is no address, and where the interface has no such task.
    """
    if not can_be_split(address):
        raise OptionError("the endpoint is not an http or https URL")
    parts = urlsplit(address.strip())
    base, named = _split(parts.path)
    interface = _interface(provider, parts.netloc, base) if named is None else named.interface
    if named is not None and named.task == task:
        path = named.path
    else:
        path = next((each.path for each in ROUTES if (each.interface, each.task) == (interface, task)), "")
    if not path:
        raise OptionError(f"the interface '{interface}' has no {task}", hint=_HINTS.get((interface, task)))
    if interface == ANTHROPIC and not base.lower().endswith("/v1"):
        base += "/v1"  # its own clients leave the version out of the base
    if interface == OLLAMA and base.lower().endswith("/api"):
        base = base[: -len("/api")]
    url = urlunsplit(parts._replace(path=base + path)) if address.strip() else ""
    return Address(url, interface)


_HINTS = {
    (ANTHROPIC, EMBEDDINGS): "Anthropic serves no embeddings; another provider does",
    (OLLAMA, RERANK): "Ollama serves no reranking; siliconflow and aliyun-dashscope do",
}

_MODEL_STUDIO = frozenset(("bailian", "dashscope", "aliyun", "aliyun-openai", "aliyun-dashscope"))


def is_model_studio(provider: str, url: str) -> bool:
    """Whether Alibaba Cloud's Model Studio is asked, in whichever interface."""
    return provider in _MODEL_STUDIO or "dashscope" in urlsplit(url).netloc.lower()


def _interface(provider: str, host: str, base: str) -> str:
    """The interface below a base address."""
    folded = base.lower()
    if provider == ANTHROPIC:
        return ANTHROPIC
    if provider == OLLAMA:
        return OPENAI_COMPAT if folded.endswith("/v1") else OLLAMA
    is_native = folded.endswith("/api/v1")
    if is_native and (provider in _MODEL_STUDIO or "dashscope" in host.lower()):
        return DASHSCOPE
    return OPENAI_COMPAT


def _split(path: str) -> tuple[str, Route | None]:
    path = path.rstrip("/")
    for route in ROUTES:
        if path.lower().endswith(route.path):
            return path[: -len(route.path)], route
    return path, None
