"""One round of webhook sending: create new deliveries, then send what is due to all receivers concurrently.

Each receiver has its own task, request limit and connections, so a slow or dead receiver does not delay
the others. The round ends at the latest one request timeout after ``ROUND_S``.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from events.retries import run_in_transaction
from events.webhooks.addresses import WebhookAddress, parse_webhook_address
from events.webhooks.deliveries import DeliveryResult, LeasedDelivery, lease_deliveries, settle_deliveries
from events.webhooks.keys import WebhookKey
from events.webhooks.queueing import create_deliveries
from events.webhooks.receivers import Webhook, list_webhooks
from events.webhooks.sending import REQUEST_TIMEOUT_S, WebhookReceiver, open_http_client, run_coroutine
from store import Database

ROUND_S = 5.0
LEASE_BATCH_SIZE = 200  # deliveries leased at a time
MAX_CONCURRENT_REQUESTS = 16  # concurrent requests to one receiver
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Send webhooks with a database, the key behind the secrets, a clock, and random numbers in [0, 1)."""

    database: Database
    key: WebhookKey
    now: Callable[[], datetime]
    chance: Callable[[], float]
    trust: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context)
    timeout_s: float = REQUEST_TIMEOUT_S
    round_s: float = ROUND_S

    def run_round(self) -> int:
        """Run one round; return how many deliveries the receivers accepted."""
        while run_in_transaction(self.database, lambda connection: create_deliveries(connection, self.now())):
            pass
        return run_coroutine(self._round())

    async def _round(self) -> int:
        with self.database.read() as connection:
            active = [webhook for webhook in list_webhooks(connection) if webhook.state == "active"]
        over = time.monotonic() + self.round_s
        trust = self.trust() if active else None
        told = [self._send_to_receiver(webhook, trust, over) for webhook in active if trust]
        return sum(await asyncio.gather(*told))

    async def _send_to_receiver(self, webhook: Webhook, trust: ssl.SSLContext, over: float) -> int:
        address = parse_webhook_address(webhook.url, private=webhook.private)
        assert isinstance(address, WebhookAddress), f"{webhook.id} was added with an address that is none"
        delivered = 0
        async with open_http_client(trust, MAX_CONCURRENT_REQUESTS) as client:
            receiver = WebhookReceiver(address, self.key.derive_secret(webhook.id), client, self.timeout_s)
            while time.monotonic() < over:
                due = partial(lease_deliveries, webhook_id=webhook.id, now=self.now(), most=LEASE_BATCH_SIZE)
                taken = await self._in_thread(due)
                if not taken:
                    break
                answers = await self._send_leased(receiver, taken, over)
                delivered += await self._in_thread(
                    partial(settle_deliveries, answers=answers, now=self.now(), chance=self.chance)
                )
        return delivered

    async def _in_thread(self, work: Callable[[Connection], T]) -> T:
        """Run database work in a thread, so that a slow transaction does not block the other receivers."""
        return await asyncio.to_thread(run_in_transaction, self.database, work)

    async def _send_leased(
        self, receiver: WebhookReceiver, taken: Sequence[LeasedDelivery], over: float
    ) -> list[tuple[LeasedDelivery, DeliveryResult | None]]:
        """Send all leased deliveries, some at a time.

        Once the receiver is unreachable or gone, or time is over, the remaining ones are left for later.
        """
        free = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        silent = asyncio.Event()

        async def one(delivery: LeasedDelivery) -> tuple[LeasedDelivery, DeliveryResult | None]:
            async with free:
                if silent.is_set() or time.monotonic() > over:
                    return delivery, None
                answer = await receiver.send(delivery.id, delivery.text, self.now())
                if answer.is_unreachable or answer.is_gone:
                    silent.set()
                return delivery, answer

        return list(await asyncio.gather(*map(one, taken)))
