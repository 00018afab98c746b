"""Send one-time codes to phones: through a gateway for messages, or into a file. Nothing of it is logged."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from core.faults import FaultError
from members.joining.faults import JOINING_FAULTS
from yihui.services.messages.gateways import Gateway, MessageFile

_FILE = "file:"


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
        _send(MessageFile(self.path), message)


@dataclass(frozen=True, slots=True)
class WebhookCodeSender:
    """Post each message to a gateway; with a secret it is signed as Standard Webhooks says."""

    gateway: Gateway

    def send(self, message: CodeMessage) -> None:
        _send(self.gateway, message)


def _send(way: Gateway | MessageFile, message: CodeMessage) -> None:
    if not way.post(f"code_{uuid4().hex}", message.as_json(), message.at).is_accepted:
        raise CodeNotSent(JOINING_FAULTS.build("not_sent", field="phone"))


def build_code_sender(place: str | None, secret: str | None = None) -> CodeSender | None:
    """Return the sender that a setting names: ``file:PATH`` or the address of a gateway; None if it is unset."""
    if place is None:
        return None
    if place.startswith(_FILE):
        return FileCodeSender(Path(place.removeprefix(_FILE)))
    return WebhookCodeSender(Gateway(place, secret))
