"""Record what becomes of memberships: transfer, leaving, retirement, suspension, rejoining, death."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from types import MappingProxyType

from sqlalchemy import Connection, select

from core.civil_time import civil_date, start_of_day
from core.faults import FaultError
from events import Event, InboundEvent, InvalidEvent, parse_event, validate_event
from events.late_changes import LateDifference, list_late_differences
from events.pipeline import process_batch
from events.tables import journal
from members import (
    MemberChange,
    Membership,
    compute_memberships,
    facts_on,
    organisation_names,
    read_member_changes,
    read_spans,
)
from members.message_fields import FactValue
from members.standing import MEMBERSHIP_FAULTS, MembershipAct, MembershipActKind, find_membership_faults
from store import lock_exclusive
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.access.reach import (
    Act,
    Reach,
    audit_act,
    require_member,
    require_organisation,
)
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.unknown_ids import require_known_member, unknown_member_fault

SOURCE = "/memberships"  # of events
_REQUEST_KEY = re.compile(r"[\x21-\x7e]{8,200}")
_EVENTS: Mapping[MembershipActKind, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "transfer": ("member.transferred", {}),
        "leave": ("member.left", {}),
        "retire": ("member.retired", {}),
        "suspend": ("member.profile_changed", {"status": "suspended"}),
        "resume": ("member.profile_changed", {"status": "active"}),
        "rejoin": ("member.joined", {}),
        "decease": ("member.died", {}),
    }
)


@dataclass(frozen=True, slots=True)
class MembershipReceipt:
    """What an act came to: its event, and the member's standing on its day; ``is_new`` is false for a repetition."""

    act: MembershipAct
    event: str
    status: str
    organisation: str | None
    before: str | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class MemberMemberships:
    """A member's memberships, the earliest first, with the names of the organisations by code."""

    member: str
    memberships: Sequence[Membership]
    names: Mapping[str, str]


def record_membership_act(
    wiring: Wiring, act: MembershipAct, request_key: str | None = None, reach: Reach | None = None
) -> MembershipReceipt:
    """Record an act and all that follows from it in one transaction. The same request key acts once.

    Whoever acts needs the right for the member's organisation, and for the one where she goes.

    *Raises*: FaultError with every reason why it is refused; then nothing has changed.
    """
    now = wiring.now()
    receipt = run_act(wiring, lambda connection: record_in(connection, wiring, act, now, request_key, reach))
    seal_pending(wiring)
    return receipt


def record_in(
    connection: Connection,
    wiring: Wiring,
    act: MembershipAct,
    now: datetime,
    request_key: str | None = None,
    reach: Reach | None = None,
) -> MembershipReceipt:
    """Record an act in the caller's transaction. *Raises*: FaultError."""
    _check_key(request_key)
    library = wiring.runner.library(connection)
    lock_exclusive(connection, f"membership {act.member}")  # two acts on one member come one after the other
    place = require_member(connection, reach, act.member)
    if act.to is not None:
        require_organisation(connection, reach, act.to)
    history = read_member_changes(connection, [act.member])[act.member]
    id_ = _event_id(act, request_key, len(history))
    if (recorded := _find_recorded(connection, id_, now)) is not None:
        return _repeat(act, recorded, history, str(request_key))
    if not history:
        raise FaultError([unknown_member_fault(act.member, "member")])
    spans = read_spans(connection, [act.to])[act.to] if act.to else ()
    if faults := find_membership_faults(act, history, spans, civil_date(now)):
        raise FaultError(faults)
    event = _build_event(act, id_, history, now)
    letters = process_batch([InboundEvent(event, "memberships")], connection, library, now).dead_letters
    if letters:
        raise FaultError([fault for letter in letters for fault in letter.faults])
    after = read_member_changes(connection, [act.member])[act.member]
    receipt = _receipt(act, event.id, after, is_new=True)
    change = {"on": act.on, "organisation": receipt.organisation, "status": receipt.status}
    audit_act(connection, reach, place, Act(act.kind, "member", act.member, after=change))
    return receipt


def _check_key(request_key: str | None) -> None:
    if request_key is not None and not _REQUEST_KEY.fullmatch(request_key):
        raise FaultError(
            MEMBERSHIP_FAULTS.build("request_key", field="Idempotency-Key", value=request_key[:40])
        )


def _event_id(act: MembershipAct, request_key: str | None, changes: int) -> str:
    """Return the id: one for each request key; without a key, one for each act on what is known so far."""
    told = ("key", request_key) if request_key else (act.kind, act.member, act.on, act.to, changes)
    return f"membership-{sha256(repr(told).encode()).hexdigest()[:40]}"


def _find_recorded(connection: Connection, id_: str, now: datetime) -> Event | None:
    query = select(journal.c.event).where(journal.c.source == SOURCE, journal.c.event_id == id_)
    text = connection.execute(query).scalar_one_or_none()
    if text is None:
        return None
    event = parse_event(text, now)
    assert isinstance(event, Event), "the journal holds valid events"
    return event


def _repeat(
    act: MembershipAct, recorded: Event, history: Sequence[MemberChange], key: str
) -> MembershipReceipt:
    """Return the receipt of an act that was recorded before. *Raises*: FaultError if the key was another act's."""
    kind, data = _EVENTS[act.kind][0], _data(act)
    stated = recorded.payload.model_dump(mode="json", exclude_none=True)
    same = (recorded.type, recorded.subject, civil_date(recorded.occurred_at), stated)
    if same != (kind, act.member, act.on, data):
        raise FaultError(MEMBERSHIP_FAULTS.build("key_reused", field="Idempotency-Key", value=key[:40]))
    return _receipt(act, recorded.id, history, is_new=False)


def _data(act: MembershipAct) -> dict[str, str]:
    data = {**_EVENTS[act.kind][1], "by": act.by}
    if act.to is not None:
        data["organisation"] = act.to
    if act.kind == "rejoin":
        data["joined_on"] = act.on.isoformat()
    if act.reason and act.kind in ("leave", "retire"):
        data["reason"] = act.reason
    return data


def _build_event(act: MembershipAct, id_: str, history: Sequence[MemberChange], now: datetime) -> Event:
    event = validate_event(
        {
            "specversion": "1.0",
            "id": id_,
            "source": SOURCE,
            "type": _EVENTS[act.kind][0],
            "subject": act.member,
            "time": _instant(act.on, history, now).isoformat(),
            "data": _data(act),
        },
        now,
    )
    if isinstance(event, InvalidEvent):
        raise FaultError(list(event.faults))
    return event


def _instant(on: date, history: Sequence[MemberChange], now: datetime) -> datetime:
    """Return an instant of the day that lies after all that is known of it, since the act comes after that."""
    known = [one.effective_at for one in history if civil_date(one.effective_at) == on]
    begin = now if civil_date(now) == on else start_of_day(on)
    return max([begin, *known])


def _receipt(
    act: MembershipAct, event: str, history: Sequence[MemberChange], *, is_new: bool
) -> MembershipReceipt:
    facts = facts_on(history, act.on)
    earlier = [change for change in history if change.event_id != event]
    return MembershipReceipt(
        act,
        event,
        str(facts["member.status"]),
        _text(facts["member.organisation"]),
        _text(facts_on(earlier, act.on)["member.organisation"]),
        is_new,
    )


def _text(code: FactValue) -> str | None:
    return None if code is None else str(code)


def load_late_differences(wiring: Wiring, member: str | None = None) -> list[LateDifference]:
    """Load the decisions that would differ with what arrived late. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        if member is not None:
            require_known_member(connection, member, "--member")
        library = wiring.runner.library(connection)
        return list(list_late_differences(connection, library, wiring.now(), member))


def load_memberships(wiring: Wiring, member: str, reach: Reach | None = None) -> MemberMemberships:
    """Load a member's memberships by days. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        require_member(connection, reach, member)
        history = read_member_changes(connection, [member])[member]
        if not history:
            raise FaultError([unknown_member_fault(member, "member")])
        found = compute_memberships(history)
        names = organisation_names(connection, {one.organisation for one in found})
    return MemberMemberships(member, found, names)
