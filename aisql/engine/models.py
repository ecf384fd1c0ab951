"""From the name of a model, in any of its forms, to what a request needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aisql.catalog.connections import Connection
from aisql.catalog.objects import Model
from aisql.catalog.secrets import Secret
from aisql.engine.rules import host_of, schema_problem, task_named
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, FunctionError, ModelError, OptionError
from aisql.functions.base import Ask
from aisql.providers.base import CHAT, EMBEDDINGS, Message, Request, Target, Task
from aisql.providers.options import extra_headers, parameters
from aisql.providers.registry import (
    BUILTIN,
    SERVICES,
    Service,
    base_from_variable,
    endpoint_url,
    service,
)
from aisql.result import Value
from aisql.settings import Settings

DEFAULT_SYSTEM_PROMPT = "You are a helpful assistant."


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model ready to be asked.

    `system` is its own instruction ('' for none), `prefix` what is put before every input, `output` the name
    of its output column, `choices` how many answers one request gives.
    """

    target: Target
    task: Task
    system: str = ""
    prefix: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    output: str = ""
    choices: int = 1

    def request(self, text: str, ask: Ask, timeout: float) -> Request:
        """The request of a call for a text; what the call says wins over what the model says."""
        merged = tuple(sorted((dict(self.parameters) | dict(ask.options.parameters)).items()))
        if self.task == EMBEDDINGS:
            return Request(self.target, self.task, texts=(text,), parameters=merged, timeout=timeout)
        system = self.system if ask.system is None else ask.system
        messages = [Message("system", system)] if system else []
        user = f"{self.prefix}\n{text}" if self.prefix else text
        return Request(
            self.target, self.task, (*messages, Message("user", user)), parameters=merged, timeout=timeout
        )


class ModelFinder:
    """Finds models: those of the catalog, connections, and the built-in connections.

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
            raise _invalid(coordinate)
        head, colon, rest = coordinate.partition(":")
        if not colon:
            return self._named(coordinate, task)
        if head.lower() == "endpoint":
            raise FunctionError(
                "CZLH-67000: No available endpoints found",
                code="CZLH-67000",
                hint=f"there is no endpoint '{rest}'; a model can also be named 'CONNECTION:MODEL'",
            )
        if head.lower() == "connection" and ":" in rest:
            head, _, rest = rest.partition(":")
        if not rest or not head:
            raise _invalid(coordinate, "a connection stands before the colon, the name of a model behind it")
        return self._through(head, rest, task or CHAT, coordinate)

    def _named(self, name: str, task: Task | None) -> ModelUse:
        # A name may hold dots itself, so the whole of it is tried first.
        for names in ((name,), tuple(name.split("."))):
            if 1 <= len(names) <= 3 and all(names):
                model = self._workspace.models.find(self._workspace.catalogs.complete(names))
                if model is not None:
                    return self._of_model(model, task)
        hint = self._workspace.models.nearest(self._workspace.catalogs.complete((name,))) if name else None
        raise _invalid(name, hint)

    def _through(self, name: str, model: str, task: Task, coordinate: str) -> ModelUse:
        connection = self._workspace.connections.find(name)
        if connection is not None:
            return ModelUse(self._connected(connection, model, task), task)
        if name.lower() == BUILTIN:
            return ModelUse(_builtin(model, coordinate), task)
        record = service(name)
        if record is None or not record.built_in_connection:
            ready = ", ".join(each.name for each in SERVICES if each.built_in_connection)
            raise _invalid(
                coordinate,
                f"CREATE API CONNECTION {name} makes this connection; ready are {BUILTIN}, {ready}",
            )
        return ModelUse(self._from_environment(record, model, task), task)

    # ------------------------------------------------------------ connections

    def _from_environment(self, record: Service, model: str, task: Task) -> Target:
        environment = self._settings.environment
        address = environment.get(record.base_url_variable or "", "")
        base = base_from_variable(record, address) if address else record.base_url or ""
        key = environment.get(record.key_variable or "") or None
        if key is None and record.needs_key:
            raise OptionError(
                f"variable '{record.key_variable}' is not set",
                code="variable_not_set",
                hint=f"'{record.name}:{model}' finds its key there; or use CREATE API CONNECTION",
            )
        return Target(record.name, endpoint_url(base, task), model, key)

    def _connected(self, connection: Connection, model: str, task: Task) -> Target:
        record = service(connection.provider)
        who = f"connection '{connection.name}'"
        if record is None:
            raise ModelError(f"{who}: there is no provider '{connection.provider}'", hint=_providers())
        if record.name == BUILTIN:
            return _builtin(model, who)
        base = self._settings.resolve(connection.base_url or "") or record.base_url or ""
        url = _checked_url(endpoint_url(base, task) if base else "", f"{who}: BASE_URL")
        connections = self._workspace.connections
        secret = connections.reveal(connection, "api_key")
        written = dict(connection.options).get("api_key")
        key = self._key(secret, written, url, who, lambda host: connections.bind(connection, host))
        if key is None and record.needs_key:
            raise ModelError(f"{who} has no API_KEY")
        return Target(record.name, url, model, key)

    # ------------------------------------------------------------ models of the catalog

    def _of_model(self, model: Model, wanted: Task | None) -> ModelUse:
        who = f"Unable to create a model provider for model '{model.path.dotted()}'"
        options = dict(model.options)
        if "provider" not in options:
            raise ModelError(
                f"{who}. Model options do not contain an option key 'provider' for discovering a provider."
            )
        secret = dict(model.secrets)
        plain = {key: self._settings.resolve(value) for key, value in options.items() if key not in secret}
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
            int(plain.get("n", "1")) if task == CHAT else 1,
        )

    def _task(self, model: Model, options: Mapping[str, str], wanted: Task | None, who: str) -> Task:
        if options.get("content-type", "TEXT").upper() != "TEXT":
            raise ModelError(f"{who}. Only text can be sent, 'content-type' is '{options['content-type']}'.")
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
        if not endpoint:
            raise ModelError(f"{who}. Option 'endpoint' is missing.")
        url = _checked_url(endpoint_url(endpoint, task), f"{who}. Option 'endpoint'")
        key = self._revealed(model, options, "api-key", url)
        if key is None and record.needs_key:
            raise ModelError(f"{who}. Option 'api-key' is missing.")
        headers = self._revealed(model, options, "extra-header", url)
        return Target(
            record.name, url, name, key, extra_headers({"extra-header": headers} if headers else {})
        )

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


def _invalid(coordinate: Value, hint: str | None = None) -> FunctionError:
    shown = "NULL" if coordinate is None else f"'{coordinate!s}'"
    return FunctionError(
        f"CZLH-65000: Invalid model coordinates: {shown}",
        code="CZLH-65000",
        hint=hint or "a model is named 'CONNECTION:MODEL', 'endpoint:NAME', or by the name of a CREATE MODEL",
    )


def _checked_url(url: str, what: str) -> str:
    if host_of(url) is None:
        raise ModelError(f"{what} is no http or https address.")
    return url


def _builtin(model: str, who: str) -> Target:
    if model != "demo":
        raise ModelError(f"{who}: provider builtin has one model, 'demo', not '{model}'")
    return Target(BUILTIN, "", model)


def _providers() -> str:
    return f"providers are {', '.join(record.name for record in SERVICES)}"
