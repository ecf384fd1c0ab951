"""The shape of an AI function: a record that turns argument values into a plan for one call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from aisql.errors import FunctionError
from aisql.providers.base import Reply, Task
from aisql.result import Value


@dataclass(frozen=True, slots=True)
class Known:
    """The value of a call that needs no request, such as one with a NULL prompt."""

    value: Value


# The next two are tuples: one is made, the other hashed, for every row of a statement.
class CallOptions(NamedTuple):
    """What the options of one call say.

    `parameters` are members of the request body as JSON text; they win over the model's own options.
    `timeout` in seconds and `concurrency` in requests are None where the session's settings apply.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    timeout: float | None = None
    concurrency: int | None = None


class Ask(NamedTuple):
    """A request to make, and how its reply becomes a value.

    `text` is what the user says, or what is embedded. `system` is the instruction, None to leave that to the
    model. `heading` is said before the text; it is the same for many texts, and is never cut. Where it
    `shows` an image the text is a JSON array: what is said, and the address of the image. Where it
    `hears` a sound the text is the address of it. Where it is `checked`, an answer that cannot be read is
    asked for once more. What is `whole` is never cut: where it is longer than the context of the model, the
    call gets the error of a provider that says so.
    """

    text: str
    read: Callable[[Reply], Value]
    system: str | None = None
    options: CallOptions = CallOptions()
    heading: str = ""
    shows: bool = False
    checked: bool = False
    hears: bool = False
    whole: bool = False


Talk: TypeAlias = Generator[tuple[Ask, ...], tuple[Reply, ...], Value]
"""Asks, those that can be made together, for their replies; returns the value of the call."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A call that takes several requests, the later ones made of the answers to earlier ones.

    `talk` begins it; it is given how many tokens one request has room for. Where a request fails the error
    is raised where the talk yields. It is begun again wherever the value is needed, with the same replies, so
    it must depend on nothing else. One that `goes_on` makes more requests after several, if all is well.
    """

    talk: Callable[[int], Talk]
    goes_on: bool = True


Plan: TypeAlias = Known | Ask | Steps


Column: TypeAlias = tuple[str, str]
"""The name of a column, and its type as SQL declares it."""


@dataclass(frozen=True, slots=True)
class Function:
    """One AI function.

    `signature` is what help shows, and `example` a statement where none can be made of it; `task` is what the
    model must serve, None when any will do. `most` and `least` count the arguments with the model; one that
    has none (`has_model`) goes to the default model. `plan` gets the values after the model. `skipped` is the
    value where the input is longer than the model's context and is left out.

    `parameters` are the names that arguments may be given by, in their order; where the model is `named_only`
    the others come first. `plan_image` is the plan for
    `(text AS prompt, url AS image)` in the place of the text, None where an image is no argument: it gets the
    prompt (NULL where there is none, which must not be where it `needs_prompt`), the address, and the values
    behind. `plan_ai_model` is the plan where
    the model is an AI model of OceanBase, None where that makes no difference. An aggregate `gathers` the
    argument at that place: the plan gets a JSON array of its values in a group. A table has `columns`, told
    from the arguments that are constant texts (None for others); its value is a JSON array of rows, each an
    array, or where it is `one_value` that of one column of one row. The arguments at the places `constants`,
    counted with the model, must be the same in every row.
    """

    name: str
    signature: str
    summary: str
    task: Task | None
    least: int
    most: int
    plan: Callable[[Sequence[Value]], Plan]
    skipped: Value = None
    parameters: tuple[str, ...] = ()
    named_only: bool = False
    plan_image: Callable[[Value, Value, Sequence[Value]], Plan] | None = None
    needs_prompt: bool = False
    plan_ai_model: Callable[[Sequence[Value]], Plan] | None = None
    gathers: int | None = None
    columns: Callable[[Sequence[str | None]], tuple[Column, ...]] | None = None
    has_model: bool = True
    example: str = ""
    one_value: bool = False
    constants: tuple[int, ...] = ()

    def check_count(self, count: int) -> None:
        """Raises FunctionError when a call with that many arguments is wrong."""
        if self.has_model and count < 2 <= self.least:
            raise FunctionError(
                "CZLH-65000 AI function must have at least two arguments",
                code="CZLH-65000",
                hint=f"the function is called {self.signature}",
            )
        if not self.least <= count <= self.most:
            expected = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
            arguments = "argument" if expected == "1" else "arguments"
            raise FunctionError(
                f"{self.name} takes {expected} {arguments}, not {count}",
                hint=f"the function is called {self.signature}",
            )


def text_of(value: Value, what: str) -> str | None:
    """The text of an argument; numbers become text as Python writes them, NULL stays None.

    Raises FunctionError for a blob, which has no text.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        raise FunctionError(f"{what} must be text, not a blob")
    return repr(value) if isinstance(value, float) else str(value)


def first_text(reply: Reply) -> Value:
    """The text of the first choice."""
    return reply.texts[0] if reply.texts else ""
