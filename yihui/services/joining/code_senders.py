"""Send one-time codes to phones: through a gateway for messages, or into a file. Nothing of it is logged."""

import json
import logging
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from core.faults import FaultError
from members.joining.faults import JOINING_FAULTS

GATEWAY_TIMEOUT_S = 10.0
_FILE = "file:"
_LOG = logging.getLogger(__name__)


class CodeNotSent(FaultError):
    """A code that did not go out."""


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """A code on its way: to which phone, the code, and the whole text. Its ``repr`` shows nothing."""

    phone: str = field(repr=False)
    code: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime

    def as_json(self) -> str:
        """Return the message for a gateway."""
        content = {"phone": self.phone, "code": self.code, "text": self.text, "at": self.at.isoformat()}
        return json.dumps(content, ensure_ascii=False)


class CodeSender(Protocol):
    """A way to a person's phone."""

    def send(self, message: CodeMessage) -> None:
        """Send a message, or *raise* CodeNotSent."""


@dataclass(frozen=True, slots=True)
class FileCodeSender:
    """Append each message as a line of JSON to a file that only its owner reads; another program sends it."""

    path: Path

    def send(self, message: CodeMessage) -> None:
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(f"{message.as_json()}\n".encode())
        except OSError as error:
            _LOG.error("a code was not written to %s: %s", self.path, error.strerror)
            raise CodeNotSent(JOINING_FAULTS.build("not_sent", field="phone")) from error


@dataclass(frozen=True, slots=True)
class WebhookCodeSender:
    """Post each message to a gateway; with a secret it is signed as Standard Webhooks says."""

    url: str = field(repr=False)  # it may hold the gateway's key
    secret: str | None = field(default=None, repr=False)

    def send(self, message: CodeMessage) -> None:
        import httpx

        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the address
        body = message.as_json()
        try:
            with httpx.Client(trust_env=False, timeout=GATEWAY_TIMEOUT_S, follow_redirects=False) as client:
                answer = client.post(self.url, content=body.encode(), headers=self._headers(body, message.at))
            if answer.is_success:
                return
            _LOG.error("the gateway for codes answered with status %d", answer.status_code)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _LOG.error("the gateway for codes can't be reached: %s", type(error).__name__)
        raise CodeNotSent(JOINING_FAULTS.build("not_sent", field="phone"))

    def _headers(self, body: str, at: datetime) -> dict[str, str]:
        if self.secret is None:
            return {"content-type": "application/json"}
        from events.webhooks.sending import build_signed_headers

        signed = build_signed_headers(self.secret, f"code_{uuid4().hex}", body, at)
        return {**signed, "content-type": "application/json"}


def build_code_sender(place: str | None, secret: str | None = None) -> CodeSender | None:
    """Return the sender that a setting names: ``file:PATH`` or the address of a gateway; None if it is unset."""
    if place is None:
        return None
    if place.startswith(_FILE):
        return FileCodeSender(Path(place.removeprefix(_FILE)))
    return WebhookCodeSender(place, secret)
