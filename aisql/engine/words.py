"""Asking the default model in words: for SQL, and for what a statement does.

What is asked goes the way of every call: the ledger, budgets, retries, progress. Of the tables a model is
told the CREATE statements; rows are never read for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from aisql.engine.ask import Form
from aisql.engine.asking import Asking
from aisql.engine.calls import Calls
from aisql.engine.checking import check_all
from aisql.engine.databases import Databases
from aisql.engine.evaluation import counted
from aisql.engine.media_files import MediaFiles
from aisql.engine.models import ModelFinder, ModelUse
from aisql.engine.outline import catalog_names, schema_rows
from aisql.engine.overflow import room_of
from aisql.engine.rewrite import Site
from aisql.engine.told_tables import ToldTables, told_tables
from aisql.engine.volumes import Volumes
from aisql.engine.workspace import Workspace
from aisql.errors import AisqlError, ModelError, Span, UsageError
from aisql.functions.base import Ask, Function
from aisql.functions.words import ASK, EXPLAIN, asked, asked_again, explained
from aisql.providers.base import CHAT
from aisql.providers.registry import adapter
from aisql.render.masking import mask_secrets
from aisql.result import Result
from aisql.settings import Settings
from aisql.syntax.calls import Call
from aisql.syntax.split import split

_CHARACTERS_PER_TOKEN = 2
_MOST = 20_000
"""Characters of CREATE statements, and of an answer that goes back, that are sent at most."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is going to be asked: of the model of that name, at a host ('' for one that works offline), with
    what is told of `tables`."""

    function: Function
    model: str
    host: str
    tables: ToldTables
    use: ModelUse
    ask: Ask


@dataclass(frozen=True, slots=True)
class Written:
    """The SQL a model wrote, and why it cannot be run; None where it can."""

    text: str
    problem: AisqlError | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is no statement in it: the model says that it cannot tell."""
        return not any(split(self.text))


class Words:
    """Asks the default model of the session. `check` raises the error of one statement that cannot be run."""

    def __init__(
        self,
        settings: Settings,
        workspace: Workspace,
        databases: Databases,
        models: ModelFinder,
        asking: Asking,
        volumes: Volumes,
        check: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._databases = databases
        self._models = models
        self._asking = asking
        self._volumes = volumes
        self._check = check
        self._agreed: set[tuple[str, str, str]] = set()

    def question(self, question: str, statement: str = "") -> Inquiry:
        """The question for SQL; where there is a statement, for a change of it.

        Raises UsageError without a default model, and what `ModelFinder.by_coordinate` does.
        """
        names = catalog_names(self._workspace)
        known = [each.name for each in names.models] + [f"endpoint:{each.name}" for each in names.endpoints]
        models = ", ".join(dict.fromkeys((self._default_model(), *known)))
        question, statement = mask_secrets(question), mask_secrets(statement)
        return self._inquiry(
            ASK, f"{question}\n{statement}", lambda tables: asked(question, statement, tables, models)
        )

    def explanation(self, statement: str) -> Inquiry:
        """The question what a statement does. Raises as above."""
        statement = mask_secrets(statement)
        return self._inquiry(EXPLAIN, statement, lambda tables: explained(statement, tables))

    def is_new(self, inquiry: Inquiry, what: str) -> bool:
        """Whether nobody has agreed yet that this is sent there."""
        return (inquiry.model, inquiry.host, what) not in self._agreed

    def agree(self, inquiry: Inquiry, what: str) -> None:
        """Remembers for the session that this may be sent there."""
        self._agreed.add((inquiry.model, inquiry.host, what))

    def count(self, inquiry: Inquiry) -> Result:
        """What a dry run tells of it."""
        form, site = self._form(inquiry.use, inquiry.ask), _site(inquiry.function)
        with self._asking.calls(inquiry.ask.text, ends_early=False) as calls:
            known = calls.find(form, inquiry.ask, form.digest(inquiry.ask.text), site, ())
            return counted(calls, Counter([] if known is not None else [form]))

    def answer(self, inquiry: Inquiry) -> str:
        """The answer, in words. Raises AisqlError, also where `ai.on_error` makes other calls give NULL."""
        with self._calls(inquiry) as calls:
            return self._answer(calls, inquiry, inquiry.ask)

    def write(self, inquiry: Inquiry, refuse: Callable[[str], None]) -> Written:
        """The SQL that is answered. One that cannot be run, or that `refuse` raises an error for, goes back
        once with the error. Raises as above."""
        with self._calls(inquiry) as calls:
            written = self._written(self._answer(calls, inquiry, inquiry.ask), refuse)
            if written.problem is None or written.is_empty:
                return written
            again = asked_again(inquiry.ask, written.text[:_MOST], mask_secrets(_told(written.problem)))
            return self._written(self._answer(calls, inquiry, again), refuse)

    def _written(self, text: str, refuse: Callable[[str], None]) -> Written:
        try:
            refuse(text)
            check_all(text, self._check)
        except AisqlError as error:
            error.span = None  # the user did not write the text it points into
            return Written(text, error)
        return Written(text)

    # ------------------------------------------------------------ asking

    def _default_model(self) -> str:
        if not self._settings.default_model:
            raise UsageError(
                "there is no default model to ask",
                code="no_default_model",
                hint="SET ai.default_model = 'CONNECTION:MODEL'; 'builtin:demo' works offline",
            )
        return self._settings.default_model

    def _inquiry(self, function: Function, spoken: str, ask: Callable[[str], Ask]) -> Inquiry:
        model = self._default_model()
        self._models.forget()
        use = self._models.by_coordinate(model, CHAT)
        if use.images:
            raise ModelError(f"the default model '{model}' takes images, and no questions")
        most = min(_MOST, room_of(use) * _CHARACTERS_PER_TOKEN)
        tables = told_tables(schema_rows(self._databases.current), spoken, most)
        first = ask(tables.text)
        return Inquiry(function, model, self._form(use, first).host, tables, use, first)

    def _form(self, use: ModelUse, ask: Ask) -> Form:
        body = adapter(use.target.interface, 1).body
        return Form(use, ask, self._settings.timeout, None, body, MediaFiles(self._volumes.media))

    def _calls(self, inquiry: Inquiry) -> Calls:
        return self._asking.calls(f"\\{inquiry.function.name} {inquiry.ask.text}", ends_early=False)

    def _answer(self, calls: Calls, inquiry: Inquiry, ask: Ask) -> str:
        site, form = _site(inquiry.function), self._form(inquiry.use, ask)
        digest, arguments = form.digest(ask.text), (ask.text,)
        try:
            found = calls.find(form, ask, digest, site, arguments)
            if isinstance(found, tuple):
                return str(found[0])
            call = found or calls.submit(form, ask, digest, site, arguments)
            while not call.done:
                calls.wait(call, eager=False)
            calls.settle()
            value = calls.value(call, ask, site, arguments)
            if value is None and calls.first_null is not None:
                raise calls.first_null
        except AisqlError as error:
            error.span = None  # it stands in no statement
            raise
        return str(value)


def _site(function: Function) -> Site:
    return Site(function, Call(f"\\{function.name}", (), Span(0, 0), 0))


def _told(error: AisqlError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
