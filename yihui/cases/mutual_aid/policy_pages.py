"""Policies of mutual aid and members' enrolments at every door."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel

from core.prompts import Prompt
from core.text_marks import N_
from members.mutual_aid.claim import AidClaim
from members.mutual_aid.policy import POLICY_STATE_TITLES, Policy, PolicyState
from yihui.access.roles import Right
from yihui.cases.kernel.scope import is_own_step, list_own_and_above
from yihui.cases.mutual_aid import claims, enrolments, policies
from yihui.cases.mutual_aid.claim_pages import (
    CLAIM_COLUMNS,
    ENROLMENTS_PATH,
    POLICIES_PATH,
    TABS,
    find_codes,
    list_read_policies,
)
from yihui.cases.mutual_aid.enrolments import MemberEnrolment, enrolment_key
from yihui.frame.cells import Chip, Days, Link, Money, Officer, Organisation, Person
from yihui.frame.content import Event, Fact, Facts, Section, Table, TableColumn, ThingPage, Timeline
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import MemberId, RecordNumber
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.mutual_aid.repository import AidEnrolment

_POLICY_OF = N_("Policy of mutual aid for {year}")
_POLICY_TONES = {PolicyState.DRAFT: "waiting", PolicyState.IN_FORCE: "good"}


class EnrolmentFilter(BaseModel):
    """Enrolments in a policy."""

    policy: Annotated[RecordNumber | None, Prompt(N_("Policy"))] = None
    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None


def find_policies(look: Looking[NoFilter]) -> RowSlice[Policy]:
    """Find the policies of the officer's units and of those above them, the newest first."""
    from members.mutual_aid.repository import select_policies

    codes = find_codes(look)
    if codes is not None:
        codes = sorted({*codes, *list_own_and_above(look, Right.READ_HARDSHIP)})
    return policies.POLICIES.find(look, select_policies(codes))


def find_waiting_policies(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the policies that another officer wrote, the oldest first."""
    from members.mutual_aid.repository import list_policies_to_approve

    found = list_policies_to_approve(look.connection, find_codes(look, policies.POLICIES.right))
    return look.cut([one for one in found if not is_own_step(look, one.written_by)]).map(
        lambda one: Waiting(
            language.render(_POLICY_OF, year=one.terms.year),
            f"/desk/{POLICIES_PATH}/{one.number}",
            place=one.terms.organisation,
        )
    )


def find_waiting_corrections(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the corrections of enrolments that another officer proposed, by the end of their time."""
    from members.mutual_aid.repository import list_policies_to_correct
    from yihui.access.pending_acts import LIFETIME

    codes = find_codes(look, policies.POLICIES.right)
    title = language.translate(N_("Correction of an enrolment that takes claims back"))
    rows = [
        Waiting(
            title,
            f"/desk/{ENROLMENTS_PATH}/{enrolment_key(policy.number, member)}",
            proposed.at + LIFETIME,
            member,
            policy.terms.organisation,
        )
        for policy in list_policies_to_correct(look.connection, codes, look.now - LIFETIME)
        for member, proposed in enrolments.find_proposals(policy, look.now).items()
        if not is_own_step(look, proposed.by)
    ]
    return look.cut(rows)


def show_policy(look: Looking[Any], policy: Policy, language: Language) -> ThingPage:
    """Return a policy with its terms, what waits for a second officer, and its history."""
    from yihui.cases.mutual_aid.proof import render_table

    terms = policy.terms
    is_own = is_own_step(look, policy.written_by)
    acts = ["submit", "enrol"] if policy.state is PolicyState.IN_FORCE else []
    if policy.state is PolicyState.DRAFT:
        acts = ["withdraw"] if is_own else ["approve", "withdraw"]
    listed = f"/desk/{ENROLMENTS_PATH}?policy={policy.number}"
    facts = (
        Fact("organisation", N_("Unit"), Organisation(terms.organisation)),
        Fact("begins", N_("First day"), terms.begins),
        Fact("ends", N_("Last day"), terms.ends),
        Fact("contribution_fen", N_("Contribution per head"), Money(terms.contribution_fen)),
        Fact("waiting_days", N_("Waiting period of new members"), Days(terms.waiting_days)),
        Fact("table", N_("Reimbursement table"), render_table(terms, language)),
        Fact("document", N_("Document that the table is printed in"), terms.document),
        Fact("clause", N_("Clause of the document"), terms.clause),
        Fact("written_by", N_("Written by"), Officer(policy.written_by)),
        Fact("approved_by", N_("Approved by"), policy.approved_by and Officer(policy.approved_by)),
        Fact("enrolled", N_("Enrolled members"), Link(listed, policy.enrolled)),
        Fact("contributions_fen", N_("Contributions together"), Money(policy.contributions_fen)),
    )
    own = N_("You wrote this policy: another officer approves it.")
    return ThingPage(
        language.render(_POLICY_OF, year=terms.year),
        (
            Facts(N_("Terms of the policy"), facts),
            _list_proposals(look, policy),
            policies.POLICIES.timeline(look.connection, policy),
        ),
        _chip(policy),
        language.translate(own) if is_own and policy.state is PolicyState.DRAFT else "",
        acts=acts,
    )


def _chip(policy: Policy) -> Chip:
    return Chip(policy.state.value, POLICY_STATE_TITLES[policy.state], _POLICY_TONES.get(policy.state, ""))


def _link_enrolment(policy: int, member: str) -> Link:
    return Link(f"/desk/{ENROLMENTS_PATH}/{enrolment_key(policy, member)}", Person(member))


def _list_proposals(look: Looking[Any], policy: Policy) -> Table[Any]:
    columns = (
        TableColumn[Any]("member", N_("Member"), lambda row: _link_enrolment(policy.number, row[0])),
        TableColumn[Any]("by", N_("Proposed by"), lambda row: Officer(row[1].by)),
        TableColumn[Any]("at", N_("Proposed on"), lambda row: row[1].at),
    )
    is_own = look.scope(Right.READ_HARDSHIP).find_covered(look.connection, [policy.terms.organisation])
    rows = list(enrolments.find_proposals(policy, look.now).items()) if is_own else []
    title = N_("Corrections of enrolments that take claims back")
    return Table("proposals", title, columns, rows, N_("None waits for a second officer."))


def find_enrolments(look: Looking[EnrolmentFilter]) -> "RowSlice[AidEnrolment]":
    """Find the enrolments in the policies of the officer's units, by policy and member."""
    from members.mutual_aid.repository import AidEnrolment, correct_enrolments, select_enrolments

    query = select_enrolments(find_codes(look), look.filter.policy, look.filter.member)
    found = find_selected(look, query, lambda row: AidEnrolment(*row))
    return RowSlice(correct_enrolments(look.connection, found.rows), found.total)


def show_enrolment(look: Looking[Any], one: MemberEnrolment, language: Language) -> ThingPage:
    """Return a member's enrolment with its corrections, her claims under the policy, and what waits."""
    from members.mutual_aid.repository import ClaimQuery, list_claims, list_enrolment_changes

    enrolment, terms = one.enrolment, one.policy.terms
    member, number = enrolment.member_id, one.policy.number
    query = ClaimQuery(find_codes(look), policy=number, member_id=member)
    listed = list_claims(look.connection, query)
    changes = list_enrolment_changes(look.connection, [member], number)
    proposed = enrolments.find_proposals(one.policy, look.now).get(member)
    facts = [
        Fact("policy", N_("Policy of mutual aid"), Link(f"/desk/{POLICIES_PATH}/{number}", str(terms.year), number)),
        Fact("enrolled_on", N_("Enrolled on"), enrolment.enrolled_on),
        Fact("covered_from", N_("Covered from"), None if enrolment.is_void else enrolment.covered_from),
        Fact("covered_until", N_("Covered until"), None if enrolment.is_void else enrolment.covered_until or terms.ends),
    ]  # fmt: skip
    sections: list[Section] = [Facts("", facts), _list_member_claims(listed, enrolment)]
    acts, effect = ["correct"], ""
    if proposed is not None:
        acts = ["drop"] if is_own_step(look, proposed.by) else ["confirm", "drop"]
        given = {
            "begins": proposed.covered_from,
            "ends": proposed.covered_until or terms.ends,
            "claims": language.format_list(proposed.claims),
        }
        text = N_(
            "A correction waits for a second officer: covered from {begins} until {ends}; taken back: claims {claims}. "
            "What wasn't paid returns to the budget, what was paid becomes a debt of the member. After 14 days the "
            "proposal lapses."
        )
        effect = language.render(text, **given)
        sections.append(Facts(N_("Proposed correction"), _proposal_facts(proposed)))
    sections.append(Timeline([_build_change_event(one, terms.ends) for one in changes][::-1]))
    never = enrolment.is_void and language.translate(N_("never: enrolled by mistake"))
    title = language.render(N_("Enrolment in mutual aid for {year}"), year=terms.year)
    return ThingPage(title, sections, None, never or "", member, effect, acts)


def _build_change_event(change: Any, ends: date) -> Event:
    days = f"{change.covered_from} – {change.covered_until or ends}"
    return Event(change.at, "amend", N_("Corrected"), change.by, f"{days}  {change.reason}")


def _proposal_facts(proposed: Any) -> Sequence[Fact]:
    return (
        Fact("proposed_by", N_("Proposed by"), Officer(proposed.by)),
        Fact("proposed_at", N_("Proposed on"), proposed.at),
        Fact("reason", N_("Reason"), proposed.reason),
        Fact("to_begin", N_("Covered from"), proposed.covered_from),
        Fact("to_end", N_("Covered until"), proposed.covered_until),
        Fact("taken_back", N_("Claims that are taken back"), ", ".join(map(str, proposed.claims))),
    )


def _list_member_claims(listed: Sequence[AidClaim], enrolment: "AidEnrolment") -> Table[AidClaim]:
    covered = TableColumn[AidClaim](
        "covered", N_("Covered"), lambda one: enrolment.covers(one.bill.admitted_on)
    )
    columns = (*CLAIM_COLUMNS[1:], covered)
    return Table("claims", N_("Claims under this policy"), columns, listed, N_("There are no such claims."))


_policy = TableColumn[Policy]
_enrolment = TableColumn["AidEnrolment"]
_POLICY_COLUMNS = (
    _policy("year", N_("Year of the policy"), lambda one: Link(f"/desk/{POLICIES_PATH}/{one.number}", str(one.terms.year), one.terms.year)),
    _policy("number", N_("Policy"), lambda one: one.number),
    _policy("organisation", N_("Unit"), lambda one: Organisation(one.terms.organisation)),
    _policy("begins", N_("First day"), lambda one: one.terms.begins),
    _policy("contribution_fen", N_("Contribution per head"), lambda one: Money(one.terms.contribution_fen)),
    _policy("enrolled", N_("Enrolled members"), lambda one: one.enrolled),
    _policy("state", N_("State"), lambda one: _chip(one)),
)  # fmt: skip
_ENROLMENT_COLUMNS = (
    _enrolment("member", N_("Member"), lambda one: _link_enrolment(one.policy_number, one.member_id)),
    _enrolment("policy", N_("Policy"), lambda one: one.policy_number),
    _enrolment("enrolled_on", N_("Enrolled on"), lambda one: one.enrolled_on),
    _enrolment("covered_from", N_("Covered from"), lambda one: None if one.is_void else one.covered_from),
    _enrolment("covered_until", N_("Covered until"), lambda one: None if one.is_void else one.covered_until),
)
POLICIES = Noun(
    POLICIES_PATH,
    N_("Policies of mutual aid"),
    policies.POLICY,
    Listing(
        N_("List the policies of the own units and of those above them, the newest first."),
        NoFilter,
        find_policies,
        _POLICY_COLUMNS,
        N_("There are no policies yet. Write the first one."),
    ),
    show_policy,
    Right.READ_HARDSHIP,
    (claims.SUBMIT, policies.ENROL, policies.APPROVE, policies.WITHDRAW, policies.WRITE),
    TABS,
    reads=lambda policy: (policies.POLICIES.name, str(policy.number)) if policy.proposed else None,
    is_open_to=lambda look, policy: (
        policy.terms.organisation in list_own_and_above(look, Right.READ_HARDSHIP)
    ),
    todos=(
        ToDo(
            N_("policies of mutual aid to approve"),
            f"/desk/{POLICIES_PATH}",
            policies.POLICIES.right,
            find_waiting_policies,
        ),
    ),
)
ENROLMENTS = Noun(
    ENROLMENTS_PATH,
    N_("Enrolments in mutual aid"),
    enrolments.ENROLMENT,
    Listing(
        N_("List the members who are enrolled in the policies of the own units."),
        EnrolmentFilter,
        find_enrolments,
        _ENROLMENT_COLUMNS,
        N_("Nobody is enrolled yet. Open a policy to enrol its members."),
        lambda look, rows: list_read_policies(look, {one.policy_number for one in rows}),
    ),
    show_enrolment,
    Right.READ_HARDSHIP,
    (enrolments.CONFIRM, enrolments.CORRECT, enrolments.DROP),
    TABS,
    reads=lambda one: ("member", one.enrolment.member_id),
    todos=(
        ToDo(
            N_("corrections of enrolments to confirm"),
            f"/desk/{POLICIES_PATH}",
            policies.POLICIES.right,
            find_waiting_corrections,
        ),
    ),
)
