"""One request, one reply: the seam between the engine and whatever serves a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Task: TypeAlias = Literal["chat/completions", "embeddings"]

CHAT: Task = "chat/completions"
EMBEDDINGS: Task = "embeddings"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    `provider` is the provider's name in the registry; `url` the full URL of the task ('' for a provider
    that needs none); `model` the name the provider knows the model by; `key` the secret, never printed;
    `headers` further HTTP headers (they may hold secrets and are never printed either).
    """

    provider: str
    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat: `role` is system or user; `content` is text, or the parts of a mixed content."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a model.

    A chat has `messages`, embeddings have `texts`, each to become a vector. `parameters` are further members
    of the request body, already under the names the OpenAI interface gives them (`max_tokens`, `dimensions`,
    ...), as JSON text so that a request can be compared and hashed. `timeout` is in seconds and bounds the
    whole call.
    """

    target: Target
    task: Task
    messages: tuple[Message, ...] = ()
    texts: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `texts` of a chat's choices, or `vectors`, one for each text in order.

    Tokens are those of the whole request, None where the provider does not count them.
    """

    texts: tuple[str, ...] = ()
    vectors: tuple[tuple[float, ...], ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None


def embedding_input(request: Request) -> Json:
    """The member `input` of a request for embeddings: the text where there is one, else the list of all."""
    return request.texts[0] if len(request.texts) == 1 else [*request.texts]


class Provider(Protocol):
    """Serves models. Implementations hold no state of a statement and may be asked concurrently."""

    name: str

    def body(self, request: Request) -> Mapping[str, Json]:
        """The exact JSON body that `send` posts for the request."""
        ...

    async def send(self, request: Request) -> Reply:
        """Makes the call.

        Raises ProviderError (or a kind of it) when no usable answer came.
        """
        ...

    async def close(self) -> None:
        """Frees connections."""
        ...
