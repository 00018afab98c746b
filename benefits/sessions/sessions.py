"""Stored sessions, and who has a place in them, entered a draw for one, or waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from benefits.draws.free_places import LibraryReader
from benefits.draws.participation import list_waiting_entries
from benefits.sessions.definition import SESSION_FAULTS, SessionDefinition
from benefits.tables.decisions import decisions, entries, grants
from benefits.tables.draws import draw_results, draws, withdrawals
from benefits.tables.rulebook import reversals
from benefits.tables.sessions import sessions
from core.faults import FaultError

SeatState = Literal["enrolled", "entered", "waiting", "over"]


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as an officer created it."""

    definition: SessionDefinition
    created_by: str
    created_at: datetime
    closed_on: date | None = None

    @property
    def id(self) -> str:
        return self.definition.id


@dataclass(frozen=True, slots=True)
class Seat:
    """A member's place in a session, entry in its draw, or place on its waiting list.

    ``id`` is that of the grant's decision, of the entry or of the waiting place.
    """

    id: str
    member: str
    state: SeatState
    since: date
    position: int | None = None


def store_session(connection: Connection, session: SessionDefinition, by: str, at: datetime) -> None:
    """Store a new session. *Raises*: FaultError if there is one with its id."""
    if find_session(connection, session.id) is not None:
        raise FaultError(SESSION_FAULTS.build("exists", field="id", value=session.id))
    row = {
        "id": session.id,
        "station_id": session.station,
        "first_on": session.since,
        "last_on": session.until,
        "definition": session.model_dump_json(by_alias=True),
        "created_by": by,
        "created_at": at,
    }
    connection.execute(insert(sessions).values(row))


def find_session(connection: Connection, id: str) -> StoredSession | None:
    """Return a session; None if there is none with this id."""
    row = connection.execute(select(sessions).where(sessions.c.id == id)).one_or_none()
    return None if row is None else _session(row)


def list_sessions(
    connection: Connection, since: date | None, *, station: str | None = None
) -> list[StoredSession]:
    """List the sessions of a station or of all by their first day; only those that last until a day or longer."""
    query = select(sessions).order_by(sessions.c.first_on, sessions.c.id)
    if since is not None:
        query = query.where(sessions.c.last_on >= since)
    if station is not None:
        query = query.where(sessions.c.station_id == station)
    return [_session(row) for row in connection.execute(query)]


def mark_session_closed(connection: Connection, id: str, on: date) -> None:
    """Record the day on which an officer closed a session."""
    connection.execute(update(sessions).where(sessions.c.id == id).values(closed_on=on))


def list_seats(
    connection: Connection, session: str, today: date = date.min, rules: LibraryReader | None = None
) -> list[Seat]:
    """List who has a place, who entered a draw that is not drawn yet, and who waits, in this order.

    With ``rules`` a list on which nobody moves up any more is over.
    """
    return [
        *_enrolled(connection, session),
        *_entered(connection, session),
        *(
            Seat(one.id, one.member_id, "over" if one.ended_on else "waiting", one.waits_since, one.position)
            for one in list_waiting_entries(connection, session, today, rules)
        ),
    ]


def _enrolled(connection: Connection, session: str) -> Sequence[Seat]:
    query = (
        select(grants.c.decision_id, grants.c.member_id, grants.c.granted_on)
        .outerjoin(reversals, reversals.c.grant_id == grants.c.id)
        .where(grants.c.rule_id == session, reversals.c.id.is_(None))
        .order_by(grants.c.granted_on, grants.c.id)
    )
    return [Seat(row[0], row[1], "enrolled", row[2]) for row in connection.execute(query)]


def _entered(connection: Connection, session: str) -> Sequence[Seat]:
    drawn = select(draws.c.places).join(draw_results, draw_results.c.draw_id == draws.c.id)
    is_drawn = drawn.where(draws.c.rule_id == session)
    if connection.execute(is_drawn).first() is not None:
        return []
    query = (
        select(entries.c.id, entries.c.member_id, entries.c.entered_on)
        .join(decisions, decisions.c.id == entries.c.id)
        .outerjoin(withdrawals, withdrawals.c.id == entries.c.id)
        .where(entries.c.rule_id == session, withdrawals.c.id.is_(None))
        .order_by(entries.c.entered_on, entries.c.id)
    )
    return [Seat(row[0], row[1], "entered", row[2]) for row in connection.execute(query)]


def _session(row: Row[Any]) -> StoredSession:
    definition = SessionDefinition.model_validate_json(row.definition)
    return StoredSession(definition, row.created_by, row.created_at, row.closed_on)
