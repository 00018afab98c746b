"""Answer polls and count them. A completed poll is an event, stored with the answer."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from core.civil_time import CIVIL_TIME, civil_date
from core.faults import Fault, FaultError
from events import Event, accept_events
from events.organisations import load_history_lineages
from events.projection import member_facts
from members import read_member_changes
from members.polls.ballots import ballot_key, count_ballots, key_fingerprint, seal_ballot
from members.polls.definition import POLL_FAULTS, Answer, Poll, check_answers
from members.polls.repository import (
    StoredPoll,
    add_participant,
    count_participants,
    has_ballots,
    mark_closed,
    read_answers,
    read_request_digest,
    require_poll,
    store_named_answers,
)
from members.polls.results import SMALLEST_CELL, QuestionResult, compute_result
from rules import territory_covers
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.access.reach import Act, Reach, audit_act, require_member
from yihui.services.events.events import build_event

POLL_SOURCE = "/polls"
_REQUEST_KEY = re.compile(r"[\x21-\x7e]{8,200}")


@dataclass(frozen=True, slots=True)
class PollState:
    """A poll as it stands, and how many have answered; hidden (None) for an anonymous poll with few."""

    stored: StoredPoll
    state: str  # waiting, open, closed
    participants: int | None

    @property
    def poll(self) -> Poll:
        return self.stored.poll


@dataclass(frozen=True, slots=True)
class PollSubmission:
    """What a member sends; ``request_key`` makes a repeated request the same answer."""

    member: str
    answers: Mapping[str, object]
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class PollReceipt:
    """What became of a submission: the event's id, and whether it is new. Never the answers."""

    poll: str
    member: str
    event: str
    is_new: bool


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


def answer_poll(
    wiring: Wiring,
    poll_id: str,
    sent: PollSubmission,
    reach: Reach | None = None,
    arrived_at: datetime | None = None,
) -> PollReceipt:
    """Store a member's answer and its event in one transaction.

    It counts from the instant at which the request arrived, by default now; of a poll that was closed meanwhile
    the result may have been told already. *Raises*: FaultError with every fault.
    """
    digest = _request_digest(sent)
    now = arrived_at or wiring.now()

    def work(connection: Connection) -> PollReceipt:
        place = require_member(connection, reach, sent.member)
        stored = require_poll(connection, poll_id, lock=True)
        poll = stored.poll
        receipt = PollReceipt(poll.id, sent.member, f"poll-{poll.id}-{sent.member}", is_new=True)
        if digest and digest == read_request_digest(connection, poll.id, sent.member):
            return PollReceipt(poll.id, sent.member, receipt.event, is_new=False)
        answers, faults = check_answers(poll, sent.answers)
        faults = [
            *poll.check_time(now if stored.closed_at is None else wiring.now(), stored.closed_at),
            *find_member_faults(connection, poll, sent.member, civil_date(now)),
            *faults,
        ]
        if faults:
            raise FaultError(faults)
        if not add_participant(connection, poll.id, sent.member, digest):
            raise FaultError(POLL_FAULTS.build("answered", field="member", value=sent.member))
        _store_answers(connection, wiring, stored, sent.member, answers)
        accept_events(connection, [_build_event(poll, receipt, len(answers), now)], now)
        audit_act(connection, reach, place, Act("answer_poll", "poll", poll.id))
        return receipt

    return run_act(wiring, work)


def _store_answers(
    connection: Connection, wiring: Wiring, stored: StoredPoll, member: str, answers: Mapping[str, Answer]
) -> None:
    if stored.poll.anonymous:
        seal_ballot(connection, stored.poll, _require_key(wiring, stored), answers)
    else:
        store_named_answers(connection, stored.poll.id, member, answers)


def _require_key(wiring: Wiring, stored: StoredPoll) -> bytes:
    key = ballot_key(wiring.poll_key, stored.poll.id)
    if key_fingerprint(key) != stored.key_fingerprint:
        raise FaultError(POLL_FAULTS.build("other_key", field="poll", value=stored.poll.id))
    return key


def _request_digest(sent: PollSubmission) -> str | None:
    if sent.request_key is None:
        return None
    if not _REQUEST_KEY.fullmatch(sent.request_key):
        raise FaultError(
            POLL_FAULTS.build("request_key", field="Idempotency-Key", value=sent.request_key[:40])
        )
    return hashlib.sha256(sent.request_key.encode()).hexdigest()


def find_member_faults(connection: Connection, poll: Poll, member: str, day: date) -> list[Fault]:
    """Return why a member may not answer a poll on a day; nothing if she may."""
    changes = read_member_changes(connection, [member])[member]
    if not changes:
        return [POLL_FAULTS.build("unknown_member", field="member", value=member)]
    facts = member_facts(changes, day, load_history_lineages(connection, [changes]))
    if facts["member.status"] != "active":
        return [POLL_FAULTS.build("not_a_member", field="member", value=member)]
    code = facts["member.organisation"] or facts["member.district"]
    if not isinstance(code, str) or not territory_covers(poll.scope, code):
        return [POLL_FAULTS.build("outside_scope", field="member", value=str(code), scope=poll.scope)]
    return []


def _build_event(poll: Poll, receipt: PollReceipt, answered: int, now: datetime) -> Event:
    """Return the event. Of an anonymous poll it counts the questions that everybody must answer, nothing else."""
    return build_event(
        now,
        id=receipt.event,
        source=POLL_SOURCE,
        type="poll.completed",
        subject=receipt.member,
        time=now.astimezone(CIVIL_TIME).isoformat(),
        datacontenttype="application/json",
        data={"poll": poll.title, "answers": poll.required_count if poll.anonymous else answered},
    )


def count_poll(
    wiring: Wiring, connection: Connection, stored: StoredPoll, by: str | None, at: datetime
) -> None:
    """Close a poll that is not closed yet, and count its ballots. *Raises*: FaultError without their key."""
    poll = stored.poll
    if mark_closed(connection, poll.id, by, at) and poll.anonymous and has_ballots(connection, poll.id):
        count_ballots(connection, poll, _require_key(wiring, stored))


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
