"""What a call asks: the request it stands for, the digest it is known by, and the answer as it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from json.encoder import encode_basestring
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aisql import __version__
from aisql.catalog.answers import Answer, Failure, Found
from aisql.errors import AisqlError, ProviderError
from aisql.providers.base import EMBEDDINGS, RERANK, Json, Reply, Request
from aisql.secrecy import MASK

if TYPE_CHECKING:
    from aisql.engine.media_files import MediaFiles
    from aisql.engine.models import ModelUse
    from aisql.engine.rewrite import Site
    from aisql.functions.base import Ask
    from aisql.result import Value

_TEXT = "\x02the text of a call\x03"  # stands for it where the rest of a body is made once for all
_CHARACTERS_PER_TOKEN = 4
_STATEMENT_SHOWN = 200
"""Characters of a statement that are kept with its failures."""


class Form:
    """The requests of one model that differ in their text alone.

    What is the same in all of them is made once: a table has many rows. `limit` bounds the requests of
    calls with the same `task.concurrency`, None for no such bound; `retry` and `pace` are those of the model.
    `most_output` is the most tokens of an answer, 0 where nothing is said of that.
    """

    __slots__ = (
        "_ask",
        "_body",
        "_digest",
        "_files",
        "_parts",
        "_timeout",
        "_use",
        "host",
        "limit",
        "most_output",
        "pace",
        "retry",
        "target",
        "task",
    )

    def __init__(
        self,
        use: ModelUse,
        ask: Ask,
        timeout: float,
        limit: int | None,
        body: Callable[[Request], Mapping[str, Json]],
        files: MediaFiles,
    ) -> None:
        self.target = use.target
        self.task = use.task
        self.retry, self.pace = use.retry, use.pace
        self.limit = limit
        lengths = dict(use.parameters) | dict(ask.options.parameters)
        self.most_output = int(lengths["max_tokens"]) if lengths.get("max_tokens", "").isdigit() else 0
        self.host = urlsplit(use.target.url).netloc.rpartition("@")[2]
        self._use, self._ask, self._timeout, self._body = use, ask, timeout, body
        self._files = files
        # What works offline is a part of this program, and another one with its next version.
        host = self.host or __version__
        head = "\0".join((host, urlsplit(use.target.url).path, self.task, use.target.model, ""))
        # An image or a sound is not sent as it is written by every interface, so it has no place of its own
        # in a body; an array has several.
        is_array = use.task == RERANK or ask.shows
        whole = "" if use.images or ask.hears or is_array else self._dumped(self.request(_TEXT))
        parts = whole.split(encode_basestring(_TEXT)[1:-1])
        self._parts = (parts[0], parts[1]) if len(parts) == 2 else None
        self._digest = sha256(head.encode() + (parts[0].encode() if self._parts else b""))

    def request(self, text: str) -> Request:
        """The request for one text."""
        return self._files.put_into(self._use.request(text, self._ask, self._timeout))

    def body(self, text: str) -> str:
        """The exact body of that request."""
        if self._parts is None:
            return self._dumped(self.request(text))
        return f"{self._parts[0]}{encode_basestring(text)[1:-1]}{self._parts[1]}"

    def shown(self, text: str) -> str:
        """The body as people see it: without the key, and with the URIs of files, not what is in them."""
        if self._parts is not None:
            return self.masked(self.body(text))
        return self.masked(self._dumped(self._use.request(text, self._ask, self._timeout)))

    def digest(self, text: str) -> bytes:
        """What an answer is known by: provider host, model and the exact body of the request."""
        digest = self._digest.copy()
        if self._parts is None:
            digest.update(self._dumped(self.request(text)).encode("utf-8", "replace"))
        else:
            rest = encode_basestring(text)[1:-1] + self._parts[1]
            digest.update(rest.encode("utf-8", "replace"))
        return digest.digest()

    def masked(self, text: str) -> str:
        """The text without the key of the model."""
        key = (self.target.key or "").strip()
        return text.replace(key, MASK) if key else text

    def _dumped(self, request: Request) -> str:
        return json.dumps(self._body(request), ensure_ascii=False, separators=(",", ":"))


class Call:
    """One distinct request of a statement, on its way from a scan to an answer.

    `site` and `arguments` are those of the row it was first met in. It is `done` once its answer is on disk,
    if it is kept there, or it has an `error`; `found` when somebody else had paid for it meanwhile. `reply`
    is None again where the answer is to be read from where it is kept. `unused` is a reply its function could
    not use. `ahead` is the scan that met it before the statement needed it. One that `is_part` belongs to a
    chain, which is told of its failure. `told` are those who are told when it is done.
    """

    __slots__ = (
        "ahead",
        "arguments",
        "digest",
        "done",
        "error",
        "form",
        "found",
        "is_part",
        "reply",
        "seconds",
        "site",
        "text",
        "told",
        "unused",
        "value_of",
    )

    def __init__(self, form: Form, ask: Ask, digest: bytes, site: Site, arguments: tuple[Value, ...]) -> None:
        self.form = form
        self.digest = digest
        self.text = ask.text
        self.value_of = ask.read
        self.site = site
        self.arguments = arguments
        self.done = False
        self.found = False
        self.error: AisqlError | None = None
        self.reply: Reply | None = None
        self.unused: Reply | None = None
        self.seconds = 0.0
        self.ahead: object = None
        self.is_part = False
        self.told: tuple[Callable[[], None], ...] = ()

    @property
    def function(self) -> str:
        """The name of the function that was called, in small letters."""
        return self.site.function.name

    def tokens(self) -> int:
        """About how many tokens the request will use: four characters are one."""
        return len(self.form.shown(self.text)) // _CHARACTERS_PER_TOKEN + 1

    def shown(self) -> str:
        """The call as errors show it, its arguments shortened."""
        texts = []
        for argument in self.arguments:
            text = "NULL" if argument is None else self.form.masked(repr(argument))
            texts.append(text if len(text) <= 40 else f"{text[:36]}...{text[-1]}")
        return f"{self.site.call.name}({', '.join(texts)})"


def found_in(reply: Reply) -> Found:
    """The answer as it is kept."""
    if reply.vectors:
        return Found(json.dumps(reply.vectors[0]), 1)
    if reply.scores:
        return Found(json.dumps(reply.scores), 1)
    if len(reply.texts) == 1:
        return Found(reply.texts[0], 1, reply.attempts)
    return Found(json.dumps(reply.texts, ensure_ascii=False), len(reply.texts), reply.attempts)


def reply_of(form: Form, found: Found) -> Reply:
    """The reply that was kept as an answer."""
    answer, choices, attempts = found
    if form.task == EMBEDDINGS:
        return Reply(vectors=(tuple(json.loads(answer)),))
    if form.task == RERANK:
        return Reply(scores=tuple(json.loads(answer)))
    return Reply(texts=(answer,) if choices == 1 else tuple(json.loads(answer)), attempts=attempts)


def answer_of(call: Call) -> Answer:
    """The row of the ledger for a call that has its reply."""
    reply, form = call.reply, call.form
    assert reply is not None  # noqa: S101 # only such calls are written
    found = found_in(reply)
    return Answer(
        digest=call.digest,
        provider=form.target.provider,
        host=form.host,
        model=form.target.model,
        task=form.task,
        request=form.shown(call.text),
        answer=found.answer,
        choices=found.choices,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        seconds=call.seconds,
        function=call.function,
        cached_tokens=reply.cached_tokens,
        reasoning_tokens=reply.reasoning_tokens,
        attempts=reply.attempts,
    )


def failure_of(call: Call, statement: str) -> Failure:
    """The row of the table of errors for a call that failed."""
    error, form = call.error, call.form
    assert error is not None  # noqa: S101 # only such calls are written
    unused = call.unused or Reply()
    return Failure(
        statement=form.masked(statement)[:_STATEMENT_SHOWN],
        function=call.function,
        provider=form.target.provider,
        host=form.host,
        model=form.target.model,
        arguments=call.shown(),
        status=error.status if isinstance(error, ProviderError) else None,
        attempts=error.attempts if isinstance(error, ProviderError) else 0,
        request_id=error.request_id if isinstance(error, ProviderError) else None,
        code=error.code,
        message=form.masked(error.message),
        task=form.task,
        input_tokens=unused.input_tokens,
        output_tokens=unused.output_tokens,
        cached_tokens=unused.cached_tokens,
        reasoning_tokens=unused.reasoning_tokens,
    )
