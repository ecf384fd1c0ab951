"""The config file: what it may hold, and where something stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisql.config import parse_config, read_config
from aisql.errors import UsageError

TEXT = """\
# ai = 1
ai.cache = "on"
  'ai' . timeout = 3

[prompt]
 keys = "vi"
"theme" = "dark"

[[price]]
input = 1

  [[ price ]]
input = 2
"""


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("ai",), 2),
        (("ai", "timeout"), 3),
        (("ai", "nosuch"), 2),
        (("prompt",), 5),
        (("prompt", "keys"), 6),
        (("prompt", "theme"), 7),
        (("price", "", 1), 12),
        (("nosuch",), 1),
    ],
)
def test_a_key_has_a_line(where: tuple[str, str, int], line: int) -> None:
    assert parse_config(TEXT, "own.toml").place(*where) == f"own.toml:{line}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("price", "own.toml:1: Expected '=' after a key in a key/value pair"),
        ("a = 1\n[[price]\n", "own.toml:2: Expected ']]' at the end of an array declaration"),
        ('[[price]]\nmodel = "x', "own.toml:2: Unterminated string"),
    ],
)
def test_what_is_no_toml_is_an_error_with_its_line(text: str, error: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_config(text, "own.toml")
    assert caught.value.message == error


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    warnings: list[str] = []
    (tmp_path / "file").touch()
    for name in ("none.toml", "none/config.toml", "file/config.toml"):
        assert read_config(str(tmp_path / name), warnings.append).tables == {}
    assert warnings == []


def test_a_file_that_cannot_be_read_is_told_of_and_holds_nothing(tmp_path: Path) -> None:
    warnings: list[str] = []
    (tmp_path / "latin.toml").write_bytes(b"ai.cache = 'on'\n# caf\xe9\n")
    (tmp_path / "broken.toml").write_text("ai.cache = 'on'\n[ai\n")
    for name in (".", "latin.toml", "broken.toml"):
        assert read_config(str(tmp_path / name), warnings.append).tables == {}
    assert warnings == [
        f"{tmp_path}: Is a directory (nothing in the file counts)",
        f"{tmp_path}/latin.toml:2: this is not UTF-8 (nothing in the file counts)",
        f"{tmp_path}/broken.toml:2: Cannot declare ('ai',) twice (nothing in the file counts)",
    ]


def test_a_table_nobody_knows_is_told_of(tmp_path: Path) -> None:
    warnings: list[str] = []
    (tmp_path / "own.toml").write_text("ai.cache = 'off'\n[promt]\nkeys = 'vi'\n[xyz]\n")
    config = read_config(str(tmp_path / "own.toml"), warnings.append)
    assert config.tables["ai"] == {"cache": "off"}
    assert sorted(warnings) == [
        f"{tmp_path}/own.toml:2: 'promt' means nothing here; did you mean prompt?",
        f"{tmp_path}/own.toml:4: 'xyz' means nothing here; there are ai, price, prompt",
    ]
