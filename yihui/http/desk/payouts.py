"""/desk/money/payouts: batches of payments; one officer prepares, another releases; the bank's files go and come."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.frame.files import saved_response
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form
from yihui.http.desk.hand_pages import HandPages, read_day, require_value
from yihui.http.desk.sent_values import check_choice, form_choice, read_hidden_choice
from yihui.http.desk.sheet_notes import link_notes, render_notice
from yihui.http.form_acts import Act, ActOutcome, Again
from yihui.operations.uploads import open_work_folder
from yihui.services.access.acting import acting_officer

MAX_UPLOAD_BYTES = 16 << 20
_DONE: Mapping[str, str] = {
    "prepared": N_("The batch was prepared; another officer releases it."),
    "released": N_("The batch was released; the bank's file can be made now."),
    "cancelled": N_("The batch was cancelled."),
    "returned": N_("The bank's answers were stored."),
}
STATE_LABELS: Mapping[str, str] = {
    "prepared": N_("prepared"),
    "released": N_("released"),
    "cancelled": N_("cancelled"),
}
FILE_FAULTS = FaultTable(
    "officer_payout",
    {
        "no_bank": (N_("the bank's configuration is missing"), N_("choose the YAML file of your bank")),
        "no_payees": (
            N_("the list of accounts is missing"),
            N_("choose the CSV or XLSX file; it is read and never kept"),
        ),
        "no_return": (N_("the bank's return file is missing"), N_("choose the file that the bank sent")),
    },
)
_Files = Mapping[str, UploadedFile]


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/money/payouts")
    def payouts(request: Request, state: str = "", after: str = "") -> Response:
        visit = pages.open(request, Right.READ_MONEY)
        check_choice("state", state, ("", *STATE_LABELS))
        return show_list(visit, NO_FEEDBACK, state, after[:16])

    def show_list(visit: OfficerVisit, feedback: FormFeedback, state: str = "", after: str = "") -> Response:
        """Show a page of the batches; ``after`` is the last one of the page before."""
        from yihui.services.money.desk import BATCH_PAGE, list_covered_batches
        from yihui.services.money.payout import list_prepared_batches

        found = list_prepared_batches(pages.site.wiring)
        ids = [one.id for one in found]
        found = found[ids.index(after) + 1 :] if after in ids else found
        wanted = [one for one in found if not state or one.state == state]
        shown = list_covered_batches(pages.site.wiring, pages.scope(visit, Right.READ_MONEY), wanted)
        return pages.render(
            visit,
            "payouts.html",
            feedback,
            batches=shown[:BATCH_PAGE],
            after=after,
            next_after=shown[BATCH_PAGE - 1].id if len(shown) > BATCH_PAGE else "",
            state=state,
            states=STATE_LABELS,
        )

    def show(visit: OfficerVisit, feedback: FormFeedback, batch: str) -> Response:
        from yihui.services.money.payout import load_batch_details
        from yihui.views.payout import batch_details_lines

        found = load_batch_details(pages.site.wiring, batch, None)
        pages.authorise_act(visit, Right.READ_MONEY, "batch", batch)
        return pages.render(
            visit,
            "payout.html",
            feedback,
            done=render_notice(visit),
            batch=found.batch,
            orders=found.orders,
            lines=list(batch_details_lines(found, visit.language)),
            states=STATE_LABELS,
        )

    def release(visit: OfficerVisit, sent: FormFields, files: Mapping[str, Path], batch: str) -> str:
        from yihui.services.money.payout import read_bank_files, release_payout_batch

        require_confirmation(sent)
        pages.authorise_act(visit, Right.RELEASE_MONEY, "batch", batch)
        reason = form_value(sent, "reason")
        notes: list[Fault] = []
        sheets = read_hidden_choice(sent, notes)
        found = read_bank_files(*bank_files(files), sheets)
        state_act("payout_batch", batch, reason)
        release_payout_batch(
            pages.site.wiring, acting_officer(pages.site.wiring, visit.actor.id, reason), batch, found
        )
        return _batch_page(batch, "released", notes)

    def cancel(visit: OfficerVisit, sent: FormFields, batch: str) -> str:
        from yihui.services.money.payout import cancel_payout_batch

        reason = require_value(sent, "reason", N_("reason"))
        require_confirmation(sent)
        pages.authorise_act(visit, Right.PREPARE_MONEY, "batch", batch)
        state_act("payout_batch", batch, reason)
        cancel_payout_batch(
            pages.site.wiring, acting_officer(pages.site.wiring, visit.actor.id, reason), batch
        )
        return _batch_page(batch, "cancelled")

    def take_return(visit: OfficerVisit, sent: FormFields, files: Mapping[str, Path], batch: str) -> str:
        from yihui.services.money.payout import import_bank_return, read_bank_terms

        require_confirmation(sent)
        pages.authorise_act(visit, Right.PREPARE_MONEY, "batch", batch)
        notes: list[Fault] = []
        sheets = read_hidden_choice(sent, notes)
        bank, answers = _require_file(files, "bank", "no_bank"), _require_file(files, "return", "no_return")
        partly = form_value(sent, "partly") == "yes"
        acting = acting_officer(pages.site.wiring, visit.actor.id)
        state_act("payout_batch", batch)
        terms = read_bank_terms(bank)
        import_bank_return(pages.site.wiring, acting, answers, terms, batch, partly=partly, sheets=sheets)
        return _batch_page(batch, "returned", notes)

    path, one = "/money/payouts", "/money/payouts/{batch}"
    add_file_form(made, pages, path, Right.PREPARE_MONEY, "prepare", partial(_prepare, pages), show_list)
    pages.add_page(made, one, Right.READ_MONEY, show, _DONE)
    add_file_form(made, pages, f"{one}/release", Right.RELEASE_MONEY, "release", release, show)
    pages.add_form(made, f"{one}/cancel", Right.PREPARE_MONEY, "cancel", cancel, show)
    add_file_form(made, pages, f"{one}/return", Right.PREPARE_MONEY, "return", take_return, show)

    @made.post("/money/payouts/{batch}/export")
    async def export(request: Request, batch: str) -> Response:
        """Send the file for the bank: always the same bytes, stored nowhere."""
        visit = await pages.open_form(request, Right.RELEASE_MONEY)
        sent, files = await read_file_form(request, MAX_UPLOAD_BYTES)
        pages.check_key(visit, sent)
        return await run_in_threadpool(_export, pages, visit, batch, sent, files)


def add_file_form(
    made: APIRouter, pages: HandPages, path: str, right: Right, form: str, act: Act, again: Again
) -> None:
    """As ``HandPages.add_form``, with files: they lie in a folder of their own until the act is over."""

    async def submit(request: Request) -> Response:
        visit = await pages.open_form(request, right)
        sent, files = await read_file_form(request, MAX_UPLOAD_BYTES)
        named = request.path_params

        def with_files(visit: OfficerVisit, sent: FormFields) -> ActOutcome | str:
            with open_work_folder(pages.site.wiring) as folder:
                return act(visit, sent, _write_files(folder, files), **named)

        return await pages.carry_out(visit, sent, right, form, with_files, partial(again, **named))

    made.add_api_route(path, submit, methods=["POST"])


def _write_files(folder: Path, files: _Files) -> dict[str, Path]:
    written: dict[str, Path] = {}
    for name, file in files.items():
        suffix = Path(file.name).suffix[:10]
        path = folder / f"{len(written)}{suffix if suffix[1:].isalnum() else ''}"
        path.write_bytes(file.content)
        written[name] = path
    return written


def _require_file(files: Mapping[str, Path], name: str, code: str) -> Path:
    if name not in files:
        raise FaultError(FILE_FAULTS.build(code, field=name))
    return files[name]


def bank_files(files: Mapping[str, Path]) -> tuple[Path, Path]:
    """Return the bank's configuration and the payees. *Raises*: FaultError with all that is missing."""
    missing = [code for name, code in (("bank", "no_bank"), ("payees", "no_payees")) if name not in files]
    if missing:
        raise FaultError([FILE_FAULTS.build(code, field=code.removeprefix("no_")) for code in missing])
    return files["bank"], files["payees"]


def _batch_page(batch: str, done: str, notes: Sequence[Fault] = ()) -> str:
    return build_link(f"/desk/money/payouts/{batch}", done=done, **link_notes(notes))


def _prepare(pages: HandPages, visit: OfficerVisit, sent: FormFields, files: Mapping[str, Path]) -> str:
    from benefits import PayoutCriteria
    from yihui.services.money.payout import prepare_payout_batch, read_bank_files

    rule = form_choice(sent, "rule", ("", *pages.record_names().list_rules()))
    require_confirmation(sent)
    reason = form_value(sent, "reason")
    if rule:
        pages.authorise_act(visit, Right.PREPARE_MONEY, "rule", rule)
    else:  # of the rules of every owner
        pages.authorise(visit, Right.PREPARE_MONEY, PROVINCE_CODE)
    notes: list[Fault] = []
    sheets = read_hidden_choice(sent, notes)
    found = read_bank_files(*bank_files(files), sheets)
    wanted = PayoutCriteria(rule or None, read_day(sent, "until"))
    made = prepare_payout_batch(
        pages.site.wiring, acting_officer(pages.site.wiring, visit.actor.id, reason), wanted, found
    )
    return _batch_page(made.batch.id, "prepared", notes)


def _export(pages: HandPages, visit: OfficerVisit, batch: str, sent: FormFields, files: _Files) -> Response:
    from yihui.access.audit import AuditEntry
    from yihui.services.desk.form_submissions import record_reading
    from yihui.services.money.payout import export_payout_batch, read_bank_files

    wiring = pages.site.wiring
    decision, places = pages.authorise_act(visit, Right.RELEASE_MONEY, "batch", batch)
    organisation = places[0] if len(places) == 1 else None
    sheets = read_hidden_choice(sent, [])  # a file is answered, no page that could tell them
    with open_work_folder(wiring) as folder:
        bank, payees = bank_files(_write_files(folder, files))
        found, to = read_bank_files(bank, payees, sheets), folder / "bank-file"
        done = export_payout_batch(
            wiring, acting_officer(pages.site.wiring, visit.actor.id), batch, found, to, bank, payees
        )
        content = to.read_bytes()
    act = f"{Right.RELEASE_MONEY.value}.export"
    entry = AuditEntry(act, "payout_batch", done.id, organisation=organisation, by=decision.by)
    record_reading(wiring, visit.actor, entry)
    return saved_response(content, f"{done.id}.csv", "text/csv")
