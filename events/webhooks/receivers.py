"""Webhooks: the receivers of outcomes, their addresses and event types, and the key behind their secrets.

No secret is stored: each is derived from the key.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from benefits import BENEFIT_PAYLOADS
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events.tables import webhook_deliveries, webhook_keys, webhooks
from events.webhooks.addresses import parse_webhook_address
from events.webhooks.deliveries import offer_all_rows
from members.messages import NOTICE_PAYLOADS
from store import insert_into

WEBHOOK_FAULTS = FaultTable(
    "webhooks",
    {
        "unknown": (N_("there is no webhook {value}"), N_("`yihui webhooks list` shows them")),
        "unknown_type": (
            N_("nothing of type {value} is ever told"),
            N_("choose among {known}"),
        ),
        "gone": (
            N_("webhook {value} is gone: its receiver answered 410"),
            N_("send all of it again; that makes it active"),
        ),
        "no_delivery": (
            N_("delivery {value} does not wait: it was delivered, or was deleted with its event"),
            N_("load the list again"),
        ),
    },
)
KEY_FAULTS = FaultTable(
    "webhook_key",
    {
        "other_key": (
            N_("the key of webhooks is another one than this database knows ({known}…): {value}…"),
            N_(
                "put the right webhook.key or YIHUI_WEBHOOK_KEY back; with another one no receiver would believe us"
            ),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One receiver. Empty ``types`` mean all types.

    ``state`` is active, or gone if the receiver answered 410.
    """

    id: str
    url: str
    types: tuple[str, ...]
    private: bool
    state: str
    created_at: datetime
    unreached: int
    rests_until: datetime | None


def add_webhook(
    connection: Connection, url: str, types: Iterable[str], now: datetime, *, private: bool = False
) -> Webhook:
    """Add a receiver; it gets events committed from now on. *Raises*: FaultError."""
    wanted = tuple(sorted(set(types)))
    address = parse_webhook_address(url, private=private)
    faults = [address] if isinstance(address, Fault) else []
    known = ", ".join(sorted({**BENEFIT_PAYLOADS, **NOTICE_PAYLOADS}))
    faults += [
        WEBHOOK_FAULTS.build("unknown_type", field="--type", value=kind, known=known)
        for kind in wanted
        if kind not in BENEFIT_PAYLOADS and kind not in NOTICE_PAYLOADS
    ]
    if faults:
        raise FaultError(faults)
    offer_all_rows(connection, now)
    new = Webhook(f"wh-{secrets.token_hex(4)}", url, wanted, private, "active", now, 0, None)
    connection.execute(
        insert(webhooks).values(
            id=new.id,
            url=url,
            types=json.dumps(wanted),
            private=private,
            state=new.state,
            created_at=now,
            unreached=0,
        )
    )
    return new


def list_webhooks(connection: Connection) -> list[Webhook]:
    """Return all receivers, oldest first."""
    rows = connection.execute(select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id))
    return [_webhook(row) for row in rows]


def find_webhook(connection: Connection, id_: str) -> Webhook:
    """Return one receiver. *Raises*: FaultError if there is none."""
    row = connection.execute(select(webhooks).where(webhooks.c.id == id_)).one_or_none()
    if row is None:
        raise FaultError(WEBHOOK_FAULTS.build("unknown", field="ID", value=id_))
    return _webhook(row)


def has_active_webhooks(connection: Connection) -> bool:
    """Return whether any webhook is active."""
    query = select(webhooks.c.id).where(webhooks.c.state == "active").limit(1)
    return connection.execute(query).scalar() is not None


def remove_webhook(connection: Connection, id_: str) -> None:
    """Delete a receiver and its deliveries. *Raises*: FaultError if there is none."""
    find_webhook(connection, id_)
    connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.webhook_id == id_))
    connection.execute(delete(webhooks).where(webhooks.c.id == id_))


def retry_deliveries(connection: Connection, id_: str, now: datetime) -> int:
    """Make waiting and given-up deliveries due now and set the receiver active; return how many are due.

    A receiver that was gone does not get the events of the time while it was gone.

    *Raises*: FaultError if there is no such receiver.
    """
    known = find_webhook(connection, id_)
    if known.state == "gone":
        offer_all_rows(connection, now)
    awake = update(webhooks).where(webhooks.c.id == id_)
    connection.execute(awake.values(state="active", unreached=0, rests_until=None))
    again = update(webhook_deliveries).where(
        webhook_deliveries.c.webhook_id == id_, webhook_deliveries.c.state != "delivered"
    )
    return connection.execute(again.values(state="waiting", next_at=now, offered_at=now)).rowcount


def retry_delivery(connection: Connection, id_: str, sequence: int, now: datetime) -> None:
    """Make one delivery that waits or was given up due now; let its receiver be tried at once.

    *Raises*: FaultError if there is none, it was delivered, or its receiver is gone.
    """
    if find_webhook(connection, id_).state == "gone":
        raise FaultError(WEBHOOK_FAULTS.build("gone", field="ID", value=id_))
    column = webhook_deliveries.c
    again = update(webhook_deliveries).where(
        column.webhook_id == id_, column.sequence == sequence, column.state != "delivered"
    )
    if not connection.execute(again.values(state="waiting", next_at=now, offered_at=now)).rowcount:
        raise FaultError(WEBHOOK_FAULTS.build("no_delivery", field="delivery", value=sequence))
    connection.execute(update(webhooks).where(webhooks.c.id == id_).values(unreached=0, rests_until=None))


def count_undelivered(connection: Connection) -> dict[tuple[str, str], int]:
    """Return the number of waiting and given-up deliveries, by receiver and state."""
    query = select(func.count()).select_from(webhook_deliveries)
    column = webhook_deliveries.c
    return {
        (id_, state): connection.execute(
            query.where(column.webhook_id == id_, column.state == state)
        ).scalar_one()
        for id_ in connection.execute(select(webhooks.c.id)).scalars().all()
        for state in ("waiting", "given_up")
    }


def count_deliveries_by_state(connection: Connection) -> dict[tuple[str, str], int]:
    """Return the number of deliveries, by receiver and state."""
    columns = webhook_deliveries.c.webhook_id, webhook_deliveries.c.state
    rows = connection.execute(select(*columns, func.count()).group_by(*columns))
    return {(id_, state): number for id_, state, number in rows}


def _webhook(row: Row[tuple[object, ...]]) -> Webhook:
    fields = {**row._mapping, "types": tuple(json.loads(row.types))}
    return Webhook(**fields)


@dataclass(frozen=True, slots=True)
class WebhookKey:
    """A key of at least 32 bytes."""

    key: bytes = field(repr=False)

    def derive_secret(self, webhook_id: str) -> str:
        """Return the secret with which one receiver verifies signatures, in Standard Webhooks form."""
        return "whsec_" + base64.b64encode(self._digest(f"webhook\0{webhook_id}")).decode()

    @property
    def fingerprint(self) -> str:
        return self._digest("fingerprint").hex()

    def _digest(self, purpose: str) -> bytes:
        return hmac.new(self.key, purpose.encode(), hashlib.sha256).digest()


def claim_webhook_key(connection: Connection, key: WebhookKey) -> None:
    """Store the fingerprint of the first key that is used; signatures of another key would fail.

    *Raises*: FaultError if the database knows another key.
    """
    row = insert_into(connection, webhook_keys).values(number=1, fingerprint=key.fingerprint)
    connection.execute(row.on_conflict_do_nothing())
    check_webhook_key(connection, key)


def check_webhook_key(connection: Connection, key: WebhookKey) -> None:
    """Check a key without storing it. *Raises*: FaultError if the database knows another key."""
    known = connection.execute(select(webhook_keys.c.fingerprint)).scalar()
    if known not in (None, key.fingerprint):
        raise FaultError(KEY_FAULTS.build("other_key", value=key.fingerprint[:8], known=str(known)[:8]))
