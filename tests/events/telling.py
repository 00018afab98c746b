"""What tests of webhooks stand on: something to tell, a clock to turn, and somebody who tells."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from events.webhooks.deliveries import WebhookDelivery, find_deliveries
from events.webhooks.receivers import Webhook, WebhookKey, add_webhook, find_webhook
from events.webhooks.sending import WebhookSender
from store import Database, outbox
from tests.transactions import change_in, read_in, write_in

KEY = WebhookKey(b"k" * 32)


def happened(database: Database, *ids: str, member: str = "m-1", kind: str = "benefit.granted") -> None:
    """Something to tell, in one transaction."""
    rows = [
        {
            "id": id_,
            "key": member,
            "type": kind,
            "data": '{"rule":"cake","grant":"g-1","kind":"cash","amount_fen":300,"quantity":1}',
            "recorded_at": datetime(2026, 5, 1, tzinfo=UTC),
            "batch": 0,
        }
        for id_ in ids
    ]
    change_in(database, insert(outbox), rows)


@dataclass
class World:
    """A database, a clock that a test turns, and who tells."""

    database: Database
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    within_s: float = 10.0
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def add(self, url: str, *types: str, private: bool = False) -> Webhook:
        return write_in(self.database, add_webhook, url, types, self.now, private=private)

    def tell(self) -> int:
        teller = WebhookSender(
            self.database,
            KEY,
            lambda: self.now,
            lambda: 0.5,
            lambda: self.trust,
            timeout_s=self.within_s,
            round_s=60.0,  # however slow the machine is
        )
        return teller.run_round()

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def found(self, **which: str) -> list[WebhookDelivery]:
        with self.database.read() as connection:
            return find_deliveries(connection, most=10_000, **which)[::-1]  # type: ignore[arg-type]

    def state(self, id_: str) -> Webhook:
        return read_in(self.database, find_webhook, id_)
