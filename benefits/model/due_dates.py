"""The day on which a grant that expires must be processed next."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from benefits.model.ruling import Ruling, grant_part_id

REMINDER_DAYS = (7, 1)


class ExpirySlot(NamedTuple):
    """A day, and the grant that is processed on it."""

    day: date
    grant_id: str


def due_slot_rows(ruling: Ruling) -> Iterator[dict[str, object]]:
    """Yield the first slot of each part that expires; it is stored together with the grant."""
    granted_on = ruling.event.occurred_on
    for index, due in enumerate(ruling.decision.benefits):
        if due.expires_on is not None:
            first = due.expires_on - timedelta(days=REMINDER_DAYS[0])
            yield ExpirySlot(max(first, granted_on), grant_part_id(ruling.id, index, due.name))._asdict()
