"""Shows results: on the terminal as far as there is room, in a pager, in a file, in a pipe."""

from __future__ import annotations

from aisql.errors import UsageError
from aisql.render.registry import FORMATS, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from subprocess import Popen

    from aisql.engine.kept import Kept
    from aisql.render.registry import Options, Stream
    from aisql.render.view import View
    from aisql.repl.pager import Paged
    from aisql.repl.targets import Target
    from aisql.repl.terminal import Terminal
    from aisql.result import Result

_MOST_IMAGES = 4
_PATIENCE = 1.0
"""Seconds for reading what the user of a pager did not look at."""


class Display:
    """Where results go, and how they look there.

    Somebody who `is_interactive` can see the last result again, and reads long ones in a pager; `environment`
    names it, and tells whether the terminal shows images.
    """

    def __init__(
        self, terminal: Terminal, view: View, environment: Mapping[str, str], *, is_interactive: bool
    ) -> None:
        self._terminal = terminal
        self._view = view
        self._environment = environment
        self._is_interactive = is_interactive
        self._target: Target | None = None
        self._once: Target | None = None
        self._filled: Stream | None = None
        self.pages = True
        self.last: Kept | None = None
        """What was shown last, where it is kept."""

    def show(
        self,
        result: Result,
        began: float,
        *,
        kept: Kept | None = None,
        whole: bool = False,
        format_name: str | None = None,
    ) -> None:
        """Writes a result whose statement began at that moment; the caller closes it.

        `kept` has the rows that were read. One that is shown `whole` was shown before: it is not cut.
        """
        self.last = kept or self.last
        target, self._once = self._once or self._target, None
        options = self._view.options(
            lambda: self._terminal.clock() - began, "" if target is None else target.stem
        )
        format_name = format_name or result.format or None
        chosen = format_name or self._view.format
        if target is not None:
            chosen = format_name or target.format(chosen)
            self._to_target(target, lambda: self._write(result, target, chosen, options))
        elif self._terminal.size is None:
            self._write(result, self._terminal.output, chosen, options)
        else:
            self._on_terminal(result, chosen, options, whole)

    def _write(self, result: Result, stream: Stream, format_name: str, options: Options) -> None:
        """Writes to a file or a pipe. Raises UsageError where a file that takes one result has one."""
        if not result.columns:
            return
        if stream is self._filled:
            raise UsageError("the file holds a result already, and can hold one", hint="name another file")
        if FORMATS[format_name].binary:
            self._filled = stream
        write(result, stream, format_name, options)

    def _on_terminal(self, result: Result, format_name: str, options: Options, whole: bool) -> None:
        assert self._terminal.size is not None  # noqa: S101 # it is a terminal
        columns, lines = self._terminal.size()
        options = options._replace(terminal=True, images=True)
        if not whole:
            seen = "\\last shows all of it" if self._is_interactive else "a file or a pipe has all of it"
            options = options._replace(width=columns, whole=seen, expanded=self._view.expanded)
        if not self._paged(columns, lines, lambda stream: write(result, stream, format_name, options)):
            self._read_on(result)
        self._draw_images()

    def write(self, texts: Iterable[str]) -> None:
        """Writes texts where results go."""
        target, self._once = self._once or self._target, None
        if target is not None:
            self._to_target(target, lambda: target.writelines(texts))
        elif self._terminal.size is None:
            self._terminal.output.writelines(texts)
        else:
            from aisql.render.escape import visible

            shown = (visible(text) for text in texts)
            self._paged(*self._terminal.size(), lambda stream: stream.writelines(shown))

    def _read_on(self, result: Result) -> None:
        """Reads the rows of a result that nobody looked at, for they are kept; not where they might cost."""
        until = self._terminal.clock() + _PATIENCE
        while not result.asks and next(result.rows, None) is not None and self._terminal.clock() < until:
            pass

    def _paged(self, columns: int, lines: int, use: Callable[[Stream], object]) -> bool:
        """Lets texts be written through a pager; whether all of them were."""
        command = self._pager()
        if not command:
            use(self._terminal.output)
            return True
        from aisql.repl.pager import Paged, PagerClosed, start_pager

        def start() -> Popen[str] | None:
            program = start_pager(command, self._environment)
            if program is None:
                self._terminal.say(f"warning: there is no pager {command}; \\pager names another")
            elif self._terminal.progress is not None:
                self._terminal.progress.make_way(in_line=True)
            return program

        paged = Paged(self._terminal.output, columns, lines, start, self._terminal.clock)
        try:
            use(paged)
        except PagerClosed:
            return False
        finally:
            self._close(paged)
        return True

    def _close(self, paged: Paged) -> None:
        from aisql.repl.pager import PagerClosed

        try:
            paged.close()
        except PagerClosed:
            pass
        finally:
            if self._terminal.progress is not None:
                self._terminal.progress.make_way(in_line=False)

    def _pager(self) -> str:
        if not (self._is_interactive and self.pages):
            return ""
        from aisql.repl.pager import pager_of

        return pager_of(self._environment, self._view.pager)

    def _draw_images(self) -> None:
        from aisql.render.images import drawn, image_in, protocol_of

        protocol = protocol_of(self._environment)
        if protocol is None or self.last is None:
            return
        values = (value for row in self.last.first for value in row)
        images = (image for image in map(image_in, values) if image is not None)
        for image, _ in zip(images, range(_MOST_IMAGES), strict=False):
            self._terminal.output.writelines(drawn(image, protocol))
        self._terminal.output.flush()

    def redirect(self, target: Target | None, *, once: bool) -> None:
        """Leads results, or the next one alone, to a target; None leads them back to the screen."""
        if once:
            self._once = target
            return
        before, self._target = self._target, target
        if before is not None:
            self._ended(before)

    def close(self, *, is_whole: bool = True) -> None:
        """Ends what results are led to; a file that waits for all of them is there only if it `is_whole`."""
        if not is_whole and self._target is not None:
            self._target.discard()
        self.redirect(None, once=False)

    def _to_target(self, target: Target, write_all: Callable[[], None]) -> None:
        """Writes to a target, which is there afterwards though nothing may have been written.

        Where a program has read enough, the rest is left out: the caller closes the result.
        """
        from aisql.repl.targets import ReaderLeft

        try:
            write_all()
            target.write("")
            target.settle()
        except ReaderLeft:
            pass
        except BaseException:
            if self._filled is target:
                self._filled = None
            target.discard()
            raise
        finally:
            if target is not self._target:
                self._ended(target)

    def _ended(self, target: Target) -> None:
        status = target.close()
        if status:
            self._terminal.say(f"warning: the program ended with exit status {status}")
