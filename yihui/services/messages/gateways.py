"""Send codes and reminders by an operator's gateway, or append them to a file that another program sends.

Nothing of their content is logged.
"""

import asyncio
import json
import logging
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from core.faults import FaultError
from events.webhooks.deliveries import DeliveryResult
from members.joining.faults import JOINING_FAULTS
from members.reminders.reminder import ReminderKey
from yihui.runtime.outgoing import open_http_client

GATEWAY_TIMEOUT_S = 10.0  # in total, however slowly the gateway answers
_FILE = "file:"
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


@dataclass(frozen=True, slots=True)
class ReminderMessage:
    """A reminder to send. ``phone`` is None for a channel that needs none. Its ``repr`` shows no phone."""

    key: ReminderKey
    text: str
    at: datetime
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReminderSender:
    """A channel for reminders. ``needs_phone``: it gets the phone number and the text, and no pseudonym.

    A channel that needs no phone gets the pseudonym, the kind and the day, so that an app can notify its user.
    """

    way: Gateway | MessageFile
    needs_phone: bool

    def send(self, message: ReminderMessage) -> DeliveryResult:
        """Try to send a reminder once. The id is the same at each attempt."""
        key = message.key
        content: dict[str, object] = {"id": key.id, "text": message.text, "at": message.at.isoformat()}
        if self.needs_phone:
            content["phone"] = message.phone
        else:
            content |= {"member": key.member_id, "kind": key.kind, "last_day": key.last_day.isoformat()}
        return self.way.post(key.id, json.dumps(content, ensure_ascii=False), message.at)


def build_reminder_sender(place: str | None, secret: str | None = None) -> ReminderSender | None:
    """Return the channel that a setting names: ``sms:URL``, ``webhook:URL`` or ``file:PATH``; None if it is unset."""
    if place is None:
        return None
    scheme, _, rest = place.partition(":")
    if scheme == "file":
        return ReminderSender(MessageFile(Path(rest)), needs_phone=True)
    return ReminderSender(Gateway(rest, secret), needs_phone=scheme == "sms")


class CodeNotSent(FaultError):
    """Raised for a code that could not be sent."""


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """A code to send: the phone, the code and the whole text. Its ``repr`` shows nothing."""

    phone: str = field(repr=False)
    code: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime

    def as_json(self) -> str:
        """Return the message for a gateway."""
        content = {"phone": self.phone, "code": self.code, "text": self.text, "at": self.at.isoformat()}
        return json.dumps(content, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class CodeSender:
    """A sender of codes: a gateway, or a file whose lines another program sends."""

    way: Gateway | MessageFile

    def send(self, message: CodeMessage) -> None:
        """Send a message. *Raises*: CodeNotSent."""
        if not self.way.post(f"code_{uuid4().hex}", message.as_json(), message.at).is_accepted:
            raise CodeNotSent(JOINING_FAULTS.build("not_sent", field="phone"))


def build_code_sender(place: str | None, secret: str | None = None) -> CodeSender | None:
    """Return the sender that a setting names: ``file:PATH`` or the address of a gateway; None if it is unset."""
    if place is None:
        return None
    if place.startswith(_FILE):
        return CodeSender(MessageFile(Path(place.removeprefix(_FILE))))
    return CodeSender(Gateway(place, secret))
