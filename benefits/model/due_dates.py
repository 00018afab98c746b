"""On which day a grant is looked at next, because it is going to expire."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from benefits.model.ruling import Ruling, part_id

REMINDERS_DAYS = (7, 1)


class Slot(NamedTuple):
    """The day, and the grant that is looked at then."""

    day: date
    grant_id: str


def due_slot_rows(ruling: Ruling) -> Iterator[dict[str, object]]:
    """The first slot of each part that expires; granted with the grant, so that none is forgotten."""
    granted_on = ruling.event.occurred_on
    for index, due in enumerate(ruling.decision.benefits):
        if due.expires_on is not None:
            first = due.expires_on - timedelta(days=REMINDERS_DAYS[0])
            yield Slot(max(first, granted_on), part_id(ruling.id, index, due.name))._asdict()
