"""Mutual aid at every door: claims with their proofs, policies, and members' enrolments."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict

from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from members.mutual_aid.claim import CLAIM_MOVES, CLAIM_STATE_TITLES, LIVE, AidClaim, ClaimAct, ClaimState
from members.mutual_aid.policy import POLICY_MOVES, POLICY_STATE_TITLES, Policy, PolicyAct, PolicyState
from yihui.access.roles import Right
from yihui.cases.mutual_aid import claim_file, claims, enrolments, policies, waiting
from yihui.cases.mutual_aid.enrolments import MemberEnrolment, enrolment_key
from yihui.frame.cells import Cell, Chip, Days, Link, Money, Officer, Organisation, Person
from yihui.frame.content import Event, Fact, Facts, Section, Table, TableColumn, ThingPage, Timeline
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.types import MemberId, OrganisationCode, RecordNumber
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.mutual_aid.repository import AidEnrolment
    from yihui.cases.mutual_aid.proof import ClaimProof

_CLAIMS, _POLICIES, _ENROLMENTS = "mutual-aid/claims", "mutual-aid/policies", "mutual-aid/enrolments"
_TABS = (
    (f"/desk/{_CLAIMS}", N_("Claims")),
    (f"/desk/{_POLICIES}", N_("Policies")),
    (f"/desk/{_ENROLMENTS}", N_("Enrolled members")),
)
_CLAIM_TONES = {
    ClaimState.SUBMITTED: "waiting",
    ClaimState.RETURNED: "waiting",
    ClaimState.APPROVED: "good",
    ClaimState.REFUSED: "bad",
    ClaimState.REVERSED: "bad",
}
_POLICY_TONES = {PolicyState.DRAFT: "waiting", PolicyState.IN_FORCE: "good"}
_CLAIM_ACTS = {
    ClaimAct.APPROVE: "approve",
    ClaimAct.SEND_BACK: "send-back",
    ClaimAct.REFUSE: "refuse",
    ClaimAct.CORRECT: "correct",
    ClaimAct.WITHDRAW: "withdraw",
    ClaimAct.REVERSE: "reverse",
}
_SECOND = frozenset({"approve", "send-back", "refuse"})  # not for who submitted the claim


class _Filter(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ClaimFilter(_Filter):
    """Claims of a state, a policy, a member, an organisation and those below it."""

    state: Annotated[ClaimState | None, Prompt(N_("State"), labels=CLAIM_STATE_TITLES)] = None
    policy: Annotated[RecordNumber | None, Prompt(N_("Policy"))] = None
    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None
    organisation: Annotated[OrganisationCode | None, Prompt(N_("Organisation"))] = None


class EnrolmentFilter(_Filter):
    """Enrolments in a policy."""

    policy: Annotated[RecordNumber | None, Prompt(N_("Policy"))] = None
    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None


def _claim_chip(state: ClaimState) -> Chip:
    return Chip(state.value, CLAIM_STATE_TITLES[state], _CLAIM_TONES.get(state, ""))


def _find_codes(look: Looking[Any], *, with_above: bool = False) -> list[str] | None:
    """Return the organisations of policies and claims that the officer may see; None stands for all."""
    from members.mutual_aid.repository import list_organisations
    from yihui.cases.hardship.calls import find_visible_codes

    codes = find_visible_codes(look, list_organisations(look.connection))
    return codes if codes is None or not with_above else sorted({*codes, *_list_above(look)})


def _list_above(look: Looking[Any]) -> set[str]:
    """Return the organisations above the officer's own: their policies cover the officer's members too."""
    from core.civil_time import civil_date
    from members.organisations.storage import load_lineages
    from yihui.access.decide import subtrees

    today = civil_date(look.now)
    tops = subtrees(look.actor, Right.READ_HARDSHIP, today) or frozenset()
    lineages = load_lineages(look.connection, tops)
    return {code for top in tops for code in lineages.lineage(top, today)}


def find_claims(look: Looking[ClaimFilter]) -> RowSlice[AidClaim]:
    """Find claims, the newest first. *Raises*: FaultError for an organisation that there isn't."""
    from members.mutual_aid.repository import ClaimQuery, find_claims

    asked, codes = look.filter, _find_codes(look)
    if asked.organisation is not None:
        codes = _narrow(look, codes, asked.organisation)
    query = ClaimQuery(codes, asked.state, asked.policy, asked.member)
    return RowSlice(*find_claims(look.connection, query, look.slice.offset, look.slice.limit))


def _narrow(look: Looking[Any], codes: list[str] | None, within: str) -> list[str]:
    from core.civil_time import civil_date
    from core.faults import FaultError
    from members.mutual_aid.faults import AID_FAULTS
    from members.organisations.storage import list_subtree

    below = list_subtree(look.connection, within, civil_date(look.now))
    if not below:
        raise FaultError(AID_FAULTS.build("unknown_organisation", field="organisation", value=within[:15]))
    return list(below) if codes is None else sorted(set(codes) & set(below))


def show_claim(look: Looking[Any], claim: AidClaim, language: Language) -> ThingPage:
    """Return a claim with its bill, the proof of its amount, and its history."""
    from members.mutual_aid.repository import CLAIMS
    from yihui.cases.mutual_aid.proof import build_ledger_sections, build_proof_sections, prove_claim

    proof = prove_claim(look, claim)
    terms, bill = proof.policy.terms, claim.bill
    events = CLAIMS.read_events(look.connection, [claim.number])[claim.number]
    is_own = claim.submitted_by.casefold() == look.actor.id.casefold()
    acts = [
        name
        for move, name in _CLAIM_ACTS.items()
        if claim.state in CLAIM_MOVES[move] and not (is_own and name in _SECOND)
    ]
    given = {"days": bill.days, "yuan": format_yuan(bill.self_paid_fen)}
    sections: list[Section] = [
        _build_stay(proof, language),
        *build_proof_sections(proof.computed, terms.table.is_yearly, language),
        *build_ledger_sections(proof, language),
        *_list_postings(look, proof, language),
        claim_file.CLAIM_HISTORY.timeline(events),
    ]
    own = N_("You submitted this claim: another officer reviews it.")
    waits = is_own and claim.state is ClaimState.SUBMITTED
    paid = format_yuan(proof.computed.payable_fen)
    return ThingPage(
        language.render(N_("{days} days in hospital, {yuan} yuan self-paid"), **given),
        sections,
        _claim_chip(claim.state),
        language.translate(own) if waits else "",
        claim.member_id,
        _render_effect(proof, language),
        acts,
        {"approve": language.render(N_("Approve and pay {yuan} yuan"), yuan=paid)}
        if proof.computed.payable_fen
        else {},
        is_wrong=proof.is_proven is False,
    )


def _build_stay(proof: "ClaimProof", language: Language) -> Facts:
    claim, bill = proof.claim, proof.claim.bill
    key = enrolment_key(claim.policy, claim.member_id)
    title = str(proof.policy.terms.year)
    facts = (
        Fact("organisation", N_("Organisation"), Organisation(claim.organisation)),
        Fact(
            "policy",
            N_("Policy of mutual aid"),
            Link(f"/desk/{_POLICIES}/{claim.policy}", title, claim.policy),
        ),
        Fact(
            "enrolment",
            N_("Enrolment"),
            Link(f"/desk/{_ENROLMENTS}/{key}", language.translate(N_("covered days")), key),
        ),
        Fact("admitted_on", N_("Day of admission"), bill.admitted_on),
        Fact("discharged_on", N_("Day of discharge"), bill.discharged_on),
        Fact("days", N_("Days in hospital"), Days(bill.days)),
        Fact("total_fen", N_("Whole bill"), Money(bill.total_fen)),
        Fact("insurance_fen", N_("Paid by basic insurance"), Money(bill.insurance_fen)),
        Fact("other_fen", N_("Paid by other insurance"), Money(bill.other_fen)),
        Fact("self_paid_fen", N_("Self-paid"), Money(bill.self_paid_fen)),
        Fact("receipt_end", N_("End of the receipt's number"), f"…{bill.receipt_end}"),
        Fact("submitted_by", N_("Submitted by"), Officer(claim.submitted_by)),
        Fact("reviewed_by", N_("Reviewing officer"), claim.reviewed_by and Officer(claim.reviewed_by)),
        Fact("grant", N_("Grant"), _grant_link(claim, language)),
    )
    return Facts(N_("Stay and bill"), [one for one in facts if one.value is not None])


def _grant_link(claim: AidClaim, language: Language) -> Cell:
    shown = language.translate(N_("in the ledger"))
    return claim.grant_id and Link(f"/desk/members/grants/{claim.grant_id}", shown, claim.grant_id)


def _render_effect(proof: "ClaimProof", language: Language) -> str:
    """Return by what the amount is due, and what the approval does."""
    terms = proof.policy.terms
    if proof.claim.state not in LIVE:
        return ""
    given = {
        "document": terms.document,
        "clause": terms.clause,
        "yuan": format_yuan(proof.computed.payable_fen),
    }
    text = (
        N_(
            "By {document}, {clause}: {yuan} yuan. Once it is approved, the money room pays them out of the budget for "
            "mutual aid."
        )
        if proof.claim.payable_fen is None
        else N_("By {document}, {clause}: {yuan} yuan.")
    )
    return language.render(text, **given)


def _list_postings(look: Looking[Any], proof: "ClaimProof", language: Language) -> Sequence[Section]:
    from yihui.services.desk.record_names import load_record_names
    from yihui.views.names import account_label

    if proof.ledger is None:
        return ()
    names = load_record_names(look.wiring, {})
    columns = (
        TableColumn[tuple[Any, Any]]("on", N_("Day"), lambda row: row[0].occurred_on),
        TableColumn[tuple[Any, Any]](
            "account", N_("Account"), lambda row: account_label(row[1].account, names, language)
        ),
        TableColumn[tuple[Any, Any]]("amount_fen", N_("Amount"), lambda row: Money(row[1].amount)),
    )
    rows = [(step, line) for step in proof.ledger.history.steps for line in step.lines]
    return [Table("postings", N_("Postings of the ledger"), columns, rows, "")]


def find_policies(look: Looking[_Filter]) -> RowSlice[Policy]:
    """Find the policies of the officer's units and of those above them, the newest first."""
    from members.mutual_aid.repository import list_policies

    found = list_policies(look.connection, _find_codes(look, with_above=True))
    part = look.slice
    return RowSlice(found[part.offset : part.offset + part.limit], len(found))


def is_policy_open(look: Looking[Any], policy: Policy) -> bool:
    """Return whether a policy is that of a unit above the officer's own."""
    return policy.terms.organisation in _list_above(look)


def show_policy(look: Looking[Any], policy: Policy, language: Language) -> ThingPage:
    """Return a policy with its terms, what waits for a second officer, and its history."""
    from members.mutual_aid.repository import POLICIES
    from yihui.cases.mutual_aid.proof import render_table

    terms = policy.terms
    events = POLICIES.read_events(look.connection, [policy.number])[policy.number]
    is_own = policy.written_by.casefold() == look.actor.id.casefold()
    moves = {PolicyAct.APPROVE: "approve", PolicyAct.WITHDRAW: "withdraw", PolicyAct.ENROL: "enrol"}
    acts = [
        name
        for move, name in moves.items()
        if policy.state in POLICY_MOVES[move] and not (is_own and name == "approve")
    ]
    if policy.state is PolicyState.IN_FORCE:
        acts.insert(0, "submit")
    listed = f"/desk/{_ENROLMENTS}?policy={policy.number}"
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
        language.render(N_("Policy of mutual aid for {year}"), year=terms.year),
        (
            Facts(N_("Terms of the policy"), facts),
            _list_proposals(look, policy),
            policies.POLICY_HISTORY.timeline(events),
        ),
        Chip(policy.state.value, POLICY_STATE_TITLES[policy.state], _POLICY_TONES.get(policy.state, "")),
        language.translate(own) if is_own and policy.state is PolicyState.DRAFT else "",
        acts=acts,
    )


def _list_proposals(look: Looking[Any], policy: Policy) -> Table[Any]:
    columns = (
        TableColumn[Any](
            "member",
            N_("Member"),
            lambda row: Link(f"/desk/{_ENROLMENTS}/{enrolment_key(policy.number, row[0])}", Person(row[0])),
        ),
        TableColumn[Any]("by", N_("Proposed by"), lambda row: Officer(row[1].by)),
        TableColumn[Any]("at", N_("Proposed on"), lambda row: row[1].at),
    )
    codes = _find_codes(look)
    is_own = codes is None or policy.terms.organisation in codes
    rows = list(enrolments.find_proposals(policy, look.now).items()) if is_own else []
    title = N_("Corrections of enrolments that take claims back")
    return Table("proposals", title, columns, rows, N_("None waits for a second officer."))


def find_enrolments(look: Looking[EnrolmentFilter]) -> "RowSlice[AidEnrolment]":
    """Find the enrolments in the policies of the officer's units, by policy and member."""
    from members.mutual_aid.repository import find_listed_enrolments

    asked = look.filter
    return RowSlice(
        *find_listed_enrolments(
            look.connection,
            _find_codes(look),
            asked.policy,
            asked.member,
            look.slice.offset,
            look.slice.limit,
        )
    )


def list_read_policies(look: Looking[Any], numbers: set[int]) -> list[tuple[str, str, str | None]]:
    """Return the policies whose members a list shows, as the audit log records that it was read."""
    from members.mutual_aid.repository import POLICIES

    found = POLICIES.fold_all(look.connection, sorted(numbers))
    return [("mutual_aid_policy", str(one.number), one.terms.organisation) for one in found]


def show_enrolment(look: Looking[Any], one: MemberEnrolment, language: Language) -> ThingPage:
    """Return a member's enrolment with its corrections, her claims under the policy, and what waits."""
    from members.mutual_aid.repository import ClaimQuery, list_claims, list_enrolment_changes

    enrolment, terms = one.enrolment, one.policy.terms
    member, number = enrolment.member_id, one.policy.number
    query = ClaimQuery(_find_codes(look), policy=number, member_id=member)
    listed = list_claims(look.connection, query)
    changes = list_enrolment_changes(look.connection, [member], number)
    proposed = enrolments.find_proposals(one.policy, look.now).get(member)
    facts = [
        Fact("policy", N_("Policy of mutual aid"), Link(f"/desk/{_POLICIES}/{number}", str(terms.year), number)),
        Fact("enrolled_on", N_("Enrolled on"), enrolment.enrolled_on),
        Fact("covered_from", N_("Covered from"), None if enrolment.is_void else enrolment.covered_from),
        Fact("covered_until", N_("Covered until"), None if enrolment.is_void else enrolment.covered_until or terms.ends),
    ]  # fmt: skip
    sections: list[Section] = [Facts("", facts), _list_member_claims(listed, enrolment)]
    acts, effect = ["correct"], ""
    if proposed is not None:
        is_own = proposed.by.casefold() == look.actor.id.casefold()
        acts = ["drop"] if is_own else ["confirm", "drop"]
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
    sections.append(Timeline([_changed(one, terms.ends) for one in changes][::-1]))
    never = enrolment.is_void and language.translate(N_("never: enrolled by mistake"))
    title = language.render(N_("Enrolment in mutual aid for {year}"), year=terms.year)
    return ThingPage(title, sections, None, never or "", member, effect, acts)


def _changed(change: Any, ends: date) -> Event:
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
    columns = (*_CLAIM_COLUMNS[1:], covered)
    return Table("claims", N_("Claims under this policy"), columns, listed, N_("There are no such claims."))


def _column(name: str, title: str, value: Callable[[AidClaim], Cell]) -> TableColumn[AidClaim]:
    return TableColumn(name, title, value)


_CLAIM_COLUMNS = (
    _column("member", N_("Member"), lambda one: Link(f"/desk/{_CLAIMS}/{one.number}", Person(one.member_id))),
    _column("number", N_("Claim"), lambda one: Link(f"/desk/{_CLAIMS}/{one.number}", one.number)),
    _column("admitted_on", N_("Day of admission"), lambda one: one.bill.admitted_on),
    _column("self_paid_fen", N_("Self-paid"), lambda one: Money(one.bill.self_paid_fen)),
    _column(
        "payable_fen", N_("Reimbursed"), lambda one: None if one.payable_fen is None else Money(one.payable_fen)
    ),
    _column("state", N_("State"), lambda one: _claim_chip(one.state)),
)  # fmt: skip
CLAIMS = Noun(
    _CLAIMS,
    N_("Claims of mutual aid"),
    claim_file.CLAIM,
    Listing(
        N_("List claims of mutual aid, the newest first."),
        ClaimFilter,
        find_claims,
        (
            *_CLAIM_COLUMNS,
            _column("organisation", N_("Organisation"), lambda one: Organisation(one.organisation)),
        ),
        Right.READ_HARDSHIP,
        N_("There are no claims yet. Open a policy to submit one."),
        lambda look, rows: list_read_policies(look, {one.policy for one in rows}),
    ),
    show_claim,
    Right.READ_HARDSHIP,
    (claims.APPROVE, claims.SEND_BACK, claims.REFUSE, claims.CORRECT, claims.WITHDRAW, claims.REVERSE),
    _TABS,
    reads=lambda claim: (claim_file.CLAIM_KIND, str(claim.number)),
    todos=(waiting.CLAIMS,),
)
POLICIES = Noun(
    _POLICIES,
    N_("Policies of mutual aid"),
    policies.POLICY,
    Listing(
        N_("List the policies of the own units and of those above them, the newest first."),
        _Filter,
        find_policies,
        (
            TableColumn[Policy](
                "year", N_("Year of the policy"), lambda one: Link(f"/desk/{_POLICIES}/{one.number}", str(one.terms.year), one.terms.year)
            ),
            TableColumn[Policy]("number", N_("Policy"), lambda one: one.number),
            TableColumn[Policy]("organisation", N_("Unit"), lambda one: Organisation(one.terms.organisation)),
            TableColumn[Policy]("begins", N_("First day"), lambda one: one.terms.begins),
            TableColumn[Policy](
                "contribution_fen", N_("Contribution per head"), lambda one: Money(one.terms.contribution_fen)
            ),
            TableColumn[Policy]("enrolled", N_("Enrolled members"), lambda one: one.enrolled),
            TableColumn[Policy](
                "state", N_("State"), lambda one: Chip(one.state.value, POLICY_STATE_TITLES[one.state], _POLICY_TONES.get(one.state, ""))
            ),
        ),
        Right.READ_HARDSHIP,
        N_("There are no policies yet. Write the first one."),
    ),
    show_policy,
    Right.READ_HARDSHIP,
    (claims.SUBMIT, policies.ENROL, policies.APPROVE, policies.WITHDRAW, policies.WRITE),
    _TABS,
    reads=lambda policy: ("mutual_aid_policy", str(policy.number)) if policy.proposed else None,
    is_open_to=is_policy_open,
    todos=(waiting.POLICIES,),
)  # fmt: skip
ENROLMENTS = Noun(
    _ENROLMENTS,
    N_("Enrolments in mutual aid"),
    enrolments.ENROLMENT,
    Listing(
        N_("List the members who are enrolled in the policies of the own units."),
        EnrolmentFilter,
        find_enrolments,
        (
            TableColumn["AidEnrolment"](
                "member",
                N_("Member"),
                lambda one: Link(
                    f"/desk/{_ENROLMENTS}/{enrolment_key(one.policy_number, one.member_id)}", Person(one.member_id)
                ),
            ),
            TableColumn["AidEnrolment"]("policy", N_("Policy"), lambda one: one.policy_number),
            TableColumn["AidEnrolment"]("enrolled_on", N_("Enrolled on"), lambda one: one.enrolled_on),
            TableColumn["AidEnrolment"](
                "covered_from", N_("Covered from"), lambda one: None if one.is_void else one.covered_from
            ),
            TableColumn["AidEnrolment"](
                "covered_until", N_("Covered until"), lambda one: None if one.is_void else one.covered_until
            ),
        ),
        Right.READ_HARDSHIP,
        N_("Nobody is enrolled yet. Open a policy to enrol its members."),
        lambda look, rows: list_read_policies(look, {one.policy_number for one in rows}),
    ),
    show_enrolment,
    Right.READ_HARDSHIP,
    (enrolments.CONFIRM, enrolments.CORRECT, enrolments.DROP),
    _TABS,
    reads=lambda one: ("member", one.enrolment.member_id),
    todos=(waiting.CORRECTIONS,),
)  # fmt: skip
