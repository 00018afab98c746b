"""/desk/money/reconciliation: a merchant's invoice compared with what was redeemed, every difference shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import FormFeedback, refuse_form
from yihui.frame.files import XLSX, saved_response
from yihui.frame.pages import OfficerVisit
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.sent_values import form_choice, read_hidden_choice, write_named_file
from yihui.operations.uploads import open_work_folder

if TYPE_CHECKING:
    from benefits import Merchant
    from yihui.services.money.invoices import ReconciliationResult

MAX_INVOICE_BYTES = 16 << 20
MOST_ROWS = 500  # differing rows on the page; the workbook lists them all
_FORM = "reconcile"
_Files = Mapping[str, UploadedFile]
INVOICE_FORM_FAULTS = FaultTable(
    "desk_invoice",
    {"no_invoice": (N_("the invoice is missing"), N_("choose the merchant's XLSX or CSV file"))},
)


def router(made: APIRouter, pages: HandPages) -> None:
    def show(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        merchants = _list_merchants(pages)
        return pages.render(visit, "reconciliation.html", feedback, merchants=merchants, result=None)

    # An invoice names redemptions of every subtree: merchants serve the whole union.
    right, path = Right.PREPARE_MONEY, "/money/reconciliation"
    pages.add_page(made, path, right, show, organisation=PROVINCE_CODE)

    @made.post("/money/reconciliation")
    async def reconcile(request: Request) -> Response:
        """Compare the invoice; it is stored nowhere, and comparing it changes nothing."""
        visit = await pages.open_form(request, Right.PREPARE_MONEY)
        sent, files = await read_file_form(request, MAX_INVOICE_BYTES)
        pages.check_key(visit, sent)

        def run() -> Response:
            pages.authorise(visit, Right.PREPARE_MONEY, PROVINCE_CODE)
            try:
                return _answer(pages, visit, sent, _compare(pages, sent, files))
            except FaultError as error:
                return show(visit, refuse_form(error, visit.language, _FORM, sent))

        return await run_in_threadpool(run)


def _list_merchants(pages: HandPages) -> "list[Merchant]":
    from yihui.services.benefits.merchants import list_merchant_accounts

    return [one.merchant for one in list_merchant_accounts(pages.site.wiring)]


def _compare(pages: HandPages, sent: FormFields, files: _Files) -> "ReconciliationResult":
    from yihui.runtime.arguments import parse_day
    from yihui.services.money.invoices import ReconciliationOrder, parse_tolerances, reconcile_invoice

    form_choice(sent, "form", ("", "page", "xlsx"))
    merchant = form_choice(sent, "merchant", ("", *(one.id for one in _list_merchants(pages)))) or None
    sheets = read_hidden_choice(sent, [])
    if "invoice" not in files:
        raise FaultError(INVOICE_FORM_FAULTS.build("no_invoice", field="invoice"))
    since, until = form_value(sent, "since"), form_value(sent, "until")
    tolerances = [line.strip() for line in form_value(sent, "tolerate").splitlines() if line.strip()]
    with open_work_folder(pages.site.wiring) as folder:
        written = {
            name: write_named_file(folder, name, files[name])
            for name in ("invoice", "mapping")
            if name in files
        }
        order = ReconciliationOrder(
            written["invoice"],
            written.get("mapping"),
            merchant,
            parse_day(since, "since") if since else None,
            parse_day(until, "until") if until else None,
            parse_tolerances(tolerances),
            sheets,
        )
        return reconcile_invoice(pages.site.wiring, order)


def _answer(
    pages: HandPages, visit: OfficerVisit, sent: FormFields, result: "ReconciliationResult"
) -> Response:
    """Return the page with every difference, or the workbook; that somebody compared is recorded first."""
    from yihui.access.audit import AuditEntry
    from yihui.runtime.errors import fault_line
    from yihui.services.desk.form_submissions import record_reading
    from yihui.services.money.invoices import ROW_STATE_TITLES, reconciliation_summary, row_findings_text
    from yihui.views.reconciliation import RECONCILIATION_HEADINGS, render_reconciliation_xlsx

    wiring, found = pages.site.wiring, result.found
    clean = {"is_clean": found.is_clean, "rows": len(found.rows)}
    act = f"{Right.PREPARE_MONEY.value}.{_FORM}"
    record_reading(
        wiring,
        visit.actor,
        AuditEntry(act, "invoice", result.digest, organisation=PROVINCE_CODE, after=clean),
    )
    if form_value(sent, "form") == "xlsx":
        content = render_reconciliation_xlsx(result, visit.language, wiring.now())
        return saved_response(content, f"reconciliation-{visit.day}.xlsx", XLSX)
    differing = [row for row in (*found.rows, *found.totals) if row.findings]
    return pages.render(
        visit,
        "reconciliation.html",
        merchants=[],
        result=result,
        summary=reconciliation_summary(result, visit.language),
        notes=[fault_line(note, visit.language) for note in result.notes],
        rows=[(row, row_findings_text(row, visit.language)) for row in differing[:MOST_ROWS]],
        more=len(differing) - MOST_ROWS,
        heads=RECONCILIATION_HEADINGS,
        states=ROW_STATE_TITLES,
    )
