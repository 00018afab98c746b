"""Acts on organisations as events, for tests."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from events import BatchOutcome, InboundEvent, InvalidEvent, validate_event
from events.pipeline import process_batch
from rules import RuleLibrary, build_library

NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)
NO_RULES = build_library([], [])
_numbers = iter(range(1, 10**9))


def event_of(kind: str, subject: str, on: date | str, /, **data: object) -> InboundEvent:
    """An event of a civil day; of an organisation, the day stands in its data too."""
    day = on if isinstance(on, str) else on.isoformat()
    if kind.startswith("organisation."):
        data["on"] = day
    raw: Mapping[str, object] = {
        "specversion": "1.0",
        "id": f"t-{next(_numbers)}",
        "source": "/test",
        "type": kind,
        "subject": subject,
        "time": f"{day}T08:00:00+08:00",
        "data": data,
    }
    event = validate_event(raw, NOW)
    assert not isinstance(event, InvalidEvent), event.faults
    return InboundEvent(event, "test")


def handle(connection: Connection, *items: InboundEvent, library: RuleLibrary = NO_RULES) -> BatchOutcome:
    return process_batch(items, connection, library, NOW)


def codes_of(outcome: BatchOutcome) -> list[str]:
    """The codes of the faults for which events were refused."""
    return [fault.code for letter in outcome.dead_letters for fault in letter.faults]
