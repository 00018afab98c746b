"""Project one event onto its member: the change, the facts for the rules, and faults.

The pipeline and the in-memory replay both use this module, so that a simulation equals the ledger.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from core.civil_time import civil_date
from core.faults import Fault
from events.applications import ApplicationBatch
from events.catalogue import is_reserved_type
from events.envelope import Event
from events.faults import EVENT_FAULTS
from members import (
    NO_LINEAGES,
    NOT_MEMBERS,
    Enrolment,
    FactValue,
    MemberChange,
    MemberPayload,
    MemberProfileChanged,
    OrganisationLineages,
    changed_facts,
    facts_on,
    status_at,
)
from rules import EventFacts, PlacedCode


def find_member_event_fault(event: Event, history: Sequence[MemberChange]) -> Fault | None:
    """Return why a valid event about a member can't be processed; None if it can."""
    if is_reserved_type(event.type):
        return EVENT_FAULTS.build("told_by_us", field="type", value=event.type)
    if not isinstance(event.payload, MemberPayload):
        return EVENT_FAULTS.build("not_handled", field="type", value=event.type)
    if not history and not isinstance(event.payload, Enrolment):
        return EVENT_FAULTS.build("unknown_member", field="subject", value=event.subject)
    if isinstance(event.payload, MemberProfileChanged) and event.payload.status is not None:
        return _find_ended_membership(event, history)
    return None


def _find_ended_membership(event: Event, history: Sequence[MemberChange]) -> Fault | None:
    """Return that a change of state concerns a person who was no member then: it makes nobody a member."""
    if status_at(history, event.occurred_at) not in NOT_MEMBERS:
        return None
    day = civil_date(event.occurred_at).isoformat()
    return EVENT_FAULTS.build("membership_ended", field="data.status", value=event.subject, day=day)


def build_member_change(event: Event) -> MemberChange | None:
    """Return what an event changes about its member; None if nothing."""
    assert isinstance(event.payload, MemberPayload)
    values = changed_facts(event.payload)
    if not values:
        return None
    return MemberChange(event.subject, event.occurred_at, event.type, event.source, event.id, values)


def event_facts(event: Event, lineages: OrganisationLineages = NO_LINEAGES) -> EventFacts:
    """Return the event in the form that the rules evaluate."""
    payload = event.payload
    assert isinstance(payload, MemberPayload), f"{event.type} is about no member"
    day = civil_date(event.occurred_at)
    values = payload.rule_values()
    place_organisation(values, "organisation", lineages, day)
    return EventFacts(
        source=event.source,
        id=event.id,
        type=event.type,
        occurred_at=event.occurred_at,
        occurred_on=day,
        member=event.subject,
        payload=values,
        known_on=civil_date(event.known_at) if event.known_at else None,
    )


def rule_facts(
    event: Event,
    history: Sequence[MemberChange],
    applications: ApplicationBatch,
    lineages: OrganisationLineages,
) -> tuple[EventFacts, Mapping[str, FactValue]]:
    """Return the event with all that rules read of its member and application."""
    facts = event_facts(event, lineages)
    known, read = member_facts(history, facts.occurred_on, lineages), applications.read(event, facts)
    if day := facts.stated_day:
        facts.member_then = {**member_facts(history, day, lineages), **read}
    return facts, {**known, **read}


def member_facts(
    history: Sequence[MemberChange], day: date, lineages: OrganisationLineages
) -> Mapping[str, FactValue]:
    """Return the member's facts on a day, with the organisation's place in the tree of that day."""
    facts = facts_on(history, day)
    if not lineages.spans:
        return facts
    placed = dict(facts)
    place_organisation(placed, "member.organisation", lineages, day)
    return placed


def place_organisation(
    values: dict[str, FactValue], path: str, lineages: OrganisationLineages, day: date
) -> None:
    """Replace an organisation's code by one that knows its place in the tree of a day."""
    code = values.get(path)
    if isinstance(code, str) and lineages.spans:
        values[path] = PlacedCode(code, lineages.lineage(code, day))
