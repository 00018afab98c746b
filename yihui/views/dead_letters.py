"""Find dead letters and render them for commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from core.faults import Fault, InputFaults
from yihui.bootstrap import Wiring
from yihui.runtime.errors import fault_line
from yihui.views.labels import DEAD_LETTER_REASONS, OTHER_DEAD_LETTER_REASON, format_choices

if TYPE_CHECKING:
    from benefits import Act
    from events import DeadLetter

N_ = str  # marks a text for the message catalogue

SHOWN_ID_LENGTH = 12  # characters of an id: enough to distinguish dead letters


def select_dead_letters(
    wiring: Wiring, ids: Iterable[str], reason: str | None, option: str
) -> list[DeadLetter]:
    """Return unresolved dead letters in order, all or by id or reason.

    *Raises*: InputFaults for an unknown id or reason.
    """
    from events.dead_letters import find_dead_letters

    with wiring.database.read() as connection:
        waiting = sorted(find_dead_letters(connection), key=_in_order)
    found = [item for item in waiting if not reason or item.reason == reason]
    if reason and not found and reason not in DEAD_LETTER_REASONS:
        raise InputFaults([_no_reason(reason, waiting, wiring)])
    wanted = tuple(ids)
    strange = [id for id in wanted if not any(item.id.startswith(id) for item in found)]
    if strange:
        raise InputFaults([_no_letter(id, option) for id in strange])
    return [item for item in found if not wanted or item.id.startswith(wanted)]


def single_dead_letter(found: Sequence[DeadLetter], beginning: str) -> DeadLetter:
    """Return the only dead letter found. *Raises*: InputFaults if there is none or more than one."""
    if not found:
        raise InputFaults([_no_letter(beginning, "ID")])
    if len(found) > 1:
        raise InputFaults([_several(beginning, [item.id for item in found])])
    return found[0]


def _in_order(item: DeadLetter) -> tuple[object, ...]:
    """Sort key: time, then file and line; line 9 comes before line 10."""
    file, _, line = item.origin.rpartition(":")
    return item.recorded_at, *((file, int(line)) if line.isdecimal() else (item.origin, 0)), item.id


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


def _no_reason(reason: str, waiting: list[DeadLetter], wiring: Wiring) -> Fault:
    there = sorted({item.reason for item in waiting}) or sorted(DEAD_LETTER_REASONS)
    return Fault(
        N_("there is no reason “{value}”"),
        N_("choose one of {expected}"),
        field="--reason",
        value=reason,
        params={
            "expected": format_choices(
                {code: DEAD_LETTER_REASONS.get(code, OTHER_DEAD_LETTER_REASON) for code in there},
                wiring.language,
            )
        },
    )


def _no_letter(id: str, option: str) -> Fault:
    return Fault(
        N_("no dead letter that waits has an id that begins with “{value}”"),
        N_("`yihui events dead-letters` lists those that wait"),
        field=option,
        value=id,
    )


def _several(beginning: str, ids: Sequence[str]) -> Fault:
    return Fault(
        N_("{count} dead letters have ids that begin with “{value}”"),
        N_("write more of it: {ids}"),
        field="ID",
        value=beginning,
        params={"count": str(len(ids)), "ids": ", ".join(ids[:5])},
    )
