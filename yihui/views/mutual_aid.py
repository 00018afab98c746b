"""Show policies and claims of mutual aid, and a claim's proof line by line: lines and JSON."""

from collections.abc import Iterator
from dataclasses import asdict

from core.civil_time import format_civil_instant
from core.money import format_yuan
from core.text_marks import N_
from members.mutual_aid.claim import CLAIM_ACT_TITLES, CLAIM_STATE_TITLES, AidClaim, ClaimState
from members.mutual_aid.policy import POLICY_ACT_TITLES, POLICY_STATE_TITLES, Policy
from members.mutual_aid.reimbursement import Band, BandLine, Reimbursement, format_percent
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.services.mutual_aid.lists import ClaimList, ClaimProof, PolicyHistory, PolicyList
from yihui.views.actors import actor_label
from yihui.views.grants import grant_state_text


def policy_lines(found: PolicyList, language: Language) -> Iterator[str]:
    """Yield a line for each policy."""
    for one in found.policies:
        yield policy_text(one, found.organisations.get(one.terms.organisation, ""), language)
    if not found.policies:
        yield language.translate(N_("no policies of mutual aid"))


def policy_text(policy: Policy, unit: str, language: Language) -> str:
    """Return a policy in a line."""
    terms = policy.terms
    return language.render(
        N_(
            "{number}  {year} {unit}: {begins} to {ends}, {yuan} yuan a head, {count} enrolled [{state}], version {version}"
        ),
        number=policy.number,
        year=terms.year,
        unit=unit or terms.organisation,
        begins=terms.begins,
        ends=terms.ends,
        yuan=format_yuan(terms.contribution_fen),
        count=policy.enrolled,
        state=language.translate(POLICY_STATE_TITLES[policy.state]),
        version=policy.version,
    )


def cap_text(fen: int | None, language: Language) -> str:
    """Return a cap in yuan, or that there is none."""
    if fen is None:
        return language.translate(N_("no cap"))
    return language.render(N_("{yuan} yuan"), yuan=format_yuan(fen))


def band_terms_text(band: Band, language: Language) -> str:
    """Return in words what share of a band is reimbursed."""
    template = (
        N_("{percent} % of what is above {lower} yuan")
        if band.upper_fen is None
        else N_("{percent} % of what is between {lower} and {upper} yuan")
    )
    return language.render(
        template,
        percent=format_percent(band.rate_bp),
        lower=format_yuan(band.lower_fen),
        upper="" if band.upper_fen is None else format_yuan(band.upper_fen),
    )


def table_text(policy: Policy, language: Language) -> str:
    """Return a policy's table in a line."""
    table = policy.terms.table
    return language.render(
        N_("deductible once a year {deductible} yuan; {bands}; a claim: {claim_cap}; a year: {year_cap}")
        if table.is_yearly
        else N_("deductible {deductible} yuan; {bands}; a claim: {claim_cap}; a year: {year_cap}"),
        deductible=format_yuan(table.deductible_fen),
        bands=language.join_clauses([band_terms_text(one, language) for one in table.bands]),
        claim_cap=cap_text(table.claim_cap_fen, language),
        year_cap=cap_text(table.year_cap_fen, language),
    )


def policy_history_lines(history: PolicyHistory, language: Language) -> Iterator[str]:
    """Yield a policy with its table, its enrolled members and its history."""
    policy, terms = history.policy, history.policy.terms
    yield policy_text(policy, history.organisations.get(terms.organisation, ""), language)
    yield "    " + table_text(policy, language)
    yield "    " + language.render(N_("waiting period of new members: {days} days"), days=terms.waiting_days)
    yield f"    {terms.document} {terms.clause}"
    for one in history.enrolments:
        yield "    " + language.render(
            N_("{member}: enrolled on {day}, covered from {begins}"),
            member=one.member_id,
            day=one.enrolled_on,
            begins=one.covered_from,
        )
    for event in history.events:
        act = language.translate(POLICY_ACT_TITLES[event.act])
        reason = event.data.get("reason") or ""
        yield f"    {event.version}. {format_civil_instant(event.at)[:16]} {act} ({event.by}) {reason}".rstrip()


def claim_lines(found: ClaimList, language: Language) -> Iterator[str]:
    """Yield a line for each claim."""
    for one in found.claims:
        yield claim_text(one, language)
    if not found.claims:
        yield language.translate(N_("no claims of mutual aid"))


def claim_text(claim: AidClaim, language: Language) -> str:
    """Return a claim in a line."""
    paid = "–" if claim.payable_fen is None else format_yuan(claim.payable_fen)
    return language.render(
        N_(
            "{number}  {member}, policy {policy}: {begins} to {ends}, self-paid {yuan} yuan, reimbursed {paid} yuan [{state}], version {version}"
        ),
        number=claim.number,
        member=claim.member_id,
        policy=claim.policy,
        begins=claim.bill.admitted_on,
        ends=claim.bill.discharged_on,
        yuan=format_yuan(claim.bill.self_paid_fen),
        paid=paid,
        state=language.translate(CLAIM_STATE_TITLES[claim.state]),
        version=claim.version,
    )


def band_text(line: BandLine, language: Language) -> str:
    """Return one line of the proof: the amount in the band, times the percentage, is what is paid."""
    upper = (
        language.translate(N_("without end"))
        if line.upper_fen is None
        else format_yuan(line.upper_fen)
    )  # fmt: skip
    return language.render(
        N_("{lower} – {upper} yuan: {part} yuan × {percent} % = {paid} yuan"),
        lower=format_yuan(line.lower_fen),
        upper=upper,
        part=format_yuan(line.part_fen),
        percent=format_percent(line.rate_bp),
        paid=format_yuan(line.paid_fen),
    )


def sum_texts(found: Reimbursement, is_yearly: bool, language: Language) -> Iterator[str]:
    """Yield what a yearly deductible took, the sum of the bands, each cap that was met, and what the year has left."""
    if is_yearly:
        yield language.render(
            N_("deductible of the year: {before} yuan used by earlier claims, {now} yuan by this one"),
            before=format_yuan(found.deducted_before_fen),
            now=format_yuan(found.deducted_fen),
        )
    yield language.render(N_("sum of the bands: {yuan} yuan"), yuan=format_yuan(found.sum_fen))
    if found.is_claim_capped:
        yield language.render(
            N_("the cap of a claim leaves {yuan} yuan"), yuan=format_yuan(found.after_claim_cap_fen)
        )
    if found.year_left_fen is not None:
        yield language.render(
            N_("already paid this year: {used} yuan; the cap of the year had {left} yuan left"),
            used=format_yuan(found.used_fen),
            left=format_yuan(found.year_left_fen),
        )
    yield language.render(N_("reimbursed: {yuan} yuan"), yuan=format_yuan(found.payable_fen))
    if found.year_left_after_fen is not None:
        yield language.render(
            N_("left for the rest of the year: {yuan} yuan"), yuan=format_yuan(found.year_left_after_fen)
        )


def ledger_text(proof: ClaimProof, language: Language) -> str:
    """Return what the ledger holds of a claim, and whether that is what the table gives."""
    if proof.ledger is None:
        return language.translate(
            N_("the ledger holds nothing: the claim only counts towards the deductible of the year")
            if proof.claim.state is ClaimState.APPROVED
            else N_("the ledger holds nothing: the claim was not approved")
        )
    text = (
        N_("the ledger agrees: {granted} yuan were granted, {stays} yuan stay out of the budget")
        if proof.is_proven
        else N_("THE LEDGER DIFFERS: {granted} yuan were granted, {stays} yuan stay out of the budget")
    )
    granted, stays = format_yuan(proof.ledger.granted_fen), format_yuan(proof.ledger.stays_fen)
    return language.render(text, granted=granted, stays=stays)


def payment_text(proof: ClaimProof, language: Language) -> str:
    """Return how the payment of an approved claim stands; empty without one."""
    if proof.ledger is None:
        return ""
    history = proof.ledger.history
    return grant_state_text("cash", history.standing, history.stands, language)


def clause_text(proof: ClaimProof, language: Language, names: RecordNames = NO_NAMES) -> str:
    """Return the document and the clause that the table is printed in, and by whom it was approved."""
    terms, policy = proof.policy.terms, proof.policy
    return language.render(
        N_(
            "basis: {document}, {clause}; policy {number} of {unit}, written by {writer}, approved by {approver}"
        ),
        document=terms.document,
        clause=terms.clause,
        number=policy.number,
        unit=proof.organisations.get(terms.organisation, terms.organisation),
        writer=actor_label(policy.written_by, language, names),
        approver=actor_label(policy.approved_by or "–", language, names),
    )


def proof_lines(proof: ClaimProof, language: Language) -> Iterator[str]:
    """Yield a claim with its proof: each band, the caps, the basis, the ledger's postings and the history."""
    yield claim_text(proof.claim, language)
    bill = proof.claim.bill
    yield "    " + language.render(
        N_(
            "bill: {total} yuan = basic insurance {insurance} + other {other} + self-paid {own}; receipt …{end}"
        ),
        total=format_yuan(bill.total_fen),
        insurance=format_yuan(bill.insurance_fen),
        other=format_yuan(bill.other_fen),
        own=format_yuan(bill.self_paid_fen),
        end=bill.receipt_end,
    )
    yield "    " + language.translate(N_("each band is rounded down to the fen:"))
    for line in proof.computed.lines:
        yield "      " + band_text(line, language)
    for text in sum_texts(proof.computed, proof.policy.terms.table.is_yearly, language):
        yield "    " + text
    yield "    " + clause_text(proof, language)
    yield "    " + ledger_text(proof, language)
    for step in proof.ledger.history.steps if proof.ledger else ():
        for posting in step.lines:
            amount = f"{posting.amount:+} {posting.unit}"
            yield f"      {step.occurred_on} {step.kind} {posting.account} {amount}"
    if proof.ledger:
        yield "    " + payment_text(proof, language)
    for event in proof.events:
        act = language.translate(CLAIM_ACT_TITLES[event.act])
        reason = event.data.get("reason") or ""
        yield f"    {event.version}. {format_civil_instant(event.at)[:16]} {act} ({event.by}) {reason}".rstrip()


def reimbursement_lines(policy: Policy, found: Reimbursement, language: Language) -> Iterator[str]:
    """Yield the lines of a preview."""
    for line in found.lines:
        yield band_text(line, language)
    yield from sum_texts(found, policy.terms.table.is_yearly, language)


def policy_json(policy: Policy) -> dict[str, object]:
    """Return a policy as JSON."""
    terms = asdict(policy.terms)
    return {
        "number": policy.number,
        "version": policy.version,
        "state": policy.state.value,
        **terms,
        "written_by": policy.written_by,
        "approved_by": policy.approved_by,
        "enrolled": policy.enrolled,
        "contributions_fen": policy.contributions_fen,
    }


def policy_history_json(history: PolicyHistory) -> dict[str, object]:
    """Return a policy with its enrolments as JSON."""
    return {**policy_json(history.policy), "enrolments": [asdict(one) for one in history.enrolments]}


def claim_json(claim: AidClaim) -> dict[str, object]:
    """Return a claim as JSON; the receipt is shown by its last characters."""
    bill = {name: value for name, value in asdict(claim.bill).items() if name != "receipt"}
    return {
        "number": claim.number,
        "version": claim.version,
        "state": claim.state.value,
        "policy": claim.policy,
        "organisation": claim.organisation,
        "member": claim.member_id,
        **bill,
        "submitted_by": claim.submitted_by,
        "reviewed_by": claim.reviewed_by,
        "grant": claim.grant_id,
        "payable_fen": claim.payable_fen,
        "because": claim.because,
    }


def reimbursement_json(found: Reimbursement) -> dict[str, object]:
    """Return a computation as JSON."""
    return {**asdict(found), "year_left_after_fen": found.year_left_after_fen}


def proof_json(proof: ClaimProof) -> dict[str, object]:
    """Return a claim with its proof as JSON."""
    terms = proof.policy.terms
    ledger = proof.ledger and {
        "granted_fen": proof.ledger.granted_fen,
        "stays_fen": proof.ledger.stays_fen,
        "state": proof.ledger.history.standing.state,
        "postings": [
            {"transaction": step.id, "kind": step.kind, "on": step.occurred_on, **asdict(line)}
            for step in proof.ledger.history.steps
            for line in step.lines
        ],
    }
    return {
        **claim_json(proof.claim),
        "computed": reimbursement_json(proof.computed),
        "document": terms.document,
        "clause": terms.clause,
        "earlier": [one.number for one in proof.earlier],
        "ledger": ledger,
        "is_proven": proof.is_proven,
    }
