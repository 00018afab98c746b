"""Dead letters as commands name and show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from core.faults import Fault, InputFaults
from yihui.bootstrap import Wiring
from yihui.runtime.errors import fault_line
from yihui.views.labels import OTHER_REASON, REASONS, offered

if TYPE_CHECKING:
    from benefits import Act
    from events import DeadLetter

N_ = str  # marks a text for the message catalogue

SHOWN = 12  # characters of an id: enough to tell letters apart


def chosen(wiring: Wiring, ids: Iterable[str], reason: str | None, option: str) -> list[DeadLetter]:
    """Those that wait, in order; some of them by id or reason. *Raises*: InputFaults where one is not known."""
    from events.dead_letters import find

    with wiring.database.read() as connection:
        waiting = sorted(find(connection), key=_in_order)
    found = [item for item in waiting if not reason or item.reason == reason]
    if reason and not found and reason not in REASONS:
        raise InputFaults([_no_reason(reason, waiting, wiring)])
    wanted = tuple(ids)
    strange = [id for id in wanted if not any(item.id.startswith(id) for item in found)]
    if strange:
        raise InputFaults([_no_letter(id, option) for id in strange])
    return [item for item in found if not wanted or item.id.startswith(wanted)]


def one(found: Sequence[DeadLetter], beginning: str) -> DeadLetter:
    """The letter that is meant. *Raises*: InputFaults, where there is none or more than one."""
    if not found:
        raise InputFaults([_no_letter(beginning, "ID")])
    if len(found) > 1:
        raise InputFaults([_several(beginning, [item.id for item in found])])
    return found[0]


def _in_order(item: DeadLetter) -> tuple[object, ...]:
    """By time, then by file and line; line 9 comes before line 10."""
    file, _, line = item.origin.rpartition(":")
    return item.recorded_at, *((file, int(line)) if line.isdecimal() else (item.origin, 0)), item.id


def heading(wiring: Wiring, item: DeadLetter) -> str:
    """The letter's reason in words."""
    return wiring.language.text(REASONS.get(item.reason, OTHER_REASON))


def letter_json(wiring: Wiring, item: DeadLetter) -> dict[str, object]:
    """As listings print it."""
    return {
        "id": item.id,
        "reason": item.reason,
        "title": heading(wiring, item),
        "origin": item.origin,
        "errors": [fault_line(fault, wiring.language).as_json() for fault in item.faults],
        "text": item.text,
    }


def whole_json(wiring: Wiring, item: DeadLetter, acts: Sequence[Act]) -> dict[str, object]:
    """With all that is known of it, and what officers did."""
    return letter_json(wiring, item) | {
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
    there = sorted({item.reason for item in waiting}) or sorted(REASONS)
    return Fault(
        N_("there is no reason “{value}”"),
        N_("choose one of {expected}"),
        field="--reason",
        value=reason,
        params={
            "expected": offered({code: REASONS.get(code, OTHER_REASON) for code in there}, wiring.language)
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
