"""A member's own mutual aid: the policies that cover her, her claims, and a new claim with its papers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.faults import FaultError
from core.money import format_yuan
from core.text_marks import N_
from members.mutual_aid.claim import AidClaim
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy, PolicyState
from yihui.access.roles import Right
from yihui.cases.mutual_aid.claim_file import CLAIMS, build_paper_owner
from yihui.cases.mutual_aid.claim_pages import CLAIMS_PATH, claim_chip
from yihui.cases.mutual_aid.claims import SUBMIT, store_claim
from yihui.cases.mutual_aid.forms import OwnClaimForm
from yihui.cases.mutual_aid.policies import take_locks
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Choice, Link, Money, Phrase
from yihui.frame.content import Advice, Fact, Facts, Papers, Prose, Section, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.papers import list_papers
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.mutual_aid.repository import AidEnrolment

_MOST_ENROLMENTS = 100
_POLICY = N_("Policy of mutual aid for {year}")
_BUTTON = Choice("claim", N_("Submit a claim"))
_COVERED = N_("You are covered from {begins} until {ends}.")
_STAY = N_("In hospital from {begins} to {ends}, {yuan} yuan self-paid")


@dataclass(frozen=True, slots=True)
class OwnCover:
    """A policy in force in which a member is enrolled; ``is_begun``: she can claim already."""

    policy: Policy
    enrolment: "AidEnrolment"
    is_begun: bool

    @property
    def until(self) -> date:
        return self.enrolment.covered_until or self.policy.terms.ends

    @property
    def days(self) -> dict[str, object]:
        return {"begins": self.enrolment.covered_from, "ends": self.until}


def _list_covers(connection: "Connection", member: str, today: date) -> Sequence[OwnCover]:
    """Return what covers a member, the newest policy first."""
    from members.mutual_aid.repository import POLICIES, list_enrolments, select_enrolments

    query = select_enrolments(None, None, member).limit(_MOST_ENROLMENTS)
    there = [one for one in list_enrolments(connection, query) if not one.is_void]
    policies = {
        one.number: one for one in POLICIES.fold_all(connection, [one.policy_number for one in there])
    }
    found = [OwnCover(policies[one.policy_number], one, one.covered_from <= today) for one in there]
    return [one for one in found if one.policy.state is PolicyState.IN_FORCE]


def _load_cover(at: Doing[Any, Any] | Looking[Any], number: int, lock: bool) -> OwnCover:
    for one in _list_covers(at.connection, at.actor.id, civil_date(at.now)):
        if one.policy.number == number:
            return one
    raise FaultError(AID_FAULTS.build("unknown_cover", field="policy"))


def _hand_in(act: Doing[OwnClaimForm, OwnCover]) -> Change:
    """Store a claim with the papers that wait for it; an officer compares both. *Raises*: FaultError with every fault."""
    from members.attachments import list_attachments, move_attachments, upload_owner
    from yihui.services.attachments.attachments import list_proven_digests
    from yihui.services.members.organisations import find_member_organisations

    member, policy = act.actor.id, act.thing.policy
    doing = Doing[OwnClaimForm, Policy](act.wiring, act.connection, act.actor, act.now, act.form, policy)
    unit = find_member_organisations(act.connection, [member], civil_date(act.now)).get(member)
    change = store_claim(doing, member, unit or policy.terms.organisation)  # she may have left since the stay
    waiting = upload_owner(member, HAND_IN.papers, str(policy.number))
    papers = build_paper_owner(int(change.key), member)
    if not move_attachments(act.connection, waiting, papers):
        raise FaultError(AID_FAULTS.build("no_paper", field="file"))
    list_proven_digests(act.wiring, list_attachments(act.connection, papers))
    return change


def _show_cover(look: Looking[Any], cover: OwnCover, language: Language) -> ThingPage:
    title = language.render(_POLICY, year=cover.policy.terms.year)
    covered = Advice(language.render(_COVERED, **cover.days))
    return ThingPage(title, [covered], acts=(HAND_IN.name,) if cover.is_begun else ())


def _find_claims(look: Looking[Any]) -> RowSlice[AidClaim]:
    """Find the member's claims under all policies, the newest first."""
    from members.mutual_aid.repository import ClaimQuery, select_claims

    return CLAIMS.find(look, select_claims(ClaimQuery(member_id=look.actor.id)))


def _stay(claim: AidClaim) -> Phrase:
    bill = claim.bill
    yuan = format_yuan(bill.self_paid_fen)
    return Phrase(_STAY, {"begins": bill.admitted_on, "ends": bill.discharged_on, "yuan": yuan})


def _show_claim(look: Looking[Any], claim: AidClaim, language: Language) -> ThingPage:
    """Return a claim as the member reads it: its state and why, what it pays, and what she handed in."""
    from members.attachments import list_attachments

    facts = (
        Fact("payable_fen", N_("Reimbursed"), Money(claim.payable_fen) if claim.payable_fen else None),
        Fact("self_paid_fen", N_("Self-paid"), Money(claim.bill.self_paid_fen)),
        Fact("total_fen", N_("Whole bill"), Money(claim.bill.total_fen)),
        Fact(
            "number",
            N_("Number"),
            Phrase(N_("Name this number when you call: {number}"), {"number": claim.number}),
        ),
    )
    files = list_attachments(look.connection, build_paper_owner(claim.number, claim.member_id))
    sections: list[Section] = [
        *([Prose("because", N_("The union's answer"), claim.because)] if claim.because else ()),
        Facts("", facts),
        Papers("files", N_("Papers"), list_papers(files, ""), N_("No paper is attached.")),
    ]
    stay = _stay(claim)
    return ThingPage(language.render(stay.template, **stay.values), sections, claim_chip(claim.state))


COVER = Kind[OwnCover](
    "mutual_aid_cover",
    _load_cover,
    lambda one: one.policy.version,
    member=lambda one: one.enrolment.member_id,
)
OWN_CLAIM = replace(CLAIMS.kind, member=lambda claim: claim.member_id)
HAND_IN = Act("claim", N_("Submit a claim"), OwnClaimForm, _hand_in, Right.OWN, SUBMIT.audit,
              N_("Your claim was handed in. Your union compares it with the receipt; you see its state below."), COVER,
              button=N_("Submit the claim"), doors=MEMBER, leads_to=CLAIMS_PATH, prepare=take_locks,
              papers="mutual-aid", least_papers=1)  # fmt: skip
_cover, _claim = TableColumn[OwnCover], TableColumn[AidClaim]
_COVERS = Listing(
    N_("Mutual aid"),
    NoFilter,
    lambda look: look.cut(_list_covers(look.connection, look.actor.id, civil_date(look.now))),
    (
        _cover("year", "", lambda one: Phrase(_POLICY, {"year": one.policy.terms.year})),
        _cover("covered", "", lambda one: Phrase(_COVERED, one.days)),
        _cover("claim", "", lambda one: Link(f"/me/mutual-aid/{one.policy.number}/claim", _BUTTON) if one.is_begun else None),
    ),
    N_("No policy of mutual aid covers you now. Your union enrols its members."),
)  # fmt: skip
COVERS = Noun("mutual-aid", N_("Mutual aid"), COVER, _COVERS, _show_cover, Right.OWN, (HAND_IN,),
              (("/me/apply", N_("Apply")),), beside=(CLAIMS_PATH,))  # fmt: skip
_CLAIM_COLUMNS = (
    _claim("stay", "", lambda one: Link(f"/me/{CLAIMS_PATH}/{one.number}", _stay(one))),
    _claim("state", "", lambda one: claim_chip(one.state)),
    _claim("payable_fen", N_("Reimbursed"), lambda one: Money(one.payable_fen) if one.payable_fen else None),
    _claim("because", "", lambda one: one.because),
)
OWN_CLAIMS = Noun(
    CLAIMS_PATH,
    N_("My claims"),
    OWN_CLAIM,
    Listing(N_("My claims"), NoFilter, _find_claims, _CLAIM_COLUMNS, N_("You have submitted no claim.")),
    _show_claim,
    Right.OWN,
    tabs=(("/me/mutual-aid", N_("Mutual aid")),),
)
