"""Give back places after a member's transfer, in its transaction, and notify both organisations."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

import benefits
from core.civil_time import civil_date
from events.envelope import Event
from members import MemberChange, MemberTransferred, OrganisationLineages
from members.messages import MembershipBegun, MembershipEnded, MembershipNotice
from rules import OrganisationTransfer, PlacedCode


def find_transfer(
    event: Event, history: Sequence[MemberChange], lineages: OrganisationLineages
) -> OrganisationTransfer | None:
    """Return from where to where an event takes its member; None if it is no transfer or changes nothing.

    ``history`` holds what had arrived by then, with the event's own change. What counts as the organisation
    after is the latest that is known: a late transfer changes nothing where a later one is known already.
    """
    if not isinstance(event.payload, MemberTransferred):
        return None
    before = after = None
    for change in sorted(history, key=lambda change: change.effective_at):
        if (code := change.values.get("organisation")) is not None:
            after = str(code)
            if change.effective_at <= event.occurred_at and change.event_id != event.id:
                before = after
    if before is None or after is None or before == after:
        return None
    day = civil_date(event.occurred_at)
    return OrganisationTransfer(
        PlacedCode(before, lineages.lineage(before, day)), PlacedCode(after, lineages.lineage(after, day))
    )


def find_givers(connection: Connection, moving: Iterable[tuple[str, OrganisationTransfer]]) -> frozenset[str]:
    """Return those of the transferred members who hold a place of any quota, or wait for one."""
    return benefits.find_members_with_places(connection, {member for member, _ in moving})


def build_transfer_notices(
    event: Event, transfer: OrganisationTransfer, now: datetime
) -> Iterator[dict[str, object]]:
    """Yield the outbox rows for the organisation before and the one after."""
    on = civil_date(event.occurred_at)
    before, after = str(transfer.before), str(transfer.after)
    notices: tuple[tuple[str, str, MembershipNotice], ...] = (
        (before, "membership.ended", MembershipEnded(member=event.subject, on=on, to=after)),
        (after, "membership.begun", MembershipBegun(member=event.subject, on=on, before=before)),
    )
    for key, kind, content in notices:
        told = f"{kind}\0{event.source}\0{event.id}".encode()
        yield {
            "id": f"membership-{sha256(told).hexdigest()[:40]}",
            "key": key,
            "type": kind,
            "data": content.model_dump_json(),
            "recorded_at": now,
        }
