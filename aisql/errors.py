"""Everything that can go wrong, as one tree.

    AisqlError
    x UsageError                 2  arguments, settings, configuration
    x OpenError                  3  a database or catalog cannot be opened
    x StatementError             1  a statement is wrong or cannot be carried out
      + SyntaxProblem               the text is not a statement of ours
      + SqlError                    SQLite refuses the statement
      + CatalogError                an object is missing, is there already, or cannot be changed
      + OptionError                 an option has a value it cannot have
      + FunctionError               an AI function was given something it cannot work with
      + ModelError                  a call went through a model that is not complete or not sound
      + FileError                   a file of data is missing, cannot be read, or does not hold what it should
      + VolumeError                 a file of a volume is missing, cannot be used, or would lie outside of it
      + SafeModeError               a program, a file or an address that a safe session does not reach
    x BudgetError                5  a statement needs more calls than it may make
    x ProviderError              1  a provider answered with an error, or with something unreadable
      + ConnectError             3  a provider cannot be reached
      + AuthenticationError      3  a provider does not accept the key
      + ProviderTimeout          4  a provider did not answer in time

The number is the exit status of a run that ends with the error. Every error has a code (a short stable
name for programs), may have the place it speaks of (offsets into the text of the statement) and a hint.
"""

from __future__ import annotations

from collections import namedtuple

Span = namedtuple("Span", ["start", "end"])
"""A half-open range of character offsets into the text of one statement."""


class AisqlError(Exception):
    """The base of every error a user can meet.

    `message` is one sentence without a full stop where possible; `code` names the kind of error for
    programs; `span` is the place in the statement's text; `hint` says what to do about it. `subject` is a
    word of the statement the error speaks of, by which the place is found where the span is not known.
    """

    code = "error"
    exit_status = 1
    subject: str | None = None

    def __init__(
        self, message: str, *, code: str | None = None, span: Span | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.span = span
        self.hint = hint


class UsageError(AisqlError):
    """The command line, a setting or the configuration is wrong."""

    code = "usage"
    exit_status = 2


class OpenError(AisqlError):
    """A database or catalog file cannot be opened."""

    code = "cannot_open"
    exit_status = 3


class StatementError(AisqlError):
    """A statement is wrong or cannot be carried out."""

    code = "statement_error"


class SyntaxProblem(StatementError):
    """The text begins like a statement of ours and does not go on like one, or never ends."""

    code = "syntax_error"


class SqlError(StatementError):
    """SQLite refuses the statement."""

    code = "sql_error"


class CatalogError(StatementError):
    """An object of the catalog is missing, is there already, or cannot be changed this way."""

    code = "catalog_error"


class OptionError(StatementError):
    """An option has a value of the wrong type or outside its range."""

    code = "invalid_option"


class FunctionError(StatementError):
    """An AI function was given arguments it cannot work with."""

    code = "function_error"


class ModelError(StatementError):
    """A call went through a model whose definition breaks a rule."""

    code = "model_error"


class FileError(StatementError):
    """A file of data is missing, cannot be read, or does not hold what it should."""

    code = "file_error"


class VolumeError(StatementError):
    """A file of a volume is missing, cannot be used, or would lie outside of the volume."""

    code = "volume_error"


class SafeModeError(StatementError):
    """A program, a file or an address that a session in safe mode does not reach."""

    code = "safe_mode"


class BudgetError(AisqlError):
    """A statement needs more calls than it may make."""

    code = "budget_reached"
    exit_status = 5


class ProviderError(AisqlError):
    """A provider answered with an error, or with something that cannot be read as an answer.

    `provider` and `model` tell who was asked; `status` is the HTTP status of the answer, None when there was
    none; `said` is the provider's own message, '' where it has none, and `request_id` its number for the
    request; `attempts` the number of requests that were made. A `transient` failure may pass by itself, not
    before `retry_after` seconds where the provider says so. After one that has `taught` the adapter how the
    provider wants to be asked, the same request goes out again in another form. `tokens` are those of an
    answer that came and could not be used: input, output, cached and reasoning, each None where it was not
    counted.
    """

    code = "provider_error"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        attempts: int = 1,
        code: str | None = None,
        span: Span | None = None,
        hint: str | None = None,
        transient: bool = False,
        retry_after: float | None = None,
        said: str = "",
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, code=code, span=span, hint=hint)
        self.status = status
        self.attempts = attempts
        self.transient = transient
        self.retry_after = retry_after
        self.said = said
        self.request_id = request_id
        self.provider = ""
        self.model = ""
        self.taught = False
        self.heard = ""  # what the provider said in full, to learn from; it may hold a key and is never shown
        self.tokens: tuple[int | None, int | None, int | None, int | None] | None = None


CONTEXT_TOO_LONG = "context_too_long"
"""The code of a ProviderError about an input that is longer than the context of the model."""


class ConnectError(ProviderError):
    """A provider cannot be reached."""

    code = "cannot_connect"
    exit_status = 3


class AuthenticationError(ProviderError):
    """A provider does not accept the key (401, 403)."""

    code = "authentication_failed"
    exit_status = 3


class ProviderTimeout(ProviderError):
    """A provider did not answer in time."""

    code = "timeout"
    exit_status = 4
