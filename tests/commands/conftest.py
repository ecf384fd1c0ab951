"""A shell over a session in a temporary folder, with what it wrote to be looked at."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from server import ModelServer

from aisql.commands.leave import Leave
from aisql.config import read_config
from aisql.repl.shell import Shell
from aisql.repl.terminal import Terminal
from aisql.session import Session
from aisql.settings import Settings, configured


class Typed:
    """A user who types into a shell: gives what came to the screen, and keeps what was told beside it."""

    def __init__(
        self,
        session: Session,
        config: Path,
        size: tuple[int, int] | None,
        answers: Sequence[str | type[BaseException]] | None,
    ) -> None:
        self._answers = list(answers or ())
        self.asked: list[str] = []
        self.now = 0.0
        """What the clock says; an answer takes a minute."""
        self.output = io.StringIO()
        self.told: list[str] = []
        self.slept: list[float] = []
        self.session = session
        terminal = Terminal(
            output=self.output,
            say=self.told.append,
            size=None if size is None else lambda: size,
            ask=None if answers is None else self._answer,
            progress=None,
            say_width=None if size is None else lambda: size[0],
            clock=lambda: self.now,
            sleep=self.slept.append,
            moment=lambda: "2026-01-02 03:04:05",
        )
        self.shell = Shell(
            session,
            terminal,
            "table",
            is_interactive=True,
            stop=False,
            keeps=True,
            config_directory=str(config),
        )

    def _answer(self, question: str) -> str:
        self.asked.append(question)
        self.now += 60
        answer = self._answers.pop(0) if self._answers else EOFError
        if isinstance(answer, str):
            return answer
        raise answer

    def __call__(self, text: str) -> str:
        """What the text brings to the screen."""
        start = len(self.output.getvalue())
        self.shell.submit(text)
        return self.output.getvalue()[start:]

    def error(self, text: str) -> str:
        """What is told beside the screen, where nothing comes to it."""
        self.told.clear()
        assert self(text) == ""
        return "\n".join(self.told)

    def left(self, text: str) -> int | None:
        """The status the text leaves with."""
        with pytest.raises(Leave) as caught:
            self.shell.submit(text)
        return caught.value.status


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def environment(server: ModelServer) -> dict[str, str]:
    known = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
    return known | {"PAGER": "", "SHELL": "/bin/sh", "NO_COLOR": "1"}


@pytest.fixture
def open_typed(
    tmp_path: Path, cache: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Typed]]:
    """Opens shells on one catalog, one that is `safe` in safe mode; `size` is that of the terminal.

    When one asks, `answers` are given; an exception among them is what a key does, Ctrl-C or Ctrl-D. With
    None there is nobody to ask.
    """
    monkeypatch.chdir(tmp_path)
    opened: list[Typed] = []

    def open_one(
        size: tuple[int, int] | None = None,
        answers: Sequence[str | type[BaseException]] | None = (),
        *,
        safe: bool = False,
    ) -> Typed:
        config = read_config(str(tmp_path / "config" / "config.toml"), pytest.fail)
        session = Session(
            Settings(environment, defaults=configured(config, pytest.fail), config=config),
            catalog_file=str(tmp_path / "catalog.sqlite"),
            directory=str(tmp_path),
            cache_directory=lambda: cache,
            safe=safe,
        )
        opened.append(Typed(session, tmp_path / "config", size, answers))
        return opened[-1]

    yield open_one
    for each in opened:
        each.shell.close()
        each.session.close()


@pytest.fixture
def typed(open_typed: Callable[..., Typed]) -> Typed:
    return open_typed()
