"""A round of telling: lays out what is new, then tells every receiver side by side what is due.

Each receiver has a task, a limit of requests at a time and its own connections; one that is slow or dead
costs the others nothing, and the round ends a time limit after ``ROUND_S`` at the latest.
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

from events.event_loop import awaited
from events.retries import in_transaction
from events.webhooks.addresses import Address, read_address
from events.webhooks.deliveries import Answer, Taken, settle, take
from events.webhooks.keys import WebhookKey
from events.webhooks.queueing import lay_out
from events.webhooks.receivers import Webhook, all_webhooks
from events.webhooks.sending import TIMEOUT_S, Receiver, connections
from store import Database

ROUND_S = 5.0
AT_ONCE = 200  # deliveries taken at a time
SIDE_BY_SIDE = 16  # requests to one receiver
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Teller:
    """What telling needs: a database, the key behind the secrets, a clock, and numbers in [0, 1)."""

    database: Database
    key: WebhookKey
    now: Callable[[], datetime]
    chance: Callable[[], float]
    trust: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context)
    within_s: float = TIMEOUT_S
    for_s: float = ROUND_S

    def tell(self) -> int:
        """One round; gives how many deliveries were taken by their receivers."""
        while in_transaction(self.database, lambda connection: lay_out(connection, self.now())):
            pass
        return awaited(self._round())

    async def _round(self) -> int:
        with self.database.read() as connection:
            active = [webhook for webhook in all_webhooks(connection) if webhook.state == "active"]
        over = time.monotonic() + self.for_s
        trust = self.trust() if active else None
        told = [self._to_one(webhook, trust, over) for webhook in active if trust]
        return sum(await asyncio.gather(*told))

    async def _to_one(self, webhook: Webhook, trust: ssl.SSLContext, over: float) -> int:
        address = read_address(webhook.url, private=webhook.private)
        assert isinstance(address, Address), f"{webhook.id} was added with an address that is none"
        delivered = 0
        async with connections(trust, SIDE_BY_SIDE) as client:
            receiver = Receiver(address, self.key.secret(webhook.id), client, self.within_s)
            while time.monotonic() < over:
                due = partial(take, webhook_id=webhook.id, now=self.now(), most=AT_ONCE)
                taken = await self._in_thread(due)
                if not taken:
                    break
                answers = await self._tried(receiver, taken, over)
                delivered += await self._in_thread(
                    partial(settle, answers=answers, now=self.now(), chance=self.chance)
                )
        return delivered

    async def _in_thread(self, work: Callable[[Connection], T]) -> T:
        """A database that is slow for one keeps nobody else waiting."""
        return await asyncio.to_thread(in_transaction, self.database, work)

    async def _tried(
        self, receiver: Receiver, taken: Sequence[Taken], over: float
    ) -> list[tuple[Taken, Answer | None]]:
        """Try all, some at a time; once nobody is there, or time is over, the others are left for later."""
        free = asyncio.Semaphore(SIDE_BY_SIDE)
        silent = asyncio.Event()

        async def one(delivery: Taken) -> tuple[Taken, Answer | None]:
            async with free:
                if silent.is_set() or time.monotonic() > over:
                    return delivery, None
                answer = await receiver.tell(delivery.id, delivery.text, self.now())
                if answer.nobody_there or answer.is_gone:
                    silent.set()
                return delivery, answer

        return list(await asyncio.gather(*map(one, taken)))
