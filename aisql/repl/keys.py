"""What the keys do that they do not do everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition, emacs_insert_mode, vi_insert_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.completion import generate_completions
from prompt_toolkit.keys import Keys

from aisql.errors import AisqlError
from aisql.syntax.split import split


class Pasted(str):
    """A script that was pasted: its statements are run after a question."""


@dataclass(slots=True)
class Mode:
    """What the prompt is doing.

    `before` is the text when a search began, None while nobody searches; `chosen` the text when an entry of
    the menu was taken. It `has_menu_due` where a letter was typed whose menu has not been made yet.
    """

    before: str | None = None
    chosen: str = ""
    completes: bool = True
    has_menu_due: bool = False

    @property
    def is_searching(self) -> bool:
        """Whether what is typed is looked for in the history."""
        return self.before is not None


def wants_more(text: str) -> bool:
    """Whether Enter should begin a new line: a statement has begun and is not ended."""
    from aisql.commands.script import is_complete  # every command comes with it, and none before Enter

    return not is_complete(text)


def is_script(text: str) -> bool:
    """Whether a text has several statements, all of them ended."""
    pieces = list(split(text))
    return len(pieces) > 1 and all(piece.ended for piece in pieces)


def bindings(
    mode: Mode,
    edit: Callable[[str], str],
    report: Callable[[AisqlError], None],
    next_format: Callable[[], None],
    open_menu: Callable[[], None],
) -> KeyBindings:
    """The keys of the prompt.

    `edit` opens the editor of the user; what it raises is told to `report`. `next_format` changes the format
    of results; `open_menu` makes the menu of what is typed.
    """
    keys = KeyBindings()
    searching = Condition(lambda: mode.is_searching)
    _add_running(keys, mode, searching)
    _add_search(keys, mode, searching)
    _add_completion(keys, mode, searching, open_menu)
    _add_switches(keys, mode, next_format)

    @keys.add("c-x", "c-e", filter=~searching)
    def _edit(event: KeyPressEvent) -> None:
        buffer = event.current_buffer

        def ask() -> None:
            try:
                buffer.text = edit(buffer.text)
                buffer.cursor_position = len(buffer.text)
            except AisqlError as error:
                report(error)

        run_in_terminal(ask)

    return keys


def _add_running(keys: KeyBindings, mode: Mode, searching: Condition) -> None:
    @keys.add("enter", filter=~searching)
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None  # its text is there already
            mode.chosen = buffer.text
        elif wants_more(buffer.text):
            buffer.newline(copy_margin=False)
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=~searching)
    def _run(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        # Terminals send the ends of lines as they like.
        buffer.insert_text(event.data.replace("\r\n", "\n").replace("\r", "\n"))
        if is_script(buffer.text):
            event.app.exit(result=Pasted(buffer.text))


def _add_search(keys: KeyBindings, mode: Mode, searching: Condition) -> None:
    @keys.add("c-r", filter=~searching)
    def _begin(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        mode.before = buffer.text
        buffer.cursor_position = len(buffer.text)
        buffer.start_completion(select_first=False)

    @keys.add("c-r", filter=searching)
    def _next(event: KeyPressEvent) -> None:
        event.current_buffer.complete_next()

    @keys.add("enter", filter=searching)
    def _accept(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state is None or buffer.complete_state.current_completion is None:
            # The menu may not be drawn yet.
            best = next(iter(buffer.completer.get_completions(buffer.document, CompleteEvent())), None)
            buffer.text = buffer.text if best is None else best.text
            buffer.cursor_position = len(buffer.text)
        _leave(buffer, mode)

    @keys.add("escape", filter=searching, eager=True)
    @keys.add("c-g", filter=searching)
    def _cancel(event: KeyPressEvent) -> None:
        buffer, before = event.current_buffer, mode.before or ""
        _leave(buffer, mode)
        buffer.text = before
        buffer.cursor_position = len(before)

    @keys.add("backspace", filter=searching)
    def _shorten(event: KeyPressEvent) -> None:
        event.current_buffer.delete_before_cursor()
        event.current_buffer.start_completion(select_first=False)


def _add_completion(
    keys: KeyBindings, mode: Mode, searching: Condition, open_menu: Callable[[], None]
) -> None:
    @keys.add("tab", filter=~searching & (emacs_insert_mode | vi_insert_mode))
    def _complete(event: KeyPressEvent) -> None:
        # Keys that come together are told to the library's menu only behind the last of them.
        if mode.completes and mode.has_menu_due:
            open_menu()
        generate_completions(event)


def _leave(buffer: Buffer, mode: Mode) -> None:
    buffer.complete_state = None
    mode.before = None


def _add_switches(keys: KeyBindings, mode: Mode, next_format: Callable[[], None]) -> None:
    @keys.add("f2")
    def _completion(event: KeyPressEvent) -> None:
        mode.completes = not mode.completes
        mode.has_menu_due = False
        event.current_buffer.cancel_completion()

    @keys.add("f3")
    def _format(_event: KeyPressEvent) -> None:
        next_format()

    @keys.add("f4")
    def _editing(event: KeyPressEvent) -> None:
        is_vi = event.app.editing_mode == EditingMode.VI
        event.app.editing_mode = EditingMode.EMACS if is_vi else EditingMode.VI


def keys_now() -> str:
    """Which keys are in use, `emacs` or `vi`."""
    return "vi" if get_app().editing_mode == EditingMode.VI else "emacs"
