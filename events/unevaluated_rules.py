"""Explain why a rule did not consider a member: no event, another day, organisation or group of members."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from benefits import Reason
from core.civil_time import civil_date, end_of_day, start_of_day
from core.text_marks import N_
from events.applications import ApplicationBatch, load_application_batch
from events.envelope import Event, parse_event
from events.organisations import load_history_lineages
from events.projection import rule_facts
from events.tables import journal
from members import Application, read_member_changes
from members.applications import compute_progress
from rules import (
    EventFacts,
    FactValue,
    Rule,
    RuleLibrary,
    evaluate_rules,
    fact_values_json,
    find_version_day,
    territory_covers,
)

_NO_MEMBER = "no-member"
APPLIED_TOO_LATE = "applied-too-late"
"""The code of the reason why no version decides an application."""
REFUSED_APPLICATION = "refused"
"""The code of the reason that an officer refused the application, so that no rule decided."""
_REFUSED_TYPE = "application.refused"
MAX_EXPLAINED_EVENTS = 3
"""How many of a member's newest events `why` explains; one that explains nothing isn't counted."""


@dataclass(frozen=True, slots=True)
class SkipExplanation:
    """Why a rule did not consider one event of a member, with the values read.

    ``event_id`` is None, and ``event_type`` empty, if the member has no such event.
    """

    reason: Reason
    event_id: str | None = None
    on: date | None = None
    values: tuple[tuple[str, object], ...] = ()
    event_type: str = ""

    @property
    def is_unknown_member(self) -> bool:
        """Whether the member id is unknown."""
        return self.reason.code == _NO_MEMBER


def explain_skipped_rule(
    connection: Connection, member_id: str, rule_id: str, library: RuleLibrary, at: date | None, now: datetime
) -> list[SkipExplanation]:
    """Explain why a rule did not consider a member, at all or on one day.

    Return an empty list if the library has no such rule.
    """
    versions = library.versions(rule_id)
    if not versions:
        return []
    history = read_member_changes(connection, [member_id])[member_id]
    if not history:
        return [SkipExplanation(_unknown_member())]
    lineages = load_history_lineages(connection, [history])
    kinds = sorted({rule.definition.on for rule in versions})
    found = []
    for event in _newest(connection, member_id, [*kinds, _REFUSED_TYPE], at, now):
        applications = load_application_batch([event], connection)
        facts, known = rule_facts(event, history, applications, lineages)
        if event.type in kinds:
            found.append(_of_event(facts, known, versions, library))
        elif _stands(event, applications, civil_date(now)):
            decided = evaluate_rules(replace(facts, type="application.confirmed"), known, library)
            if any(one.rule_id == rule_id for one in decided):
                found.append(_refused(event))
        if len(found) == MAX_EXPLAINED_EVENTS:
            break
    return found or [SkipExplanation(_no_event(kinds, at))]


def _newest(
    connection: Connection, member_id: str, kinds: Sequence[str], at: date | None, now: datetime
) -> Iterator[Event]:
    query = select(journal.c.event).where(journal.c.member_id == member_id)
    if at is not None:
        query = query.where(
            journal.c.occurred_at >= start_of_day(at),
            journal.c.occurred_at < end_of_day(at),
        )
    for text in connection.execute(query.order_by(journal.c.occurred_at.desc())).scalars():
        event = parse_event(text, now) if any(kind in text for kind in kinds) else None
        if isinstance(event, Event) and event.type in kinds:
            yield event


def _of_event(
    event: EventFacts, known: Mapping[str, FactValue], versions: Sequence[Rule], library: RuleLibrary
) -> SkipExplanation:
    held = [rule for rule in versions if rule.definition.in_force.holds(find_version_day(rule, event))]
    if not held:
        return SkipExplanation(_not_in_force(versions, event), event.id, event.occurred_on)
    if held[-1].definition.member_as_of and event.member_then is not None:
        known = event.member_then
    code = known.get("member.organisation") or known.get("member.district")
    if not isinstance(code, str):
        return SkipExplanation(
            _nowhere(), event.id, event.occurred_on, (("member.organisation", None),), event.type
        )
    if not any(territory_covers(rule.definition.owner, code) for rule in held):
        values = (("member.organisation", code),)
        return SkipExplanation(_elsewhere(held[-1], code), event.id, event.occurred_on, values, event.type)
    if any(decision.rule_id == held[-1].id for decision in evaluate_rules(event, known, library)):
        return SkipExplanation(_only_now(), event.id, event.occurred_on)
    return _others(held[-1], event, known)


def _stands(event: Event, applications: ApplicationBatch, today: date) -> bool:
    """Return whether an event refused an application, and neither an appeal nor a new submission followed."""
    assert isinstance(event.payload, Application)
    progress = compute_progress(applications.steps[event.subject], event.payload.number, today)
    last = progress.last_refusal
    return progress.is_refused and last is not None and (last.source, last.event_id) == event.key


def _refused(event: Event) -> SkipExplanation:
    """Say that an officer refused an application that the rule would have decided.

    The officer's words are for the member and for who reads applications: an answer to everybody who reads benefits
    doesn't hold them.
    """
    day = civil_date(event.occurred_at)
    reason = Reason(
        REFUSED_APPLICATION,
        N_("an officer refused the application on {day}"),
        N_(
            "the member can appeal on the page of the application, or apply anew while applications are taken"
        ),
        {"day": day.isoformat()},
    )
    return SkipExplanation(reason, event.id, day, event_type=event.type)


def _others(rule: Rule, event: EventFacts, known: Mapping[str, FactValue]) -> SkipExplanation:
    whom = rule.definition.audience_condition or ""
    expression = rule.expressions.conditions.get(whom)
    read = rule.compiled.read_facts(event, known)
    values = fact_values_json(tuple((path, read[path]) for path in expression.reads)) if expression else {}
    reason = Reason(
        "not-among",
        N_("it looks only at those for whom {whom}"),
        N_("if what is known of the member is wrong, have it corrected; then the next event counts"),
        {"whom": whom},
    )
    return SkipExplanation(reason, event.id, event.occurred_on, tuple(values.items()), event.type)


def _unknown_member() -> Reason:
    return Reason(
        _NO_MEMBER,
        N_("no roll and no event has told us of this member"),
        N_("check the member's id; the member's union imports the roll"),
    )


def _no_event(kinds: Sequence[str], at: date | None) -> Reason:
    types = "、".join(kinds)
    if at is not None:
        return Reason(
            "no-event",
            N_("it looks at {types}, and nothing of that kind has come for this member on {day}"),
            N_("ask whoever sends these events whether it was sent"),
            {"types": types, "day": at.isoformat()},
        )
    return Reason(
        "no-event",
        N_("it looks at {types}, and nothing of that kind has come for this member yet"),
        N_("ask whoever sends these events whether it was sent"),
        {"types": types},
    )


def _not_in_force(versions: Sequence[Rule], event: EventFacts) -> Reason:
    """Say on which days the rule was in force; of an application the last day on which it could be handed in."""
    day, spans = find_version_day(versions[-1], event), [one.definition.in_force for one in versions]
    ended = [one.until for one in spans if one.until is not None and one.until < day]
    if event.submitted_on is not None and ended:
        return Reason(
            APPLIED_TOO_LATE,
            N_("it could be applied for until {last}, and this application was handed in on {day}"),
            N_("ask the union whether it begins again"),
            {"day": day.isoformat(), "last": max(ended).isoformat()},
        )
    text = "、".join(f"{one.since} … {one.until or ''}".strip() for one in spans)
    return Reason(
        "not-in-force",
        N_("it was not in force on {day}, only {spans}"),
        N_("nothing is due for that day"),
        {"day": day.isoformat(), "spans": text},
    )


def _nowhere() -> Reason:
    return Reason(
        "no-organisation",
        N_("it is not known to which organisation the member belonged on that day"),
        N_("have the member's organisation entered"),
    )


def _elsewhere(rule: Rule, code: str) -> Reason:
    return Reason(
        "out-of-scope",
        N_("it holds for {owner} and below, the member belonged to {organisation} on that day"),
        N_("ask whether the member's own organisation has such a benefit"),
        {"owner": rule.definition.owner, "organisation": code},
    )


def _only_now() -> Reason:
    return Reason(
        "not-then",
        N_("when this event came, this version was not in force yet, or less was known of the member"),
        N_("an event is looked at once; the union can have it sent again"),
    )
