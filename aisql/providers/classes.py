"""Models as Python objects: the provider classes of PyFlink, whose parameters are options of CREATE MODEL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aisql.providers.options import find, is_secret
from aisql.secrecy import MASK

_TEXT, _IMAGE, _IMAGES = "TEXT", "IMAGE_URL", "MULTI_IMAGE_URLS"
_CONTENT_TYPES = (_IMAGE, _IMAGES, _TEXT)
_CHAT, _EMBEDDINGS, _MULTIMODAL = "chat/completions", "embeddings", "multimodal-embedding"
_ENDS = {
    _CHAT: "chat/completions",
    _EMBEDDINGS: "embeddings",
    _MULTIMODAL: "services/embeddings/multimodal-embedding/multimodal-embedding",
}
"""What the endpoint of a task ends in."""


class OpenAICompatProvider:
    """A model behind the OpenAI interface, chat or embeddings, with the parameters of PyFlink's class.

    An `endpoint` is the full URL of a task, with the `api_key` that is used there; `${NAME}` in a value is
    looked up when a call is made. `model` is the name the service knows the model by. `task` says what it
    does where no endpoint does: `chat/completions` or `embeddings`.

    For a chat: `system_prompt` and `user_prompt` stand before the input ('' sends none), `temperature` and
    `top_p` say how varied answers are, `max_tokens` how long, `stop` is a list of texts with commas between
    that end one, `presence_penalty` (-2 to 2) makes what was said less likely, `n` is the number of answers,
    `seed` makes them repeatable, `response_format` is `text` or `json_object`. `content_type` is what the
    input is: `TEXT`, `IMAGE_URL` or `MULTI_IMAGE_URLS`, one of them or one for each column of the input.
    For embeddings: `dimension` is the length of a vector.

    Inputs of more tokens than `max_context_size` meet the `context_overflow_action`: `truncated-tail`,
    `truncated-head` or `skipped`, each also with `-log`, in any case. When a request fails,
    `error_handling_strategy` is `RETRY`, `FAILOVER` or `IGNORE`; `retry_num` bounds the tries,
    `retry_backoff_strategy` (`FIXED`, `EXPONENTIAL`) and `retry_backoff_base_interval` are the waits between
    them, `retry_fallback_strategy` (`FAILOVER`, `IGNORE`) is what follows the last.

    `extra_header` and `extra_body` are JSON objects, as text, that are added to a request. `extra_options`
    are further options under their own names.

    Raises ValueError for parameters that do not go together and for a `task`, a `content_type` or a
    `context_overflow_action` that does not exist. All other values are looked at by CREATE MODEL.
    """

    _name = "openai-compat"
    _tasks: ClassVar[Mapping[str, tuple[str, ...]]] = {_CHAT: _CONTENT_TYPES, _EMBEDDINGS: (_TEXT,)}
    """The tasks it knows, with the content types of each."""

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        api_key: str | None = None,
        task: str | None = None,
        model: str | None = None,
        system_prompt: str = "You are a helpful assistant.",
        user_prompt: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        stop: str | None = None,
        presence_penalty: float | None = None,
        n: int | None = None,
        seed: int | None = None,
        content_type: str | Sequence[str] = "TEXT",
        response_format: str | None = None,
        dimension: int | None = None,
        max_context_size: int | None = None,
        context_overflow_action: str = "truncated-tail",
        error_handling_strategy: str = "RETRY",
        retry_num: int = 100,
        retry_backoff_strategy: str = "FIXED",
        retry_backoff_base_interval: str = "1s",
        retry_fallback_strategy: str = "FAILOVER",
        extra_header: str | None = None,
        extra_body: str | None = None,
        **extra_options: Any,
    ) -> None:
        given = dict(locals())
        del given["self"], given["extra_options"]
        self._check_service(endpoint, api_key, task)
        given["context_overflow_action"] = _overflow_action(context_overflow_action)
        content_types = _content_types(content_type)
        self._check_content_types(content_types, self._task_of(endpoint, task))
        given["content_type"] = ";".join(content_types)
        names = {name: name.replace("_", "-") for name in given}
        if content_types not in ((_TEXT,), (_IMAGE,)):
            names["content_type"] = "content-types"
        self._options = {names[name]: str(value) for name, value in given.items() if value is not None}
        self._options |= {name: str(value) for name, value in extra_options.items()}

    def provider_name(self) -> str:
        """The value of the option `provider`."""
        return self._name

    provider_identifier = provider_name
    """What later versions of PyFlink call it."""

    def model_option_key(self) -> str:
        """The option that names the model."""
        return "model"

    def to_options(self) -> dict[str, str]:
        """All options but `provider`, under their names in CREATE MODEL: what was given and the defaults.

        A literal key is among them.
        """
        return dict(self._options)

    def __repr__(self) -> str:
        shown = {key: MASK if is_secret(key) else value for key, value in self._options.items()}
        return f"<{type(self).__name__} {shown}>"

    def _check_service(self, endpoint: str | None, api_key: str | None, task: str | None) -> None:
        if api_key is not None and not (endpoint or "").strip():
            raise ValueError("'api_key' requires 'endpoint'.")
        if api_key is not None and task is not None:
            raise ValueError("'api_key' cannot be combined with 'task'.")
        if task is not None:
            self._check_task(task)

    def _check_task(self, task: str) -> None:
        if task not in self._tasks:
            raise ValueError(f"Unsupported task {task!r}. {_supported(self._tasks)}")

    def _task_of(self, endpoint: str | None, task: str | None) -> str | None:
        """The task as it is named, or by the end of the endpoint; None where neither tells."""
        url = (endpoint or "").strip().rstrip("/").lower()
        found = task or next((name for name, end in _ENDS.items() if url.endswith(end)), None)
        if found is not None:
            self._check_task(found)
        return found

    def _check_content_types(self, content_types: tuple[str, ...], task: str | None) -> None:
        if task is None:
            return
        if task != _CHAT and len(content_types) > 1:
            raise ValueError(
                f"task {task!r} supports exactly one content_type, "
                f"but got {len(content_types)}: {';'.join(content_types)}."
            )
        for each in content_types:
            if each not in self._tasks[task]:
                supported = _supported(self._tasks[task])
                raise ValueError(f"Unsupported content_type {each!r} for task {task!r}. {supported}")


class DashScopeProvider(OpenAICompatProvider):
    """A model of Alibaba's DashScope, with the parameters of OpenAICompatProvider.

    It has the task `multimodal-embedding` too, whose `content_type` is `IMAGE_URL`.
    """

    _name = "dashscope"
    _tasks: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **OpenAICompatProvider._tasks,
        _MULTIMODAL: (_IMAGE,),
    }


def _overflow_action(action: str | None) -> str | None:
    if action is None:
        return None
    record = find("context-overflow-action")
    choices = () if record is None else record.choices
    if action.lower() not in choices:
        raise ValueError(f"Unsupported context_overflow_action {action!r}. {_supported(choices)}")
    return action.lower()


def _content_types(given: str | Sequence[str]) -> tuple[str, ...]:
    content_types = (given,) if isinstance(given, str) else tuple(given)
    if not content_types:
        raise ValueError("content_type must not be empty.")
    for each in content_types:
        if not isinstance(each, str) or each.upper() not in _CONTENT_TYPES:
            raise ValueError(f"Unsupported content_type {each!r}. {_supported(_CONTENT_TYPES)}")
    return tuple(each.upper() for each in content_types)


def _supported(values: Sequence[str] | Mapping[str, object]) -> str:
    return f"Supported values: {', '.join(sorted(values))}."
