"""Read and spend members' points, and list what gives points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from benefits import PointsAccount, Spending, SpendingRequest, read_points_account, spend_points
from core.civil_time import civil_date
from events.acts import record_act
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.reach import Reach, require_member
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.organisations import find_member_organisations
from yihui.services.members.unknown_ids import require_known_member


@dataclass(frozen=True, slots=True)
class PointSource:
    """A rule that gives points: how many, on which event, and the condition on that event, if there is one."""

    title: str
    points: int
    event_type: str
    among: str


def load_points_account(wiring: Wiring, member: str, reach: Reach | None = None) -> PointsAccount:
    """Load a member's account as of today. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        require_member(connection, reach, member)
        require_known_member(connection, member, "member")
        return read_points_account(connection, member, civil_date(wiring.now()))


def list_point_sources(
    wiring: Wiring, connection: Connection, member: str, today: date
) -> Sequence[PointSource]:
    """Return the rules in force today that give points to members of the member's organisation, by title."""
    code = find_member_organisations(connection, [member], today).get(member)
    library = wiring.rulebook.in_force(connection)
    if code is None:
        return ()
    return sorted(
        (
            PointSource(
                rule.definition.title, part.quantity, event_type, rule.definition.audience_condition or ""
            )
            for event_type in library.by_event
            for rule in library.candidates(event_type, code, today)
            for part in rule.parts
            if part.benefit.kind == "points"
        ),
        key=lambda one: (one.title, one.event_type),
    )


def spend_member_points(wiring: Wiring, member: str, points: int, purpose: str, request_key: str) -> Spending:
    """Spend a member's points today, once for each request key. *Raises*: as ``spend_in``."""
    require_running_clock(wiring)
    now = wiring.now()
    request = SpendingRequest(member, points, purpose, request_key, civil_date(now))
    done = run_in_transaction(wiring.database, lambda connection: spend_in(connection, request, now))
    seal_pending(wiring)
    return done


def spend_in(connection: Connection, request: SpendingRequest, now: datetime) -> Spending:
    """Spend a member's points in the caller's transaction, once for each request key.

    *Raises*: FaultError for an unknown member, a faulty request or too few points.
    """
    member = request.member_id
    require_known_member(connection, member, "member")
    done = spend_points(connection, request, now)
    if not done.already:
        said = {"points": request.points, "purpose": request.purpose, "request": request.request_key}
        record_act(connection, "spend_points", now, member=member, **said)
    return done
