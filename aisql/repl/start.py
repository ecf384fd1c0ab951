"""Puts the prompt together for a session, and runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aisql.commands.leave import Leave
from aisql.render.masking import mask_secrets
from aisql.repl.history import open_history
from aisql.repl.preferences import read_preferences
from aisql.repl.prompt import Prompt, Screen, Shell
from aisql.repl.themes import has_colour
from aisql.session import Session
from aisql.settings import state_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from aisql.render.view import View
    from aisql.repl.completion.refresh import Names
    from aisql.syntax.parse import Parser


class WarningShell(Shell, Protocol):
    """A shell that can also tell what could not be done as it should, and where the user keeps things."""

    @property
    def view(self) -> View:
        """How results and the prompt look."""
        ...

    @property
    def config_directory(self) -> str:
        """The folder of files that the user keeps for later sessions."""
        ...

    def warn(self, text: str) -> None:
        """Tells it."""
        ...


def start(shell: WarningShell, session: Session) -> int:
    """Reads statements from the terminal until the user leaves; gives the exit status."""
    settings = session.settings

    def warn(text: str) -> None:
        shell.warn(f"warning: {text}")

    preferences = read_preferences(settings.config_file, warn)
    shell.view.prompt, shell.view.guards = preferences.text, preferences.guard
    screen = Screen(
        history=open_history(state_directory(), mask_secrets, warn),
        environment=settings.environment,
        preferences=preferences,
        has_colour=has_colour(settings.environment, is_terminal=True),
    )
    try:
        Prompt(shell, screen, lambda arrived: _names(session, shell.config_directory, arrived)).run()
    except Leave as leave:
        return leave.status or 0
    return 0


def _names(session: Session, config_directory: str, arrived: Callable[[], None]) -> Names:
    from aisql.commands.favourites import favourite_names
    from aisql.repl.completion.refresh import Names  # the prompt stands there before it is needed

    return Names(
        session.observer(),
        lambda: _parser(session),
        lambda: session.settings.variables,
        arrived,
        lambda: favourite_names(config_directory),
    )


def _parser(session: Session) -> Parser:
    """Makes the parser, and loads what the first key needs: the user looks at the prompt meanwhile."""
    import aisql.repl.colouring
    import aisql.repl.completion.adapter  # noqa: F401

    return session.parser()
