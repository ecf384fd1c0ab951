"""The offline stand-in: a provider whose answers come from plain text rules, not from a model.

It is there to try the program, for tests and for CI: no network, no key, and the same answer for the same
request every time. It sees what a real provider would see, the messages, finds out which of a few everyday
tasks they ask for, and does that task with word lists and patterns. It knows nothing about the world, cannot
translate, and says so when it is asked for more than it can do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from aisql.errors import ProviderError
from aisql.providers.base import EMBEDDINGS, RERANK, Json, Reply, Request, Target, embedding_input
from aisql.providers.builtin_answers import answer
from aisql.providers.builtin_forms import answer_in_form, form_of, has_form
from aisql.providers.builtin_questions import count, first_words, question
from aisql.providers.builtin_vectors import DEFAULT_DIMENSION, embed, similarity
from aisql.providers.members import refuse_sounds


class Builtin:
    """The provider `builtin`. Every model name is accepted; `demo` is the usual one.

    Of the parameters it follows `max_tokens` (the answer is cut to so many words), `dimensions`, and the JSON
    schema of a `response_format`. To rerank it takes the cosine of the vectors. Tokens are counted as words
    between white space, which is an estimate.
    """

    name = "builtin"

    def body(self, request: Request) -> Mapping[str, Json]:
        """What a provider of the OpenAI interface would be sent for the request.

        Raises OptionError for one with a sound.
        """
        refuse_sounds(request, self.name)
        asked: dict[str, Json] = {"model": request.target.model}
        if request.task == EMBEDDINGS:
            asked["input"] = embedding_input(request)
        elif request.task == RERANK:
            asked |= {"query": request.query, "documents": [*request.texts], "top_n": len(request.texts)}
        else:
            asked["messages"] = [{"role": each.role, "content": each.content} for each in request.messages]
        return asked | {name: json.loads(value) for name, value in request.parameters}

    async def send(self, request: Request) -> Reply:
        """Answers at once.

        Raises ProviderError for a `dimensions` or a `max_tokens` that is no positive integer.
        """
        parameters = dict(request.parameters)
        if request.task == EMBEDDINGS:
            dimension = _positive(parameters, "dimensions") or DEFAULT_DIMENSION
            vectors = tuple(embed(text, dimension) for text in request.texts)
            return Reply((), vectors, input_tokens=sum(map(count, request.texts)), output_tokens=0)
        if request.task == RERANK:
            tokens = sum(map(count, (request.query, *request.texts)))
            scores = tuple(similarity(request.query, text) for text in request.texts)
            return Reply(scores=scores, input_tokens=tokens, output_tokens=0)
        form, text = form_of(parameters), answer(request.messages)
        if form is not None and not has_form(text, form):
            text = answer_in_form(question(request.messages), form)
        limit = _positive(parameters, "max_tokens")
        if limit is not None:
            text = first_words(text, limit)
        asked = sum(count(each.content) for each in request.messages)
        return Reply(texts=(text,), input_tokens=asked, output_tokens=count(text))

    async def models(self, target: Target, timeout: float) -> tuple[str, ...]:  # noqa: ARG002 # of Provider
        """See Provider."""
        return ("demo",)

    async def close(self) -> None:
        """There is nothing to free."""


def _positive(parameters: Mapping[str, str], name: str) -> int | None:
    value = json.loads(parameters.get(name, "null"))
    if value is None:
        return None
    if type(value) is not int or value < 1:
        raise ProviderError(f"{name} must be a positive integer, got: {json.dumps(value)}", status=400)
    return value
