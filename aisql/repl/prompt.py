"""The prompt: reads statements from the terminal and gives them to a shell, until the user leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import CompletionState
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples, fragment_list_to_text
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.layout.processors import TabsProcessor
from prompt_toolkit.output import ColorDepth, DummyOutput, Output
from prompt_toolkit.styles import DynamicStyle, Style

from aisql.access import UNLIMITED, Access
from aisql.commands.leave import Leave
from aisql.errors import AisqlError
from aisql.render.prompt_text import prompt_text
from aisql.repl.emoji import EmojiApart
from aisql.repl.keys import Mode, Pasted, bindings, keys_now
from aisql.repl.lazy import LazyCompleter, Loading, Suggester
from aisql.repl.plain import PlainLine
from aisql.repl.preferences import Preferences
from aisql.repl.question import answer_to
from aisql.repl.questions import agrees
from aisql.repl.themes import DARK, Theme
from aisql.repl.toolbar import Status, toolbar, values
from aisql.syntax.split import split

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.buffer import Buffer

    from aisql.render.view import View
    from aisql.repl.lazy import MakeNames

_CONTINUATION = "   -> "
_MENU = 6
"""Lines that the prompt takes with its menu, where there are so many beside the one at the bottom."""

_AGAIN = 0.05
"""Seconds until it is looked at again whether the menu has the newest names."""
_LEAVING = "a transaction is open: (c)ommit, (r)oll back, or stay? "


class Shell(Protocol):
    """What runs the statements that are typed, and shows what comes of them."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    @property
    def view(self) -> View:
        """How results and the prompt look."""
        ...

    def submit(self, text: str) -> None:
        """Runs what was typed. Raises Leave where that means to leave."""
        ...

    def report(self, error: AisqlError) -> None:
        """Tells an error."""
        ...

    def state(self) -> Status:
        """What the toolbar shows."""
        ...

    def take_proposal(self) -> str:
        """The text the next line begins with, once; '' for none."""
        ...


@dataclass(frozen=True)
class Screen:
    """What the prompt is made with. `input` and `output` are those of the terminal where they are None.

    `theme` gives the colours at the moment, which there are where it `has_colour`.
    `ask` gives the line behind a question, as the terminal has edited it: for one that can draw nothing anew.
    `access` tells whether an editor may be opened, and names of files looked for.
    """

    history: History
    environment: Mapping[str, str]
    preferences: Preferences = field(default_factory=Preferences)
    has_colour: bool = True
    theme: Callable[[], Theme] = lambda: DARK
    input: Input | None = None
    output: Output | None = None
    ask: Callable[[str], str] | None = None
    access: Access = UNLIMITED


class Prompt:
    """The line at which the user types. `names` makes what is known for completion, once it is needed."""

    def __init__(self, shell: Shell, screen: Screen, names: MakeNames) -> None:
        self._shell = shell
        self._mode = Mode()
        self._has_colour = screen.has_colour
        self._loading = Loading(self._load, lambda: self._soon(self._loaded))
        self._completer = LazyCompleter(
            self._mode,
            screen.history,
            names,
            lambda: self._soon(self._offer),
            self._loading,
            screen.access,
        )
        self._status = shell.state()
        self._default = ""
        self._styles: dict[str, Style] = {}
        self._plain = None if screen.ask is None else PlainLine(screen.ask, screen.history)
        self._session: PromptSession[str] = self._made(screen)
        self._session.app.before_render += self._fit
        self._session.app.after_render += self._rendered
        self._session.default_buffer.on_text_insert += self._typed

    def _made(self, screen: Screen) -> PromptSession[str]:
        return PromptSession(
            history=screen.history,
            multiline=True,
            key_bindings=bindings(
                self._mode,
                lambda text: _edited(text, screen.environment, screen.access),
                self._shell.report,
                self._next_format,
                self._open_menu,
            ),
            prompt_continuation=lambda _width, _line, is_wrapped: "" if is_wrapped else _CONTINUATION,
            enable_open_in_editor=False,
            enable_suspend=True,
            editing_mode=EditingMode.VI if screen.preferences.keys == "vi" else EditingMode.EMACS,
            style=DynamicStyle(lambda: self._style(screen.theme())) if screen.has_colour else None,
            include_default_pygments_style=False,
            # All colours are those a terminal has itself; the library would ask the environment once more.
            color_depth=ColorDepth.DEPTH_4_BIT if screen.has_colour else ColorDepth.DEPTH_1_BIT,
            completer=self._completer,
            complete_while_typing=Condition(lambda: self._mode.completes or self._mode.is_searching),
            auto_suggest=Suggester(self._mode),
            input_processors=[TabsProcessor(char1=" ", char2=" "), EmojiApart()],
            bottom_toolbar=self._toolbar,
            reserve_space_for_menu=_MENU,
            input=screen.input,
            output=screen.output if self._plain is None else DummyOutput(),
        )

    def _style(self, theme: Theme) -> Style:
        """The colours of a theme for the library; the same object each time, which it keeps things by."""
        if theme.name not in self._styles:
            classes = {f"pygments.{name.lower()}": style for name, style in theme.tokens.items()}
            self._styles[theme.name] = Style.from_dict(classes | dict(theme.screen))
        return self._styles[theme.name]

    def run(self) -> None:
        """Reads and runs until the user leaves."""
        while True:
            try:
                text = self._read()
            except KeyboardInterrupt:
                continue
            except EOFError:
                if self._may_leave():
                    return
                continue
            try:
                self._submit(text)
            except Leave:
                if self._may_leave():
                    raise

    def _read(self) -> str:
        self._status = self._shell.state()
        self._mode.before = None
        self._completer.forget()
        default, self._default = self._default or self._shell.take_proposal(), ""
        if self._plain is not None:
            return self._plain.read(fragment_list_to_text(self._message()), _CONTINUATION, default)
        return self._session.prompt(self._message, default=default)

    def _submit(self, text: str) -> None:
        if isinstance(text, Pasted):
            count = sum(1 for _ in split(text))
            if not agrees(self._line_behind, f"Run the {count} statements that were pasted?"):
                self._default = str(text)
                return
            self._session.history.append_string(str(text))
        if text.strip():
            self._loading.wait()  # else the time that is told of a statement would be that of both
            self._look()
            self._shell.submit(str(text))

    def _may_leave(self) -> bool:
        """Whether to leave; where a transaction is open the user decides what becomes of it."""
        if not self._shell.in_transaction:
            return True
        answer = self._choice()
        if answer in {"c", "commit"}:
            self._shell.submit("COMMIT;")
            return not self._shell.in_transaction
        return answer in {"r", "rollback", "roll back"}

    def _choice(self) -> str:
        """What becomes of the transaction, in small letters: '' for Ctrl-C, `r` where no more keys come."""
        try:
            return self._line_behind(_LEAVING).strip().lower()
        except KeyboardInterrupt:
            return ""
        except EOFError:
            return "r"

    def _line_behind(self, question: str) -> str:
        if self._plain is not None:
            return self._plain.ask(question)
        return answer_to(question, self._session.input, self._session.output)

    def _message(self) -> StyleAndTextTuples:
        if self._mode.is_searching:
            return [("class:prompt", "history> ")]
        text = prompt_text(self._shell.view.prompt, values(self._status))
        return [("class:prompt.failed" if self._status.transaction == "!" else "class:prompt", text)]

    def _next_format(self) -> None:
        self._shell.view.next_format()
        self._status = self._shell.state()

    def _toolbar(self) -> str:
        return toolbar(self._status, keys_now(), get_app().output.get_size().columns)

    def _load(self) -> None:
        """Loads what keys need. Called on a thread of its own."""
        import aisql.repl.completion.adapter  # noqa: F401

        if self._has_colour:
            from aisql.repl.colouring import PartsLexer

            self._session.lexer = PartsLexer()

    def _loaded(self) -> None:
        """Draws what was typed meanwhile as it is to be."""
        self._session.app.invalidate()
        self._look()
        self._offer()

    def _soon(self, call: Callable[[], None]) -> None:
        """Has the thread of the prompt call it, while a line is read. Called on any thread."""
        loop = self._session.app.loop
        if loop is not None:
            with suppress(RuntimeError):  # the line has been entered meanwhile
                loop.call_soon_threadsafe(call)

    def _offer(self) -> None:
        """Opens the menu that could not be there when its letters were typed."""
        buffer, state = self._session.default_buffer, self._session.default_buffer.complete_state
        if not self._mode.completes or self._mode.is_searching or buffer.text in {"", self._mode.chosen}:
            return
        if not self._completer.is_stale or (state is not None and state.current_completion is not None):
            return
        again = self._completer.again(buffer.text)
        if again.completion_requested:
            buffer.cancel_completion()
            buffer.start_completion(insert_common_part=True, complete_event=again)
            # Where the menu of before is still being made nothing has begun now.
            self._later(_AGAIN)
        else:
            self._replace_menu(buffer, again)

    def _typed(self, _buffer: Buffer) -> None:
        self._mode.has_menu_due = True

    def _open_menu(self) -> None:
        """Makes the menu of what is typed now, for a Tab that came before its turn."""
        self._loading.wait()
        self._replace_menu(self._session.default_buffer, CompleteEvent(text_inserted=True))

    def _replace_menu(self, buffer: Buffer, again: CompleteEvent) -> None:
        """Puts a new menu in the place of the one before at once: no key finds none between the two."""
        found = list(self._completer.get_completions(buffer.document, again))
        before = buffer.document.text_before_cursor
        is_typed = len(found) == 1 and before[len(before) + found[0].start_position :] == found[0].text
        buffer.complete_state = CompletionState(buffer.document, found) if found and not is_typed else None
        self._session.app.invalidate()

    def _later(self, seconds: float) -> None:
        loop = self._session.app.loop
        if loop is not None:
            loop.call_later(seconds, self._offer)

    def _fit(self, app: Application[str]) -> None:
        """Leaves a low window to what is typed: the library draws nothing where it has not all it wants."""
        self._session.reserve_space_for_menu = min(_MENU, app.output.get_size().rows - 1)

    def _rendered(self, _app: Application[str]) -> None:
        """Loads what keys need once the prompt stands there, so that nobody waits for it."""
        self._loading.begin()
        self._look()

    def _look(self) -> None:
        """Looks for new names, where that can be done yet."""
        if self._loading.is_done:
            self._completer.refresh()


def _edited(text: str, environment: Mapping[str, str], access: Access) -> str:
    """The text as it is after the editor of the user."""
    from aisql.commands.editor import edited  # nobody has asked for it yet

    return edited(text, environment, access)
