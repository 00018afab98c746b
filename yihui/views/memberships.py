"""Show what became of a membership, and a member's memberships."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from core.money import format_yuan
from core.text_marks import N_
from events.late_changes import LateDifference
from members import Membership
from yihui.runtime.language import Language
from yihui.services.members.memberships import MemberMemberships, MembershipReceipt
from yihui.views.fact_values import format_fact_value

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


def late_lines(found: Sequence[LateDifference], language: Language) -> Iterator[str]:
    """Yield a line for each decision that would differ with what arrived late."""
    template = N_("{member}  {day}  {title}: was {was}, would be {would_be} (late: {late} of {late_on})")
    for one in found:
        yield language.render(
            template,
            member=one.member,
            day=one.occurred_on,
            title=one.title,
            was=_worth(one.was_fen, language),
            would_be=_worth(one.would_be_fen, language),
            late=one.late,
            late_on=one.late_on,
        )
    if not found:
        yield language.translate(N_("no decision would differ"))


def _worth(amount_fen: int | None, language: Language) -> str:
    if amount_fen is None:
        return language.translate(N_("nothing (late change)"))
    return language.render(N_("{amount} yuan"), amount=format_yuan(amount_fen))


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
