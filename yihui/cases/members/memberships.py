"""Record what becomes of a membership, as an event with all that follows from it; list what arrived late."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.faults import FaultError
from members.standing import MembershipAct, MembershipActKind, find_membership_faults

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from events import Event
    from events.late_changes import LateDifference
    from members import MemberChange
    from yihui.bootstrap import Wiring

SOURCE = "/memberships"  # of events
_EVENTS: Mapping[MembershipActKind, tuple[str, Mapping[str, str]]] = {
    "transfer": ("member.transferred", {}),
    "leave": ("member.left", {}),
    "retire": ("member.retired", {}),
    "suspend": ("member.profile_changed", {"status": "suspended"}),
    "resume": ("member.profile_changed", {"status": "active"}),
    "rejoin": ("member.joined", {}),
    "decease": ("member.died", {}),
}


def record_membership_act(
    wiring: "Wiring", connection: "Connection", act: MembershipAct, now: datetime
) -> dict[str, object]:
    """Record an act and all that follows from it; return what the audit log says of it.

    *Raises*: FaultError with every reason why it is refused; then nothing has changed.
    """
    from members import facts_on, read_member_changes, read_spans
    from store import lock_exclusive
    from yihui.services.events.events import process_events

    wiring.runner.library(connection)  # its locks come first
    lock_exclusive(connection, f"membership {act.member}")  # two acts on one member come one after the other
    history = read_member_changes(connection, [act.member])[act.member]
    spans = read_spans(connection, [act.to])[act.to] if act.to else ()
    if faults := find_membership_faults(act, history, spans, civil_date(now)):
        raise FaultError(faults)
    process_events(wiring, connection, [_build_event(act, history, now)], now)
    facts = facts_on(read_member_changes(connection, [act.member])[act.member], act.on)
    return {"on": act.on, "organisation": facts["member.organisation"], "status": facts["member.status"]}


def _build_event(act: MembershipAct, history: "Sequence[MemberChange]", now: datetime) -> "Event":
    from yihui.cases.kernel.events import find_instant
    from yihui.services.events.events import build_event

    kind, given = _EVENTS[act.kind]
    data = {**given, "by": act.by}
    if act.to is not None:
        data["organisation"] = act.to
    if act.kind == "rejoin":
        data["joined_on"] = act.on.isoformat()
    if act.reason and act.kind in ("leave", "retire"):
        data["reason"] = act.reason
    told = repr((act.kind, act.member, act.on, act.to, len(history)))  # there and back on one day: two events
    return build_event(
        now,
        id=f"membership-{sha256(told.encode()).hexdigest()[:40]}",
        source=SOURCE,
        type=kind,
        subject=act.member,
        time=find_instant(act.on, history, now).isoformat(),
        data=data,
    )


def load_late_differences(wiring: "Wiring", member: str | None = None) -> "list[LateDifference]":
    """Load the decisions that would differ with what arrived late. *Raises*: FaultError for an unknown member."""
    from events.late_changes import list_late_differences
    from yihui.services.members.unknown_ids import require_known_member

    with wiring.database.read() as connection:
        if member is not None:
            require_known_member(connection, member, "--member")
        library = wiring.runner.library(connection)
        return list(list_late_differences(connection, library, wiring.now(), member))
