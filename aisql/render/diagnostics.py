"""Errors and warnings as text for people:

    script.sql:3: error: no such column: nam
      3 | select nam from t where x = 3;
        |        ^^^
    hint: did you mean "name"?

At a prompt, where there is no file, the first line is `error: ...` alone. Texts end without a newline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aisql.render.escape import cell_width, fitting, visible
from aisql.render.masking import mask_repeated, mask_secrets, mask_tokens
from aisql.render.wrapping import broken

if TYPE_CHECKING:
    from collections.abc import Callable

    from aisql.errors import AisqlError, Span

_LONGEST_LINE = 200
_SHORTEST_LINE = 12
_CUT = "..."
# How far around the place the text is looked at: masking needs what stands before and behind it, and a
# script may be a hundred megabytes.
_REACH = 20_000


def draw(
    error: AisqlError,
    *,
    source: str,
    name: str | None,
    line: int,
    start: int = 0,
    paint: Callable[[str], str] | None = None,
    width: int | None = None,
) -> str:
    """The error as text, with an excerpt of the source where the error knows its place.

    `source` is the text of the script, or of the statement alone; the statement starts at the offset
    `start` of it, on the line `line` of the file `name` (None at a prompt). No secret of the source is shown.
    On a terminal with colours `paint` gives SQL its colours; what is wrong is red then. No line is longer
    than its `width`: what is said is broken at blanks, the excerpt is cut.
    """
    place = _place(source, start, error.span) if error.span is not None else (start, start)
    excerpt = []
    if error.span is not None:
        line += source.count("\n", start, place[0])
        excerpt = _excerpt(source, place, line, paint, width)
    around = source[max(0, place[0] - _REACH) : place[0] + _REACH]
    hint = [] if error.hint is None else [f"hint: {_indented(mask_repeated(error.hint, around))}"]
    origin, word = _origin(name, line), "error:"
    first = f"{origin}{word} {_indented(mask_repeated(error.message, around))}"
    first, *hint = (said if width is None else broken(said, width) for said in (first, *hint))
    if paint is not None and first.startswith(origin + word):
        first = f"{origin}{_red(word)}{first.removeprefix(origin + word)}"
    return "\n".join([first, *excerpt, *hint])


def warning(text: str, name: str | None, line: int) -> str:
    """A warning as text: `script.sql:3: warning: ...`, at a prompt without the place."""
    return f"{_origin(name, line)}warning: {_indented(text)}"


def _red(text: str) -> str:
    return f"\x1b[1;31m{text}\x1b[0m"


def _origin(name: str | None, line: int) -> str:
    return "" if name is None else f"{visible(name, newline=False)}:{line}: "


def _indented(text: str) -> str:
    """What the program says. It may show how an option is written; the full mask would take that for one."""
    return "\n  ".join(visible(mask_tokens(text).strip("\n")).split("\n"))


def _place(source: str, start: int, span: Span) -> tuple[int, int]:
    """The range of the span in the source; behind the last character where only blanks follow."""
    first, last = min(start + span.start, len(source)), min(start + span.end, len(source))
    if not source[first : first + _REACH].strip():
        first = max(start, len(source.rstrip()))
    return first, max(first, last)


def _excerpt(
    source: str, place: tuple[int, int], line: int, paint: Callable[[str], str] | None, width: int | None
) -> list[str]:
    """The line of the source with the place, and the line with the carets below it."""
    low = max(0, place[0] - _REACH)
    parts = _parts(source[low : place[0] + _REACH], place[0] - low, place[1] - low)
    before, marked, after = (visible(part.replace("\t", "    ")) for part in parts)
    head = f"  {line} | "
    room = _LONGEST_LINE if width is None else max(_SHORTEST_LINE, width - len(head))
    before, marked, after = _cut(before, marked, after, room)
    text, carets = f"{before}{marked}{after}", "^" * max(1, cell_width(marked))
    if paint is not None:
        text, carets = paint(text), _red(carets)
    return [f"{head}{text}", f"{' ' * (len(head) - 2)}| {' ' * cell_width(before)}{carets}"]


def _parts(text: str, first: int, last: int) -> tuple[str, str, str]:
    """The masked line `first` is in: what stands before the place, in it, and behind it.

    Masking moves the text behind a secret, so the text up to each end of the place is masked on its own:
    as far as it agrees with the whole masked text, it is what stands before that end.
    """
    masked = mask_secrets(text)
    begin, end = (_agreement(masked, mask_secrets(text[:offset])) for offset in (first, last))
    line_start = masked.rfind("\n", 0, begin) + 1
    line_end = (masked + "\n").find("\n", begin)
    end = min(max(begin, end), line_end)
    return masked[line_start:begin], masked[begin:end].rstrip("\r"), masked[end:line_end].rstrip("\r")


def _agreement(text: str, other: str) -> int:
    """How many characters the two texts begin with in common."""
    if text.startswith(other):
        return len(other)
    pairs = enumerate(zip(text, other, strict=False))
    return next((index for index, (mine, theirs) in pairs if mine != theirs), len(text))


def _cut(before: str, marked: str, after: str, room: int) -> tuple[str, str, str]:
    """The parts of a line, cut so that one with no room for all shows the surroundings of the place."""
    room -= not marked  # its caret stands behind the text
    if cell_width(before + marked + after) <= room:
        return before, marked, after
    whole, marked = marked, marked[: fitting(marked, room // 2)]
    after = whole[len(marked) :] + after
    room -= cell_width(marked)
    side = max(room // 2, room - cell_width(after))
    if cell_width(before) > side:
        before = _CUT + before[len(before) - fitting(before[::-1], side - len(_CUT)) :]
    room -= cell_width(before)
    if cell_width(after) > room:
        after = after[: fitting(after, room - len(_CUT))] + _CUT
    return before, marked, after
