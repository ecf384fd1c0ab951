"""The dialog of `\\connect`: finds a model of the user's own, tries it with one call, writes the connection.

Everything is asked before anything is written, so Ctrl-C and Ctrl-D leave all as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from aisql.commands.agreement import agrees
from aisql.commands.base import Shell
from aisql.commands.offers import Offer, creation, in_sql, offers_of
from aisql.config import keep_setting
from aisql.engine.rules import host_of
from aisql.errors import AisqlError, AuthenticationError, ConnectError, ProviderError
from aisql.providers.model_names import usable
from aisql.providers.registry import LOCAL_SERVERS, LocalServer
from aisql.render.masking import mask_tokens
from aisql.result import Result, Value, listing
from aisql.schema import quote_text
from aisql.settings import Settings

_TEST = "Answer with one word: ready."
_OPTIONS = """json '{"model.params": {"max_tokens": 500}}'"""
"""An answer of few tokens, which are enough for a model that thinks first."""

_TRIED = "aisql_connect"
"""The temporary model of a test, while there is no connection yet."""

_FOR_TEST = {"ai.cache": "refresh", "ai.retry_num": "0", "ai.on_error": "fail"}
"""A test asks the service itself, once."""

_LONGEST = 60
_DEFAULT = "Make it the model of calls that name none"


def connect(
    shell: Shell, name: str = "", servers: Iterable[LocalServer] = LOCAL_SERVERS, *, ends: bool = False
) -> None:
    """Sets a connection up; where nobody can be asked, tells what there is and how it is written in SQL.

    `name` is that of a place that is found, or the one the connection is to have. Where the session `ends`
    with it, only what is kept is worth asking for. Raises UsageError where nothing is found, CatalogError for
    a name that is taken, KeyboardInterrupt where the user gives up, SafeModeError.
    """
    shell.access.endpoint("a new connection")
    offers = offers_of(shell.services, name, servers)
    if not shell.can_ask:
        shell.show(_table(offers))
        shell.write(f"{line}\n" for line in chain.from_iterable(map(in_sql, offers)))
        return
    chosen = next((each for each in offers if each.place.name == name), None)
    while True:
        offer = chosen or _picked(shell, offers)
        model = _model(shell, offer)
        if model is not None and _answers(shell, offer, model):
            break
        chosen = None
    _settle(shell, offer, model, ends)


# ---------------------------------------------------------------- questions


def _table(offers: Sequence[Offer]) -> Result:
    rows: list[tuple[Value, ...]] = []
    for number, place in enumerate((each.place for each in offers), 1):
        models = "" if place.models is None else str(len(place.models))
        rows.append((str(number), place.name, host_of(place.base_url), place.variable, models))
    return listing(("", "found", "host", "key in", "models"), rows)


def _ask_with(shell: Shell, table: Result) -> None:
    """Shows what a question is about; it is no result that \\last would show again."""
    shell.show(table, whole=True, format_name="table")


def _picked(shell: Shell, offers: Sequence[Offer]) -> Offer:
    _ask_with(shell, _table(offers))
    by_name = {each.place.name: each for each in offers}
    numbers = "1" if len(offers) == 1 else f"1-{len(offers)}"
    while True:
        answer = _choice(shell, f"Which one? ({numbers}) ", list(by_name))
        if answer in by_name:
            return by_name[answer]
        shell.warn(f"{numbers}, or a name; Ctrl-C gives up")


def _choice(shell: Shell, question: str, names: Sequence[str]) -> str:
    """What the user types; in the place of a number, or of nothing where there is one name, the name."""
    answer = shell.inquire(question)
    numbered = {str(number): each for number, each in enumerate(names, 1)}
    if not answer and len(names) == 1:
        return names[0]
    return numbered.get(answer, answer)


def _model(shell: Shell, offer: Offer) -> str | None:
    """The model the user wants; None where the service is not to be reached with what was found."""
    try:
        models = shell.services.models_at(offer.place)
    except AisqlError as error:
        shell.report(error)
        if isinstance(error, AuthenticationError | ConnectError):
            return None
        models = ()
    if models:
        rows = [(str(number), each) for number, each in enumerate(models, 1)]
        _ask_with(shell, listing(("", "model"), rows))
    else:
        shell.warn("no models are listed, but the name of one can be given")
    while True:
        answer = _choice(shell, "Which model? (number or name) ", models)
        if mask_tokens(answer) != answer:
            shell.warn("that looks like a key, which belongs into a variable of the environment")
        elif usable((answer,)):
            return answer
        else:
            shell.warn("a number, or the name of a model; Ctrl-C gives up")


# ---------------------------------------------------------------- the test


def _answers(shell: Shell, offer: Offer, model: str) -> bool:
    """Whether the model answers one small call; the error is told where it does not."""
    began = shell.clock()
    try:
        with _only_once(shell.settings), _callable(shell, offer, model) as name:
            call = f"SELECT ai_complete({quote_text(name)}, {quote_text(_TEST)}, {_OPTIONS})"
            with shell.answer(call) as result:
                ((answer,),) = result.rows
    except AisqlError as error:
        shell.report(_without_call(error))
        return False
    said = " ".join(str(answer).split())[:_LONGEST]
    shell.say(f"{offer.coordinate(model)} answers '{said}' in {shell.clock() - began:.1f} sec.")
    return True


def _without_call(error: AisqlError) -> AisqlError:
    """The error without the call it speaks of: the user did not write that."""
    error.span = None
    if isinstance(error, ProviderError):
        who = f"{error.provider} {error.model}"
        _, found, what = error.message.partition(f"): {who}")
        error.message = f"{who}{what}" if found else error.message
    return error


@contextmanager
def _only_once(settings: Settings) -> Iterator[None]:
    before = dict(settings.items())
    try:
        for name, text in _FOR_TEST.items():
            settings.set(name, text)
        yield
    finally:
        for name in _FOR_TEST:
            settings.set(name, before[name])


@contextmanager
def _callable(shell: Shell, offer: Offer, model: str) -> Iterator[str]:
    """A name for the model that calls can use, though the connection may not be there yet."""
    if offer.is_there:
        yield offer.coordinate(model)
        return
    place = offer.place
    options = {"provider": place.provider, "endpoint": place.base_url, "model": model}
    if place.variable:
        options["api-key"] = f"${{{place.variable}}}"
    given = ", ".join(f"{quote_text(key)} = {quote_text(value)}" for key, value in options.items())
    columns = "INPUT (prompt STRING) OUTPUT (answer STRING)"
    shell.answer(f"CREATE OR REPLACE TEMPORARY MODEL {_TRIED} {columns} WITH ({given})")
    try:
        yield _TRIED
    finally:
        shell.answer(f"DROP TEMPORARY MODEL IF EXISTS {_TRIED}")


# ---------------------------------------------------------------- what stays


def _settle(shell: Shell, offer: Offer, model: str, ends: bool) -> None:
    """Asks what is to stay, then writes it."""
    coordinate, file = offer.coordinate(model), shell.settings.config.name
    is_default, is_kept = _wishes(shell, file, ends)
    if not offer.is_there:
        statement = creation(offer)
        shell.say(f"{mask_tokens(statement)};")
        for notice in shell.answer(statement).notices:
            shell.warn(f"warning: {notice}")
    if is_default:
        shell.answer(f"SET ai.default_model = {quote_text(coordinate)}")
    if is_kept:
        keep_setting(file, "ai.default_model", coordinate)
    call = "ai_complete('Hello')" if is_default else f"ai_complete({quote_text(coordinate)}, 'Hello')"
    shell.say(f"Ready: SELECT {call};")


def _wishes(shell: Shell, file: str, ends: bool) -> tuple[bool, bool]:
    """Whether the model is to be the default, and whether in later sessions too."""
    if ends:
        keeps = file != "" and agrees(shell.inquire, f"{_DEFAULT}, in {file}?")
        return keeps, keeps
    is_default = agrees(shell.inquire, f"{_DEFAULT}?")
    return is_default, is_default and file != "" and agrees(
        shell.inquire, f"For later sessions too, in {file}?"
    )
