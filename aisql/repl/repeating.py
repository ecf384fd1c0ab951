"""A statement that is run again and again."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aisql.repl.shell import Shell
    from aisql.repl.terminal import Terminal


def repeat(shell: Shell, terminal: Terminal, statement: str, seconds: float, times: int | None) -> None:
    """Runs it so many times, or until it fails or Ctrl-C is pressed; the shell keeps its first failure."""
    done, status = 0, shell.status
    try:
        while times is None or done < times:
            if done:
                terminal.output.flush()
                terminal.sleep(seconds)
            shell.say(f"{terminal.moment()} (every {seconds:g} s)")
            shell.status = 0
            shell.execute(statement)
            if shell.status:
                return
            done += 1
    finally:
        shell.status = status or shell.status
