"""The colours of a session: which theme it has, and what paints SQL in it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aisql.repl.themes import Theme
    from aisql.settings import Settings


class Colours:
    """The theme: the one of the config file until another one is chosen.

    `is_terminal` tells whether what is said goes to a terminal.
    """

    def __init__(self, settings: Settings, *, is_terminal: bool) -> None:
        self._settings = settings
        self._is_terminal = is_terminal
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

    def painter(self) -> Callable[[str], str] | None:
        """What colours SQL in what is said, None where that gets no colours."""
        from aisql.repl.themes import has_colour, painter

        if not has_colour(self._settings.environment, is_terminal=self._is_terminal):
            return None
        return painter(self.theme)
