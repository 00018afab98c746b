"""The operator's channel for reminders: a webhook that knows members by pseudonym, an SMS gateway, or a file."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from events.webhooks.deliveries import DeliveryResult
from members.reminders.reminder import ReminderKey
from yihui.services.messages.gateways import Gateway, MessageFile


@dataclass(frozen=True, slots=True)
class ReminderMessage:
    """A reminder on its way. ``phone`` is None for a channel that needs none. Its ``repr`` shows no phone."""

    key: ReminderKey
    text: str
    at: datetime
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReminderSender:
    """One way of reminders. ``needs_phone``: it gets the phone number and the text, and no pseudonym.

    A way that needs no phone gets the pseudonym, the kind and the day, so that an app can notify its user.
    """

    way: Gateway | MessageFile
    needs_phone: bool

    def send(self, message: ReminderMessage) -> DeliveryResult:
        """Try once. The id is the same at each attempt."""
        key = message.key
        content: dict[str, object] = {"id": key.id, "text": message.text, "at": message.at.isoformat()}
        if self.needs_phone:
            content["phone"] = message.phone
        else:
            content |= {"member": key.member_id, "kind": key.kind, "last_day": key.last_day.isoformat()}
        return self.way.post(key.id, json.dumps(content, ensure_ascii=False), message.at)


def build_reminder_sender(place: str | None, secret: str | None = None) -> ReminderSender | None:
    """Return the way that a setting names: ``sms:URL``, ``webhook:URL`` or ``file:PATH``; None if it is unset."""
    if place is None:
        return None
    scheme, _, rest = place.partition(":")
    if scheme == "file":
        return ReminderSender(MessageFile(Path(rest)), needs_phone=True)
    return ReminderSender(Gateway(rest, secret), needs_phone=scheme == "sms")
