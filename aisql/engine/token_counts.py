"""ai_count_tokens: how many tokens a text is for a model.

It asks nobody and needs no key, so it is a plain SQL function.
"""

from __future__ import annotations

from collections.abc import Callable

from aisql.engine.models import invalid
from aisql.engine.workspace import Workspace
from aisql.errors import FunctionError, ModelError
from aisql.functions.base import text_of
from aisql.functions.registry import CALLED
from aisql.providers.registry import BUILTIN, service
from aisql.providers.tokens import Counter, counter
from aisql.result import Value
from aisql.settings import Settings


class TokenCounts:
    """Counts for the models of a session."""

    def __init__(self, workspace: Callable[[], Workspace], settings: Settings) -> None:
        self._workspace = workspace
        self._settings = settings
        self._counters: dict[str, Counter] = {}

    def count(self, *arguments: Value) -> Value:
        """The tokens of a text for the model that the first argument names; NULL for NULL.

        The name of a function may stand before it (Snowflake, AI_COUNT_TOKENS); it makes no difference.

        Raises FunctionError for a wrong number of arguments, a blob, and a name that leads to no model.
        """
        if len(arguments) == 3 and str(arguments[0]).lower() in CALLED:
            arguments = arguments[1:]
        if len(arguments) == 1 and self._settings.default_model:
            arguments = (self._settings.default_model, *arguments)
        if len(arguments) != 2:
            raise FunctionError(
                f"ai_count_tokens takes 2 arguments, not {len(arguments)}",
                hint="the function is called ai_count_tokens(model, text)",
            )
        model, text = self._model(arguments[0]), text_of(arguments[1], "the text of ai_count_tokens")
        if model not in self._counters:
            self._counters[model] = counter(model, self._settings.environment.get("TIKTOKEN_CACHE_DIR"))
        return None if text is None else self._counters[model].count(text)

    def _model(self, coordinate: Value) -> str:
        """The name by which its provider knows a model."""
        if not isinstance(coordinate, str):
            raise invalid(coordinate)
        head, colon, rest = coordinate.partition(":")
        if not colon:
            return self._named(coordinate)
        if head.lower() == "endpoint":
            return self._at_endpoint(rest)
        if head.lower() == "connection" and ":" in rest:
            head, _, rest = rest.partition(":")
        if not rest or not self._is_connection(head):
            raise invalid(coordinate)
        return rest

    def _is_connection(self, name: str) -> bool:
        record = service(name)
        is_built_in = name.lower() == BUILTIN or (record is not None and record.built_in_connection)
        return is_built_in or self._workspace().connections.find(name) is not None

    def _named(self, name: str) -> str:
        workspace = self._workspace()
        for names in ((name,), tuple(name.split("."))):
            if 1 <= len(names) <= 3 and all(names):
                model = workspace.models.find(workspace.catalogs.complete(names))
                if model is not None:
                    return self._of_options(name, dict(model.options))
        known = workspace.endpoints.find_model(name)
        if known is None:
            raise invalid(name)
        return known.model_name

    def _of_options(self, name: str, options: dict[str, str]) -> str:
        written = options.get("model", "demo" if options.get("provider") == BUILTIN else "")
        if not written:
            raise ModelError(f"model '{name}' has no option 'model'")
        return self._settings.resolve_shown(written)

    def _at_endpoint(self, name: str) -> str:
        endpoints = self._workspace().endpoints
        endpoint = endpoints.find(name)
        if endpoint is not None and endpoint.request_model_name:
            return endpoint.request_model_name
        model = endpoints.find_model(endpoint.ai_model_name if endpoint is not None else name)
        if model is None:
            raise FunctionError("CZLH-67000: No available endpoints found", code="CZLH-67000")
        return model.model_name
