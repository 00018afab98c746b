"""Find dead letters and render them for commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from core.civil_time import format_wall_clock
from core.json_keys import indent_json
from core.text_marks import N_
from events.faults import DEAD_LETTER_REASONS, OTHER_DEAD_LETTER_REASON
from yihui.bootstrap import Wiring
from yihui.runtime.errors import fault_line
from yihui.views.actors import actor_label

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


def dead_letter_lines(wiring: Wiring, item: DeadLetter) -> Iterator[str]:
    """Yield the lines of a dead letter in a listing: id, origin and reason, then its faults."""
    yield f"{item.id[:SHOWN_ID_LENGTH]}  {item.origin}  {dead_letter_title(wiring, item)}  {item.reason}"
    yield from _fault_lines(wiring, item)


def dead_letter_totals(wiring: Wiring, found: Sequence[DeadLetter]) -> Iterator[str]:
    """Yield the number of dead letters of each reason, if there are several, and in all."""
    reasons = Counter((item.reason, dead_letter_title(wiring, item)) for item in found)
    if len(reasons) > 1:
        for (reason, title), count in reasons.most_common():
            yield f"{count:>8}  {title}  {reason}"
    yield wiring.render(N_("dead letters: {count}"), count=len(found))


def dead_letter_details_lines(wiring: Wiring, item: DeadLetter, acts: Sequence[Act]) -> Iterator[str]:
    """Yield the lines of a dead letter with all of its details and the acts of officers."""
    yield f"{item.id}  {dead_letter_title(wiring, item)}  {item.reason}"
    received = N_("from {origin}, {time}")
    yield "  " + wiring.render(received, origin=item.origin, time=format_wall_clock(item.recorded_at))
    if item.resolved_at is not None:
        yield "  " + wiring.render(N_("dealt with {time}"), time=format_wall_clock(item.resolved_at))
    yield from _fault_lines(wiring, item)
    for act in acts:
        yield "  " + _act_line(wiring, act)
    without_text = N_("its text was not kept, since it held personal data")
    yield indent_json(item.text) if item.text is not None else "  " + wiring.render(without_text)


def _fault_lines(wiring: Wiring, item: DeadLetter) -> Iterator[str]:
    for fault in item.faults:
        yield "    " + fault_line(fault, wiring.language).text()


_ACTS = {
    "mended": N_("mended by {who}, {time}: {reason}; changed: {changed}; it goes on as {became}"),
    "dropped": N_("dropped by {who}, {time}: {reason}"),
}


def _act_line(wiring: Wiring, act: Act) -> str:
    fields = act.detail.get("changed")
    return wiring.render(
        _ACTS[act.kind],
        who=actor_label(act.who, wiring.language),
        time=format_wall_clock(act.at),
        reason=act.reason,
        changed=wiring.language.format_list(map(str, fields)) if isinstance(fields, list) else "",
        became=str(act.detail.get("became", ""))[:SHOWN_ID_LENGTH],
    )
