"""yihui hardship visit: plan a visit, release its money, record the receipt, or take the money back."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, OnDay, RecordedReason
from yihui.cli.output import emit

if TYPE_CHECKING:
    from yihui.services.hardship.lists import FileStatus

app = typer.Typer(
    help=N_("Visits with money: one officer plans, another one releases it, the receipt settles it."),
    no_args_is_help=True,
)


def _day(wiring: Wiring, on: str | None) -> date:
    from core.civil_time import civil_date
    from yihui.runtime.arguments import parse_day

    return parse_day(on) if on else civil_date(wiring.now())


_File = Annotated[int, typer.Argument(help=N_("the case file's number"), metavar="FILE")]
_Visit = Annotated[int, typer.Argument(help=N_("the visit's number in its case file"), metavar="VISIT")]


def _emit(wiring: Wiring, status: "FileStatus", number: int, json_: bool) -> None:
    from yihui.views.hardship import file_json, visit_text

    visit = next(one for one in status.file.visits if one.number == number)
    emit(file_json(status), [visit_text(visit, wiring.language)], json_)


@app.command(help=N_("Plan a visit; nothing is in the ledger yet."))
def plan(
    context: typer.Context,
    file: _File,
    member: Annotated[str, typer.Option(help=N_("the member to whom the money is given"))],
    yuan: Annotated[str, typer.Option(help=N_("how much, in yuan"))],
    purpose: Annotated[str, typer.Option(help=N_("the occasion, in a few words, without personal data"))],
    by: By,
    on: OnDay = None,
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile
    from yihui.services.hardship.visits import VisitPlan, plan_visit

    wiring: Wiring = context.obj
    day = _day(wiring, on)
    wanted = ActOnFile(file, FileAct.PLAN_VISIT)
    status = plan_visit(wiring, current_actor(context), wanted, VisitPlan(member, day, yuan, purpose))
    _emit(wiring, status, len(status.file.visits), json_)


@app.command(
    help=N_("Release the money of a planned visit, as a second officer: it is paid out of the budget.")
)
def release(
    context: typer.Context,
    file: _File,
    visit: _Visit,
    by: By,
    reason: Annotated[str, typer.Option(help=N_("why, in a sentence, without personal data"))] = "",
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile
    from yihui.services.hardship.visits import release_visit

    wiring: Wiring = context.obj
    wanted = ActOnFile(file, FileAct.RELEASE_VISIT, None, reason)
    _emit(wiring, release_visit(wiring, current_actor(context), wanted, visit), visit, json_)


@app.command("hand-over", help=N_("Record the receipt: the household has the money."))
def hand_over(
    context: typer.Context,
    file: _File,
    visit: _Visit,
    receipt: Annotated[
        str,
        typer.Option(
            help=N_("the receipt's file: a picture or a PDF document; it is stored encrypted"), metavar="FILE"
        ),
    ],
    by: By,
    kind: Annotated[str, typer.Option(help=N_("signed or photographed"))] = "signed",
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from members.hardship.visit import visit_reference
    from yihui.services.attachments.attachments import read_sent_path
    from yihui.services.hardship.case_files import ActOnFile
    from yihui.services.hardship.visits import record_receipt

    wiring: Wiring = context.obj
    wanted = ActOnFile(file, FileAct.HAND_OVER)
    sent = read_sent_path(visit_reference(file, visit), receipt)
    status = record_receipt(wiring, current_actor(context), wanted, visit, kind, sent)
    _emit(wiring, status, visit, json_)


@app.command(help=N_("End a visit on which nothing was handed over; released money goes back to its budget."))
def end(
    context: typer.Context,
    file: _File,
    visit: _Visit,
    by: By,
    reason: RecordedReason,
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile
    from yihui.services.hardship.visits import end_visit

    wiring: Wiring = context.obj
    wanted = ActOnFile(file, FileAct.END_VISIT, None, reason)
    _emit(wiring, end_visit(wiring, current_actor(context), wanted, visit), visit, json_)
