"""What completion knows, looked up anew: names, and the models that services serve."""

from __future__ import annotations

from aisql.commands.base import Command, Shell, only_word
from aisql.errors import AisqlError, CatalogError
from aisql.result import Row, listing
from aisql.suggest import did_you_mean


def _refresh(shell: Shell, arguments: str) -> None:
    name = only_word(arguments, "connection")
    shell.forget_names()
    asked = [_known(shell, name)] if name else shell.services.in_use()
    told = shell.services.models(asked)
    if name and isinstance(told[0], AisqlError):
        raise told[0]
    if not asked:
        shell.say("All names are looked up anew.")
        return
    shell.show(listing(("connection", "models", "error"), map(_row, asked, told)))


def _known(shell: Shell, name: str) -> str:
    connections = shell.services.connections()
    if name not in connections:
        raise CatalogError(
            f"Connection '{name}' does not exist.",
            code="not_found",
            hint=did_you_mean(name, connections) or "\\dc lists those that were made",
        )
    return name


def _row(name: str, told: tuple[str, ...] | AisqlError) -> Row:
    return (name, "", told.message) if isinstance(told, AisqlError) else (name, str(len(told)), "")


COMMANDS = (
    Command(
        ("refresh",),
        "[CONNECTION]",
        "have completion look up all names anew, models of services too",
        _refresh,
        "Asks the connection, or all that are in use, which models it serves. No model is called.\n"
        "Example: \\refresh openai",
        completes="connection",
    ),
)
