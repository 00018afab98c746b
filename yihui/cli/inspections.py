"""yihui inspections: plan inspections of stations, record what was found, list what is open and to be mended."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.civil_time import civil_date
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, PublishedReason
from yihui.cli.output import emit, refuse_usage

if TYPE_CHECKING:
    from geo.registry.inspections import ItemAnswer
    from yihui.services.access.officer_scope import OfficerScope
    from yihui.services.stations.desk_inspections import InspectionQuery

app = typer.Typer(
    help=N_("Inspections of stations: plan, record and list them, and what has to be mended."),
    no_args_is_help=True,
)

_Number = Annotated[int, typer.Argument(help=N_("the inspection's number"), metavar="INSPECTION")]
_District = Annotated[
    str, typer.Option(help=N_("only this district: its code, or how the code begins"), metavar="CODE")
]
_Remark = Annotated[str, typer.Option(help=N_("a remark without personal data"))]


@app.command(help=N_("Plan the inspection of one station, or of the stations of a district."))
def plan(
    context: typer.Context,
    by: By,
    station: Annotated[
        str | None, typer.Argument(help=N_("the station's id; none for a district"), metavar="STATION")
    ] = None,
    district: Annotated[
        str | None, typer.Option(help=N_("all stations of this district: its code"), metavar="CODE")
    ] = None,
    kind: Annotated[str | None, typer.Option(help=N_("only stations of this kind"), metavar="KIND")] = None,
    not_since: Annotated[
        str | None, typer.Option(help=N_("only those not inspected since this day"), metavar="DATE")
    ] = None,
    due: Annotated[
        str | None, typer.Option(help=N_("the last day; otherwise in two weeks"), metavar="DATE")
    ] = None,
    remark: _Remark = "",
    json_: AsJson = False,
) -> None:
    from geo.station import Kind
    from yihui.services.stations import inspections

    wiring: Wiring = context.obj
    if (station is None) == (district is None):
        refuse_usage(wiring, N_("name one station, or a district with --district"), option="--district")
    if kind is not None and kind not in set(Kind):
        refuse_usage(wiring, N_("“{value}” is no kind of station"), option="--kind", value=kind[:40])
    scope = _scope(context, Right.CHANGE_STATIONS)
    last_day = _parse_day(due, "--due") or scope.day + timedelta(days=inspections.DAYS_TO_INSPECT)
    period = inspections.PlannedPeriod(last_day, remark, by)
    if station is not None:
        numbers = [inspections.plan_inspection(wiring, scope, station, period)]
    else:
        criteria = inspections.DistrictCriteria(
            str(district), Kind(kind) if kind else None, _parse_day(not_since, "--not-since")
        )
        numbers = inspections.plan_district_inspections(wiring, scope, criteria, period)
    line = wiring.render(N_("planned until {due}: {numbers}"), due=last_day, numbers=", ".join(map(str, numbers)))  # fmt: skip
    emit({"due_on": last_day, "inspections": numbers}, [line], json_)


@app.command("list", help=N_("List inspections: planned, overdue, done or withdrawn."))
def list_(
    context: typer.Context,
    by: By,
    show: Annotated[str, typer.Option(help=N_("planned, overdue, done or withdrawn"))] = "planned",
    district: _District = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.desk_inspections import load_all_inspections
    from yihui.views.inspections import inspection_json, inspection_line

    wiring: Wiring = context.obj
    plans, _ = load_all_inspections(wiring, _scope(context), _query(wiring, show, district, is_task=False))
    lines = [inspection_line(one, wiring.language) for one in plans]
    emit([inspection_json(one) for one in plans], lines or [wiring.render(N_("no inspections"))], json_)


@app.command(help=N_("List the defects that inspections found and that are not mended yet."))
def tasks(
    context: typer.Context,
    by: By,
    late: Annotated[
        bool, typer.Option("--late", help=N_("only what should have been mended by now"))
    ] = False,
    district: _District = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.desk_inspections import load_all_inspections
    from yihui.views.inspections import task_json, task_line

    wiring: Wiring = context.obj
    query = _query(wiring, "late_tasks" if late else "tasks", district, is_task=True)
    _, found = load_all_inspections(wiring, _scope(context), query)
    lines = [task_line(one, wiring.language) for one in found]
    emit([task_json(one) for one in found], lines or [wiring.render(N_("nothing is to be mended"))], json_)


@app.command(help=N_("Show an inspection with its checklist, what was found and what is to be mended."))
def show(context: typer.Context, number: _Number, by: By, json_: AsJson = False) -> None:
    from yihui.services.stations.desk_inspections import load_inspection
    from yihui.views.inspections import inspection_file_json, inspection_file_lines

    wiring: Wiring = context.obj
    found = load_inspection(wiring, _scope(context), number)
    emit(inspection_file_json(found), inspection_file_lines(found, wiring.language), json_)


@app.command(
    help=N_("Record what was found: the lines of the checklist that are fine, and those that are wrong.")
)
def record(
    context: typer.Context,
    number: _Number,
    by: By,
    fine: Annotated[
        list[str] | None, typer.Option(help=N_("a line that is fine; may be repeated"), metavar="ITEM")
    ] = None,
    wrong: Annotated[
        list[str] | None,
        typer.Option(help=N_("a line that is wrong, and what; may be repeated"), metavar="ITEM=NOTE"),
    ] = None,
    on: Annotated[str | None, typer.Option(help=N_("the day; otherwise today"), metavar="DATE")] = None,
    mend_until: Annotated[
        str | None, typer.Option(help=N_("to be mended until; otherwise in 30 days"), metavar="DATE")
    ] = None,
    remark: _Remark = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.inspections import DAYS_TO_MEND, InspectionRecord, record_inspection

    wiring, scope = context.obj, _scope(context, Right.CHANGE_STATIONS)
    answers = _read_answers(wiring, fine or (), wrong or ())
    until = _parse_day(mend_until, "--mend-until") or scope.day + timedelta(days=DAYS_TO_MEND)
    found = InspectionRecord(_parse_day(on, "--on") or scope.day, answers, until, remark, by)
    record_inspection(wiring, scope, number, found)
    _emit_one(context, number, json_)


@app.command(help=N_("Withdraw a planned inspection."))
def withdraw(
    context: typer.Context, number: _Number, by: By, reason: PublishedReason, json_: AsJson = False
) -> None:
    from yihui.services.stations.inspections import withdraw_inspection

    withdraw_inspection(context.obj, _scope(context, Right.CHANGE_STATIONS), number, reason, by)
    _emit_one(context, number, json_)


@app.command(help=N_("Attach a photo (JPEG, PNG, WebP) to an inspection; it is drawn anew."))
def photo(
    context: typer.Context,
    number: _Number,
    file: Annotated[Path, typer.Argument(help=N_("the photo"), metavar="FILE")],
    by: By,
    title: Annotated[str, typer.Option(help=N_("what it shows, in a few words"))],
    json_: AsJson = False,
) -> None:
    from yihui.services.attachments.attachments import read_sent_path
    from yihui.services.stations.inspection_photos import attach_photo

    scope, sent = _scope(context, Right.CHANGE_STATIONS), read_sent_path(title, file)
    attach_photo(context.obj, scope, number, by, sent)
    _emit_one(context, number, json_)


def _emit_one(context: typer.Context, number: int, json_: bool) -> None:
    from yihui.services.stations.desk_inspections import load_inspection
    from yihui.views.inspections import inspection_json, inspection_line

    wiring: Wiring = context.obj
    done = load_inspection(wiring, _scope(context, Right.CHANGE_STATIONS), number).plan
    emit(inspection_json(done), [inspection_line(done, wiring.language)], json_)


def _scope(context: typer.Context, right: Right = Right.READ_STATIONS) -> "OfficerScope":
    """Return where the actor holds a right today."""
    from yihui.access.decide import subtrees
    from yihui.services.access.officer_scope import OfficerScope

    today = civil_date(context.obj.now())
    return OfficerScope(subtrees(current_actor(context), right, today), today)


def _query(wiring: Wiring, shown: str, district: str, *, is_task: bool) -> "InspectionQuery":
    from yihui.services.stations.desk_inspections import parse_inspection_query

    if not is_task and shown in ("tasks", "late_tasks"):
        refuse_usage(wiring, N_("`yihui inspections tasks` lists what is to be mended"), option="--show")
    return parse_inspection_query(shown, district, 1)


def _read_answers(wiring: Wiring, fine: Sequence[str], wrong: Sequence[str]) -> "dict[str, ItemAnswer]":
    from geo.registry.inspections import ItemAnswer

    answers = {item: ItemAnswer(True) for item in fine}
    for one in wrong:
        item, sign, note = one.partition("=")
        if not sign or item in answers:
            refuse_usage(wiring, N_("“{value}” is not ITEM=NOTE, or names a line twice"), option="--wrong", value=item[:40])  # fmt: skip
        answers[item] = ItemAnswer(False, note)
    return answers


def _parse_day(text: str | None, field: str) -> date | None:
    from yihui.runtime.arguments import parse_day

    return parse_day(text, field) if text else None
