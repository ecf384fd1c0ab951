"""What a session may reach outside of its tables and its catalog: all of it, or in safe mode little."""

from __future__ import annotations

from aisql.errors import SafeModeError


class Access:
    """Asked before a program is started, a file is opened or a model gets another address.

    One that `is_safe` refuses all of them. What the command line itself names is opened without a question:
    the user chose it before anything was run.
    """

    def __init__(self, *, is_safe: bool = False) -> None:
        self.is_safe = is_safe

    def program(self, command: str) -> None:
        """Raises SafeModeError where no program may be started."""
        self._refuse(command, f"'{command}' is not started in safe mode", "without --safe it is")

    def file(self, path: str) -> None:
        """Raises SafeModeError where no file may be opened, whether it is there or not."""
        self._refuse(
            path,
            f"'{path}' is not opened in safe mode",
            "files are those of the user volume, and those that the command line names",
        )

    def endpoint(self, what: str, word: str | None = None) -> None:
        """Raises SafeModeError where nothing may say where requests go, and with which key.

        `word` is the string that the statement has for it.
        """
        self._refuse(
            word,
            f"{what} is refused in safe mode",
            "models, connections and endpoints that are there can be used",
        )

    def _refuse(self, subject: str | None, message: str, hint: str) -> None:
        if self.is_safe:
            error = SafeModeError(message, hint=hint)
            error.subject = subject
            raise error


UNLIMITED = Access()
"""Refuses nothing."""
