"""Expire grants on their days: remind members a week and a day before, then return the rest to the budget.

Each grant that expires has one slot: the next day on which the job processes it. The job takes some
hundreds of due slots per transaction and moves each slot to its next day or deletes it. A stopped job
resumes after the last commit, and each reminder is sent once.

A grant that was never issued expires on the day after its last day. An issued grant stays for another
``OFFLINE_GRACE_DAYS``: it can't be used in that time, but uses made in time may still be handed in.
Unclaimed grants lapse by slots of their own (see ``benefits.lifecycle.claims``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, bindparam, delete, func, select

from benefits.ledger.positions import GrantPosition, GrantTerms, read_grant_terms, read_positions
from benefits.ledger.posting import post_moves
from benefits.ledger.rows import REMINDER_DAYS, ExpirySlot
from benefits.messages.payloads import BenefitExpiring, MovedAmount, outbox_row
from benefits.model.accounts import Stage
from benefits.model.faults import MoveRefused
from benefits.model.moves import Move, Transaction
from benefits.tables.draws import claim_slots
from benefits.tables.vouchers import due_slots
from store import OUTBOX_BATCHES, append_batch, append_missing_rows, in_json_array, json_array

OFFLINE_GRACE_DAYS = 7
SLOTS_PER_TRANSACTION = 500
_DAY = timedelta(days=1)
_DUE = (
    select(due_slots)
    .where(due_slots.c.day <= bindparam("today"))
    .order_by(due_slots.c.day, due_slots.c.grant_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_DELETE = delete(due_slots).where(
    due_slots.c.day == bindparam("day"), in_json_array(due_slots.c.grant_id, "ids")
)
_NEXT_DUE = select(
    select(func.min(claim_slots.c.claim_by)).scalar_subquery(),
    select(func.min(due_slots.c.day)).scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class ExpiryResult:
    """What one transaction of the expiry job did. ``slots`` is 0 when no slot was due.

    ``ended`` moved what the members had not used.
    """

    slots: int = 0
    reminded: int = 0
    ended: tuple[Transaction, ...] = ()


@dataclass(slots=True)
class _Plan:
    """The moves, next slots and messages of one transaction."""

    moves: list[Move] = field(default_factory=list)
    next: list[ExpirySlot] = field(default_factory=list)
    told: list[dict[str, object]] = field(default_factory=list)


def expire_due_grants(
    connection: Connection,
    today: date,
    now: datetime,
    *,
    remind_on: date | None = None,
    most: int = SLOTS_PER_TRANSACTION,
) -> ExpiryResult:
    """Process up to ``most`` slots due by today, the longest due first.

    What ends is booked today. Members are reminded as of ``remind_on`` (by default today), which may be
    later when earlier days are made up for. Two workers that run at the same time take different slots.
    """
    slots = [*map(ExpirySlot._make, connection.execute(_DUE, {"today": today, "most": most}).all())]
    if not slots:
        return ExpiryResult()
    ids = {slot.grant_id for slot in slots}
    terms = read_grant_terms(connection, ids)
    standing = read_positions(connection, terms)
    plan = _Plan()
    for id_ in sorted(ids):
        _plan(plan, terms[id_], standing[id_], today, remind_on or today, now)
    for day, some in groupby(slots, key=attrgetter("day")):
        connection.execute(_DELETE, {"day": day, "ids": json_array(slot.grant_id for slot in some)})
    store_expiry_slots(connection, plan.next)
    append_batch(connection, OUTBOX_BATCHES, plan.told, now)
    results = post_moves(connection, plan.moves, now, terms)
    # What a refused move would have ended was used in the meantime.
    ended = tuple(result for result in results if not isinstance(result, MoveRefused))
    return ExpiryResult(len(slots), len(plan.told), ended)


def store_expiry_slots(connection: Connection, slots: Iterable[ExpirySlot]) -> None:
    """Store expiry slots; an existing slot stays as it is."""
    append_missing_rows(connection, due_slots, [slot._asdict() for slot in sorted(set(slots))])


def ensure_expiry_slot(connection: Connection, grant_id: str, today: date) -> None:
    """Store an expiry slot for a grant of which an amount came back, so that this amount expires as well.

    The grant's last slot may have been processed already, even before its last day if a clock was set
    back. The new slot lies after the last day, so that no member is reminded twice; an existing slot
    stays beside it.
    """
    last = read_grant_terms(connection, [grant_id])[grant_id].expires_on
    if last is not None:
        store_expiry_slots(connection, [ExpirySlot(max(today, last + _DAY), grant_id)])


@dataclass(frozen=True, slots=True)
class DueDays:
    """The earliest day on which a claim lapses, and the earliest on which a grant is to be looked at."""

    lapse: date | None
    expiry: date | None

    @property
    def next(self) -> date | None:
        """The earlier of both; None if nothing is due ever."""
        return min((day for day in (self.lapse, self.expiry) if day is not None), default=None)


def find_due_days(connection: Connection) -> DueDays:
    """Return the earliest days on which something is due."""
    last_claim, slot = connection.execute(_NEXT_DUE).one()
    return DueDays(last_claim and last_claim + _DAY, slot)


def _plan(
    plan: _Plan,
    terms: GrantTerms,
    standing: Mapping[str, GrantPosition],
    today: date,
    remind_on: date,
    now: datetime,
) -> None:
    if terms.kind == "cash":  # it is owed until it is paid, whatever end was stored with it
        return
    last = terms.expires_on
    assert last is not None, f"grant {terms.id} has a slot but no end"
    final = last + timedelta(days=OFFLINE_GRACE_DAYS)
    promised = any(position.promised for position in standing.values())
    issued = any(position.issued for position in standing.values())
    if promised and today > last:
        plan.moves.append(_end(terms.id, "promised", standing, today))
    if issued and today > final:
        plan.moves.append(_end(terms.id, "issued", standing, today))
    days_left = (last - remind_on).days
    if (promised or issued) and 0 <= days_left <= REMINDER_DAYS[0]:
        plan.told.append(_reminder(terms, standing, days_left, now))
    if today <= final:
        plan.next.append(ExpirySlot(_next_day(last, final, today, remind_on), terms.id))


def _next_day(last: date, final: date, today: date, remind_on: date) -> date:
    """Return the next day on which the grant is processed; no reminder of a day that is over."""
    reminders = [last - timedelta(days=days) for days in REMINDER_DAYS]
    ahead = [day for day in reminders if day > remind_on]
    return min(ahead + [day for day in (last + _DAY, final + _DAY) if day > today])


def _end(grant_id: str, stage: Stage, standing: Mapping[str, GrantPosition], today: date) -> Move:
    """Build the move that expires a grant.

    The request key holds the amount expired so far, so that a refund after the end can expire once more.
    """
    before = "/".join(f"{position.expired}" for _, position in sorted(standing.items()))
    return Move("expire", grant_id, None, stage, "expired", f"expire/{grant_id}/{stage}/{before}", today)


def _reminder(
    terms: GrantTerms, standing: Mapping[str, GrantPosition], days_left: int, now: datetime
) -> dict[str, object]:
    assert terms.expires_on is not None
    content = BenefitExpiring(
        rule=terms.rule_id,
        grant=terms.id,
        last_day=terms.expires_on,
        days_left=days_left,
        left=tuple(
            MovedAmount(amount=position.open_amount, unit=unit)
            for unit, position in sorted(standing.items())
            if position.open_amount
        ),
    )
    id_ = f"expiring/{terms.id}/{days_left}"
    return outbox_row(id_, terms.member_id, "benefit.expiring", content, now)
