"""The tour of the README, typed by a user at a terminal: commands at a shell, statements at the prompt."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest
from pseudo_terminal import SECONDS, PseudoTerminal
from run_aisql import Aisql
from test_cli_prompt import Terminal
from test_docs import BLOCK, README, ROOT, shell_blocks

from aisql.syntax.split import split

_DONE = "the command has ended"


class ShellUser(PseudoTerminal):
    """A user at a shell, in the folder of the README, with aisql on the path."""

    def __init__(self, aisql: Aisql) -> None:
        program = aisql.work / "bin" / "aisql"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aisql "$@"\n', "utf-8")
        program.chmod(0o755)
        path = f"{program.parent}:{aisql.environment()['PATH']}"
        super().__init__(aisql, columns=200, lines=50, command=("/bin/sh",), PATH=path, PS1="", PS2="")
        self.prints("stty -echo")
        self.prints(f"cd '{ROOT}'")

    def prints(self, command: str) -> str:
        """What a command prints."""
        self.type(f"{command}\necho {_DONE.replace(' ', '  ')}\n")  # what is echoed has more blanks
        deadline, mark = time.monotonic() + SECONDS, f"{_DONE}\r\n".encode()
        while not self.raw.endswith(mark):
            self.read(deadline, command)
        shown, self.raw = self.raw.removesuffix(mark), b""
        return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def shell(aisql: Aisql) -> Iterator[ShellUser]:
    user = ShellUser(aisql)
    yield user
    user.close()


@pytest.mark.long
def test_the_commands_of_the_readme_print_at_a_terminal_what_it_shows(shell: ShellUser) -> None:
    blocks = [(commands, printed) for commands, printed in shell_blocks() if printed]
    assert len(blocks) >= 5
    for commands, printed in blocks:
        assert shell.prints(commands.rstrip("\n")) == printed, commands


def test_the_statements_of_the_readme_can_be_typed_at_the_prompt(aisql: Aisql) -> None:
    """Offline: what would ask a model says so, and nothing else goes wrong."""
    blocks = [block for language, block, _ in BLOCK.findall(README) if language == "sql"]
    statements = [piece.text for block in blocks for piece in split(block)]
    assert len(statements) >= 8
    user = Terminal(
        aisql,
        "--memory",
        "--offline",
        str(ROOT / "examples" / "reviews.csv"),
        OPENAI_API_KEY="k",
        WORK_KEY="k",
    )
    try:
        user.wait_for(b"\x1b[?2004h")
        for statement in statements:
            shown = user.run(f"{statement};".replace("\n", "\r"))
            assert ("error:" not in shown) or "ledger" in shown.partition("\n")[0], (statement, shown)
    finally:
        user.close()
