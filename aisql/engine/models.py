"""From the name of a model, in any of its forms, to what a request needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from aisql.catalog.connections import Connection
from aisql.catalog.endpoints import Endpoint
from aisql.catalog.objects import Model
from aisql.catalog.secrets import Secret
from aisql.engine.governor import Pace
from aisql.engine.retry import Retry, retry_of
from aisql.engine.rules import check_address, host_of, schema_problem, task_named
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, FunctionError, ModelError, OptionError
from aisql.functions.base import Ask
from aisql.providers.base import CHAT, EMBEDDINGS, RERANK, Message, Request, Target, Task, Trust
from aisql.providers.members import transcribes_only
from aisql.providers.options import is_secret
from aisql.providers.registry import BUILTIN, SERVICES, Service, service, usual_address
from aisql.providers.routes import Address, address_of
from aisql.providers.values import extra_headers, parameters, problem
from aisql.result import Value
from aisql.settings import Settings
from aisql.suggest import did_you_mean

DEFAULT_SYSTEM_PROMPT = "You are a helpful assistant."

MODEL_TYPES: Mapping[str, Task | None] = MappingProxyType(
    {"completion": CHAT, "dense_embedding": EMBEDDINGS, "rerank": RERANK, "sparse_embedding": None}
)
"""The types of AI models (OceanBase) with the task that serves them; no function uses sparse embeddings."""

ENDPOINT_PROVIDERS: Mapping[str, tuple[Task, ...]] = MappingProxyType(
    {
        "openai": (CHAT, EMBEDDINGS),
        "aliyun": (CHAT, EMBEDDINGS, RERANK),
        "aliyun-openai": (CHAT, EMBEDDINGS),
        "aliyun-dashscope": (CHAT, EMBEDDINGS, RERANK),
        "deepseek": (CHAT,),
        "ollama": (CHAT, EMBEDDINGS),
        "siliconflow": (CHAT, EMBEDDINGS, RERANK),
        "hunyuan-openai": (CHAT, EMBEDDINGS),
        BUILTIN: (CHAT, EMBEDDINGS, RERANK),
    }
)
"""The providers an endpoint may name (OceanBase, and the offline one), and the tasks they have there."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an input of more than `size` tokens meets: `action` is what `context-overflow-action` says."""

    size: int
    action: str


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model ready to be asked.

    `system` is its own instruction ('' for none), `prefix` what is put before every input, `output` the name
    of its output column, `choices` how many answers one request gives. Its inputs are addresses of `images`,
    or texts, which `context` bounds. `retry` and `pace` are how its provider is to be asked. `is_ai_model`
    tells those of OceanBase.
    """

    target: Target
    task: Task
    system: str = ""
    prefix: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    output: str = ""
    choices: int = 1
    images: bool = False
    context: Context | None = None
    retry: Retry = field(default_factory=Retry)
    pace: Pace = field(default_factory=Pace)
    is_ai_model: bool = False

    def request(self, text: str, ask: Ask, timeout: float) -> Request:
        """The request of a call for a text; what the call says wins over what the model says.

        To rerank, the text is a JSON array: the query, and the documents behind it. So it is where the call
        shows an image: what is said, and the address. A sound that is heard is the text.
        """
        own, prefix = dict(self.parameters), self.prefix
        if ask.system is not None:
            # The function says itself what is asked and how an answer looks, and reads one of them.
            own = {name: value for name, value in own.items() if name not in {"n", "response_format"}}
            prefix = ""
        merged = tuple(sorted((own | dict(ask.options.parameters)).items()))
        context = None if self.context is None else self.context.size
        request = Request(
            self.target,
            self.task,
            parameters=merged,
            context=context,
            timeout=timeout,
            checked=ask.checked,
        )
        if self.task == EMBEDDINGS:
            return replace(request, texts=(text,))
        if self.task == RERANK:
            query, *documents = json.loads(text)
            return replace(request, query=query, texts=tuple(documents))
        system = self.system if ask.system is None else ask.system
        if ask.hears and transcribes_only(self.target.model):
            system = ""
        messages = [Message("system", system)] if system else []
        before = f"{prefix}\n" if prefix else ""
        if ask.hears:
            user = Message("user", "", sounds=(text,))
        elif ask.shows:
            said, *images = json.loads(text)
            user = Message("user", f"{before}{ask.heading}{said}".rstrip("\n"), images=tuple(images))
        elif self.images:
            user = Message("user", f"{before}{ask.heading}".rstrip("\n"), images=(text,))
        else:
            user = Message("user", f"{before}{ask.heading}{text}")
        return replace(request, messages=(*messages, user))


class ModelFinder:
    """Finds models: those of the catalog, connections, endpoints, and the built-in connections.

    What was found is kept until `forget`, so that a name is looked up once for a statement.
    """

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace = workspace
        self._settings = settings
        self._found: dict[tuple[Value, Task | None], ModelUse] = {}

    def forget(self) -> None:
        """Looks everything up anew from here on."""
        self._found.clear()

    def by_coordinate(self, coordinate: Value, task: Task | None) -> ModelUse:
        """The model a first argument names: `'CONN:MODEL'`, `'endpoint:NAME'`, `'NAME'`.

        `task` is what the function needs, None when it takes what the model serves.
        Raises FunctionError with CZLH-65000 or CZLH-67000 as Singdata documents them, ModelError for a
        model whose definition breaks a rule, OptionError for a variable that is not set.
        """
        key = coordinate, task
        if key not in self._found:
            self._found[key] = self._by_coordinate(coordinate, task)
        return self._found[key]

    def through(self, connection: str) -> Target:
        """Where the chat models of a connection are, with its key and without a model.

        Raises as `by_coordinate`.
        """
        target = self._through(connection, "demo", CHAT, f"{connection}:").target
        return replace(target, model="")

    def by_name(self, names: tuple[str, ...], task: Task | None) -> ModelUse:
        """The model `MODEL name` names. Raises CatalogError when there is none, else as `by_coordinate`."""
        models = self._workspace.models
        path = self._workspace.catalogs.complete(names)
        model = models.find(path)
        if model is None:
            raise CatalogError(
                f"Model with identifier '{path.dotted()}' does not exist.",
                code="not_found",
                hint=models.nearest(path) or "SHOW MODELS lists them",
            )
        return self._of_model(model, task)

    def _by_coordinate(self, coordinate: Value, task: Task | None) -> ModelUse:
        if not isinstance(coordinate, str):
            raise invalid(coordinate)
        head, colon, rest = coordinate.partition(":")
        if not colon:
            return self._named(coordinate, task)
        if head.lower() == "endpoint":
            return self._at_endpoint(rest, task)
        if head.lower() == "connection" and ":" in rest:
            head, _, rest = rest.partition(":")
        if not rest.strip() or not head:
            raise invalid(coordinate, "a connection stands before the colon, the name of a model behind it")
        return self._through(head, rest, task or CHAT, coordinate)

    def _named(self, name: str, task: Task | None) -> ModelUse:
        # A name may hold dots itself, so the whole of it is tried first.
        for names in ((name,), tuple(name.split("."))):
            if 1 <= len(names) <= 3 and all(names):
                model = self._workspace.models.find(self._workspace.catalogs.complete(names))
                if model is not None:
                    return self._of_model(model, task)
        if self._workspace.endpoints.find_model(name) is not None:
            return self._of_endpoint(self._workspace.endpoints.of_model(name), name, task)
        hint = self._workspace.models.nearest(self._workspace.catalogs.complete((name,))) if name else None
        raise invalid(name, hint)

    def _through(self, name: str, model: str, task: Task, coordinate: str) -> ModelUse:
        connection = self._workspace.connections.find(name)
        if connection is not None:
            return self._connected(connection, model, task)
        if name.lower() == BUILTIN:
            return ModelUse(_builtin(model, coordinate), task)
        record = service(name)
        if record is None or not record.built_in_connection:
            ready = [BUILTIN, *(each.name for each in SERVICES if each.built_in_connection)]
            made = [each.name for each in self._workspace.connections.list()]
            makes = f"CREATE API CONNECTION {name} makes this connection; ready are {', '.join(ready)}"
            raise invalid(coordinate, did_you_mean(name, [*made, *ready]) or makes)
        return ModelUse(self._from_environment(record, model, task), task, retry=self._retry({}))

    # ------------------------------------------------------------ connections

    def _from_environment(self, record: Service, model: str, task: Task) -> Target:
        environment = self._settings.environment
        base = usual_address(record, environment)
        key = environment.get(record.key_variable or "") or None
        if key is None and record.needs_key:
            raise OptionError(
                f"variable '{record.key_variable}' is not set",
                code="variable_not_set",
                hint=f"'{record.name}:{model}' finds its key there; or use CREATE API CONNECTION",
            )
        place = address_of(record.name, base, task)
        return Target(record.name, place.url, model, key, interface=place.interface)

    def _connected(self, connection: Connection, model: str, task: Task) -> ModelUse:
        record = service(connection.provider)
        who = f"connection '{connection.name}'"
        if record is None:
            raise ModelError(f"{who}: there is no provider '{connection.provider}'", hint=_providers())
        if record.name == BUILTIN:
            return ModelUse(_builtin(model, who), task)
        base = self._settings.resolve_shown(connection.base_url or "") or record.base_url or ""
        place = address_of(record.name, base, task)
        url = _checked_url(place.url, f"{who}: BASE_URL")
        options = {
            key.replace("_", "-"): self._resolved(key, value)
            for key, value in connection.options
            if key not in dict(connection.secrets)
        }
        key = self._property(connection, "api_key", url)
        if key is None and record.needs_key:
            raise ModelError(f"{who} has no API_KEY")
        headers = self._property(connection, "extra_header", url)
        target = _reached(record.name, place, model, key, headers, options)
        return ModelUse(target, task, retry=self._retry(options), pace=_pace(options))

    def _property(self, connection: Connection, name: str, url: str) -> str | None:
        """The value of a secret property, for a request to this address."""
        connections = self._workspace.connections
        secret = connections.reveal(connection, name)
        written = dict(connection.options).get(name)
        who = f"connection '{connection.name}'"
        return self._key(secret, written, url, who, lambda host: connections.bind(connection, host))

    def _retry(self, options: Mapping[str, str]) -> Retry:
        return retry_of(options, self._settings.retry_num)

    # ------------------------------------------------------------ endpoints

    def _at_endpoint(self, name: str, wanted: Task | None) -> ModelUse:
        """The endpoint of that name, or that of the AI model of that name."""
        endpoints = self._workspace.endpoints
        return self._of_endpoint(endpoints.find(name) or endpoints.of_model(name), name, wanted)

    def _of_endpoint(self, endpoint: Endpoint | None, name: str, wanted: Task | None) -> ModelUse:
        if endpoint is None:
            raise FunctionError(
                "CZLH-67000: No available endpoints found",
                code="CZLH-67000",
                hint=f"there is no endpoint '{name}', and none of an AI model of that name",
            )
        model = self._workspace.endpoints.find_model(endpoint.ai_model_name)
        if model is None:
            message = f"This ai model '{endpoint.ai_model_name}' not found in the tenant"
            raise ModelError(message, code="-11118", hint=f"endpoint '{endpoint.name}' belongs to it")
        task = MODEL_TYPES[model.type]
        if task is None or wanted not in {None, task}:
            kind = next(kind for kind, each in MODEL_TYPES.items() if each == (wanted or CHAT))
            hint = f"AI model '{model.name}' is of type {model.type}"
            raise ModelError(f"info type is not {kind.replace('_', ' ')}", hint=hint)
        if task not in ENDPOINT_PROVIDERS[endpoint.provider.lower()]:
            hint = f"{endpoint.provider} has no {model.type}"
            raise ModelError("this provider current not support not supported", code="-4007", hint=hint)
        target = self._endpoint_target(endpoint, endpoint.request_model_name or model.model_name, task)
        return ModelUse(target, task, retry=self._retry({}), is_ai_model=True)

    def _endpoint_target(self, endpoint: Endpoint, model: str, task: Task) -> Target:
        provider = endpoint.provider.lower()
        if provider == BUILTIN:
            return Target(BUILTIN, "", model, interface=BUILTIN)
        endpoints, who = self._workspace.endpoints, f"endpoint '{endpoint.name}'"
        # It is the whole URL of the interface, to be used as it is.
        url = _checked_url(self._settings.resolve_shown(endpoint.url), f"{who}: url")
        key = self._key(
            endpoints.reveal(endpoint),
            endpoint.access_key,
            url,
            who,
            lambda host: endpoints.bind(endpoint, host),
        )
        return Target(provider, url, model, key, interface=address_of(provider, url, task).interface)

    # ------------------------------------------------------------ models of the catalog

    def _of_model(self, model: Model, wanted: Task | None) -> ModelUse:
        who = f"Unable to create a model provider for model '{model.path.dotted()}'"
        options = dict(model.options)
        if "provider" not in options:
            raise ModelError(
                f"{who}. Model options do not contain an option key 'provider' for discovering a provider."
            )
        secret = dict(model.secrets)
        plain = {key: self._resolved(key, value) for key, value in options.items() if key not in secret}
        record = service(plain["provider"])
        if record is None:
            raise ModelError(f"{who}. There is no provider '{plain['provider']}'.", hint=_providers())
        task = self._task(model, plain, wanted, who)
        problem = schema_problem(model.input, model.output, task)
        if problem is not None:
            raise ModelError(f"{who}. {problem}")
        target = self._target(model, record, plain, task, who)
        return ModelUse(
            target,
            task,
            plain.get("system-prompt", DEFAULT_SYSTEM_PROMPT),
            plain.get("user-prompt", ""),
            parameters(plain, task),
            model.output[0].name,
            choices=int(plain.get("n", "1")) if task == CHAT else 1,
            images=plain.get("content-type", "").upper() == "IMAGE_URL",
            context=_context(plain),
            retry=self._retry(plain),
            pace=_pace(plain),
        )

    def _task(self, model: Model, options: Mapping[str, str], wanted: Task | None, who: str) -> Task:
        for key, value in options.items():
            # What had a variable in it could not be looked at before.
            wrong = problem(key, value, options["provider"], None)
            if wrong is not None and key != "task":
                raise ModelError(f"{who}. {wrong}.")
        named = task_named(options, model.output)
        if named not in {CHAT, EMBEDDINGS}:
            raise ModelError(f"{who}. There is no task '{named}'.", hint=f"tasks are {CHAT}, {EMBEDDINGS}")
        task: Task = EMBEDDINGS if named == EMBEDDINGS else CHAT
        if wanted is not None and task != wanted:
            raise ModelError(f"Model '{model.path.dotted()}' serves {task}; this function needs {wanted}.")
        return task

    def _target(
        self, model: Model, record: Service, options: Mapping[str, str], task: Task, who: str
    ) -> Target:
        name = options.get("model", "")
        if record.name == BUILTIN:
            return _builtin(name or "demo", who)
        if not name:
            raise ModelError(f"{who}. Option 'model' is missing.")
        endpoint = options.get("endpoint", "")
        is_usual = not endpoint and "task" in options and record.base_url is not None
        if is_usual:
            endpoint = record.base_url or ""
        if not endpoint:
            raise ModelError(f"{who}. Option 'endpoint' is missing.")
        place = address_of(record.name, endpoint, task)
        url = _checked_url(place.url, f"{who}. Option 'endpoint'")
        key = self._revealed(model, options, "api-key", url)
        if key is None and is_usual:
            key = self._settings.environment.get(record.key_variable or "") or None
        if key is None and record.needs_key:
            raise ModelError(f"{who}. Option 'api-key' is missing.")
        return _reached(
            record.name, place, name, key, self._revealed(model, options, "extra-header", url), options
        )

    def _resolved(self, key: str, value: str) -> str:
        return (self._settings.resolve if is_secret(key) else self._settings.resolve_shown)(value)

    def _revealed(self, model: Model, options: Mapping[str, str], key: str, url: str) -> str | None:
        """The value of a secret option, for a request to this address."""
        models = self._workspace.models
        secret = models.reveal(model, key)
        who = f"model '{model.path.dotted()}'"
        return self._key(secret, options.get(key), url, who, lambda host: models.bind(model, host))

    def _key(
        self, secret: Secret | None, written: str | None, url: str, who: str, bind: Callable[[str], None]
    ) -> str | None:
        """The key for a request: the one kept for this host, or what `${NAME}` stands for.

        A key that is kept for no host yet belongs to this one from here on.
        """
        if secret is None:
            return self._settings.resolve(written) if written else None
        host = host_of(url)
        if secret.host is not None and secret.host != host:
            raise ModelError(
                f"{who}: its key was given for {secret.host} and is not sent to {host}",
                hint="give the key again, for the new address",
            )
        value = self._settings.resolve(secret.value)
        if secret.host is None and host is not None:
            bind(host)
        return value


def _reached(
    provider: str,
    place: Address,
    model: str,
    key: str | None,
    headers: str | None,
    options: Mapping[str, str],
) -> Target:
    """The target at an address, with what options say about the way there."""
    return Target(
        provider,
        place.url,
        model,
        key,
        extra_headers({"extra-header": headers} if headers else {}),
        interface=place.interface,
        trust=Trust(options.get("ca-file", ""), options.get("insecure", "").lower() == "true"),
    )


def _pace(options: Mapping[str, str]) -> Pace:
    requests, tokens = options.get("requests-per-minute"), options.get("tokens-per-minute")
    return Pace(float(requests) if requests else None, float(tokens) if tokens else None)


def _context(options: Mapping[str, str]) -> Context | None:
    size = options.get("max-context-size")
    action = options.get("context-overflow-action", "truncated-tail")
    return None if size is None else Context(int(size), action.lower())


def invalid(coordinate: Value, hint: str | None = None) -> FunctionError:
    """The error of a first argument that names no model, as Singdata documents it."""
    shown = "NULL" if coordinate is None else f"'{coordinate!s}'"
    return FunctionError(
        f"CZLH-65000: Invalid model coordinates: {shown}",
        code="CZLH-65000",
        hint=hint or "a model is named 'CONNECTION:MODEL', 'endpoint:NAME', or by the name of a CREATE MODEL",
    )


def _checked_url(url: str, what: str) -> str:
    if host_of(url) is None:
        raise ModelError(f"{what} is no http or https address.")
    check_address(what, url)
    return url


def _builtin(model: str, who: str) -> Target:
    if model != "demo":
        raise ModelError(f"{who}: provider builtin has one model, 'demo', not '{model}'")
    return Target(BUILTIN, "", model, interface=BUILTIN)


def _providers() -> str:
    return f"providers are {', '.join(record.name for record in SERVICES)}"
