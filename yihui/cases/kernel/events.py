"""Events that an act states itself, in its own transaction; and the one grant that the rules give for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from benefits.model.ruling import Ruling
from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from events import Event, InboundEvent, InvalidEvent, validate_event
from events.pipeline import BatchOutcome, process_batch
from members import read_member_changes
from members.applications import VISIT_SOURCE
from yihui.bootstrap import Wiring
from yihui.frame.acts import Doing


def build_event(now: datetime, **stated: object) -> Event:
    """Build an event of its attributes. *Raises*: FaultError with all that is wrong with them."""
    event = validate_event({"specversion": "1.0", **stated}, now)
    if isinstance(event, InvalidEvent):
        raise FaultError(list(event.faults))
    return event


def process_events(
    wiring: Wiring, connection: Connection, events: Sequence[Event], now: datetime
) -> BatchOutcome:
    """Process an act's own events in its transaction. *Raises*: FaultError with every reason why one is refused."""
    batch = [InboundEvent(one, one.source.strip("/"), is_own=True) for one in events]
    outcome = process_batch(batch, connection, wiring.runner.library(connection), now)
    raise_faults([fault for letter in outcome.dead_letters for fault in letter.faults])
    return outcome


def publish_event(
    act: Doing[Any, Any],
    kind: str,
    member: str,
    id_: str,
    data: Mapping[str, object],
    source: str = VISIT_SOURCE,
) -> BatchOutcome:
    """Process one event about a member, after all that is known of the day. *Raises*: FaultError if it is refused."""
    time = _instant(act.connection, member, act.now).isoformat()
    event = build_event(act.now, id=id_, source=source, type=kind, subject=member, time=time, data=dict(data))
    return process_events(act.wiring, act.connection, [event], act.now)


def _instant(connection: Connection, member: str, now: datetime) -> datetime:
    changes = read_member_changes(connection, [member])[member]
    today = civil_date(now)
    return max([now, *(one.effective_at for one in changes if civil_date(one.effective_at) == today)])


@dataclass(frozen=True, slots=True)
class GrantRefusals:
    """The faults of an act whose money the rules don't grant as it was computed."""

    field: str
    code: str  # of the rules' own reasons
    stopped: Fault
    no_rule: Fault
    build_other_amount: Callable[[int], Fault]  # of what the rules gave


def require_cash_grant(outcome: BatchOutcome, amount_fen: int, refusals: GrantRefusals) -> str:
    """Return the grant of an event that was published for one sum of money.

    *Raises*: FaultError, with the rules' own reasons, unless they granted just that sum in cash.
    """
    if outcome.held:
        raise FaultError(refusals.stopped)
    granted = [one for one in outcome.rulings if one.outcome == "granted"]
    if not granted:
        reasons = _rule_reasons(outcome.rulings, refusals.field, refusals.code)
        raise FaultError(reasons or [refusals.no_rule])
    parts = [due for ruling in granted for due in ruling.decision.benefits]
    given = sum(due.amount_fen for due in parts)
    if len(parts) != 1 or parts[0].kind != "cash" or given != amount_fen:
        raise FaultError(refusals.build_other_amount(given))
    return granted[0].id


def _rule_reasons(rulings: Sequence[Ruling], field: str, code: str) -> list[Fault]:
    """Return the rules' own reasons why they give nothing, as faults of a field."""
    reasons = [reason for ruling in rulings for reason in ruling.reasons]
    return [
        Fault(reason.text, reason.remedy, field=field, code=code, params=dict(reason.params))
        for reason in reasons
    ]
