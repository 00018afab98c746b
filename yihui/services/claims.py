"""Claim grants and give up participations."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import benefits
from benefits import ClaimResult, MoveRefused, Withdrawal
from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language
from yihui.runtime.ledger_texts import refusal_fault


@contextmanager
def translate_move_refusals(field: str, value: str, language: Language) -> Iterator[None]:
    """Translate a refused move of a member into FaultError for ``field`` and ``value``."""
    try:
        yield
    except MoveRefused as refused:
        raise FaultError([replace(refusal_fault(refused, language), field=field, value=value)]) from refused


def claim_grant(wiring: Wiring, grant_id: str, member_id: str | None = None) -> ClaimResult:
    """Claim a grant today. *Raises*: FaultError if it can't be claimed."""
    now = wiring.now()
    work = partial(
        benefits.record_claim, grant_id=grant_id, now=now, today=civil_date(now), member_id=member_id
    )
    with translate_move_refusals("grant", grant_id[:80], wiring.language):
        return run_in_transaction(wiring.database, work)


def give_up_participation(wiring: Wiring, id_: str, member_id: str) -> Withdrawal:
    """Give up an entry or a place on the waiting list. *Raises*: FaultError if that isn't possible."""
    now = wiring.now()
    work = partial(
        benefits.withdraw_participation, id_=id_, member_id=member_id, now=now, today=civil_date(now)
    )
    with translate_move_refusals("id", id_[:80], wiring.language):
        return run_in_transaction(wiring.database, work)
