"""Find dead letters and render them for commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from events.faults import DEAD_LETTER_REASONS, OTHER_DEAD_LETTER_REASON
from yihui.bootstrap import Wiring
from yihui.runtime.errors import fault_line

if TYPE_CHECKING:
    from benefits import Act
    from events import DeadLetter


SHOWN_ID_LENGTH = 12  # characters of an id: enough to distinguish dead letters


def dead_letter_title(wiring: Wiring, item: DeadLetter) -> str:
    """Return the dead letter's reason in the reader's language."""
    return wiring.language.translate(DEAD_LETTER_REASONS.get(item.reason, OTHER_DEAD_LETTER_REASON))


def dead_letter_json(wiring: Wiring, item: DeadLetter) -> dict[str, object]:
    """Return a dead letter as JSON data for listings."""
    return {
        "id": item.id,
        "reason": item.reason,
        "title": dead_letter_title(wiring, item),
        "origin": item.origin,
        "errors": [fault_line(fault, wiring.language).as_json() for fault in item.faults],
        "text": item.text,
    }


def dead_letter_details_json(wiring: Wiring, item: DeadLetter, acts: Sequence[Act]) -> dict[str, object]:
    """Return a dead letter with all of its details and the acts of officers."""
    return dead_letter_json(wiring, item) | {
        "source": item.source,
        "event_id": item.event_id,
        "recorded_at": item.recorded_at.isoformat(),
        "resolved_at": item.resolved_at.isoformat() if item.resolved_at else None,
        "acts": [
            {"act": act.kind, "who": act.who, "at": act.at.isoformat(), "reason": act.reason, **act.detail}
            for act in acts
        ],
    }
