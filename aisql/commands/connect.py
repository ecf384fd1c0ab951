r"""`\connect`, which is `aisql setup` too."""

from __future__ import annotations

from aisql.commands.base import Command, Shell, only_word


def _connect(shell: Shell, arguments: str) -> None:
    from aisql.commands.connection_dialog import connect  # it brings asyncio, which few commands need

    connect(shell, only_word(arguments, "name"))


COMMANDS = (
    Command(
        ("connect",),
        "[NAME]",
        "find a model of your own, try it, and write the connection",
        _connect,
        "Looks for keys in the environment and for Ollama, llama.cpp, vLLM and LM Studio on this machine,\n"
        "asks which to take, tries the model with one call, and writes a CREATE API CONNECTION. NAME is one\n"
        "of what is found, or what the connection is to be called. A script is only told what there is.\n"
        "Another database, which \\connect is in psql, is \\open here. Example: \\connect",
    ),
)
