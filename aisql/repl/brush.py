"""SQL in colours: in errors, in what SHOW CREATE gives, in the CREATE statements of commands."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    Paint: TypeAlias = Callable[[str], str]
    """Gives a text of SQL its colours; without them it is the same text."""


class Brush:
    """Colours SQL in the theme of the user; the `config_file` that names it is read once."""

    def __init__(self, environment: Mapping[str, str], config_file: str | None) -> None:
        self._environment = environment
        self._config_file = config_file
        self._paint: Paint | None = None

    def paint(self, *, is_terminal: bool) -> Paint | None:
        """What colours SQL for a stream, None where that gets no colours."""
        from aisql.repl.themes import has_colour, painter

        if not has_colour(self._environment, is_terminal=is_terminal):
            return None
        if self._paint is None:
            from aisql.repl.preferences import read_preferences

            # The prompt has told already what is wrong in the file.
            self._paint = painter(read_preferences(self._config_file, lambda _: None).theme)
        return self._paint


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
