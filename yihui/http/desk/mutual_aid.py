"""/desk/mutual-aid: claims of mutual aid by state, a claim with its proof, and the acts of two officers."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from members.mutual_aid.claim import CLAIM_ACT_TITLES, CLAIM_STATE_TITLES, AidClaim, ClaimAct, ClaimState
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring
    from yihui.services.mutual_aid.claims import ActOnClaim
    from yihui.services.mutual_aid.intake import WrittenBill

PAGE_SIZE = 50
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "submitted": N_("The claim was submitted; another officer reviews it."),
        "approve": N_("The claim was approved; the money room pays it."),
        "refuse": N_("The claim was refused."),
        "send_back": N_("The claim was sent back for correction."),
        "correct": N_("The claim was corrected; another officer reviews it."),
        "withdraw": N_("The claim was withdrawn; its receipt is free again."),
        "reverse": N_("The claim was reversed; its money is back in the budget."),
    }
)
_LABELS = {"states": CLAIM_STATE_TITLES, "acts": CLAIM_ACT_TITLES}
_ClaimWork = Callable[["Wiring", OfficerVisit, FormFields, "ActOnClaim"], AidClaim]


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/mutual-aid")
    def claims(
        request: Request, state: str = "", policy: int | None = None, before: int | None = None
    ) -> Response:
        from members.mutual_aid.repository import ClaimQuery
        from yihui.services.mutual_aid.lists import load_claims

        visit = pages.open(request, Right.READ_HARDSHIP)
        chosen = state if state in list(ClaimState) else None
        query = ClaimQuery(state=chosen, policy=policy, before=before, limit=PAGE_SIZE + 1)
        found = load_claims(pages.site.wiring, visit.actor, query)
        shown = found.claims[:PAGE_SIZE]
        later = shown[-1].number if len(found.claims) > PAGE_SIZE else None
        here = build_link("/desk/mutual-aid", state=chosen, policy=policy)
        return pages.render(
            visit,
            "mutual_aid.html",
            claims=shown,
            organisations=found.organisations,
            state=chosen or "",
            policy=policy,
            earlier=here if before else None,
            later=later and build_link("/desk/mutual-aid", state=chosen, policy=policy, before=later),
            states=CLAIM_STATE_TITLES,
        )

    @made.get("/mutual-aid/claims/{number}")
    def claim(request: Request, number: int) -> Response:
        visit = pages.open(request, Right.READ_HARDSHIP)
        return show(visit, number, NO_FEEDBACK, visit.done(request, _DONE))

    def show(visit: OfficerVisit, number: int, feedback: FormFeedback, done: str | None = None) -> Response:
        from yihui.services.mutual_aid.lists import prove_claim
        from yihui.views.mutual_aid import clause_text, ledger_text, payment_text, sum_texts

        proof = prove_claim(pages.site.wiring, visit.actor, number)
        language = visit.language
        return pages.render(
            visit,
            "mutual_aid_claim.html",
            feedback,
            proof=proof,
            claim=proof.claim,
            bill=proof.claim.bill,
            sums=list(sum_texts(proof.computed, proof.policy.terms.table.is_yearly, language)),
            basis=clause_text(proof, language, pages.record_names()),
            ledger=ledger_text(proof, language),
            payment=payment_text(proof, language),
            percent=_percent,
            done=done,
            **_LABELS,
        )

    @made.post("/mutual-aid/claims/{number}/acts")
    async def acts(request: Request, number: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _act(pages, visit, sent, number)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show(visit, number, feedback)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "mutual-aid-claim", act, again)


def _percent(rate_bp: int) -> str:
    from members.mutual_aid.reimbursement import format_percent

    return format_percent(rate_bp)


def read_seen(sent: FormFields) -> int | None:
    """Return the version that a form was made from."""
    seen = form_value(sent, "version")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None


def claim_outcome(claim: AidClaim, done: str) -> ActOutcome:
    """Return what an act on a claim led to: its page."""
    return ActOutcome(build_link(f"/desk/mutual-aid/claims/{claim.number}", done=done))


def read_bill(sent: FormFields) -> "WrittenBill":
    """Return the bill that a form holds."""
    from yihui.services.mutual_aid.intake import WrittenBill

    return WrittenBill(
        form_value(sent, "admitted_on"),
        form_value(sent, "discharged_on"),
        form_value(sent, "total"),
        form_value(sent, "insurance") or "0",
        form_value(sent, "other") or "0",
        form_value(sent, "self_paid"),
        form_value(sent, "receipt"),
    )


def _act(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int) -> ActOutcome:
    from yihui.services.mutual_aid.claims import ActOnClaim

    require_confirmation(sent)
    kind = require_value(sent, "act", N_("act"))
    if kind not in _ACTS:
        raise FaultError(FORM_FAULTS.build("choice", field="act", value=kind[:40]))
    wanted = ActOnClaim(number, ClaimAct(kind), read_seen(sent), form_value(sent, "reason"))
    claim = _ACTS[kind](pages.site.wiring, visit, sent, wanted)
    return claim_outcome(claim, kind)


def _approve(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnClaim") -> AidClaim:
    from yihui.services.mutual_aid.payment import approve_claim

    return approve_claim(wiring, visit.actor, wanted)


def _refuse(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnClaim") -> AidClaim:
    from yihui.services.mutual_aid.claims import refuse_claim

    return refuse_claim(wiring, visit.actor, wanted)


def _send_back(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnClaim") -> AidClaim:
    from yihui.services.mutual_aid.claims import send_back_claim

    return send_back_claim(wiring, visit.actor, wanted)


def _correct(wiring: "Wiring", visit: OfficerVisit, sent: FormFields, wanted: "ActOnClaim") -> AidClaim:
    from yihui.services.mutual_aid.claims import correct_claim

    return correct_claim(wiring, visit.actor, wanted, read_bill(sent))


def _withdraw(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnClaim") -> AidClaim:
    from yihui.services.mutual_aid.claims import withdraw_claim

    return withdraw_claim(wiring, visit.actor, wanted)


def _reverse(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnClaim") -> AidClaim:
    from yihui.services.mutual_aid.payment import reverse_claim

    return reverse_claim(wiring, visit.actor, wanted)


_ACTS: Mapping[str, _ClaimWork] = MappingProxyType(
    {
        "approve": _approve,
        "refuse": _refuse,
        "send_back": _send_back,
        "correct": _correct,
        "withdraw": _withdraw,
        "reverse": _reverse,
    }
)
