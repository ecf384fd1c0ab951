"""The template of the config file: it chooses nothing, and without its comments what is usual."""

from __future__ import annotations

import re
from pathlib import Path

from aisql.config import read_config
from aisql.manual.template import template
from aisql.providers.pricing import Prices
from aisql.repl.preferences import PREFERENCES, Preferences, read_preferences
from aisql.settings import SETTINGS, configured


def test_as_it_is_the_template_chooses_nothing(tmp_path: Path) -> None:
    file, warnings = tmp_path / "config.toml", []
    file.write_text(template("config.toml"), "utf-8")
    assert read_config(str(file), warnings.append).tables == {"ai": {}, "prompt": {}}
    assert warnings == []


def test_every_choice_is_in_the_template_as_it_is_usual(tmp_path: Path) -> None:
    file, warnings = tmp_path / "config.toml", []
    file.write_text(re.sub(r"(?m)^#(?=\S)", "", template("config.toml")), "utf-8")
    config = read_config(str(file), warnings.append)
    assert configured(config, warnings.append) == {setting.name: setting.default for setting in SETTINGS}
    assert read_preferences(config, warnings.append) == Preferences()
    assert list(config.tables["prompt"]) == [preference.name for preference in PREFERENCES]
    prices = Prices(config, warnings.append)
    assert prices.cost("openai-compat", "llama-3.3-70b", "2026-02-01", 1_000_000, 0) == 0.2
    assert warnings == []


def test_every_line_of_the_template_is_short_enough_to_read() -> None:
    assert max(map(len, template("/home/somebody/.config/aisql/config.toml").splitlines())) <= 110
