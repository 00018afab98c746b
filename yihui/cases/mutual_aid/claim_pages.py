"""Claims of mutual aid at every door, each with its proof."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel

from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from members.mutual_aid.claim import CLAIM_MOVES, CLAIM_STATE_TITLES, LIVE, AidClaim, ClaimAct, ClaimState
from members.mutual_aid.faults import AID_FAULTS
from yihui.access.roles import Right
from yihui.cases.kernel.scope import find_codes_within, is_own_step
from yihui.cases.mutual_aid import claim_file, claims
from yihui.cases.mutual_aid.enrolments import enrolment_key
from yihui.cases.mutual_aid.policies import POLICIES
from yihui.frame.cells import Cell, Chip, Days, Link, Money, Officer, Organisation, Person
from yihui.frame.content import Fact, Facts, Papers, Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.papers import list_papers
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import MemberId, OrganisationCode, RecordNumber
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.attachments import Attachment
    from yihui.cases.mutual_aid.proof import ClaimProof

CLAIMS_PATH, POLICIES_PATH, ENROLMENTS_PATH = (
    "mutual-aid/claims",
    "mutual-aid/policies",
    "mutual-aid/enrolments",
)
TABS = (
    (f"/desk/{CLAIMS_PATH}", N_("Claims")),
    (f"/desk/{POLICIES_PATH}", N_("Policies")),
    (f"/desk/{ENROLMENTS_PATH}", N_("Enrolled members")),
)

_CLAIM_TONES = {
    ClaimState.SUBMITTED: "waiting",
    ClaimState.RETURNED: "waiting",
    ClaimState.APPROVED: "good",
    ClaimState.REFUSED: "bad",
    ClaimState.REVERSED: "bad",
}

_CLAIM_ACTS = {
    ClaimAct.APPROVE: claims.APPROVE,
    ClaimAct.SEND_BACK: claims.SEND_BACK,
    ClaimAct.REFUSE: claims.REFUSE,
    ClaimAct.CORRECT: claims.CORRECT,
    ClaimAct.WITHDRAW: claims.WITHDRAW,
    ClaimAct.REVERSE: claims.REVERSE,
}


class ClaimFilter(BaseModel):
    """Claims of a state, a policy, a member, an organisation and those below it."""

    state: Annotated[ClaimState | None, Prompt(N_("State"), labels=CLAIM_STATE_TITLES)] = None
    policy: Annotated[RecordNumber | None, Prompt(N_("Policy"))] = None
    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None
    organisation: Annotated[OrganisationCode | None, Prompt(N_("Organisation"))] = None


def claim_chip(state: ClaimState) -> Chip:
    return Chip(state.value, CLAIM_STATE_TITLES[state], _CLAIM_TONES.get(state, ""))


def find_codes(look: Looking[Any], right: Right = Right.READ_HARDSHIP) -> list[str] | None:
    """Return the organisations of policies and claims for which the officer holds a right; None stands for all."""
    from members.mutual_aid.repository import list_organisations

    return look.scope(right).list_covered(look.connection, list_organisations)


def find_claims(look: Looking[ClaimFilter]) -> RowSlice[AidClaim]:
    """Find claims, the newest first. *Raises*: FaultError for an organisation that there isn't."""
    from members.mutual_aid.repository import ClaimQuery, list_organisations, select_claims

    asked, right = look.filter, Right.READ_HARDSHIP
    codes = find_codes_within(look, list_organisations, right, asked.organisation, AID_FAULTS)
    query = ClaimQuery(codes, asked.state, asked.policy, asked.member)
    return claim_file.CLAIMS.find(look, select_claims(query))


def find_waiting_claims(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the claims that another officer submitted, the oldest first."""
    from members.mutual_aid.repository import select_claims_to_review

    codes = find_codes(look, claim_file.CLAIMS.right)
    return claim_file.CLAIMS.find(look, select_claims_to_review(codes, look.actor.id)).map(
        lambda one: Waiting(
            _render_title(one, language),
            f"/desk/{CLAIMS_PATH}/{one.number}",
            person=one.member_id,
            place=one.organisation,
        )
    )


def _render_title(claim: AidClaim, language: Language) -> str:
    given = {"days": claim.bill.days, "yuan": format_yuan(claim.bill.self_paid_fen)}
    return language.render(N_("{days} days in hospital, {yuan} yuan self-paid"), **given)


def show_claim(look: Looking[Any], claim: AidClaim, language: Language) -> ThingPage:
    """Return a claim with its bill, the proof of its amount, and its history."""
    from yihui.cases.mutual_aid.proof import build_ledger_sections, build_proof_sections, prove_claim

    proof = prove_claim(look, claim)
    is_own = is_own_step(look, claim.submitted_by)
    acts = [
        act.name
        for move, act in _CLAIM_ACTS.items()
        if claim.state in CLAIM_MOVES[move] and not (is_own and act.second_to)
    ]
    sections: list[Section] = [
        _build_stay(proof, language),
        *build_proof_sections(proof.computed, proof.policy.terms.table.is_yearly, language),
        *build_ledger_sections(proof, language),
        *_list_postings(look, proof, language),
        *(
            [Papers("files", N_("Papers"), list_papers(files, f"/desk/{CLAIMS_PATH}/{claim.number}"))]
            if (files := _list_files(look, claim))
            else ()
        ),
        claim_file.CLAIMS.timeline(look.connection, claim),
    ]
    own = N_("You submitted this claim: another officer reviews it.")
    waits = is_own and claim.state is ClaimState.SUBMITTED
    paid = format_yuan(proof.computed.payable_fen)
    return ThingPage(
        _render_title(claim, language),
        sections,
        claim_chip(claim.state),
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
            Link(f"/desk/{POLICIES_PATH}/{claim.policy}", title, claim.policy),
        ),
        Fact(
            "enrolment",
            N_("Enrolment"),
            Link(f"/desk/{ENROLMENTS_PATH}/{key}", language.translate(N_("covered days")), key),
        ),
        Fact("admitted_on", N_("Day of admission"), bill.admitted_on),
        Fact("discharged_on", N_("Day of discharge"), bill.discharged_on),
        Fact("days", N_("Days in hospital"), Days(bill.days)),
        Fact("total_fen", N_("Whole bill"), Money(bill.total_fen)),
        Fact("insurance_fen", N_("Paid by basic insurance"), Money(bill.insurance_fen)),
        Fact("other_fen", N_("Paid by other insurance"), Money(bill.other_fen)),
        Fact("self_paid_fen", N_("Self-paid"), Money(bill.self_paid_fen)),
        Fact("receipt_end", N_("End of the receipt's number"), f"…{bill.receipt_end}"),
        Fact(
            "submitted_by",
            N_("Submitted by"),
            Person(claim.member_id) if claim.submitted_by == claim.member_id else Officer(claim.submitted_by),
        ),
        Fact("reviewed_by", N_("Reviewing officer"), claim.reviewed_by and Officer(claim.reviewed_by)),
        Fact("grant", N_("Grant"), _grant_link(claim, language)),
    )
    return Facts(N_("Stay and bill"), [one for one in facts if one.value is not None])


def _list_files(look: Looking[Any], claim: AidClaim) -> "Sequence[Attachment]":
    """Return the papers that the member handed in with her claim."""
    from members.attachments import list_attachments

    return list_attachments(look.connection, claim_file.build_paper_owner(claim.number, claim.member_id))


def _grant_link(claim: AidClaim, language: Language) -> Cell:
    shown = language.translate(N_("in the ledger"))
    return claim.grant_id and Link(f"/desk/money/vouchers/{claim.grant_id}", shown, claim.grant_id)


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


def list_read_policies(look: Looking[Any], numbers: set[int]) -> list[tuple[str, str, str | None]]:
    """Return the policies whose members a list shows, as the audit log records that it was read."""
    found = POLICIES.store().fold_all(look.connection, sorted(numbers))
    return [(POLICIES.name, str(one.number), one.terms.organisation) for one in found]


_column = TableColumn[AidClaim]
CLAIM_COLUMNS = (
    _column("member", N_("Member"), lambda one: Link(f"/desk/{CLAIMS_PATH}/{one.number}", Person(one.member_id))),
    _column("number", N_("Claim"), lambda one: Link(f"/desk/{CLAIMS_PATH}/{one.number}", one.number)),
    _column("admitted_on", N_("Day of admission"), lambda one: one.bill.admitted_on),
    _column("self_paid_fen", N_("Self-paid"), lambda one: Money(one.bill.self_paid_fen)),
    _column(
        "payable_fen", N_("Reimbursed"), lambda one: None if one.payable_fen is None else Money(one.payable_fen)
    ),
    _column("state", N_("State"), lambda one: claim_chip(one.state)),
)  # fmt: skip

CLAIMS = Noun(
    CLAIMS_PATH,
    N_("Claims of mutual aid"),
    claim_file.CLAIMS.kind,
    Listing(
        N_("List claims of mutual aid, the newest first."),
        ClaimFilter,
        find_claims,
        (
            *CLAIM_COLUMNS,
            _column("organisation", N_("Organisation"), lambda one: Organisation(one.organisation)),
        ),
        N_("There are no claims yet. Open a policy to submit one."),
        lambda look, rows: list_read_policies(look, {one.policy for one in rows}),
    ),
    show_claim,
    Right.READ_HARDSHIP,
    tuple(_CLAIM_ACTS.values()),
    TABS,
    reads=lambda claim: (claim_file.CLAIMS.name, str(claim.number)),
    papers=_list_files,
    todos=(
        ToDo(
            N_("claims of mutual aid to review"),
            f"/desk/{CLAIMS_PATH}?state=submitted",
            claim_file.CLAIMS.right,
            find_waiting_claims,
        ),
    ),
)
