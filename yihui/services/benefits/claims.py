"""Claim grants and give up participations."""

from datetime import datetime

from sqlalchemy import Connection

import benefits
from benefits import ClaimResult, MoveRefused, Withdrawal
from core.civil_time import civil_date
from events.acts import record_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.access.reach import Act, Reach, audit_act, require_member


def claim_grant(
    wiring: Wiring, grant_id: str, member_id: str | None = None, reach: Reach | None = None
) -> ClaimResult:
    """Claim a grant now. *Raises*: FaultError if it can't be claimed."""
    now = wiring.now()

    def work(connection: Connection) -> ClaimResult:
        place = require_member(connection, reach, member_id or "")
        claimed = claim_in(connection, grant_id, now, member_id)
        if claimed.is_new:
            audit_act(connection, reach, place, Act("claim", "grant", grant_id))
        return claimed

    return run_act(wiring, work)


def claim_in(connection: Connection, grant_id: str, now: datetime, member_id: str | None) -> ClaimResult:
    """Claim a grant in the caller's transaction. *Raises*: MoveRefused if it can't be claimed."""
    try:
        claimed = benefits.record_claim(connection, grant_id, now, civil_date(now), member_id)
    except MoveRefused as refused:
        raise refused.at(field="grant", value=grant_id[:80]) from refused
    if claimed.is_new:
        record_act(connection, "claim", now, grant=grant_id)
    return claimed


def give_up_participation(wiring: Wiring, id_: str, member_id: str, reach: Reach | None = None) -> Withdrawal:
    """Give up an entry or a place on the waiting list. *Raises*: FaultError if that isn't possible."""
    now = wiring.now()

    def work(connection: Connection) -> Withdrawal:
        place = require_member(connection, reach, member_id)
        gone = benefits.withdraw_participation(connection, id_, member_id, now, civil_date(now))
        if gone.is_new:
            record_act(connection, "give_up", now, participation=id_)
            audit_act(connection, reach, place, Act("give_up", "participation", id_))
        return gone

    try:
        return run_act(wiring, work)
    except MoveRefused as refused:
        raise refused.at(field="id", value=id_[:80]) from refused
