"""Prove a claim line by line: each band, the caps, the basis, and what the ledger posted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.money import format_yuan
from core.text_marks import N_
from members.mutual_aid.claim import AidClaim, ClaimState
from members.mutual_aid.policy import Policy, PolicyTerms
from members.mutual_aid.reimbursement import (
    Band,
    BandLine,
    Reimbursement,
    compute_reimbursement,
    format_percent,
)
from yihui.cases.mutual_aid.claim_file import compute_claim
from yihui.cases.mutual_aid.policies import POLICIES
from yihui.frame.cells import Money, Percent
from yihui.frame.content import Advice, Fact, Facts, Section, Table, TableColumn
from yihui.frame.listing import Looking
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benefits.reporting.dossier import GrantHistory


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """What the ledger posted for a claim: ``granted_fen`` at first, ``stays_fen`` today out of the budget."""

    history: "GrantHistory"
    granted_fen: int
    stays_fen: int
    owed_fen: int  # became a debt and was not recovered


@dataclass(frozen=True, slots=True)
class ClaimProof:
    """A claim with its policy, the reimbursement line by line, and the ledger's postings (None until it is approved).

    ``computed`` is what was approved; of a claim that waits, what it would be paid today.
    """

    claim: AidClaim
    policy: Policy
    computed: Reimbursement
    ledger: LedgerProof | None

    @property
    def expected_fen(self) -> int:
        """What has to stay out of the budget: once the claim was reversed, what the member owes."""
        if self.claim.state is ClaimState.APPROVED:
            return self.claim.payable_fen or 0
        return self.ledger.owed_fen if self.ledger else 0

    @property
    def is_proven(self) -> bool | None:
        """Return whether table, claim and ledger agree to the fen; None while there is nothing to compare."""
        if self.ledger is None:
            is_approved = self.claim.state is ClaimState.APPROVED  # it counts towards the deductible alone
            return self.computed.payable_fen == self.claim.payable_fen if is_approved else None
        granted = self.computed.payable_fen == self.claim.payable_fen == self.ledger.granted_fen
        return granted and self.ledger.stays_fen == self.expected_fen


def prove_claim(look: Looking[Any], claim: AidClaim) -> ClaimProof:
    """Compute a claim again, and read what the ledger holds of it."""
    policy = POLICIES.require(look.connection, claim.policy)
    computed = (
        compute_claim(look.connection, policy, claim.member_id, claim.bill)
        if claim.payable_fen is None
        else compute_reimbursement(
            policy.terms.table, claim.bill.self_paid_fen, claim.used_fen, claim.deducted_before_fen
        )
    )
    ledger = None if claim.grant_id is None else _read_ledger(look, claim.grant_id, claim.member_id)
    return ClaimProof(claim, policy, computed, ledger)


def _read_ledger(look: Looking[Any], grant: str, member: str) -> LedgerProof:
    """Return the postings of a grant; what left the budget stands there with a minus."""
    from benefits.lifecycle.clawback import owed_fen_by_grant
    from benefits.model.accounts import BUDGET_PREFIX, FEN
    from benefits.reporting.dossier import load_grant_history

    connection: Connection = look.connection
    history = load_grant_history(connection, grant, member, civil_date(look.now))
    left = [
        (step.id, -line.amount)
        for step in history.steps
        for line in step.lines
        if line.unit == FEN and line.account.startswith((BUDGET_PREFIX, "unbudgeted/"))
    ]
    granted = sum(amount for id_, amount in left if id_ == grant)
    owed = owed_fen_by_grant(connection, [grant]).get(grant, 0)
    return LedgerProof(history, granted, sum(amount for _, amount in left), owed)


def build_proof_sections(found: Reimbursement, is_yearly: bool, language: Language) -> Sequence[Section]:
    """Return a computation as parts of a page: the bands, the caps that were met, and the result."""
    columns = (
        TableColumn[BandLine]("band", N_("Band (yuan)"), lambda line: _band_text(line, language)),
        TableColumn[BandLine]("part_fen", N_("In the band"), lambda line: Money(line.part_fen)),
        TableColumn[BandLine]("rate_bp", N_("Percentage"), lambda line: Percent(line.rate_bp)),
        TableColumn[BandLine]("paid_fen", N_("Reimbursed"), lambda line: Money(line.paid_fen)),
    )
    bands = Table(
        "bands", N_("Reimbursement by bands, each rounded down to the fen"), columns, found.lines, ""
    )
    return [bands, Facts("", tuple(_sum_facts(found, is_yearly)))]


def _band_text(line: BandLine, language: Language) -> str:
    lower = format_yuan(line.lower_fen)
    if line.upper_fen is None:
        return language.render(N_("above {amount}"), amount=lower)
    return f"{lower} – {format_yuan(line.upper_fen)}"


def _sum_facts(found: Reimbursement, is_yearly: bool) -> Iterator[Fact]:
    """Yield what a yearly deductible took, the sum of the bands, each cap that was met, and the result."""
    if is_yearly:
        title = N_("Deductible of the year used by earlier claims")
        yield Fact("deducted_before_fen", title, Money(found.deducted_before_fen))
        yield Fact("deducted_fen", N_("Deductible used by this claim"), Money(found.deducted_fen))
    yield Fact("sum_fen", N_("Sum of the bands"), Money(found.sum_fen))
    if found.is_claim_capped:
        yield Fact("after_claim_cap_fen", N_("The cap of a claim leaves"), Money(found.after_claim_cap_fen))
    if found.year_left_fen is not None:
        yield Fact("used_fen", N_("Already paid this year"), Money(found.used_fen))
        yield Fact("year_left_fen", N_("The cap of the year had left"), Money(found.year_left_fen))
    yield Fact("payable_fen", N_("Reimbursed"), Money(found.payable_fen))
    if found.year_left_after_fen is not None:
        yield Fact(
            "year_left_after_fen", N_("Left for the rest of the year"), Money(found.year_left_after_fen)
        )


def render_band(band: Band, language: Language) -> str:
    """Return in words what share of a band is reimbursed."""
    template = (
        N_("{percent} % of what is above {lower} yuan")
        if band.upper_fen is None
        else N_("{percent} % of what is between {lower} and {upper} yuan")
    )
    upper = "" if band.upper_fen is None else format_yuan(band.upper_fen)
    given = {"percent": format_percent(band.rate_bp), "lower": format_yuan(band.lower_fen), "upper": upper}
    return language.render(template, **given)


def render_table(terms: PolicyTerms, language: Language) -> str:
    """Return a policy's table in a sentence."""
    table = terms.table
    template = (
        N_("deductible once a year {deductible} yuan; {bands}; a claim: {claim_cap}; a year: {year_cap}")
        if table.is_yearly
        else N_("deductible {deductible} yuan; {bands}; a claim: {claim_cap}; a year: {year_cap}")
    )
    return language.render(
        template,
        deductible=format_yuan(table.deductible_fen),
        bands=language.join_clauses([render_band(one, language) for one in table.bands]),
        claim_cap=_cap_text(table.claim_cap_fen, language),
        year_cap=_cap_text(table.year_cap_fen, language),
    )


def _cap_text(fen: int | None, language: Language) -> str:
    if fen is None:
        return language.translate(N_("no cap"))
    return language.render(N_("{yuan} yuan"), yuan=format_yuan(fen))


def build_ledger_sections(proof: ClaimProof, language: Language) -> Sequence[Section]:
    """Return what the ledger holds of a claim, whether that is what the table gives, and how its payment stands."""
    from yihui.views.grants import grant_state_text

    said: list[Section] = [Advice(_ledger_text(proof, language))]
    if proof.ledger is not None:
        history = proof.ledger.history
        payment = grant_state_text("cash", history.standing, history.stands, language)
        facts = (
            Fact("is_proven", N_("Table, claim and ledger agree"), proof.is_proven),
            Fact("granted_fen", N_("Granted"), Money(proof.ledger.granted_fen)),
            Fact("stays_fen", N_("Out of the budget"), Money(proof.ledger.stays_fen)),
            Fact("payment", N_("Payment"), payment),
        )
        said.append(Facts(N_("In the ledger"), facts))
    return said


def _ledger_text(proof: ClaimProof, language: Language) -> str:
    if proof.ledger is None:
        text = (
            N_("the ledger holds nothing: the claim only counts towards the deductible of the year")
            if proof.claim.state is ClaimState.APPROVED
            else N_("the ledger holds nothing: the claim was not approved")
        )
        return language.translate(text)
    text = (
        N_("the ledger agrees: {granted} yuan were granted, {stays} yuan stay out of the budget")
        if proof.is_proven
        else N_("THE LEDGER DIFFERS: {granted} yuan were granted, {stays} yuan stay out of the budget")
    )
    granted, stays = format_yuan(proof.ledger.granted_fen), format_yuan(proof.ledger.stays_fen)
    return language.render(text, granted=granted, stays=stays)
