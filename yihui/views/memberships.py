"""Show what became of a membership, and a member's memberships."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from core.text_marks import N_
from members import Membership
from yihui.runtime.language import Language
from yihui.services.memberships import MemberMemberships, MembershipReceipt
from yihui.views.labels import format_fact_value

_DONE: Mapping[str, str] = MappingProxyType(
    {
        "transfer": N_("{member}: transferred from {before} to {organisation} on {day}"),
        "leave": N_("{member}: left {before} on {day}"),
        "retire": N_("{member}: retired on {day}, still a member of {organisation}"),
        "suspend": N_("{member}: membership suspended on {day}"),
        "resume": N_("{member}: membership goes on from {day}"),
        "rejoin": N_("{member}: joined {organisation} again on {day}"),
        "decease": N_("{member}: died on {day}"),
    }
)
_REPEATED = N_("recorded before under this request key, nothing changed: {text}")


def receipt_line(receipt: MembershipReceipt, language: Language) -> str:
    """Return what an act came to."""
    act = receipt.act
    line = language.render(
        _DONE[act.kind],
        member=act.member,
        day=act.on,
        before=receipt.before or "—",
        organisation=act.to or receipt.organisation or "—",
    )
    return line if receipt.is_new else language.render(_REPEATED, text=line)


def receipt_json(receipt: MembershipReceipt) -> dict[str, object]:
    """Return what an act came to, as JSON."""
    act = receipt.act
    return {
        "member": act.member,
        "act": act.kind,
        "on": act.on.isoformat(),
        "status": receipt.status,
        "organisation": receipt.organisation,
        "before": receipt.before,
        "event": receipt.event,
        "is_new": receipt.is_new,
    }


def membership_lines(found: MemberMemberships, language: Language) -> Iterator[str]:
    """Yield a line for each membership, the earliest first."""
    template = N_("{since} to {until}  {organisation} {name}: {state}")
    for one in found.memberships:
        yield language.render(
            template,
            since=one.since,
            until=one.until or language.translate(N_("today and on")),
            organisation=one.organisation,
            name=found.names.get(one.organisation, ""),
            state=format_fact_value("member.status", one.status, language),
        )
    if not found.memberships:
        yield language.translate(N_("no memberships"))


def memberships_json(found: MemberMemberships) -> dict[str, object]:
    """Return a member's memberships as JSON; ``until`` is the first day on which one no longer holds."""
    return {
        "member": found.member,
        "memberships": [_membership_json(one, found.names) for one in found.memberships],
    }


def _membership_json(one: Membership, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "organisation": one.organisation,
        "name": names.get(one.organisation),
        "status": one.status,
        "since": one.since.isoformat(),
        "until": None if one.until is None else one.until.isoformat(),
        "begun_by": one.begun_by,
        "ended_by": one.ended_by,
    }
