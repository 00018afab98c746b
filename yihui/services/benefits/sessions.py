"""Sessions of stations: create, enrol, cancel, record attendance, close, and list with places left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

import benefits
from benefits import Officer, ReversalCriteria
from benefits.sessions.definition import SESSION_FAULTS, build_session_rule, parse_session
from benefits.sessions.sessions import (
    Seat,
    StoredSession,
    find_session,
    list_seats,
    list_sessions,
    mark_session_closed,
    store_session,
)
from core.civil_time import civil_date, start_of_day
from core.faults import Fault, FaultError
from events import Event
from events.acts import record_act
from events.journal import ATTENDED, read_attendance
from geo.registry.stations import find_station
from yihui.bootstrap import Wiring
from yihui.services.access.acting import acting_officer, open_act, run_act
from yihui.services.benefits.benefits import read_participations
from yihui.services.events.events import build_event, store_accepted_events
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.unknown_ids import require_known_member
from yihui.services.operation.upkeep import move_up_freed_places
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import RuleService, retire_rule_after

SESSION_SOURCE = "/sessions"
ENROLLED = "session.enrolled"


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session with its seats and attendance; ``is_approved`` says whether its rule was approved."""

    stored: StoredSession
    seats: Sequence[Seat]
    is_approved: bool
    attendance: Mapping[str, Sequence[date]]

    @property
    def places_left(self) -> int:
        enrolled = sum(seat.state == "enrolled" for seat in self.seats)
        return max(0, self.stored.definition.places - enrolled)

    @property
    def is_listed(self) -> bool:
        """Whether riders and members see it: it was approved and not closed."""
        return self.is_approved and self.stored.closed_on is None

    def count(self, state: str) -> int:
        return sum(seat.state == state for seat in self.seats)


def create_session(wiring: Wiring, path: Path, by: str) -> StoredSession:
    """Store a session and submit its rule, in one transaction; another officer approves the rule.

    *Raises*: FaultError, RuleFaults, OSError.
    """
    session = parse_session(path.name, path.read_text("utf-8-sig"))

    def store(connection: Connection, officer: Officer) -> None:
        if find_station(connection, session.station) is None:
            raise FaultError(SESSION_FAULTS.build("unknown_station", field="station", value=session.station))
        store_session(connection, session, officer.who, officer.at)

    with wiring.database.read() as connection:
        if find_session(connection, session.id) is not None:
            raise FaultError(SESSION_FAULTS.build("exists", field="id", value=session.id))
    RuleService(wiring).submit_file(RuleFile(path.name, build_session_rule(session)), by, also=store)
    return StoredSession(session, by, wiring.now())


def load_session_states(
    wiring: Wiring, station: str | None = None, *, past: bool = False
) -> list[SessionState]:
    """List sessions, of a station or of all, that are not over, or also those that are. *Raises*: StoreError."""
    since = None if past else civil_date(wiring.now())
    with wiring.database.read() as connection:
        found = list_sessions(connection, since, station=station)
        return [_state(wiring, connection, one) for one in found]


def load_session_state(wiring: Wiring, id: str) -> SessionState:
    """Load a session with its seats and attendance. *Raises*: FaultError for an unknown session."""
    with wiring.database.read() as connection:
        return _state(wiring, connection, _require_session(connection, id))


def enrol_member(wiring: Wiring, session: str, member: str) -> SessionState:
    """Enrol a member: the event passes the same admission as any benefit. Enrolled again it changes nothing.

    *Raises*: FaultError for an unknown, closed or unapproved session, and an unknown member.
    """
    send_enrolment(wiring, session, member)
    _process(wiring)
    return load_session_state(wiring, session)


def send_enrolment(wiring: Wiring, session: str, member: str) -> str:
    """Store the event of an enrolment and return its id. *Raises*: FaultError."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        stored = _require_session(connection, session)
        require_known_member(connection, member, "member")
        if stored.closed_on is not None:
            raise FaultError(
                SESSION_FAULTS.build("closed", field="session", value=session, day=stored.closed_on)
            )
        if not _is_in_force(wiring, connection, session, today):
            raise FaultError(SESSION_FAULTS.build("not_in_force", field="session", value=session, day=today))
        # A member who cancelled may enrol again; the same wish twice is one event.
        before = [seat for seat in list_seats(connection, session) if seat.member == member]
        number = _count_cancelled(wiring, connection, session, member) if not before else None
    if number is None:
        return before[0].id
    event = _event(
        wiring, ENROLLED, member, f"{session}/{member}/{number}/{today}", {"session": session}, today
    )
    store_accepted_events(wiring, [event])
    return event.id


def cancel_seat(wiring: Wiring, session: str, member: str, by: str, reason: str) -> SessionState:
    """Cancel a place, an entry or a place on the waiting list; who waits longest moves up at once.

    *Raises*: FaultError if the member has none of them, or without an officer's name and reason.
    """

    def work(connection: Connection) -> None:
        benefits.lock_rulebook_exclusive(connection)
        _require_session(connection, session)
        officer = acting_officer(wiring, by, reason)
        officer.require_reason()
        seat = next((one for one in list_seats(connection, session) if one.member == member), None)
        if seat is None:
            raise FaultError(
                SESSION_FAULTS.build("nothing_to_cancel", field="member", value=session, member=member)
            )
        if seat.state == "enrolled":
            benefits.apply_reversal(connection, officer, ReversalCriteria(session, decision=seat.id))
            terms = {"version": None, "since": None, "until": None, "by": by, "reason": reason}
            record_act(connection, "reverse", officer.at, rule=session, decision=seat.id, **terms)
        else:
            benefits.withdraw_participation(connection, seat.id, member, officer.at, officer.today)
            record_act(connection, "give_up", officer.at, participation=seat.id)

    run_act(wiring, work)
    move_up_freed_places(wiring)
    seal_pending(wiring)
    return load_session_state(wiring, session)


def record_attendance(wiring: Wiring, session: str, member: str, on: date | None = None) -> SessionState:
    """Record that a member was present on a day, by default today. *Raises*: FaultError."""
    send_attendance(wiring, session, member, on)
    _process(wiring)
    return load_session_state(wiring, session)


def send_attendance(wiring: Wiring, session: str, member: str, on: date | None) -> str:
    """Store the event of an attendance and return its id. *Raises*: FaultError."""
    today = civil_date(wiring.now())
    day = on or today
    with wiring.database.read() as connection:
        stored = _require_session(connection, session)
        seats = list_seats(connection, session)
    if not any(seat.member == member and seat.state == "enrolled" for seat in seats):
        raise FaultError(SESSION_FAULTS.build("not_enrolled", field="member", value=session, member=member))
    if day > today or not stored.definition.meets_on(day):
        raise FaultError(SESSION_FAULTS.build("no_meeting", field="on", value=session, day=day))
    data = {"session": session, "on": day.isoformat()}
    event = _event(wiring, ATTENDED, member, f"{session}/{member}/attended/{day}", data, day)
    store_accepted_events(wiring, [event])
    return event.id


def close_session(wiring: Wiring, session: str, by: str, reason: str) -> SessionState:
    """Close a session: its rule retires after today.

    From tomorrow on, members can't enrol, and waiting members get no place. *Raises*: FaultError.
    """
    with wiring.database.read() as connection:
        stored = _require_session(connection, session)
    if stored.closed_on is None:
        last = retire_rule_after(wiring, session, None, by, reason).last_day
        with open_act(wiring) as connection:
            mark_session_closed(connection, session, last)
    return load_session_state(wiring, session)


def _state(wiring: Wiring, connection: Connection, stored: StoredSession) -> SessionState:
    now = wiring.now()
    seats = list_seats(connection, stored.id, civil_date(now), wiring.rulebook.in_force)
    attendance = read_attendance(connection, stored.id, (seat.member for seat in seats), now)
    is_approved = bool(wiring.rulebook.in_force(connection).versions(stored.id))
    return SessionState(stored, seats, is_approved, attendance)


def _require_session(connection: Connection, id: str) -> StoredSession:
    found = find_session(connection, id)
    if found is None:
        raise FaultError(SESSION_FAULTS.build("unknown", field="session", value=id[:80]))
    return found


def _is_in_force(wiring: Wiring, connection: Connection, session: str, on: date) -> bool:
    versions = wiring.rulebook.in_force(connection).versions(session)
    return any(one.definition.in_force.holds(on) for one in versions)


def _count_cancelled(wiring: Wiring, connection: Connection, session: str, member: str) -> int:
    """Count the member's earlier places, entries and waiting places, which are all cancelled."""
    grants = [one for one in benefits.list_member_grants(connection, member) if one.rule_id == session]
    parts = [one for one in read_participations(wiring, connection, member) if one.rule_id == session]
    return len(grants) + sum(part.state == "given_up" for part in parts)


def _event(wiring: Wiring, kind: str, member: str, id: str, data: Mapping[str, str], day: date) -> Event:
    """Build an event of a civil day. Its time is the day's first instant, so that a repeated call is the same event."""
    return build_event(
        wiring.now(),
        id=id,
        source=SESSION_SOURCE,
        type=kind,
        subject=member,
        time=start_of_day(day).isoformat(),
        data=data,
    )


def _process(wiring: Wiring) -> None:
    """Process what waits. *Raises*: FaultError with the faults of this source's events that were refused."""
    faults: list[Fault] = []
    for outcomes in wiring.runner.run_ingress():
        letters = (one for one in outcomes.dead_letters if one.source == SESSION_SOURCE)
        faults += [fault for letter in letters for fault in letter.faults]
    if faults:
        raise FaultError(faults)
    seal_pending(wiring)
