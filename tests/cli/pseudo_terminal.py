"""aisql in a pseudo-terminal: keys go in, bytes come out."""

from __future__ import annotations

import fcntl
import os
import random
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

from run_aisql import COMMAND, Aisql
from server import JITTER

SECONDS = 90


class PseudoTerminal:
    """A process, aisql unless told, with a terminal of some size to itself. `raw` is all it has written."""

    def __init__(
        self,
        aisql: Aisql,
        *arguments: str,
        columns: int,
        lines: int,
        command: Sequence[str] = COMMAND,
        **env: str | None,
    ) -> None:
        self.master, slave = os.openpty()
        self.set_size(columns, lines)
        self.process = subprocess.Popen(
            [*command, *arguments],
            env=aisql.environment(**{"TERM": "xterm-256color", **env}),
            cwd=aisql.work,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.raw = b""

    def set_size(self, columns: int, lines: int) -> None:
        """What the terminal tells of its size from now on."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text: str) -> None:
        """Sends keys; Enter is a carriage return."""
        os.write(self.master, text.encode())

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal as the terminal does."""
        os.killpg(self.process.pid, number)

    def read(self, deadline: float, what: object) -> None:
        """Reads what comes next. Raises EOFError, or what Linux has for it, an OSError, at the end."""
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"waited in vain for {what!r}; there was\n{self.seen()}"
        more = os.read(self.master, random.choice((1, 3, 17, 60, 300)) if JITTER else 65536)
        if not more:
            raise EOFError
        self.raw += more
        self.arrived(more)

    def arrived(self, more: bytes) -> None:
        """Is told what has come."""

    def seen(self) -> str:
        """What a reader who waits in vain is shown."""
        return repr(self.raw[-2000:])

    def status(self) -> int:
        """The status of the process, which has to end."""
        deadline = time.monotonic() + SECONDS
        try:
            while True:
                self.read(deadline, "the end")
        except (OSError, EOFError):
            return self.process.wait(SECONDS)

    def close(self) -> None:
        """Ends the process if it is still there."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(SECONDS)
        os.close(self.master)
