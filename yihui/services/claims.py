"""Claim grants and give up participations."""

from functools import partial

import benefits
from benefits import ClaimResult, MoveRefused, Withdrawal
from core.civil_time import civil_date
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring


def claim_grant(wiring: Wiring, grant_id: str, member_id: str | None = None) -> ClaimResult:
    """Claim a grant today. *Raises*: FaultError if it can't be claimed."""
    now = wiring.now()
    work = partial(
        benefits.record_claim, grant_id=grant_id, now=now, today=civil_date(now), member_id=member_id
    )
    try:
        return run_in_transaction(wiring.database, work)
    except MoveRefused as refused:
        raise refused.at(field="grant", value=grant_id[:80]) from refused


def give_up_participation(wiring: Wiring, id_: str, member_id: str) -> Withdrawal:
    """Give up an entry or a place on the waiting list. *Raises*: FaultError if that isn't possible."""
    now = wiring.now()
    work = partial(
        benefits.withdraw_participation, id_=id_, member_id=member_id, now=now, today=civil_date(now)
    )
    try:
        return run_in_transaction(wiring.database, work)
    except MoveRefused as refused:
        raise refused.at(field="id", value=id_[:80]) from refused
