"""Read and spend members' points."""

from sqlalchemy import Connection

from benefits import PointsAccount, Spending, SpendingRequest, read_points_account, spend_points
from core.civil_time import civil_date
from events.acts import record_act
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.reach import Act, Reach, audit_act, require_member
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.unknown_ids import require_known_member


def load_points_account(wiring: Wiring, member: str, reach: Reach | None = None) -> PointsAccount:
    """Load a member's account as of today. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        require_member(connection, reach, member)
        require_known_member(connection, member, "member")
        return read_points_account(connection, member, civil_date(wiring.now()))


def spend_member_points(
    wiring: Wiring, member: str, points: int, purpose: str, request_key: str, reach: Reach | None = None
) -> Spending:
    """Spend a member's points today, once for each request key.

    *Raises*: FaultError for an unknown member, a faulty request or too few points; nothing has changed then.
    """
    require_running_clock(wiring)
    now = wiring.now()
    request = SpendingRequest(member, points, purpose, request_key, civil_date(now))

    def work(connection: Connection) -> Spending:
        place = require_member(connection, reach, member)
        require_known_member(connection, member, "member")
        done = spend_points(connection, request, now)
        if not done.already:
            record_act(
                connection,
                "spend_points",
                now,
                member=member,
                points=points,
                purpose=purpose,
                request=request_key,
            )
            audit_act(
                connection, reach, place, Act("spend_points", "member", member, after={"points": points})
            )
        return done

    done = run_in_transaction(wiring.database, work)
    seal_pending(wiring)
    return done
