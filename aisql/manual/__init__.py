"""What is told of the command line elsewhere: completion in other shells, the page for man, a config file."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping

SHELLS = ("bash", "fish", "zsh")
"""The shells that can complete the command line."""


def completion(shell: str, parser: ArgumentParser, endings: Mapping[str, tuple[str, ...]]) -> str:
    """The script for a shell; `parser` and `endings` are as for `arguments`.

    It starts no aisql to complete a word: what there is to choose stands in it.
    """
    from aisql.manual import bash, fish, zsh
    from aisql.manual.arguments import arguments

    script = {"bash": bash.script, "fish": fish.script, "zsh": zsh.script}[shell]
    return script(arguments(parser, endings))
