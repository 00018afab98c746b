"""Post messages to an operator's gateway, or append them to a file that another program sends. No content is logged."""

import asyncio
import logging
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from events.webhooks.deliveries import DeliveryResult
from yihui.runtime.outgoing import open_http_client

GATEWAY_TIMEOUT_S = 10.0  # in total, however slowly the gateway answers
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The address of a gateway; with a secret each request is signed as Standard Webhooks says."""

    url: str = field(repr=False)  # it may hold the gateway's key
    secret: str | None = field(default=None, repr=False)
    timeout_s: float = GATEWAY_TIMEOUT_S

    def post(self, id_: str, body: str, at: datetime) -> DeliveryResult:
        """Post JSON once, without following redirects. The id is the same at each attempt of a message."""
        import httpx

        from events.webhooks.sending import run_coroutine

        try:
            status = run_coroutine(self._send(body, self._headers(id_, body, at)))
        except (TimeoutError, httpx.TimeoutException):
            result = DeliveryResult(fault="timeout")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _LOG.error("the gateway for messages can't be reached: %s", type(error).__name__)
            return DeliveryResult(fault="unreachable")
        else:
            result = DeliveryResult(status)
        if not result.is_accepted:
            _LOG.error("the gateway for messages answered with status %s", result.status or result.fault)
        return result

    async def _send(self, body: str, headers: dict[str, str]) -> int:
        import httpx

        async with (
            asyncio.timeout(self.timeout_s),
            open_http_client(httpx.AsyncClient, self.timeout_s) as client,
            client.stream("POST", self.url, content=body.encode(), headers=headers) as answer,
        ):
            return answer.status_code

    def _headers(self, id_: str, body: str, at: datetime) -> dict[str, str]:
        plain = {"content-type": "application/json", "webhook-id": id_}
        if self.secret is None:
            return plain
        from events.webhooks.sending import build_signed_headers

        return {**build_signed_headers(self.secret, id_, body, at), **plain}


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file that only its owner reads, with a line of JSON for each message."""

    path: Path

    def post(self, id_: str, body: str, at: datetime) -> DeliveryResult:
        """Append one line. The body names its own id and time."""
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(f"{body}\n".encode())
        except OSError as error:
            _LOG.error("a message was not written to %s: %s", self.path, error.strerror)
            return DeliveryResult(fault="unreachable")
        return DeliveryResult(200)
