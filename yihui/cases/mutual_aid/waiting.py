"""What of mutual aid waits for a second officer: policies, claims, and corrections that take claims back."""

from typing import TYPE_CHECKING, Any

from core.money import format_yuan
from core.text_marks import N_
from members.mutual_aid.policy import Policy, PolicyState
from yihui.access.roles import Right
from yihui.cases.kernel.scope import find_visible_codes, is_own_step
from yihui.cases.mutual_aid.enrolments import enrolment_key, find_proposals
from yihui.frame.listing import Looking, RowSlice
from yihui.frame.todo import ToDo, Waiting
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.mutual_aid.policy import ProposedCorrection

_RIGHT = Right.KEEP_HARDSHIP


def find_policies(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the policies that another officer wrote, the oldest first."""
    drafts = [one for one in _list_policies(look) if one.state is PolicyState.DRAFT]
    return look.cut(
        [
            Waiting(
                language.render(N_("Policy of mutual aid for {year}"), year=one.terms.year),
                f"/desk/mutual-aid/policies/{one.number}",
                place=one.terms.organisation,
            )
            for one in drafts
            if not is_own_step(look, one.written_by)
        ]
    )


def find_claims(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the claims that another officer wrote down, the oldest first."""
    from members.mutual_aid.repository import find_claims_to_review

    found, total = find_claims_to_review(look.connection, _list_codes(look), look.actor.id, look.slice.limit)
    text = N_("{days} days in hospital, {yuan} yuan self-paid")
    rows = [
        Waiting(
            language.render(text, days=one.bill.days, yuan=format_yuan(one.bill.self_paid_fen)),
            f"/desk/mutual-aid/claims/{one.number}",
            person=one.member_id,
            place=one.organisation,
        )
        for one in found
    ]
    return RowSlice(rows, total)


def find_corrections(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the corrections of enrolments that another officer proposed, by the end of their time."""
    from yihui.access.pending_acts import LIFETIME

    title = language.translate(N_("Correction of an enrolment that takes claims back"))
    waiting = [one for one in list_corrections(look) if not is_own_step(look, one[2].by)]
    rows = [
        Waiting(
            title,
            f"/desk/mutual-aid/enrolments/{enrolment_key(policy.number, member)}",
            proposed.at + LIFETIME,
            member,
            policy.terms.organisation,
        )
        for policy, member, proposed in waiting
    ]
    return look.cut(rows)


def list_corrections(look: Looking[Any]) -> "list[tuple[Policy, str, ProposedCorrection]]":
    """List the corrections that wait for a second officer in the officer's subtrees, own ones too."""
    return [
        (policy, member, proposed)
        for policy in _list_policies(look)
        for member, proposed in find_proposals(policy, look.now).items()
    ]


def _list_policies(look: Looking[Any]) -> list[Policy]:
    from members.mutual_aid.repository import list_undecided_policies
    from yihui.access.pending_acts import LIFETIME

    return list_undecided_policies(look.connection, _list_codes(look), look.now - LIFETIME)


def _list_codes(look: Looking[Any]) -> list[str] | None:
    """Return the organisations of policies and claims for which the officer acts; None stands for all."""
    from members.mutual_aid.repository import list_organisations

    return find_visible_codes(look, list_organisations(look.connection), _RIGHT)


POLICIES = ToDo(N_("policies of mutual aid to approve"), "/desk/mutual-aid/policies", _RIGHT, find_policies)
CLAIMS = ToDo(
    N_("claims of mutual aid to review"), "/desk/mutual-aid/claims?state=submitted", _RIGHT, find_claims
)
CORRECTIONS = ToDo(
    N_("corrections of enrolments to confirm"), "/desk/mutual-aid/policies", _RIGHT, find_corrections
)
