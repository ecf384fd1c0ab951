"""What makes a model sound: its schema, its options, and what DDL refuses or only warns about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from aisql.access import Access
from aisql.errors import OptionError
from aisql.providers import options as known
from aisql.providers import values
from aisql.providers.base import CHAT, EMBEDDINGS, Task
from aisql.providers.registry import BUILTIN, SERVICES, TASKS, Service, service
from aisql.providers.routes import can_be_split, is_loopback, task_of
from aisql.schema import ColumnDefinition
from aisql.secrecy import MASK, sounds_secret

_TEXT = ("STRING", "VARCHAR", "CHAR")


def schema_problem(
    inputs: Sequence[ColumnDefinition], outputs: Sequence[ColumnDefinition], task: Task
) -> str | None:
    """Which rule of the documentation the columns of a model break; None when they are sound.

    INPUT is exactly one STRING; OUTPUT is exactly one STRING for chat/completions (VARIANT for the newer AI
    functions of Flink) and exactly one ARRAY<FLOAT> for embeddings.
    """
    output = ("ARRAY<FLOAT>",) if task == EMBEDDINGS else (*_TEXT, "VARIANT")
    return _column_problem("input", inputs, _TEXT) or _column_problem("output", outputs, output)


def _column_problem(kind: str, columns: Sequence[ColumnDefinition], types: tuple[str, ...]) -> str | None:
    if len(columns) != 1:
        names = ", ".join(column.name for column in columns)
        return (
            f"Model should have exactly one {kind} physical column, "
            f"but actually has {len(columns)} physical columns: [{names}]"
        )
    column = columns[0]
    base = (
        column.type.replace(" NOT NULL", "") if column.type.startswith("ARRAY") else column.type.split("(")[0]
    )
    if base not in types:
        return f"{kind.capitalize()} column {column.name} should be {types[0]}, but is a {column.type}."
    return None


def canonical_options(options: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    """The options of a statement under their documented names, without masked keys, and warnings.

    A key that reads `******` was copied from where keys are not shown; it is left out.
    """
    found: dict[str, str] = {}
    warnings = []
    for key, value in options:
        name = known.canonical(key)
        if name in found:
            raise _about(key, f"option '{name}' is given twice")
        if known.is_secret(name) and value == MASK:
            warnings.append(f"option '{name}' was copied masked and is left out; ALTER MODEL can set it")
        else:
            found[name] = value
    return found, warnings


def check_ways(access: Access, options: Iterable[str]) -> None:
    """Raises SafeModeError for the first option that says where requests go, where none may."""
    for key in options:
        if leads(key):
            access.endpoint(f"option '{key}'", key)


def leads(key: str) -> bool:
    """Whether an option says where requests go."""
    option = known.find(key)
    return option is not None and option.leads


def check_options(
    changes: Mapping[str, str], options: Mapping[str, str], output: Sequence[ColumnDefinition]
) -> None:
    """Raises OptionError for a changed option outside the type or range its documentation gives.

    Only for a provider we know: what another one makes of an option is its own affair.
    """
    if "endpoint" in changes:
        check_address("endpoint", changes["endpoint"])
    provider = options.get("provider", "")
    if service(provider) is None:
        return
    task = task_named(options, output)
    for key, value in changes.items():
        problem = values.problem(key, value, provider, task)
        # A task nobody knows may be one the provider does; using it is what fails.
        if problem is not None and key != "task":
            raise _about(key, problem)


def check_address(option: str, address: str) -> None:
    """Raises OptionError for what is no address, and for one with a user, a password or a key in it: it is
    shown and logged."""
    if not can_be_split(address):
        raise _about(address, f"'{option}' is no address")
    parts = urlsplit(address)
    if "@" in parts.netloc:
        raise _about(address, f"'{option}' must not hold a user or a password; a key is given on its own")
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if sounds_secret(name):
            raise _about(address, f"'{option}' must not hold a key ('{name}'); a key is given on its own")


def unprotected(address: str, *, has_key: bool) -> list[str]:
    """The warning about a key that would be sent to another machine where everybody between can read it."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "http" or "${" in address or is_loopback(host) or not has_key:
        return []
    return [f"the address is http: the key goes to {host} unencrypted, and so does everything else"]


def _about(word: str, message: str) -> OptionError:
    error = OptionError(message)
    error.subject = word
    return error


def task_named(options: Mapping[str, str], output: Sequence[ColumnDefinition]) -> str:
    """The task a model serves: as given, by the end of its endpoint, or by the type of its output."""
    named = options.get("task") or task_of(options.get("endpoint", ""))
    if named:
        return named
    return EMBEDDINGS if any(column.type.startswith("ARRAY") for column in output) else CHAT


def warnings_about(
    options: Mapping[str, str], inputs: Sequence[ColumnDefinition], outputs: Sequence[ColumnDefinition]
) -> list[str]:
    """What will keep a model from being used, or is likely a slip; DDL accepts it all, as Flink does."""
    warnings = [_unknown(key) for key in options if known.find(key) is None and key != "provider"]
    record = service(options.get("provider", ""))
    if "provider" not in options:
        warnings.append("option 'provider' is missing")
    elif record is None and "${" not in options["provider"]:
        names = ", ".join(each.name for each in SERVICES)
        warnings.append(f"there is no provider '{options['provider']}'; known are {names}")
    if record is not None:
        warnings += _missing(options, record)
    task = task_named(options, outputs)
    if task not in TASKS:
        return [*warnings, f"there is no task '{task}'; known are {', '.join(TASKS)}"]
    problem = schema_problem(inputs, outputs, EMBEDDINGS if task == EMBEDDINGS else CHAT)
    return [*warnings, problem] if problem else warnings


def _unknown(key: str) -> str:
    near = known.nearest(key)
    sent = "is not sent" if known.is_secret(key) else "is sent as it is"
    return f"option '{key}' is not known and {sent}" + (f"; did you mean '{near}'?" if near else "")


def _missing(options: Mapping[str, str], record: Service) -> list[str]:
    is_remote = record.name != BUILTIN
    is_usual = "task" in options and "endpoint" not in options and record.base_url is not None
    needed = {
        "endpoint": is_remote and not is_usual,
        "api-key": record.needs_key and not is_usual,
        "model": is_remote,
    }
    missing = [
        f"option '{key}' is missing"
        for key, is_needed in needed.items()
        if is_needed and not options.get(key)
    ]
    endpoint = options.get("endpoint", "")
    if endpoint and "${" not in endpoint and urlsplit(endpoint).scheme not in {"http", "https"}:
        missing.append(f"option 'endpoint' is no http or https address: '{endpoint}'")
    return missing + unprotected(endpoint, has_key=any(map(known.is_secret, options)))


def host_of(url: str) -> str | None:
    """The host a key for this address may go to, with its port; None where the address is not known yet."""
    if "${" in url or not can_be_split(url):
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return parts.netloc.rpartition("@")[2].lower()
