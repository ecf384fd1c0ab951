"""The config file: what it may hold, and where something stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisql.config import keep_setting, parse_config, read_config
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


# ------------------------------------------------------------------ what is written


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[ai]\ndefault_model = "m"\n'),
        ("# only a remark", '# only a remark\n[ai]\ndefault_model = "m"\n'),
        ('[prompt]\nkeys = "vi"', '[prompt]\nkeys = "vi"\n[ai]\ndefault_model = "m"\n'),
        (
            "[ai]\nconcurrency = 4 # few\n\n[prompt]\n",
            '[ai]\nconcurrency = 4 # few\ndefault_model = "m"\n\n[prompt]\n',
        ),
        ('[ai]\ndefault_model = "old" # mine\n', '[ai]\ndefault_model = "m" # mine\n'),
        ('# mine\r\n[ai]\r\ndefault_model = "old"\r\n', '# mine\r\n[ai]\r\ndefault_model = "m"\r\n'),
        ('ai.default_model = "old"\n', 'ai.default_model = "m"\n'),
        ("[[price]]\ninput = 1\n", '[[price]]\ninput = 1\n\n[ai]\ndefault_model = "m"\n'),
    ],
)
def test_a_setting_is_kept_beside_what_is_there(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "folder" / "config.toml"
    file.parent.mkdir()
    file.write_bytes(before.encode())
    file.chmod(0o640)
    keep_setting(str(file), "ai.default_model", "m")
    assert (file.read_bytes().decode(), file.stat().st_mode & 0o777) == (after, 0o640)
    assert read_config(str(file), pytest.fail).tables["ai"]["default_model"] == "m"
    assert [each.name for each in file.parent.iterdir()] == ["config.toml"]


def test_a_config_file_behind_a_link_stays_there(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "config.toml").symlink_to(tmp_path / "dotfiles" / "real.toml")
    keep_setting(str(tmp_path / "config.toml"), "ai.default_model", 'a"\\n')
    assert (tmp_path / "dotfiles" / "real.toml").read_text("utf-8") == '[ai]\ndefault_model = "a\\"\\\\n"\n'


@pytest.mark.parametrize("text", ["[ai", "ai = 3"])
def test_a_config_file_that_cannot_be_read_is_not_written(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError):
        keep_setting(str(file), "ai.default_model", "m")
    assert file.read_text("utf-8") == text
