"""What `--info` prints: which program this is, where things are, what is set. Keys are never in it."""

from __future__ import annotations

import json
import platform
from pathlib import Path

from aisql import __version__
from aisql.engine.database import sqlite_version
from aisql.providers.registry import SERVICES
from aisql.render.masking import mask_tokens
from aisql.repl.history import HISTORY
from aisql.settings import Settings, cache_directory, state_directory


def information(settings: Settings, catalog: str, database: str, *, readonly: bool, safe: bool) -> str:
    """The information as JSON, for a session with that catalog and database. Nothing is opened for it.

    The session would be `readonly`, or `safe`.
    """
    files = {
        "config": settings.config.name,
        "catalog": catalog,
        "database": database,
        "history": f"{state_directory()}/{HISTORY}",
    }
    variables = {each.key_variable for each in SERVICES if each.key_variable}
    told = {
        "version": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite_version(),
        "platform": platform.platform(),
        "files": {name: _file(path) for name, path in files.items()},
        "cache": cache_directory(),
        "readonly": readonly,
        "safe": safe,
        "settings": {name: mask_tokens(text) for name, text in settings.items()},
        "keys": sorted(variables & {name for name, text in settings.environment.items() if text}),
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _file(path: str) -> dict[str, str | bool]:
    return {"path": path, "exists": Path(path).exists()}
