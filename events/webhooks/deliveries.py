"""Webhook deliveries: lease them, try them, settle them; in order for each member.

Only the earliest waiting delivery of each member is leased. A failing delivery holds back later ones for
this member and this receiver, and no others. A lease lasts ``LEASE_DURATION``. If the process is killed
before it settles a delivery, the delivery is leased again afterwards and sent again under the same id.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    exists,
    insert,
    select,
    update,
)

from events.outcome_events import build_outgoing_event
from events.tables import webhook_deliveries, webhooks
from store import lock_exclusive, outbox

LEASE_DURATION = timedelta(seconds=60)  # longer than a round and an attempt together
GIVE_UP_AFTER = timedelta(days=3)
FIRST_RETRY_S, RETRY_GROWTH, LONGEST_RETRY_S = 5.0, 3.0, 6 * 3600.0  # 5 s, 15 s, 45 s … 6 h
LONGEST_REST_S = 300.0
_UNREACHABLE_STATUSES = frozenset({502, 503, 504})
_SETTLED = ("state", "attempts", "next_at", "last_at", "last_status", "last_fault")
OFFER_BATCH_ROWS = 500
_LOCK = "webhooks"


@dataclass(frozen=True, slots=True)
class LeasedDelivery:
    """One delivery under way. ``text`` is the CloudEvent, ``id`` its id."""

    webhook_id: str
    sequence: int
    id: str
    text: str
    attempts: int
    offered_at: datetime
    last: tuple[datetime | None, int | None, str | None] = (
        None,
        None,
        None,
    )  # time, status and fault of the last attempt


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The result of an attempt: an HTTP status, or the fault that prevented one.

    ``wait_s`` is the delay that the receiver asked for.
    """

    status: int | None = None
    fault: str | None = None  # timeout, name, address, unreachable, certificate, protocol
    wait_s: float = 0.0

    @property
    def is_attempted(self) -> bool:
        """Whether an attempt was made."""
        return self.status is not None or self.fault is not None

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == 410

    @property
    def is_unreachable(self) -> bool:
        """Whether the result concerns the receiver itself and not the event that was sent."""
        return self.status is None or self.status in _UNREACHABLE_STATUSES


def lease_deliveries(
    connection: Connection, webhook_id: str, now: datetime, most: int
) -> list[LeasedDelivery]:
    """Lease deliveries that are due, at most one for each member; only one if the receiver was unreachable."""
    lock_exclusive(connection, f"webhook/{webhook_id}")
    found = connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none()
    if found is None or found.state != "active" or (found.rests_until and found.rests_until > now):
        return []
    query = _due(webhook_id, now).limit(1 if found.unreached else most)
    rows = connection.execute(query).mappings().all()
    _put_off(connection, webhook_id, [row["sequence"] for row in rows], now + LEASE_DURATION)
    return [_taken(webhook_id, row) for row in rows]


def _taken(webhook_id: str, row: RowMapping) -> LeasedDelivery:
    return LeasedDelivery(
        webhook_id,
        row["sequence"],
        row["id"],
        build_outgoing_event(row).text,
        row["attempts"],
        row["laid_out_at"],
        (row["last_at"], row["last_status"], row["last_fault"]),
    )


def _due(webhook_id: str, now: datetime) -> Select[tuple[object, ...]]:
    one, earlier = webhook_deliveries, webhook_deliveries.alias("earlier")
    before = exists().where(
        earlier.c.webhook_id == one.c.webhook_id,
        earlier.c.state == "waiting",
        earlier.c.key == one.c.key,
        earlier.c.sequence < one.c.sequence,
    )
    waiting = and_(one.c.webhook_id == webhook_id, one.c.state == "waiting", one.c.next_at <= now)
    return (
        select(
            outbox,
            one.c.attempts,
            one.c.offered_at.label("laid_out_at"),
            one.c.last_at,
            one.c.last_status,
            one.c.last_fault,
        )
        .join(one, one.c.sequence == outbox.c.sequence)
        .where(waiting, ~before)
        .order_by(one.c.next_at, one.c.sequence)
    )


def settle_deliveries(
    connection: Connection,
    answers: Sequence[tuple[LeasedDelivery, DeliveryResult | None]],
    now: datetime,
    chance: Callable[[], float],
) -> int:
    """Store the results of leased deliveries to one receiver; return how many were delivered.

    Deliveries that were not tried (None) go on waiting. A delivery that another process settled meanwhile
    stays as it is.
    """
    if not answers:
        return 0
    made = [_settled(taken, answer, now, chance()) for taken, answer in answers]
    column = webhook_deliveries.c
    of = and_(column.webhook_id == bindparam("id_"), column.sequence == bindparam("number"))
    values: dict[str, BindParameter[object]] = {name: bindparam(f"{name}_") for name in _SETTLED}
    connection.execute(update(webhook_deliveries).where(of, column.state == "waiting").values(values), made)
    tried = [answer for _, answer in answers if answer is not None]
    _update_receiver(connection, answers[0][0].webhook_id, tried, now)
    return sum(answer.is_accepted for answer in tried)


def _settled(
    taken: LeasedDelivery, answer: DeliveryResult | None, now: datetime, chance: float
) -> dict[str, object]:
    keys = {"id_": taken.webhook_id, "number": taken.sequence}
    if answer is None:
        row: tuple[object, ...] = ("waiting", taken.attempts, now, *taken.last)
    else:
        attempts = taken.attempts + 1
        next_at = now + timedelta(seconds=max(retry_delay_s(attempts, chance), answer.wait_s))
        over = next_at > taken.offered_at + GIVE_UP_AFTER
        state = "delivered" if answer.is_accepted else "given_up" if over else "waiting"
        row = (state, attempts, next_at, now, answer.status, answer.fault)
    return keys | {f"{name}_": value for name, value in zip(_SETTLED, row, strict=True)}


def retry_delay_s(attempts: int, chance: float) -> float:
    """Return the delay after so many attempts, in seconds; ``chance`` in [0, 1) varies it by up to a quarter."""
    usual = min(FIRST_RETRY_S * RETRY_GROWTH ** min(attempts - 1, 20), LONGEST_RETRY_S)
    return usual * (0.75 + chance / 2)


def _update_receiver(
    connection: Connection, webhook_id: str, tried: Iterable[DeliveryResult], now: datetime
) -> None:
    """Update the receiver's state from the results: gone, reachable, or paused because it was unreachable."""
    answers = list(tried)
    receiver = update(webhooks).where(webhooks.c.id == webhook_id)
    if any(answer.is_gone for answer in answers):
        connection.execute(receiver.values(state="gone"))
        column = webhook_deliveries.c
        left = update(webhook_deliveries).where(column.webhook_id == webhook_id, column.state == "waiting")
        connection.execute(left.values(state="given_up"))
    elif any(not answer.is_unreachable for answer in answers):
        connection.execute(receiver.where(webhooks.c.unreached > 0).values(unreached=0, rests_until=None))
    elif answers:
        query = select(webhooks.c.unreached).where(webhooks.c.id == webhook_id)
        number = (connection.execute(query).scalar() or 0) + 1
        rest = timedelta(seconds=min(FIRST_RETRY_S * 2 ** min(number - 1, 20), LONGEST_REST_S))
        connection.execute(receiver.values(unreached=number, rests_until=now + rest))
        _give_up(connection, webhook_id, answers[-1], now)


def _give_up(connection: Connection, webhook_id: str, answer: DeliveryResult, now: datetime) -> None:
    """Give up deliveries that have waited too long for an unreachable receiver, without trying each."""
    column = webhook_deliveries.c
    late = and_(column.state == "waiting", column.offered_at < now - GIVE_UP_AFTER)
    left = update(webhook_deliveries).where(column.webhook_id == webhook_id, late)
    connection.execute(left.values(state="given_up", last_status=answer.status, last_fault=answer.fault))


def _put_off(connection: Connection, webhook_id: str, numbers: Sequence[int], until: datetime) -> None:
    if not numbers:
        return
    column = webhook_deliveries.c
    of = and_(column.webhook_id == webhook_id, column.sequence == bindparam("number"))
    connection.execute(
        update(webhook_deliveries).where(of, column.state == "waiting").values(next_at=until),
        [{"number": number} for number in numbers],
    )


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One delivery and its state, for views."""

    webhook_id: str
    sequence: int
    id: str
    type: str
    member: str
    state: str
    offered_at: datetime
    attempts: int
    next_at: datetime
    last_at: datetime | None
    last_status: int | None
    last_fault: str | None


def find_deliveries(
    connection: Connection, *, webhook_id: str | None = None, state: str | None = None, most: int = 100
) -> list[WebhookDelivery]:
    """Return deliveries of a receiver, in a state, or all; latest first."""
    column = webhook_deliveries.c
    query = (
        select(webhook_deliveries, outbox.c.id, outbox.c.type)
        .join(outbox, outbox.c.sequence == column.sequence)
        .order_by(column.sequence.desc(), column.webhook_id)
        .limit(most)
    )
    if webhook_id is not None:
        query = query.where(column.webhook_id == webhook_id)
    if state is not None:
        query = query.where(column.state == state)
    return [_delivery(row) for row in connection.execute(query).mappings()]


def _delivery(row: RowMapping) -> WebhookDelivery:
    fields = {name: value for name, value in row.items() if name != "key"}
    return WebhookDelivery(**fields, member=row["key"])


def create_deliveries(connection: Connection, now: datetime) -> int:
    """Create deliveries of some outbox rows for all active webhooks; return how many rows were read.

    Without active webhooks nothing is read or written.
    """
    lock_exclusive(connection, _LOCK)
    listening = [
        (row.id, frozenset(json.loads(row.types)))
        for row in connection.execute(select(webhooks).where(webhooks.c.state == "active"))
    ]
    if not listening:
        return 0
    query = select(outbox.c.sequence, outbox.c.key, outbox.c.type).where(outbox.c.offered_at.is_(None))
    rows = connection.execute(query.order_by(outbox.c.sequence).limit(OFFER_BATCH_ROWS)).mappings().all()
    new = [
        _build_delivery_row(id_, row, now)
        for row in rows
        for id_, types in listening
        if not types or row["type"] in types
    ]
    if new:
        connection.execute(insert(webhook_deliveries), new)
    offered = outbox.c.sequence.in_([row["sequence"] for row in rows])
    connection.execute(update(outbox).where(offered).values(offered_at=now))
    return len(rows)


def offer_all_rows(connection: Connection, now: datetime) -> None:
    """Create deliveries of all present outbox rows, so that a webhook added next gets only later events."""
    while create_deliveries(connection, now):
        pass
    rest = update(outbox).where(outbox.c.offered_at.is_(None))
    connection.execute(rest.values(offered_at=now))


def _build_delivery_row(id_: str, row: RowMapping, now: datetime) -> dict[str, object]:
    return {
        "webhook_id": id_,
        "sequence": row["sequence"],
        "key": row["key"],
        "state": "waiting",
        "offered_at": now,
        "attempts": 0,
        "next_at": now,
    }
