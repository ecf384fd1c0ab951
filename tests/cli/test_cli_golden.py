"""Whole sessions, compared byte for byte with what the documents say they print.

`golden/NAME.sql` is run as a script; `NAME.txt` is its stdout, `NAME.err` its stderr (nothing where there is
no such file). A script may begin with `-- options: ...` and `-- status: N`. Times of creation, which only the
clock knows, stand as 2025-05-11 09:36:51.548.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from run_aisql import Aisql

GOLDEN = Path(__file__).parent / "golden"
SCRIPTS = sorted(path.stem for path in GOLDEN.glob("*.sql"))
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_session_prints_what_is_documented(aisql: Aisql, name: str) -> None:
    script = GOLDEN / f"{name}.sql"
    shutil.copy(script, aisql.work)
    text = script.read_text("utf-8")
    options = re.search(r"^-- options: (.*)$", text, re.MULTILINE)
    status = re.search(r"^-- status: (\d+)$", text, re.MULTILINE)
    done = aisql(
        *(options[1].split() if options else ()), "-f", script.name, env={"LANG": "C", "LC_ALL": "C"}
    )
    errors = GOLDEN / f"{name}.err"
    assert _TIME.sub("2025-05-11 09:36:51.548", done.text) == (GOLDEN / f"{name}.txt").read_text("utf-8")
    assert done.stderr == (errors.read_text("utf-8") if errors.exists() else "")
    assert done.status == (int(status[1]) if status else 0)
