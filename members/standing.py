"""Find every reason why an act on a membership is impossible, by the member's facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.civil_time import civil_date
from core.faults import Fault, FaultTable
from core.text_marks import N_
from members.history import NOT_MEMBERS, MemberChange, facts_on
from members.memberships import compute_memberships
from members.message_fields import FactValue
from members.organisations.tree import OrganisationSpan, span_on

MembershipActKind = Literal["transfer", "leave", "retire", "suspend", "resume", "rejoin", "decease"]
_TRANSFER = N_("yihui members transfer {member} --to CODE")
_REJOIN = N_("record that the person joined again: yihui members rejoin {member} --to CODE")
_LOOK = N_("compare with: yihui members show {member}")

MEMBERSHIP_FAULTS = FaultTable(
    "membership",
    {
        "still_to_come": (
            N_("{value} is still to come; an act is recorded when it takes effect"),
            N_("record it on that day"),
        ),
        "before": (
            N_("{member} was no member yet on {value}; the membership began on {since}"),
            N_("give a day from {since} on, or record first that the person joined earlier"),
        ),
        "left": (N_("{member} is no member on {value}: left on {since}"), _REJOIN),
        "died": (
            N_("{member} died on {since}"),
            N_("if that record is wrong, correct it by an event member.joined (yihui run), then repeat this"),
        ),
        "own": (
            N_("{member} is in {value} already, since {since}"),
            N_("name another organisation, or leave it as it is"),
        ),
        "is_member": (N_("{member} is a member already, of {value} since {since}"), _TRANSFER),
        "retired": (N_("{member} retired already, on {since}"), _LOOK),
        "suspended": (N_("the membership of {member} is suspended already, since {since}"), _LOOK),
        "not_suspended": (N_("the membership of {member} is not suspended on {value}"), _LOOK),
        "unknown_organisation": (
            N_("there is no organisation {value} on {day}"),
            N_("look the code up: yihui organisations list"),
        ),
        "ended": (N_("{value} ended on {day}"), N_("its members went to {into}; name that or another one")),
        "ended_for_good": (N_("{value} ended on {day}"), N_("name an organisation that goes on")),
    },
)
_ALREADY: Mapping[str, str] = {"retire": "retired", "suspend": "suspended"}


@dataclass(frozen=True, slots=True)
class MembershipAct:
    """What an officer records of one member on a civil day; ``to`` is the organisation joined, if any."""

    kind: MembershipActKind
    member: str
    on: date
    by: str
    to: str | None = None
    reason: str | None = None


def find_membership_faults(
    act: MembershipAct, history: Sequence[MemberChange], spans: Sequence[OrganisationSpan], today: date
) -> list[Fault]:
    """Return every reason why an act is impossible on its day; ``spans`` are those of the organisation joined."""
    faults = list(_organisation_faults(act, spans))
    if act.on > today:
        return [*faults, MEMBERSHIP_FAULTS.build("still_to_come", field="on", value=act.on)]
    return [*faults, *_member_faults(act, history)]


def _organisation_faults(act: MembershipAct, spans: Sequence[OrganisationSpan]) -> Iterator[Fault]:
    if act.to is None or span_on(spans, act.on) is not None:
        return
    last = spans[-1] if spans else None
    if last is None or last.until is None or act.on < last.until:
        yield MEMBERSHIP_FAULTS.build("unknown_organisation", field="to", value=act.to, day=act.on)
    elif last.into is None:
        yield MEMBERSHIP_FAULTS.build("ended_for_good", field="to", value=act.to, day=last.until)
    else:
        yield MEMBERSHIP_FAULTS.build("ended", field="to", value=act.to, day=last.until, into=last.into)


def _member_faults(act: MembershipAct, history: Sequence[MemberChange]) -> Iterator[Fault]:
    """Yield why the member's state on the day doesn't allow the act."""
    facts = facts_on(history, act.on)
    state, organisation = str(facts["member.status"]), facts["member.organisation"]
    member, since = act.member, state_since(history, act.on)
    if state == "deceased":
        yield MEMBERSHIP_FAULTS.build("died", field="member", member=member, since=since)
    elif act.kind == "rejoin":
        if state in ("active", "suspended"):
            yield MEMBERSHIP_FAULTS.build(
                "is_member", field="member", value=organisation, member=member, since=since
            )
    elif state in NOT_MEMBERS:
        yield _no_member(act, history, since)
    elif act.kind == "transfer" and organisation == act.to:
        yield MEMBERSHIP_FAULTS.build("own", field="to", value=act.to, member=member, since=since)
    elif act.kind == "resume" and state != "suspended":
        yield MEMBERSHIP_FAULTS.build(
            "not_suspended", field="member", value=act.on, member=member, since=since
        )
    elif _ALREADY.get(act.kind) == state:
        yield MEMBERSHIP_FAULTS.build(state, field="member", member=member, since=since)


def _no_member(act: MembershipAct, history: Sequence[MemberChange], since: date) -> Fault:
    first = next(iter(compute_memberships(history)), None)
    if first is not None and act.on < first.since:
        return MEMBERSHIP_FAULTS.build(
            "before", field="on", value=act.on, member=act.member, since=first.since
        )
    return MEMBERSHIP_FAULTS.build("left", field="member", value=act.on, member=act.member, since=since)


def state_since(history: Sequence[MemberChange], day: date) -> date:
    """Return the day since which a member's organisation and state are what they are on a day."""
    state = _standing(history, day)
    since = day
    for change in sorted(history, key=lambda change: change.effective_at, reverse=True):
        began = civil_date(change.effective_at)
        if began > day:
            continue
        if _standing(history, began) != state:
            break
        since = began
    return since


def _standing(history: Sequence[MemberChange], day: date) -> tuple[FactValue, FactValue]:
    facts = facts_on(history, day)
    return facts["member.organisation"], facts["member.status"]
