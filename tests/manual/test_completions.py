"""Completion of the command line in the shells themselves."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from aisql.arguments import endings, make_parser
from aisql.manual import SHELLS
from aisql.manual.arguments import Argument, arguments

ROOT = Path(__file__).parents[2]
ARGUMENTS = arguments(make_parser(), endings())
OPTIONS = {name for argument in ARGUMENTS for name in argument.names}
SECONDS = 90

CASES: Mapping[str, set[str]] = {
    "aisql --co": {"--color", "--completions", "--concurrency", "--config", "--config-template"},
    "aisql --off": {"--offline"},
    "aisql --on-error ": {"stop", "continue"},
    "aisql --on-error=s": {"stop"},
    "aisql --color ": {"auto", "always", "never"},
    "aisql --completions ": set(SHELLS),
    "aisql -c 'SELECT 1' --j": {"--json", "--jsonl"},
    "aisql -c ": set(),
    "aisql --timeout ": set(),
    "aisql -f ": {"odd", "script.sql"},
    "aisql --no": {"--no-header", "--no-history", "--no-pager", "--no-rc"},
    "aisql --config ": {"odd", "own.toml"},
    "aisql --config=": {"odd", "own.toml"},
    "aisql ": {"odd", "data.csv", "my data.tsv", "script.sql", "tables.db"},
    "aisql my": {"my data.tsv"},
    "aisql --csv odd/": {"inside.csv"},
}
"""What is typed, and what is offered then."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "odd").mkdir()
    for name in (
        "data.csv",
        "my data.tsv",
        "script.sql",
        "tables.db",
        "own.toml",
        "else.txt",
        "odd/inside.csv",
    ):
        (tmp_path / name).touch()
    return tmp_path


def in_bash(folder: Path, lines: list[str]) -> list[set[str]]:
    """What the function of the script gives for the words bash makes of each line."""
    asked = []
    for line in lines:
        words = [*(word.strip("'") for word in re.findall(r"'[^']*'|=|[^\s=]+", line)), ""]
        if not line.endswith((" ", "=")):
            words.pop()
        quoted = " ".join(f"'{word}'" for word in words)
        asked.append(f"COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}; _aisql 2>/dev/null; show\n")
    script = 'show() { printf "%s\\n" "${COMPREPLY[@]}" ====; }\n' + "".join(asked)
    done = run(folder, "bash", "--norc", "-c", f'source "{ROOT}/completions/aisql.bash"\n{script}')
    return [set(part.splitlines()) - {""} for part in done.split("====\n")[:-1]]


def in_fish(folder: Path, lines: list[str]) -> list[set[str]]:
    """What fish itself would offer for each line."""
    asked = "".join(f'complete -C "{line}"\necho ====\n' for line in lines)
    done = run(folder, "fish", "--no-config", "-c", f"source {ROOT}/completions/aisql.fish\n{asked}")
    parts = done.split("====\n")
    assert len(parts) == len(lines) + 1, done
    return [{entry.partition("\t")[0] for entry in part.splitlines()} for part in parts[:-1]]


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder / "odd"), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


ZSHRC = r"""
PROMPT=
fpath=({completions} $fpath)
autoload -Uz compinit
compinit -u -D
offer () {{
  print -rn -- $'\0'
  zle complete-word
  print -rn -- $'\0'
  BUFFER=
}}
zle -N offer
bindkey '^I' offer
compadd () {{
  if [[ ${{@[1,(i)(-|--)]}} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- "${{hits[@]}}"
  builtin compadd "$@"
}}
print -rn -- $'\0'
"""


def in_zsh(folder: Path, lines: list[str]) -> list[set[str]]:
    """What zsh adds to its menu at a tab behind each line, in one session at a terminal."""
    (folder / "odd" / ".zshrc").write_text(ZSHRC.format(completions=ROOT / "completions"))
    master, slave = os.openpty()
    shell = subprocess.Popen(
        ["zsh", "-i"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder / "odd"), "LANG": "C.UTF-8", "TERM": "dumb"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        until_nul(master)
        found = []
        for line in lines:
            os.write(master, f"{line}\t".encode())
            until_nul(master)
            found.append({each.strip() for each in until_nul(master).split("\r\n")} - {""})
        return found
    finally:
        shell.kill()
        shell.wait(SECONDS)
        os.close(master)


def until_nul(terminal: int) -> str:
    """What comes out of the terminal before the next NUL character."""
    deadline, read = time.monotonic() + SECONDS, b""
    while not read.endswith(b"\0"):
        assert select.select([terminal], [], [], deadline - time.monotonic())[0], read
        read += os.read(terminal, 1)
    return read[:-1].decode()


INSIDE: Mapping[str, Callable[[Path, list[str]], list[set[str]]]] = {
    "bash": in_bash,
    "fish": in_fish,
    "zsh": in_zsh,
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_offers_what_fits(shell: str, folder: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    lines = [*CASES, "aisql -"]
    found = dict(zip(lines, INSIDE[shell](folder, lines), strict=True))
    every = found.pop("aisql -")
    assert {line: set(map(plain, offered)) for line, offered in found.items()} == CASES
    assert every == OPTIONS


def plain(offered: str) -> str:
    """What is offered, without what some shells show around it."""
    return re.sub(r"^--[a-z-]+=", "", offered).replace("\\ ", " ").removesuffix("/").rpartition("/")[2]


def test_an_argument_is_what_its_parser_says() -> None:
    by_name = {argument.names: argument for argument in ARGUMENTS}
    assert by_name["-f",] == Argument(
        ("-f",),
        "FILE",
        "run a script (- is stdin) and exit",
        "options",
        endings=(".sql",),
        repeats=True,
    )
    assert by_name["--offline",] == Argument(
        ("--offline",), "", "answer from the ledger alone and never ask", "AI guards", excludes=("--refresh",)
    )
    assert (by_name["--on-error",].value, by_name["--on-error",].choices) == (
        "stop|continue",
        ("stop", "continue"),
    )
    assert by_name[()].endings == endings()["files"]
    known = {argument.names[0] if argument.names else "files" for argument in ARGUMENTS}
    assert endings().keys() <= known
