"""Polls as they stand, and their results: an anonymous one is counted once, when it is over."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.faults import FaultError
from members.polls.ballots import ballot_key, count_ballots, key_fingerprint
from members.polls.definition import POLL_FAULTS, Poll
from members.polls.repository import (
    StoredPoll,
    count_participants,
    has_ballots,
    mark_closed,
    read_answers,
)
from members.polls.results import SMALLEST_CELL, QuestionResult, compute_result
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act


@dataclass(frozen=True, slots=True)
class PollState:
    """A poll as it stands, and how many have answered; hidden (None) for an anonymous poll with few."""

    stored: StoredPoll
    state: str  # waiting, open, closed
    participants: int | None

    @property
    def poll(self) -> Poll:
        return self.stored.poll


def describe_poll(connection: Connection, stored: StoredPoll, now: datetime) -> PollState:
    """Return a poll as it stands now."""
    return build_state(stored, count_participants(connection, stored.poll.id), now)


def build_state(stored: StoredPoll, participants: int, now: datetime) -> PollState:
    """Return a poll as it stands now, of which so many have answered."""
    number: int | None = participants
    state = "closed" if _is_over(stored, now) else "open" if now >= stored.poll.opens else "waiting"
    if stored.poll.anonymous and number is not None and number < SMALLEST_CELL:
        number = None
    return PollState(stored, state, number)


def _is_over(stored: StoredPoll, now: datetime) -> bool:
    return stored.closed_at is not None or now >= stored.poll.closes


def require_ballot_key(wiring: Wiring, stored: StoredPoll) -> bytes:
    """Return the key of a poll's ballots. *Raises*: FaultError if they were sealed with another one."""
    key = ballot_key(wiring.poll_key, stored.poll.id)
    if key_fingerprint(key) != stored.key_fingerprint:
        raise FaultError(POLL_FAULTS.build("other_key", field="poll", value=stored.poll.id))
    return key


def count_poll(
    wiring: Wiring, connection: Connection, stored: StoredPoll, by: str | None, at: datetime
) -> None:
    """Close a poll that is not closed yet, and count its ballots. *Raises*: FaultError without their key."""
    poll = stored.poll
    if mark_closed(connection, poll.id, by, at) and poll.anonymous and has_ballots(connection, poll.id):
        count_ballots(connection, poll, require_ballot_key(wiring, stored))


def find_result(
    wiring: Wiring, connection: Connection, stored: StoredPoll, now: datetime
) -> list[QuestionResult] | None:
    """Return a poll's result; None while its ballots are sealed.

    An anonymous poll that is over is counted first, once, in a transaction of its own: ``connection`` may be one
    that reads. *Raises*: FaultError without the key of the ballots.
    """
    poll = stored.poll
    if not poll.anonymous or stored.closed_at is not None:
        return compute_result(poll, read_answers(connection, poll.id))
    if now < poll.closes or wiring.settings.read_only:
        return None

    def count(writing: Connection) -> list[QuestionResult]:
        count_poll(wiring, writing, stored, None, poll.closes)
        return compute_result(poll, read_answers(writing, poll.id))

    return run_act(wiring, count)


def load_poll_result(wiring: Wiring, stored: StoredPoll) -> list[QuestionResult]:
    """Load the result of a poll; empty while its ballots are sealed. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        return find_result(wiring, connection, stored, wiring.now()) or []
