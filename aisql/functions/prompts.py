"""The built-in prompts: text files in the folder `prompts`, `NAME.vN.txt`, one for each version of a prompt.

A file holds the instruction, and below a line `---` what stands before the text. `$name` is a place for a
value. Answers that are kept are found by the exact request, so another wording is a file of the next number.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from string import Template

_LINE = "\n---\n"


class Prompt(NamedTuple):
    """What is said around a text: `system` is the instruction, `heading` stands before the text."""

    system: str
    heading: str


@lru_cache(maxsize=256)
def prompt(name: str, **values: str) -> Prompt:
    """The prompt of that name and version (`classify.v1`) with the values in their places.

    Raises FileNotFoundError for a name, KeyError for a place without a value: both are mistakes of a caller.
    """
    # Half of a surrogate pair may be written in JSON, and no request can hold it.
    sound = {place: value.encode("utf-8", "replace").decode() for place, value in values.items()}
    system, heading = (part.substitute(sound) for part in _parts(name))
    return Prompt(system, heading)


@cache
def _parts(name: str) -> tuple[Template, Template]:
    # Plain SQL needs neither.
    from importlib import resources
    from string import Template

    file = resources.files("aisql.functions") / "prompts" / f"{name}.txt"
    system, _, heading = file.read_text("utf-8").partition(_LINE)
    return Template(system), Template(heading)
