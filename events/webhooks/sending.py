"""Send signed webhook requests to checked addresses, within a time limit and without redirects, round by round.

Each receiver has its own task, request limit and connections, so a slow or dead receiver does not delay
the others. A round ends at the latest one request timeout after ``ROUND_S``.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import httpx
from sqlalchemy import Connection
from standardwebhooks import Webhook as Signer

from events.retries import run_in_transaction
from events.webhooks.addresses import WebhookAddress, parse_webhook_address
from events.webhooks.deliveries import (
    DeliveryResult,
    LeasedDelivery,
    create_deliveries,
    lease_deliveries,
    settle_deliveries,
)
from events.webhooks.receivers import Webhook, WebhookKey, list_webhooks
from store import Database

REQUEST_TIMEOUT_S = 10.0  # in total: name lookup, connection, TLS, request, response
_READ_BYTES, _READ_S = 4_096, 1.0  # of a response body, only so that the connection can be reused
_LONGEST_WAIT_S = 6 * 3600.0
T = TypeVar("T")
ROUND_S = 5.0
LEASE_BATCH_SIZE = 200  # deliveries leased at a time
MAX_CONCURRENT_REQUESTS = 16  # concurrent requests to one receiver


@dataclass(frozen=True, slots=True)
class WebhookReceiver:
    """A receiver: its address, its secret, and the HTTP client for it."""

    address: WebhookAddress
    secret: str
    client: httpx.AsyncClient
    timeout_s: float = REQUEST_TIMEOUT_S

    async def send(self, id_: str, text: str, now: datetime) -> DeliveryResult:
        """Try once. A redirect is a failure: a receiver that moved must give its operator the new address."""
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._post(id_, text, now)
        except (TimeoutError, httpx.TimeoutException):
            return DeliveryResult(fault="timeout")
        except httpx.ConnectError as error:
            return DeliveryResult(fault="certificate" if _is_certificate(error) else "unreachable")
        except httpx.NetworkError:
            return DeliveryResult(fault="unreachable")
        except httpx.HTTPError:
            return DeliveryResult(fault="protocol")

    async def _post(self, id_: str, text: str, now: datetime) -> DeliveryResult:
        try:
            found = await _resolve_host(self.address)
        except OSError:
            return DeliveryResult(fault="name")
        allowed = [ip for ip in found if self.address.can_reach(ip)]
        if not allowed:
            return DeliveryResult(fault="address")
        for ip in allowed[:-1]:
            with suppress(httpx.ConnectError):
                return await self._post_to(ip, id_, text, now)
        return await self._post_to(allowed[-1], id_, text, now)

    async def _post_to(self, ip: str, id_: str, text: str, now: datetime) -> DeliveryResult:
        """Connect to the checked IP address and send the host name for TLS and the Host header."""
        url = httpx.URL(self.address.url)
        request = self.client.build_request(
            "POST",
            url.copy_with(host=ip),
            content=text.encode(),
            headers={**build_signed_headers(self.secret, id_, text, now), "host": url.netloc.decode()},
            extensions={"sni_hostname": self.address.host},
        )
        response = await self.client.send(request, stream=True, follow_redirects=False)
        try:
            with suppress(TimeoutError, httpx.HTTPError):
                async with asyncio.timeout(_READ_S):
                    await _read_a_little(response)
            return DeliveryResult(response.status_code, wait_s=_wait_s(response))
        finally:
            await response.aclose()


def build_signed_headers(secret: str, id_: str, text: str, now: datetime) -> dict[str, str]:
    """Return the headers of a request.

    *Source*: Standard Webhooks; CloudEvents 1.0.2, HTTP, structured mode.
    """
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "yihui-webhooks/1",
        "webhook-id": id_,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(secret).sign(id_, now, text),
    }


@asynccontextmanager
async def open_http_client(trust: ssl.SSLContext, most: int) -> AsyncIterator[httpx.AsyncClient]:
    """Open an HTTP client for one receiver.

    It uses no proxy of the environment, so that the checked address is the one that is called.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log URLs, which may hold a key
    limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
    async with httpx.AsyncClient(
        verify=trust, trust_env=False, limits=limits, timeout=REQUEST_TIMEOUT_S, follow_redirects=False
    ) as client:
        yield client


async def _resolve_host(address: WebhookAddress) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=1)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


async def _read_a_little(response: httpx.Response) -> None:
    read = 0
    async for part in response.aiter_raw(_READ_BYTES):
        read += len(part)
        if read >= _READ_BYTES:
            return


def _wait_s(response: httpx.Response) -> float:
    """Return the delay that an overloaded receiver asks for, in seconds (Retry-After)."""
    asked = response.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_WAIT_S) if asked.isdecimal() and len(asked) < 8 else 0.0


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def run_coroutine(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a new event loop in its own thread and return its result.

    This also works for a caller whose thread already runs an event loop.
    """
    with ThreadPoolExecutor(1, "awaiting") as apart:
        return apart.submit(asyncio.run, work).result()


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
