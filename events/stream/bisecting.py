"""Process a batch in transactions; halve a failing batch to isolate the failing event as a dead letter."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from core.faults import Fault
from events import dead_letters
from events.dead_letters import DeadLetter
from events.envelope import InvalidEvent
from events.faults import EVENT_FAULTS, PERSONAL_DATA_REASON, POISON_REASON
from events.pipeline import BatchOutcome, InboundEvent, process_batch
from events.retries import run_in_transaction
from events.runner import EventRunner
from rules import RuleLibrary
from store import DatabaseLocked, StoreError

_LOG = logging.getLogger(__name__)
_SAME_KEY = "23505"
# SQLSTATEs that the statement, hence the event, causes: limit exceeded, not supported, internal error.
_OF_THE_STATEMENT = ("54", "0A", "XX000")


class Outage(Exception):
    """A failure of the database or the rules, not of the event; retry later. ``trouble`` may be logged."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class PendingBatch:
    """The unprocessed rest of a batch: pieces in reverse order, so that the next one is last in the list."""

    def __init__(self, runner: EventRunner, items: Sequence[InboundEvent]) -> None:
        self._runner = runner
        self._left: list[Sequence[InboundEvent]] = [items] if items else []

    def process(self) -> Iterator[tuple[BatchOutcome, float]]:
        """Process the rest; yield each transaction's outcome and its seconds once it is committed.

        *Raises*: Outage. A later call continues where this one stopped.
        """
        while self._left:
            begun = time.monotonic()
            outcomes = self._next()
            yield outcomes, time.monotonic() - begun

    def _next(self) -> BatchOutcome:
        """Process the next piece. Halve a failing piece down to one event, then try that event once more."""
        while True:
            piece = self._left[-1]
            try:
                outcomes = self._handle(piece)
            except Exception as error:  # noqa: BLE001 _outage sorts them: no event may be lost
                _outage(error)
                if len(piece) == 1:
                    outcomes = self._last_try(piece[0])
                else:
                    middle = len(piece) // 2
                    self._left[-1:] = [piece[middle:], piece[:middle]]
                    continue
            self._left.pop()
            return outcomes

    def _last_try(self, item: InboundEvent) -> BatchOutcome:
        """Process a single event again; a second failure is the event's own.

        A broken connection shows itself in many errors, so the first failure proves nothing.
        """
        try:
            return self._handle([item])
        except Exception as error:  # noqa: BLE001 as above
            _outage(error)
            return self._put_aside(item, error)

    def _handle(self, items: Sequence[InboundEvent]) -> BatchOutcome:
        def work(connection: Connection) -> BatchOutcome:
            return process_batch(items, connection, self._library(connection), self._runner.now())

        return run_in_transaction(self._runner.database, work)

    def _library(self, connection: Connection) -> RuleLibrary:
        """Load the rules. Unreadable rules are an outage and not the fault of an event."""
        try:
            return self._runner.library(connection)
        except (StoreError, DBAPIError):
            raise
        except Exception as error:
            raise Outage(f"the rules can't be read: {type(error).__name__}") from error

    def _put_aside(self, item: InboundEvent, error: Exception) -> BatchOutcome:
        letter = _letter(item, error, self._runner)
        _LOG.error("%s could not be handled (%s): it lies with the dead letters", item.origin, _name(error))
        try:
            run_in_transaction(
                self._runner.database,
                lambda connection: dead_letters.record_dead_letters(connection, [letter]),
            )
        except Exception as second:
            _outage(second)
            raise
        return BatchOutcome(dead_letters=[letter])


def _letter(item: InboundEvent, error: Exception, runner: EventRunner) -> DeadLetter:
    faults = item.event.faults if isinstance(item.event, InvalidEvent) else ()
    letter = dead_letters.build_dead_letter(
        item.event, (*faults, poison_fault(error)), item.origin, runner.now()
    )
    return letter if letter.reason == PERSONAL_DATA_REASON else replace(letter, reason=POISON_REASON)


def poison_fault(error: Exception) -> Fault:
    """Build the fault for an event whose processing failed.

    It names only the type of the error, since an error's text may name a person.
    """
    return EVENT_FAULTS.build("poison", value=_name(error))


def _name(error: Exception) -> str:
    """Return the error's type and the driver's SQLSTATE, since SQLAlchemy's error names are too general."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__


def _outage(error: Exception) -> None:
    """*Raises*: Outage if the error doesn't concern the events."""
    if isinstance(error, Outage):
        raise error
    if isinstance(error, MemoryError) or _is_of_the_database(error):
        trouble = str(error) if isinstance(error, StoreError) else type(error).__name__
        raise Outage(trouble) from error


def _is_of_the_database(error: Exception) -> bool:
    state = getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) or ""
    if isinstance(
        error, DatabaseLocked
    ):  # the same key ten times is no race: the event itself causes the conflict
        return bool(state != _SAME_KEY)
    if isinstance(error, StoreError):
        return not state.startswith(_OF_THE_STATEMENT)
    return isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError)
