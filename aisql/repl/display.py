"""Shows results: on the terminal as far as there is room, in a pager, in a file, in a pipe."""

from __future__ import annotations

from aisql.errors import UsageError
from aisql.render.ability import is_dumb
from aisql.render.registry import FORMATS, is_looked_at, write
from aisql.render.view import Surface
from aisql.repl.terminal import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from subprocess import Popen
    from typing import TypeAlias

    from aisql.engine.kept import Kept
    from aisql.engine.volumes import MediaFile
    from aisql.render.registry import Options, Stream
    from aisql.render.view import Drawing, View
    from aisql.repl.clock import Clock
    from aisql.repl.colours import Colours, Paint
    from aisql.repl.pager import Paged
    from aisql.repl.targets import Target
    from aisql.repl.terminal import Terminal
    from aisql.repl.volume_images import VolumeImages
    from aisql.result import Result

    Put: TypeAlias = Callable[[Stream, str, Options], None]
    """Writes a result, and what comes below it, in a format."""

_MOST_IMAGES = 4
_PROMPT = 8
"""Lines that the prompt takes: its own, room for the menu, the one at the bottom."""
_PATIENCE = 1.0
"""Seconds for reading what the user of a pager did not look at."""


class Display:
    """Where results go, and how they look there.

    Somebody who `is_interactive` can see the last result again, and reads long ones in a pager; `environment`
    names it, and tells whether the terminal shows images. `clock` gives the seconds that results take.
    `colours` are those of statements on the terminal; `media` gives a file of a volume by its URI.
    """

    def __init__(
        self,
        terminal: Terminal,
        clock: Clock,
        view: View,
        environment: Mapping[str, str],
        colours: Colours,
        media: Callable[[str], MediaFile],
        *,
        is_interactive: bool,
    ) -> None:
        self._terminal = terminal
        self._clock = clock
        self._view = view
        self._environment = environment
        self._colours = colours
        self._media = media
        self._is_interactive = is_interactive
        self._target: Target | None = None
        self._once: Target | None = None
        self._filled: Stream | None = None
        self._open_ended: set[Stream] = set()
        self._shown: Paged | None = None
        self.pages = True
        self.last: Kept | None = None
        """What was shown last, where it is kept."""

    def show(
        self,
        result: Result,
        began: float,
        *,
        kept: Kept | None = None,
        hides: bool = False,
        whole: bool = False,
        format_name: str | None = None,
        below: Drawing | None = None,
    ) -> None:
        """Writes a result whose statement began at that moment; the caller closes it.

        It is the last one from now on where `kept` has the rows that are read; where that also `hides` it,
        nothing is written. One that is shown `whole` is not cut. What is `below` it comes in formats to look
        at only.
        """
        self._shown = None
        if hides:
            for _ in result.rows:
                pass
            self.last = kept
            return
        self.last = kept or self.last
        target, self._once = self._once or self._target, None
        options = self._view.options(lambda: self._clock() - began, "" if target is None else target.stem)
        options = options._replace(whole="" if whole else self._whole(kept is not None))
        format_name = format_name or result.format or None
        chosen = format_name or self._view.format

        def put(stream: Stream, format_name: str, options: Options) -> None:
            self._write(result, stream, format_name, options)
            if below is not None and is_looked_at(format_name):
                stream.writelines(below(self._surface(target)))

        if target is not None:
            chosen = format_name or target.format(chosen)
            self._to_target(target, lambda: put(target, chosen, options))
        elif self._terminal.size is None:
            put(self._terminal.output, chosen, options)
        else:
            from aisql.repl.volume_images import VolumeImages

            images = VolumeImages(None if result.listing else self._media)  # a listing tells sizes itself
            self._on_terminal(result, put, chosen, options._replace(images=images.noted))
            if kept is not None or whole:
                self._draw_images(images)

    def _write(self, result: Result, stream: Stream, format_name: str, options: Options) -> None:
        """Writes to a file or a pipe. Raises UsageError where a file that takes one result has one."""
        if not result.columns:
            return
        if stream is self._filled:
            raise UsageError("the file holds a result already, and can hold one", hint="name another file")
        record = FORMATS[format_name]
        if record.binary:
            self._filled = stream
        self._part(stream)
        if record.open_ended and not (self._is_interactive and stream is self._terminal.output):
            self._open_ended.add(stream)
        write(result, stream, format_name, options)

    def _part(self, stream: Stream) -> None:
        """Parts what comes into a stream from what would take it for a part of itself."""
        if stream in self._open_ended:
            self._open_ended.remove(stream)
            stream.write("\n")

    def write_texts(self, stream: Stream, texts: Iterable[str]) -> None:
        """Writes texts into a stream that results may be in."""
        self._part(stream)
        stream.writelines(texts)

    def _whole(self, is_kept: bool) -> str:
        """Where the rest is of a result that is cut on the terminal."""
        if not self._is_interactive:
            return "a file or a pipe has all of it"
        return "\\last shows all of it" if is_kept else "\\once FILE before it has all of it in a file"

    def _on_terminal(self, result: Result, put: Put, format_name: str, options: Options) -> None:
        assert self._terminal.size is not None  # noqa: S101 # it is a terminal
        columns, lines = self._terminal.size()
        options = options._replace(terminal=True)
        if options.whole:
            width, rows = self._view.width or columns, self._view.rows
            options = options._replace(width=width, expanded=self._view.expanded, rows=rows)
        paint = self._colours.painter(is_terminal=True) if result.sql else None
        if paint is None:
            is_read = self._paged(columns, lines, lambda stream: put(stream, format_name, options))
        else:
            text = _painted(result, put, format_name, options, paint)
            is_read = self._paged(columns, lines, lambda stream: stream.write(text))
        if not is_read:
            self._read_on(result)

    def draw(self, drawing: Drawing) -> None:
        """Writes a drawing where results go."""
        target, self._once = self._once or self._target, None
        texts = drawing(self._surface(target))
        if target is not None:
            self._to_target(target, lambda: self.write_texts(target, texts))
        elif self._terminal.size is None:
            self.write_texts(self._terminal.output, texts)
        else:
            self._paged(*self._terminal.size(), lambda stream: self.write_texts(stream, texts))

    def _surface(self, target: Target | None) -> Surface:
        """What a drawing has to stand on: the terminal, or a page that is as large as an old one."""
        is_plain = is_dumb(self._environment)
        if target is not None:
            return Surface(is_plain=is_plain)
        from aisql.repl.themes import has_colour

        colours = has_colour(self._environment, is_terminal=self._terminal.size is not None)
        surface = Surface(has_colour=colours, is_plain=is_plain)
        if self._terminal.size is None:
            return surface
        columns, lines = self._terminal.size()
        return surface._replace(columns=columns, lines=lines - (_PROMPT if self._is_interactive else 1))

    def make_way(self, note: str) -> None:
        """Leaves the screen to a question; a pager that has it shows a note first. Raises PagerClosed."""
        if self._shown is not None:
            self._shown.make_way(note)
        if self._terminal.progress is not None:
            self._terminal.progress.make_way(in_line=False)
        self._terminal.output.flush()

    def write(self, texts: Iterable[str], *, sql: bool, wraps: bool) -> None:
        """Writes texts where results go: statements where they are `sql`, lines of prose where it `wraps`."""
        target, self._once = self._once or self._target, None
        if target is not None:
            self._to_target(target, lambda: self.write_texts(target, texts))
        elif self._terminal.size is None:
            self.write_texts(self._terminal.output, texts)
        else:
            from aisql.render.escape import visible

            columns, lines = self._terminal.size()
            paint = self._colours.painter(is_terminal=True) if sql else None
            shown: Iterable[str] = map(visible, texts)
            if paint is not None:
                shown = map(paint, shown)
            if wraps:
                from aisql.render.wrapping import hanging

                shown = hanging(shown, columns)
            self._paged(columns, lines, lambda stream: self.write_texts(stream, shown))

    def _read_on(self, result: Result) -> None:
        """Reads the rows of a result that nobody looked at, for they are kept; not where they might cost."""
        until = self._clock() + _PATIENCE
        while not result.asks and next(result.rows, None) is not None and self._clock() < until:
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
                tell(self._terminal, f"warning: there is no pager {command}; \\pager names another")
            elif self._terminal.progress is not None:
                self._terminal.progress.make_way(in_line=True)
            return program

        paged = self._shown = Paged(self._terminal.output, columns, lines, start, self._clock)
        try:
            use(paged)
        except PagerClosed:
            return False
        finally:
            self._open_ended.discard(paged)
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

    def _draw_images(self, images: VolumeImages) -> None:
        """Draws the first images of the last result where the terminal can."""
        from aisql.render.images import drawn, protocol_of

        protocol = protocol_of(self._environment)
        if protocol is None or self.last is None:
            return
        values = (value for row in self.last.first for value in row)
        found = (image for image in map(images.image_in, values) if image is not None)
        for image, _ in zip(found, range(_MOST_IMAGES), strict=False):
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
            self._open_ended.discard(target)
            target.discard()
            raise
        finally:
            if target is not self._target:
                self._ended(target)

    def _ended(self, target: Target) -> None:
        self._open_ended.discard(target)
        status = target.close()
        if status:
            tell(self._terminal, f"warning: the program ended with exit status {status}")


def _painted(result: Result, put: Put, format_name: str, options: Options, paint: Paint) -> str:
    """The result as it is drawn, with its statements in colours."""
    from io import StringIO

    from aisql.render.escape import visible
    from aisql.repl.colours import painted

    rows, drawn = list(result.rows), StringIO()
    result.rows = iter(rows)
    put(drawn, format_name, options)
    return painted(drawn.getvalue(), [visible(str(value)) for row in rows for value in row], paint)
