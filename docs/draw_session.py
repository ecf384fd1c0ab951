"""Draws docs/session.svg: a real session, run on the examples and drawn by rich.

Run it with the environment of the project: `python docs/draw_session.py`.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "session.svg"
COMMANDS = (
    """aisql --memory examples/reviews.csv -c "
  SELECT ai_classify('builtin:demo', review, ARRAY['quality', 'price', 'delivery', 'support']) AS topic,
         count(*) AS reviews, round(avg(stars), 1) AS stars
  FROM reviews GROUP BY topic ORDER BY reviews DESC\"""",
    """aisql --memory examples/reviews.csv -c "
  CREATE TEMPORARY MODEL mood INPUT (text STRING) OUTPUT (mood STRING) WITH (
    'provider' = 'builtin', 'system-prompt' = 'Classify into one of the labels [positive, mixed, negative].');
  SELECT id, stars, mood, substr(review, 1, 60) AS review
  FROM ML_PREDICT(TABLE reviews, MODEL mood, DESCRIPTOR(review)) LIMIT 4\"""",
)


def output_of(command: str) -> str:
    """What the command prints, run by a shell in the root of the project, with empty folders of its own."""
    with tempfile.TemporaryDirectory() as folder:
        homes = {f"XDG_{kind}_HOME": folder for kind in ("DATA", "CACHE", "STATE", "CONFIG")}
        here = command.replace("aisql", f'"{sys.executable}" -m aisql', 1)
        done = subprocess.run(
            ["/bin/sh", "-c", here],
            cwd=ROOT,
            env=os.environ | homes,
            capture_output=True,
            check=True,
            text=True,
        )
    return done.stdout


def drawing() -> str:
    """The session as SVG, the same text every time."""
    console = Console(
        record=True, width=112, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for command in COMMANDS:
        console.print(Text("$ ", style="bold green") + Text(command))
        console.print(Text(output_of(command)))
    picture = console.export_svg(title="aisql", unique_id="aisql-session")
    # A picture should not load fonts from somewhere else.
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(drawing(), "utf-8")
