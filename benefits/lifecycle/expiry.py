"""What ends on which day: members are reminded a week and a day before, then it goes back to its budget.

Each grant that expires has one slot: the day on which it is looked at next. The job takes the slots that
are due, some hundreds a transaction, and moves each on to its next day or deletes it; stopped anywhere,
it goes on where the last commit ended, and each reminder is sent once.

(Claims that are not made in time lapse by slots of their own.) What was never handed out ends on the
day after its last. What was handed out stays for another
``OFFLINE_GRACE_DAYS``: it can't be used any more, but what was used in time may still be handed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, tuple_

from benefits.ledger.positions import GrantTerms, Position, positions, terms_of
from benefits.ledger.posting import post_all
from benefits.messages.payloads import BenefitExpiring, MovedAmount
from benefits.model.accounts import FEN, Stage
from benefits.model.due_dates import REMINDERS_DAYS, Slot
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import Move, Transaction
from benefits.tables.vouchers import due_slots
from store import insert_into, outbox

OFFLINE_GRACE_DAYS = 7
AT_ONCE = 500
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Worked:
    """What one transaction of the job did; ``slots`` is 0 where nothing was due."""

    slots: int = 0
    reminded: int = 0
    ended: int = 0
    ended_fen: int = 0

    def __add__(self, other: "Worked") -> "Worked":
        return Worked(
            self.slots + other.slots,
            self.reminded + other.reminded,
            self.ended + other.ended,
            self.ended_fen + other.ended_fen,
        )


@dataclass(slots=True)
class _Plan:
    """What one transaction is going to do."""

    moves: list[Move] = field(default_factory=list)
    next: list[Slot] = field(default_factory=list)
    told: list[dict[str, object]] = field(default_factory=list)


def end_what_is_due(connection: Connection, today: date, now: datetime, *, most: int = AT_ONCE) -> Worked:
    """Work off some of the slots that are due up to today, those due longest first.

    Two who do it at once take different slots.
    """
    due = select(due_slots).where(due_slots.c.day <= today).order_by(due_slots.c.day, due_slots.c.grant_id)
    slots = [Slot(*row) for row in connection.execute(due.limit(most).with_for_update(skip_locked=True))]
    if not slots:
        return Worked()
    ids = {slot.grant_id for slot in slots}
    terms, standing = terms_of(connection, ids), positions(connection, ids)
    plan = _Plan()
    for id_ in sorted(ids):
        _plan(plan, terms[id_], standing[id_], today, now)
    connection.execute(delete(due_slots).where(tuple_(due_slots.c.day, due_slots.c.grant_id).in_(slots)))
    put(connection, plan.next)
    if plan.told:
        connection.execute(insert(outbox), plan.told)
    results = post_all(connection, plan.moves, now)
    done = [result for result in results if not isinstance(result, NotAllowed)]  # or used in the meantime
    return Worked(len(slots), len(plan.told), len(done), _fen(done))


def put(connection: Connection, slots: Iterable[Slot]) -> None:
    """Note slots down; one that is there already stays."""
    rows = [slot._asdict() for slot in sorted(set(slots))]
    if rows:
        connection.execute(insert_into(connection, due_slots).on_conflict_do_nothing(), rows)


def look_again(connection: Connection, grant_id: str, today: date) -> None:
    """What was used up and comes back must end as well: its last slot may have been worked off.

    Before its end too: a clock that went back may say so after the last slot is gone. The new one is after
    the last day, so that nobody is reminded twice; one that still waits stays beside it.
    """
    last = terms_of(connection, [grant_id])[grant_id].expires_on
    if last is not None:
        put(connection, [Slot(max(today, last + _DAY), grant_id)])


def _plan(
    plan: _Plan, terms: GrantTerms, standing: Mapping[str, Position], today: date, now: datetime
) -> None:
    last = terms.expires_on
    assert last is not None, f"grant {terms.id} has a slot but no end"
    final = last + timedelta(days=OFFLINE_GRACE_DAYS)
    promised = any(position.promised for position in standing.values())
    issued = any(position.issued for position in standing.values()) and terms.kind != "cash"
    if promised and today > last:
        plan.moves.append(_end(terms.id, "promised", standing, today))
    if issued and today > final:
        plan.moves.append(_end(terms.id, "issued", standing, today))
    days_left = (last - today).days
    if (promised or issued) and 0 <= days_left <= REMINDERS_DAYS[0]:
        plan.told.append(_reminder(terms, standing, days_left, now))
    if today <= final:
        plan.next.append(Slot(_next_day(last, final, today), terms.id))


def _next_day(last: date, final: date, today: date) -> date:
    """Strictly after today."""
    days = [*(last - timedelta(days=days) for days in REMINDERS_DAYS), last + _DAY, final + _DAY]
    return min(day for day in days if day > today)


def _end(grant_id: str, stage: Stage, standing: Mapping[str, Position], today: date) -> Move:
    """What ended before stands in the key: what was refunded after its end has an end of its own."""
    before = "/".join(f"{position.expired}" for _, position in sorted(standing.items()))
    return Move("expire", grant_id, None, stage, "expired", f"expire/{grant_id}/{stage}/{before}", today)


def _reminder(
    terms: GrantTerms, standing: Mapping[str, Position], days_left: int, now: datetime
) -> dict[str, object]:
    assert terms.expires_on is not None
    content = BenefitExpiring(
        rule=terms.rule_id,
        grant=terms.id,
        last_day=terms.expires_on,
        days_left=days_left,
        left=tuple(
            MovedAmount(amount=position.open, unit=unit)
            for unit, position in sorted(standing.items())
            if position.open
        ),
    )
    return {
        "id": f"expiring/{terms.id}/{days_left}",
        "key": terms.member_id,
        "type": "benefit.expiring",
        "data": content.model_dump_json(exclude_none=True),
        "recorded_at": now,
    }


def _fen(done: Iterable[Transaction]) -> int:
    return sum(line.amount for made in done for line in made.moved if line.unit == FEN)
