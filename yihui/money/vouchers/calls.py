"""What other nouns may call of vouchers: end what is left of a benefit, hand out a code."""

from collections.abc import Callable
from typing import Any

from benefits import (
    Officer,
    Transaction,
    VoucherKey,
    check_voucher_key,
    find_act_number,
    find_code_number,
    has_voucher_key,
    issue_voucher_code,
    void_grant_remainder,
)
from core.civil_time import civil_date
from events.acts import record_act
from yihui.bootstrap import Wiring
from yihui.frame.acts import Doing, Key
from yihui.frame.types import Form


def void_rest(act: Doing[Any, Any], grant: str, reason: str) -> Transaction:
    """End what is left of a benefit, which returns to its budget. *Raises*: FaultError."""
    officer = Officer(act.actor.id, act.now, civil_date(act.now), reason)
    voided = void_grant_remainder(act.connection, officer, grant)
    number = find_act_number(act.connection, voided.id)
    record_act(act.connection, "void", act.now, grant=grant, number=number, by=officer.who, reason=reason)
    return voided


def give_code(act: Doing[Any, Any], grant: str, *, anew: bool, member: str | None = None) -> None:
    """Hand out a benefit's code, which also claims it; again it is the same, unless a lost one is replaced.

    *Raises*: MoveRefused.
    """
    connection, now, key = act.connection, act.now, act.wiring.voucher_key
    before = find_code_number(connection, grant)
    issued = issue_voucher_code(connection, key, grant, civil_date(now), now, anew=anew, member_id=member)
    if issued.number != before:
        record_act(connection, "issue_code", now, grant=grant, anew=anew)


def find_key(act: Doing[Any, Any]) -> VoucherKey | None:
    """Return the key of codes, and record nothing; None if no code was handed out yet.

    *Raises*: FaultError if the database knows another key.
    """
    if not has_voucher_key(act.connection):
        return None
    key = VoucherKey(act.wiring.load_key("voucher"))
    check_voucher_key(act.connection, key)
    return key


def load_key(wiring: Wiring, form: Form, run: Callable[[], Key]) -> Key:
    """Load the key of codes before the act's transaction begins: one of its own registers it."""
    _ = wiring.voucher_key
    return run()
