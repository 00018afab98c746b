"""Check for limits that a member can evade by transferring, by rejoining or by changing the profile."""

from collections.abc import Mapping

from core.text_marks import N_
from rules.engine.rule import PER_MEMBER
from rules.faults import rule_fault_table
from rules.linting.subject import LintSubject
from rules.model.period import Span

_TRANSFER = N_("by transferring to another organisation")
_REJOIN = N_("by leaving and joining again")
_PROFILE = N_("by changing the profile")
_APPLY = N_("by applying again")
_MOVE = N_("by moving from one household to another")
_WAYS: Mapping[str, str] = {
    "member.organisation": _TRANSFER,
    "member.district": _TRANSFER,
    "event.organisation": _TRANSFER,
    "event.district": _TRANSFER,
    "member.status": _REJOIN,
    "member.joined_on": _REJOIN,
    "event.via": _REJOIN,
    "event.reason": _REJOIN,
    "member.card": _REJOIN,
    "member.trade": _PROFILE,
    "member.employment_form": _PROFILE,
    "member.mutual_aid_year": _APPLY,
    "event.application": _APPLY,
}
_HOUSEHOLDS = ("member.household", "event.household")
_AGAIN: Mapping[str, str] = {
    "member.joined": _REJOIN,
    "member.imported": _REJOIN,
    "member.transferred": _TRANSFER,
    "member.left": _REJOIN,
    "member.retired": _REJOIN,
    "member.profile_changed": _PROFILE,
    "member.card_activated": _REJOIN,
}
"""Events that a member can bring about as often as he likes."""
_FOREVER = ("once", "rule_lifetime", "programme_period")
_FAULTS = rule_fault_table(
    {
        "dodged-limit": (
            N_("the limit per {path} can be got round {way}"),
            N_("leave {path} out of per:, or add a limit per member alone"),
            N_("The limit counts anew for every other value, so that the same member is granted it again."),
        ),
        "renewed-limit": (
            N_("{value} lets a member have it again in every period {way}"),
            N_("write every: once, or require something that can't be repeated"),
            N_("The member brings the event {event} about as often as he likes."),
        ),
    }
)


def check_limit_evasion(subject: LintSubject) -> None:
    """Report limits that a member can evade; a rule with one limit that cannot be evaded has no finding."""
    definition = subject.definition
    loose = [_loose_keys(subject, index) for index in range(len(definition.limits))]
    if loose and all(loose):
        for index, keys in enumerate(loose):
            for place, path, way in keys:
                fault = _FAULTS.build("dodged-limit", severity="warning", terms={"way": way}, path=path)
                subject.document.add_fault(("limit", index, "per", place), fault)
    elif definition.on in _AGAIN:
        _check_renewal(subject)


def _loose_keys(subject: LintSubject, index: int) -> list[tuple[int, str, str]]:
    per = subject.definition.limits[index].per
    found = [(place, path, _WAYS[path]) for place, path in enumerate(per) if path in _WAYS]
    if PER_MEMBER in per:
        found += [(place, path, _MOVE) for place, path in enumerate(per) if path in _HOUSEHOLDS]
    return found


def _check_renewal(subject: LintSubject) -> None:
    """Report a limit that starts again each period while the member can cause the event again."""
    definition = subject.definition
    periods = [definition.resolve_period(limit.every) for limit in definition.limits if limit.where is None]
    if not periods or any(isinstance(period, Span) or period in _FOREVER for period in periods):
        return
    way = {"way": _AGAIN[definition.on]}
    fault = _FAULTS.build("renewed-limit", severity="warning", terms=way, event=definition.on)
    subject.document.add_fault(("limit", 0, "every"), fault)
