"""One attempt to tell a receiver: signed, within a time limit, to a checked address, following nothing."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import httpx
from standardwebhooks import Webhook as Signer

from events.webhooks.addresses import Address
from events.webhooks.deliveries import Answer

TIMEOUT_S = 10.0  # for all of it: name, connection, encryption, request, answer
_READ_BYTES, _READ_S = 4_096, 1.0  # of an answer's body, only so that the connection can be used again
_LONGEST_WAIT_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where to tell it, what to sign it with, and the connections that are open there."""

    address: Address
    secret: str
    client: httpx.AsyncClient
    within_s: float = TIMEOUT_S

    async def tell(self, id_: str, text: str, now: datetime) -> Answer:
        """Try once. Redirects are no success: who has moved says so to the operator, not to us."""
        try:
            async with asyncio.timeout(self.within_s):
                return await self._post(id_, text, now)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(fault="timeout")
        except httpx.ConnectError as error:
            return Answer(fault="certificate" if _is_certificate(error) else "unreachable")
        except httpx.NetworkError:
            return Answer(fault="unreachable")
        except httpx.HTTPError:
            return Answer(fault="protocol")

    async def _post(self, id_: str, text: str, now: datetime) -> Answer:
        try:
            found = await _looked_up(self.address)
        except OSError:
            return Answer(fault="name")
        allowed = [ip for ip in found if self.address.may_reach(ip)]
        if not allowed:
            return Answer(fault="address")
        for ip in allowed[:-1]:
            with suppress(httpx.ConnectError):
                return await self._post_to(ip, id_, text, now)
        return await self._post_to(allowed[-1], id_, text, now)

    async def _post_to(self, ip: str, id_: str, text: str, now: datetime) -> Answer:
        """Connect to the address that was checked, for the name that it was found under."""
        url = httpx.URL(self.address.url)
        request = self.client.build_request(
            "POST",
            url.copy_with(host=ip),
            content=text.encode(),
            headers={**signed(self.secret, id_, text, now), "host": url.netloc.decode()},
            extensions={"sni_hostname": self.address.host},
        )
        response = await self.client.send(request, stream=True, follow_redirects=False)
        try:
            with suppress(TimeoutError, httpx.HTTPError):
                async with asyncio.timeout(_READ_S):
                    await _read_a_little(response)
            return Answer(response.status_code, wait_s=_wait_s(response))
        finally:
            await response.aclose()


def signed(secret: str, id_: str, text: str, now: datetime) -> dict[str, str]:
    """The headers of a request. *Source*: Standard Webhooks; CloudEvents 1.0.2, HTTP, structured mode."""
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "yihui-webhooks/1",
        "webhook-id": id_,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(secret).sign(id_, now, text),
    }


@asynccontextmanager
async def connections(trust: ssl.SSLContext, most: int) -> AsyncIterator[httpx.AsyncClient]:
    """Connections to one receiver. No proxy of the environment: the address that was checked is called."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, which may hold a key
    limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
    async with httpx.AsyncClient(
        verify=trust, trust_env=False, limits=limits, timeout=TIMEOUT_S, follow_redirects=False
    ) as client:
        yield client


async def _looked_up(address: Address) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=1)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


async def _read_a_little(response: httpx.Response) -> None:
    read = 0
    async for part in response.aiter_raw(_READ_BYTES):
        read += len(part)
        if read >= _READ_BYTES:
            return


def _wait_s(response: httpx.Response) -> float:
    """What a receiver that is overloaded asks for (Retry-After in seconds)."""
    asked = response.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_WAIT_S) if asked.isdecimal() and len(asked) < 8 else 0.0


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
