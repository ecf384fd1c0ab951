"""What the manual tells and no other registry knows: exit statuses, environment variables, folders."""

from __future__ import annotations

EXIT_STATUSES = (
    (0, "ok"),
    (1, "a statement failed"),
    (2, "usage or configuration"),
    (3, "a database or catalog cannot be opened; a provider cannot be reached or does not accept the key"),
    (4, "a provider did not answer in time"),
    (5, "an AI budget was reached: ai.max_calls, ai.max_tokens or ai.max_cost"),
    (70, "a bug of aisql"),
    (130, "interrupted"),
    (141, "broken pipe"),
)
VARIABLES = (
    ("NO_COLOR", "no colours; it wins over the next two"),
    ("FORCE_COLOR, CLICOLOR_FORCE", "colours where the output is no terminal too; 0 does not force"),
    ("TERM", "dumb is a terminal without colours, menu and line at the bottom, which edits lines itself"),
    ("VISUAL, EDITOR", "the editor, the first of them that is set; else vi"),
    ("AISQL_PAGER, PAGER", "the pager, the first of them that is set, empty for none; else less"),
    ("LESS", "options of less; -SRXF unless it is set"),
    ("SHELL", "what runs programs for \\!"),
    ("HTTPS_PROXY, NO_PROXY", "the way to providers"),
)
"""Environment variables, but those of providers and folders. An empty one says nothing, unless it says so."""
FOLDERS = (
    (
        "~/.local/share/aisql",
        "XDG_DATA_HOME",
        "default_catalog.sqlite with the ledger, keys, volumes, tables",
    ),
    ("~/.config/aisql", "XDG_CONFIG_HOME", "config.toml, where you made one, and favourites.json"),
    ("~/.local/state/aisql", "XDG_STATE_HOME", "history: what was typed at the prompt, keys masked"),
    ("~/.cache/aisql", "XDG_CACHE_HOME", "the built parser; it may be deleted"),
)
"""Where things are on Linux, by which variable they are elsewhere, and what they are."""
