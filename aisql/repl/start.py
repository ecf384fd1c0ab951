"""Puts the prompt together for a session, and runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aisql.commands.leave import Leave
from aisql.render.ability import is_dumb
from aisql.render.escape import visible
from aisql.repl.colours import Colours
from aisql.repl.history import HISTORY, open_history
from aisql.repl.plain import ask
from aisql.repl.preferences import read_preferences
from aisql.repl.prompt import Prompt, Screen, Shell
from aisql.repl.question import terminal_output
from aisql.repl.themes import has_colour
from aisql.repl.welcome import welcome
from aisql.session import Session
from aisql.settings import state_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from aisql.render.view import View
    from aisql.repl.completion.refresh import Names


class WarningShell(Shell, Protocol):
    """A shell that has colours, tells what could not be done, and where the user keeps things."""

    @property
    def last_columns(self) -> tuple[str, ...]:
        """The names of the columns of the last result, none where there was none."""
        ...

    @property
    def colours(self) -> Colours:
        """The colours of the session."""
        ...

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


def start(shell: WarningShell, session: Session, *, keeps_history: bool = True) -> int:
    """Reads statements from the terminal until the user leaves; gives the exit status.

    Where it `keeps_history` the file of what was typed before is read, and written.
    """
    settings = session.settings

    def warn(text: str) -> None:
        shell.warn(f"warning: {visible(text, newline=False)}")

    if not shell.view.quiet:
        welcome(f"{state_directory()}/{HISTORY}", shell.warn)
    preferences = read_preferences(settings.config, warn)
    shell.view.prompt, shell.view.guards = preferences.text, preferences.guard
    screen = Screen(
        history=open_history(state_directory(), _masked, warn, keeps=keeps_history),
        environment=settings.environment,
        preferences=preferences,
        has_colour=has_colour(settings.environment, is_terminal=True),
        theme=lambda: shell.colours.theme,
        output=terminal_output(),
        ask=ask if is_dumb(settings.environment) else None,
        access=session.access,
    )
    try:
        Prompt(shell, screen, lambda arrived: _names(shell, session, arrived)).run()
    except Leave as leave:
        return leave.status or 0
    return 0


def _masked(text: str) -> str:
    """What was typed, as the history keeps it."""
    from aisql.render.masking import mask_secrets  # its patterns are many, and nothing is typed yet

    return mask_secrets(text)


def _names(shell: WarningShell, session: Session, arrived: Callable[[], None]) -> Names:
    from aisql.commands.favourites import favourite_names
    from aisql.repl.completion.refresh import Names  # the prompt stands there before it is needed

    return Names(
        session.observer(),
        session.parser,
        lambda: session.settings.variables,
        arrived,
        lambda: favourite_names(shell.config_directory),
        lambda: shell.last_columns,
    )
