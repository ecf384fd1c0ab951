"""What the first prompt costs: what is loaded before it takes keys."""

from __future__ import annotations

import re
import sys
import time

from pseudo_terminal import SECONDS, PseudoTerminal
from run_aisql import Aisql

_WAITS = b"\x1b[?2004h"
LATER = {
    "aisql.commands.registry": "Enter needs the commands, and completion",
    "aisql.commands.editor": "Ctrl-X Ctrl-E",
    "aisql.engine.outline": "completion",
    "aisql.functions": "completion and colours",
    "aisql.providers": "completion and colours",
    "aisql.render.masking": "what was typed is kept without keys",
    "aisql.repl.colouring": "there is no text yet",
    "aisql.repl.completion.adapter": "there is no text yet",
    "aisql.syntax.parse": "our statements, and completion in them",
    "pygments": "colours",
    "lark": "our statements, and completion in them",
    "greenlet": "model calls",
    "httpx": "model calls",
    "numpy": "vectors",
    "jsonschema": "model calls",
    "rich": "results",
    "json": "favourites are read for completion",
}
"""What is loaded while the user looks at the prompt, or later, and what needs it."""


def test_a_prompt_takes_keys_before_it_loads_what_they_need(aisql: Aisql) -> None:
    timed = (sys.executable, "-X", "importtime", "-m", "aisql")
    user = PseudoTerminal(aisql, "--memory", columns=80, lines=24, command=timed, PROMPT_TOOLKIT_NO_CPR="1")
    deadline = time.monotonic() + SECONDS
    while _WAITS not in user.raw:
        user.read(deadline, _WAITS)
    report = user.raw.partition(_WAITS)[0].decode()
    user.type("\x04")
    assert user.status() == 0
    user.close()
    modules = re.findall(r"import time: .*\| +(\S+)", report)
    assert "prompt_toolkit" in modules
    assert {name for name in LATER for module in modules if f"{module}.".startswith(f"{name}.")} == set()
