"""The colours of a session: which theme it has, and what paints SQL in it, in errors and in results."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from aisql.repl.themes import Theme
    from aisql.settings import Settings

    Paint: TypeAlias = Callable[[str], str]
    """Gives a text of SQL its colours; without them it is the same text."""


class Colours:
    """The theme: the one of the config file until another one is chosen."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._theme: Theme | None = None

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        if self._theme is None:
            from aisql.repl.preferences import read_preferences
            from aisql.repl.themes import theme_of

            chosen = read_preferences(self._settings.config, lambda _: None).theme  # the prompt tells
            self._theme = theme_of(chosen, self._settings.environment)
        return self._theme

    @property
    def current(self) -> str:
        """The name of the theme in use."""
        return self.theme.name

    @property
    def themes(self) -> Mapping[str, str]:
        """The names of all themes, and what each is for."""
        from aisql.repl.themes import THEMES

        return {theme.name: theme.summary for theme in THEMES.values()}

    def choose(self, name: str) -> None:
        """Changes the theme for this session. Raises KeyError for a name that none has."""
        from aisql.repl.themes import THEMES

        self._theme = THEMES[name]

    def painter(self, *, is_terminal: bool) -> Paint | None:
        """What colours SQL for a stream, None where that gets no colours."""
        from aisql.repl.themes import has_colour, painter

        if not has_colour(self._settings.environment, is_terminal=is_terminal):
            return None
        return painter(self.theme)


def painted(drawn: str, statements: Iterable[str], paint: Paint) -> str:
    """What was drawn, with the lines of the statements in it coloured; a line that was cut stays plain."""
    parts, end = [], 0
    for statement in statements:
        for plain, coloured in zip(statement.split("\n"), paint(statement).split("\n"), strict=True):
            start = drawn.find(plain, end)
            if start >= 0:
                parts += [drawn[end:start], coloured]
                end = start + len(plain)
    return "".join([*parts, drawn[end:]])
