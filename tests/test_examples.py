"""Every example runs as a user runs it, offline, and prints what it is known to print."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from length import long

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden_examples"
EXAMPLES = sorted((ROOT / "examples").glob("*.sql"))


def environment(folder: Path) -> dict[str, str]:
    """The environment of a user who has used nothing yet: no keys, and empty folders of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    homes = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CACHE", "STATE", "CONFIG")}
    return kept | homes


def run_example(example: Path, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Runs an example the way its first comment says."""
    data = example.with_suffix(".csv")
    files = [str(path.relative_to(ROOT)) for path in (data, example) if path.exists()]
    return subprocess.run(
        [sys.executable, "-m", "aisql", "--memory", *files],
        cwd=ROOT,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
@pytest.mark.parametrize("times", [1, *long(2)])
def test_an_example_prints_its_golden_output_and_can_be_run_again(
    example: Path, tmp_path: Path, times: int
) -> None:
    golden = (GOLDEN / f"{example.stem}.txt").read_bytes()
    for _ in range(times):
        done = run_example(example, tmp_path)
        assert (done.returncode, done.stdout) == (0, golden), done.stderr.decode()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_says_how_to_run_it(example: Path) -> None:
    data = f" examples/{example.stem}.csv" if example.with_suffix(".csv").exists() else ""
    assert f"--     aisql --memory{data} examples/{example.name}\n" in example.read_text("utf-8")


def test_no_golden_output_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {example.stem for example in EXAMPLES}
