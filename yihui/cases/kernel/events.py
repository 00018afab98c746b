"""Publish an event about a member within an act, and require the one grant that the rules give for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from benefits.model.ruling import Ruling
from core.civil_time import civil_date, start_of_day
from core.faults import Fault, FaultError
from events.pipeline import BatchOutcome
from members import MemberChange, read_member_changes
from members.applications import VISIT_SOURCE
from yihui.frame.acts import Doing
from yihui.services.events.events import build_event, process_events


def publish_event(
    act: Doing[Any, Any],
    kind: str,
    member: str,
    id_: str,
    data: Mapping[str, object],
    source: str = VISIT_SOURCE,
) -> BatchOutcome:
    """Process one event about a member, later than all known events of the day. *Raises*: FaultError if it is refused."""
    history = read_member_changes(act.connection, [member])[member]
    time = find_instant(civil_date(act.now), history, act.now).isoformat()
    event = build_event(act.now, id=id_, source=source, type=kind, subject=member, time=time, data=dict(data))
    return process_events(act.wiring, act.connection, [event], act.now)


def find_instant(on: date, history: Sequence[MemberChange], now: datetime) -> datetime:
    """Return an instant of a day that is not before any change of the member that is known for it."""
    begin = now if civil_date(now) == on else start_of_day(on)
    return max([begin, *(one.effective_at for one in history if civil_date(one.effective_at) == on)])


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
