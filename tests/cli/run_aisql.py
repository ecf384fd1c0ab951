"""Starts aisql as a user would: a process of its own, with a home that is nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

COMMAND = (sys.executable, "-m", "aisql")
DEADLINE = 90
"""Seconds after which a process is taken for stuck."""


class Completed(NamedTuple):
    """What a process left behind."""

    stdout: bytes
    stderr: str
    status: int

    @property
    def text(self) -> str:
        """stdout as text."""
        return self.stdout.decode()

    @property
    def first(self) -> str:
        """The first line of stderr."""
        return self.stderr.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Aisql:
    """One user: a home folder, and a work folder that processes start in."""

    home: Path
    work: Path
    cache: Path

    def environment(self, **changes: str | None) -> dict[str, str]:
        """The environment of a process; None takes a variable away."""
        base = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.cache),
            "LANG": "C.UTF-8",
            "PAGER": "",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "PYTHONWARNINGS": "error",
        }
        # Coverage of processes is measured where somebody asks for it.
        base |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        merged: dict[str, str | None] = {**base, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    def __call__(
        self,
        *arguments: str | Path,
        stdin: str | bytes | None = None,
        env: Mapping[str, str | None] | None = None,
        command: tuple[str, ...] = COMMAND,
    ) -> Completed:
        """Runs aisql to its end; without `stdin` there is nothing to read."""
        content = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [*command, *map(str, arguments)],
            input=content or b"",
            capture_output=True,
            cwd=self.work,
            env=self.environment(**(env or {})),
            timeout=DEADLINE,
            check=False,
        )
        stderr = done.stderr.decode()
        assert "Traceback" not in stderr, stderr
        assert done.returncode != 70, stderr
        return Completed(done.stdout, stderr, done.returncode)

    def has_been_here(self) -> None:
        """Makes the user one whom a first start has greeted."""
        history = self.home / "state" / "aisql" / "history"
        if not (self.home / "state").is_file():
            history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            history.touch(0o600)

    def start(self, *arguments: str | Path, **options: object) -> subprocess.Popen[bytes]:
        """Starts aisql in a process group of its own; the caller reads, signals and waits."""
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            **{  # type: ignore[call-overload]
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "cwd": self.work,
                "env": self.environment(),
                "start_new_session": True,
                **options,
            },
        )

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the work folder."""
        path = self.work / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def files(self) -> list[Path]:
        """Every file of this user, but for the cache."""
        return sorted(
            path for folder in (self.home, self.work) for path in folder.rglob("*") if path.is_file()
        )
