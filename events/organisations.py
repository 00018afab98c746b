"""Handle acts on organisations: apply them to the tree, and derive the transfers of members that follow.

The members of an organisation that ended or was split go where the act says. Each gets a
``member.transferred`` event of its own, handled in the same transaction: rules see it like any other
transfer, and the journal holds it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import accumulate

from sqlalchemy import Connection, select

from core.civil_time import civil_date, start_of_day
from core.faults import Fault
from events.envelope import Event, InvalidEvent, validate_event
from events.tables import journal
from members import (
    Enrolment,
    MemberChange,
    MemberMove,
    MemberTransferred,
    OrganisationDissolved,
    OrganisationLineages,
    OrganisationMerged,
    OrganisationPayload,
    OrganisationSplit,
    load_lineages,
)
from members.organisation_codes import parent_code
from members.organisations.faults import ORGANISATION_FAULTS
from members.organisations.storage import change_from_row
from members.tables import organisation_changes

_MOVES_MEMBERS = OrganisationMerged | OrganisationDissolved | OrganisationSplit
_LONGEST_ID = 200


def is_organisation_event(event: Event | InvalidEvent) -> bool:
    return isinstance(event, Event) and isinstance(event.payload, OrganisationPayload)


def split_runs(events: Sequence[Event | InvalidEvent]) -> Iterator[slice]:
    """Yield the runs in which a batch is handled: of acts on organisations, and of all other events.

    An act that moves members ends its run, so that what it says holds before the next event.
    """
    start = 0
    for place, event in enumerate(events):
        is_last = place + 1 == len(events)
        is_act = is_organisation_event(event)
        moves = is_act and isinstance(event, Event) and isinstance(event.payload, _MOVES_MEMBERS)
        if is_last or moves or is_organisation_event(events[place + 1]) != is_act:
            yield slice(start, place + 1)
            start = place + 1


def derive_transfers(act: Event, moves: Iterable[MemberMove], now: datetime) -> Iterator[Event]:
    """Yield the transfer of each member who goes elsewhere because of an act."""
    for move in moves:
        yield _transfer(act, move.member_id, move.organisation, move.at, now)


def derive_transfer_after_end(event: Event, lineages: OrganisationLineages, now: datetime) -> Event | None:
    """Return the transfer of a member who joined, by a late event, what has ended since; None if it goes on."""
    code = _named_organisation(event)
    end = lineages.end_of(code) if code else None
    if end is None or end.until is None or end.into is None:
        return None
    return _transfer(event, event.subject, end.into, start_of_day(end.until), now)


def find_end_fault(event: Event, lineages: OrganisationLineages) -> Fault | None:
    """Return a fault if an event names an organisation that has ended by then, or ended without a successor."""
    code = _named_organisation(event)
    end = lineages.end_of(code) if code else None
    if end is None or end.until is None:
        return None
    if end.into is None:
        return ORGANISATION_FAULTS.build(
            "ended_for_good", field="data.organisation", value=code, day=end.until
        )
    if end.until <= civil_date(event.occurred_at):
        return ORGANISATION_FAULTS.build(
            "ended", field="data.organisation", value=code, day=end.until, into=end.into
        )
    return None


def organisations_of(event: Event, history: Iterable[MemberChange]) -> Iterator[str]:
    """Yield the organisations that an event and its member's changes name."""
    code = _named_organisation(event)
    if code:
        yield code
    for change in history:
        if named := change.values.get("organisation"):
            yield str(named)


def load_history_lineages(
    connection: Connection, histories: Iterable[Sequence[MemberChange]]
) -> OrganisationLineages:
    """Load where the organisations in some members' changes stood over time."""
    named = {str(c.values["organisation"]) for one in histories for c in one if "organisation" in c.values}
    return load_lineages(connection, named)


@dataclass(frozen=True, slots=True)
class LateActs:
    """The acts that moved organisations in the tree: their places in the journal and the days they concern.

    ``since`` is, for each of ``places``, the earliest day that this act or a later one concerns.
    """

    places: tuple[int, ...] = ()
    since: tuple[date, ...] = ()

    def concern(self, place: int, day: date) -> bool:
        """Return whether an act that arrived after a place of the journal changed the tree of a day."""
        after = bisect_right(self.places, place)
        return after < len(self.places) and self.since[after] <= day


def load_late_acts(connection: Connection) -> LateActs:
    """Load the acts by which an organisation stands elsewhere than the form of its code says."""
    query = (
        select(journal.c.sequence.label("place"), organisation_changes)
        .join(
            journal,
            (journal.c.source == organisation_changes.c.source)
            & (journal.c.event_id == organisation_changes.c.event_id),
        )
        .order_by(journal.c.sequence)
    )
    moved = [
        (row["place"], change.on)
        for row in connection.execute(query).mappings()
        if (change := change_from_row(row)).ended
        or (change.parent or parent_code(change.code)) != parent_code(change.code)
    ]
    since = list(accumulate((on for _, on in reversed(moved)), min))
    return LateActs(tuple(place for place, _ in moved), tuple(reversed(since)))


def _named_organisation(event: Event) -> str | None:
    payload = event.payload
    return payload.organisation if isinstance(payload, Enrolment | MemberTransferred) else None


def _transfer(cause: Event, member_id: str, organisation: str, at: datetime, now: datetime) -> Event:
    id_ = f"{cause.id}/{member_id}/{organisation}"
    if len(id_) > _LONGEST_ID:
        id_ = sha256(id_.encode()).hexdigest()
    event = validate_event(
        {
            "specversion": "1.0",
            "id": id_,
            "source": cause.source,
            "type": "member.transferred",
            "subject": member_id,
            "time": at.isoformat(),
            "data": {"organisation": organisation},
        },
        now,
    )
    assert isinstance(event, Event), event
    return event
