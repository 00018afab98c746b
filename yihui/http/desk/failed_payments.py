"""/desk/money/failed: payments that didn't arrive, prepared again in a new batch or ended with a reason."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.faults import Fault
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, form_value
from yihui.http.desk.hand_pages import HandPages, require_value
from yihui.http.desk.payouts import add_file_form, bank_files
from yihui.http.desk.sent_values import read_hidden_choice
from yihui.http.desk.sheet_notes import link_notes
from yihui.services.access.acting import acting_officer

if TYPE_CHECKING:
    from benefits import FailedPayment
    from yihui.services.money.failed_payments import FailedPaymentFilter

FAILED = "/desk/money/failed"
MOST_LISTED = 100
MOST_GROUPS = 50  # of batch and reason
_NO_REASON = "-"  # in the address: payments for which the bank gave no reason
_DONE: Mapping[str, str] = {"ended": N_("The payment was ended; its money is back in the budget.")}


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    @made.get("/money/failed")
    def failed(request: Request, batch: str = "", why: str = "", end: str = "") -> Response:
        visit = pages.open(request, Right.READ_MONEY, done=_DONE)
        return show(visit, NO_FEEDBACK, _filter(batch, why), end)

    def show(
        visit: OfficerVisit, feedback: FormFeedback, only: "FailedPaymentFilter | None" = None, end: str = ""
    ) -> Response:
        from yihui.services.money.failed_payments import (
            group_failures,
            list_covered_failures,
            summarise_failures,
        )

        only = only or _filter(form_value(feedback.sent, "batch"), form_value(feedback.sent, "why"))
        scope = pages.scope(visit, Right.READ_MONEY)
        every = list_covered_failures(wiring, scope, "failed")
        found = [one for one in every if only.matches(one)]
        silent = list_covered_failures(wiring, scope, "unanswered")
        return pages.render(
            visit,
            "failed_payments.html",
            feedback,
            groups=group_failures(every),
            silent_groups=group_failures(silent),
            most_groups=MOST_GROUPS,
            silent=silent[:MOST_LISTED],
            only=only,
            why=_NO_REASON if only.reason == "" else only.reason or "",
            payments=found[:MOST_LISTED],
            count=len(found),
            sum_fen=sum(one.ledger_fen for one in found),
            total_fen=sum(one.ledger_fen for one in every),
            silent_fen=sum(one.ledger_fen for one in silent),
            shown=summarise_failures(found),
            ticked=frozenset(feedback.sent.get("payment", ())),
            end=end,
        )

    def end_payment(visit: OfficerVisit, sent: FormFields) -> str:
        from yihui.frame.doing import ActRequest, do_act
        from yihui.money.vouchers.acts import VOID

        reference = require_value(sent, "reference", N_("order's number"))
        reason = require_value(sent, "reason", N_("reason"))
        require_confirmation(sent)
        [payment] = _select(pages, visit, {"payment": [reference]}, Right.REVERSE)
        do_act(wiring, visit.actor, VOID, ActRequest(payment.grant_id), VOID.form(reason=reason))
        return build_link(FAILED, done="ended")

    again = partial(_prepare_again, pages)
    add_file_form(made, pages, "/money/failed", Right.PREPARE_MONEY, "prepare-again", again, show)
    pages.add_form(made, "/money/failed/end", Right.REVERSE, "end", end_payment, show)


def _filter(batch: str, why: str) -> "FailedPaymentFilter":
    from yihui.services.money.failed_payments import FailedPaymentFilter

    return FailedPaymentFilter(batch.strip(), "" if why == _NO_REASON else why or None)


def _select(pages: HandPages, visit: OfficerVisit, sent: FormFields, right: Right) -> list["FailedPayment"]:
    """Return the payments that a form names. *Raises*: FaultError unless the officer acts for all their rules."""
    from yihui.services.money.failed_payments import list_covered_failures, select_failures

    only = _filter(form_value(sent, "batch"), form_value(sent, "why"))
    every = list_covered_failures(pages.site.wiring, pages.scope(visit, right), "failed")
    shown = [one for one in every if only.matches(one)]
    selected = select_failures(shown, sent.get("payment", []), form_value(sent, "all"))
    pages.authorise_act(visit, right, "rule", *sorted({one.rule_id for one in selected}))
    return selected


def _prepare_again(pages: HandPages, visit: OfficerVisit, sent: FormFields, files: Mapping[str, Path]) -> str:
    from yihui.services.money.failed_payments import prepare_failures_again
    from yihui.services.money.payout import read_bank_files

    require_confirmation(sent)
    selected = _select(pages, visit, sent, Right.PREPARE_MONEY)
    reason = form_value(sent, "reason")
    notes: list[Fault] = []
    sheets = read_hidden_choice(sent, notes)
    found = read_bank_files(*bank_files(files), sheets)
    acting = acting_officer(pages.site.wiring, visit.actor.id, reason)
    state_act("payout_batch", "", reason, after={"again": len(selected)})
    made = prepare_failures_again(pages.site.wiring, acting, selected, found).batch
    return build_link(f"/desk/money/payouts/{made.id}", done="prepared", **link_notes(notes))
