"""One request, one reply: the seam between the engine and whatever serves a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Task: TypeAlias = Literal["chat/completions", "embeddings", "rerank"]

CHAT: Task = "chat/completions"
EMBEDDINGS: Task = "embeddings"
RERANK: Task = "rerank"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom an https address has to prove itself to: `ca_file` names a file of further authorities ('' for
    none); `insecure` asks for no proof at all."""

    ca_file: str = ""
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    `provider` is the provider's name in the registry; `url` the full URL of the task ('' for a provider
    that needs none); `model` the name the provider knows the model by; `interface` the adapter that speaks
    at this URL; `key` the secret, never printed; `headers` further HTTP headers (they may hold secrets and
    are never printed either).
    """

    provider: str
    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    interface: str = "openai-compat"
    trust: Trust = Trust()


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat: `role` is system or user; `images` are shown and `sounds` heard before the text,
    each an http(s) or data: URL."""

    role: str
    content: str
    images: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a model.

    A chat has `messages`, embeddings have `texts`, each to become a vector; to rerank is to tell of each of
    `texts` how well it answers `query`. `parameters` are further members of the request body, already under
    the names the OpenAI interface gives them (`max_tokens`, `dimensions`, ...), as JSON text so that a
    request can be compared and hashed. `context` is the most tokens the model is to have in view, None to
    leave that to the provider. `timeout` is in seconds and bounds the whole call. Where the answer is
    `checked` by whoever asks, one that is not JSON although JSON was asked for is an answer too.
    """

    target: Target
    task: Task
    messages: tuple[Message, ...] = ()
    texts: tuple[str, ...] = ()
    query: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    context: int | None = None
    timeout: float = 60.0
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider says may still be sent: requests and tokens left, and the seconds until the count
    begins anew; None where it does not say."""

    requests: int | None = None
    requests_reset: float | None = None
    tokens: int | None = None
    tokens_reset: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `texts` of a chat's choices, `vectors`, or `scores`: one for each text in order.

    Tokens are those of the whole request, None where the provider does not count them: `cached_tokens` are
    those of the input that cost less, `reasoning_tokens` those of the output that are thought and not shown.
    `attempts` are the requests that it took.
    """

    texts: tuple[str, ...] = ()
    vectors: tuple[tuple[float, ...], ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    scores: tuple[float, ...] = ()
    allowance: Allowance | None = field(default=None, compare=False)
    attempts: int = 1


def embedding_input(request: Request) -> Json:
    """The member `input` of a request for embeddings: the text where there is one, else the list of all."""
    return request.texts[0] if len(request.texts) == 1 else [*request.texts]


class Provider(Protocol):
    """Serves models. Implementations hold no state of a statement and may be asked concurrently.

    What they learn about a service (how it wants to be asked) they may keep.
    """

    name: str

    def body(self, request: Request) -> Mapping[str, Json]:
        """The JSON body that stands for the request; `send` posts it, or what the service takes instead.

        Raises OptionError for a request with something in it that the interface has no place for.
        """
        ...

    async def send(self, request: Request) -> Reply:
        """Makes one HTTP request.

        Raises ProviderError (or a kind of it) when no usable answer came, with `taught` when another try
        would be made in another form.
        """
        ...

    async def models(self, target: Target, timeout: float) -> tuple[str, ...]:
        """The names of the models there are at the address of a target, which need not name one.

        Raises ProviderError (or a kind of it) where the service does not tell within so many seconds.
        """
        ...

    async def close(self) -> None:
        """Frees connections."""
        ...
