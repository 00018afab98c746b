"""A batch worked off in transactions; what can't be handled is found by halving and put with the dead letters."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from core.faults import Fault
from events import dead_letters
from events.dead_letters import DeadLetter
from events.envelope import Unreadable
from events.pipeline import Item, Outcomes, handle
from events.retries import in_transaction
from events.runner import Runner
from rules import Library
from store import DatabaseLocked, StoreError

N_ = str  # marks a text for the message catalogue

_LOG = logging.getLogger(__name__)
POISON = "poison"
_SAME_KEY = "23505"
# What a statement brought upon itself, hence an event: too large a program or row, not supported, internal.
_OF_THE_STATEMENT = ("54", "0A", "XX000")


class Outage(Exception):
    """The place is in trouble, not the event: it is tried again later. ``trouble`` may be logged."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class Work:
    """What is left of a batch: pieces in order, the next one last."""

    def __init__(self, runner: Runner, items: Sequence[Item]) -> None:
        self._runner = runner
        self._left: list[Sequence[Item]] = [items] if items else []

    def go_on(self) -> Iterator[tuple[Outcomes, float]]:
        """Each transaction's outcomes and its seconds, once it is committed; nothing is left at the end.

        *Raises*: Outage; call it again then, it goes on where it stopped.
        """
        while self._left:
            begun = time.monotonic()
            outcomes = self._next()
            yield outcomes, time.monotonic() - begun

    def _next(self) -> Outcomes:
        """Handle the next piece; one that fails is halved until it can't be, then tried once more."""
        while True:
            piece = self._left[-1]
            try:
                outcomes = self._handle(piece)
            except Exception as error:  # noqa: BLE001 told apart here: nothing may be lost for any of them
                _outage(error)
                if len(piece) == 1:
                    outcomes = self._last_try(piece[0])
                else:
                    middle = len(piece) // 2
                    self._left[-1:] = [piece[middle:], piece[:middle]]
                    continue
            self._left.pop()
            return outcomes

    def _last_try(self, item: Item) -> Outcomes:
        """A connection that broke shows itself in many ways: what fails twice is the event's own fault."""
        try:
            return self._handle([item])
        except Exception as error:  # noqa: BLE001 as above
            _outage(error)
            return self._put_aside(item, error)

    def _handle(self, items: Sequence[Item]) -> Outcomes:
        def work(connection: Connection) -> Outcomes:
            return handle(items, connection, self._library(connection), self._runner.now())

        return in_transaction(self._runner.database, work)

    def _library(self, connection: Connection) -> Library:
        """Rules that can't be read are no event's fault."""
        try:
            return self._runner.library(connection)
        except (StoreError, DBAPIError):
            raise
        except Exception as error:
            raise Outage(f"the rules can't be read: {type(error).__name__}") from error

    def _put_aside(self, item: Item, error: Exception) -> Outcomes:
        letter = _letter(item, error, self._runner)
        _LOG.error("%s could not be handled (%s): it lies with the dead letters", item.origin, _name(error))
        try:
            in_transaction(
                self._runner.database, lambda connection: dead_letters.record(connection, [letter])
            )
        except Exception as second:
            _outage(second)
            raise
        return Outcomes(letters=[letter])


def _letter(item: Item, error: Exception, runner: Runner) -> DeadLetter:
    faults = item.event.faults if isinstance(item.event, Unreadable) else ()
    letter = dead_letters.letter(item.event, (*faults, poison(error)), item.origin, runner.now())
    return letter if letter.reason == dead_letters.PERSONAL else replace(letter, reason=POISON)


def poison(error: Exception) -> Fault:
    """By its type alone: an error's text may name a person."""
    return Fault(
        N_("handling it failed inside Yihui ({value})"),
        N_("report it to those who look after Yihui; when it is mended, replay the letter"),
        value=_name(error),
        params={"code": POISON},
    )


def _name(error: Exception) -> str:
    """Of the driver's error where it was one: SQLAlchemy's names say little."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__


def _outage(error: Exception) -> None:
    """*Raises*: Outage where the error says nothing about the events."""
    if isinstance(error, Outage):
        raise error
    if isinstance(error, MemoryError) or _is_of_the_database(error):
        trouble = str(error) if isinstance(error, StoreError) else type(error).__name__
        raise Outage(trouble) from error


def _is_of_the_database(error: Exception) -> bool:
    state = getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) or ""
    if isinstance(
        error, DatabaseLocked
    ):  # ten times the same key: no race, but what the event wants to write
        return bool(state != _SAME_KEY)
    if isinstance(error, StoreError):
        return not state.startswith(_OF_THE_STATEMENT)
    return isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError)
