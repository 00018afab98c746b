"""/desk/stations/inspections: plan inspections, record them on a phone, see what is overdue and what was inspected."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from geo.station import Kind
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import FORM_FAULTS, check_choice, form_choice
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.stations import note_district, require_station
from yihui.http.desk.visit import OfficerVisit
from yihui.views.labels import STATION_KIND_LABELS

INSPECTIONS = "/desk/stations/inspections"
LIST_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "planned": N_("Planned"),
        "overdue": N_("Overdue"),
        "tasks": N_("To be mended"),
        "late_tasks": N_("To be mended, overdue"),
        "done": N_("Inspected"),
        "withdrawn": N_("Withdrawn"),
    }
)
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "planned": N_("The inspections were planned."),
        "recorded": N_("The inspection was recorded."),
        "withdrawn": N_("The plan was withdrawn."),
        "photographed": N_("The photo was stored."),
    }
)
_MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
_MAX_RECORD_BYTES = 256 << 10  # thirty notes of 200 Chinese characters take nine bytes each
_ANSWERS: Mapping[str, bool | None] = MappingProxyType({"yes": True, "no": False, "": None})
_Page = Annotated[int, Query(ge=1, le=10_000)]
_Year = Annotated[int | None, Query(ge=2000, le=2200)]
InspectionNumber = Annotated[int, Path(ge=1, lt=2**63)]


def router(made: APIRouter, pages: OfficerPages) -> None:
    _add_lists(made, pages)
    _add_plan(made, pages)
    _add_inspection(made, pages)


def _add_lists(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/stations/inspections")
    def inspections(
        request: Request, show: str = "planned", district: str = "", page: _Page = 1, year: _Year = None
    ) -> Response:
        from yihui.services.stations import desk_inspections
        from yihui.views.inspections import item_label, list_unseen, list_wrong

        visit = pages.open(request, Right.READ_STATIONS)
        check_choice("show", show, LIST_LABELS)
        query = desk_inspections.parse_inspection_query(show, pages.area_prefix(district), page)
        scope, wiring = pages.scope(visit, Right.READ_STATIONS), pages.site.wiring
        chosen_year = year or visit.day.year
        return pages.render(
            visit,
            "inspections.html",
            found=desk_inspections.load_inspection_page(wiring, scope, query),
            query=query,
            lists=LIST_LABELS,
            shares=desk_inspections.load_inspected_shares(wiring, scope, query.district, chosen_year),
            year=chosen_year,
            areas=pages.site.place_names(),
            item=lambda code: item_label(code, visit.language),
            wrong=lambda answers: list_wrong(answers, visit.language),
            unseen=lambda answers: list_unseen(answers, visit.language),
            done=visit.done(request, _DONE),
        )

    @made.get("/stations/inspections/export/{form}")
    def export(request: Request, form: str, show: str = "planned", district: str = "") -> Response:
        from yihui.services.stations.desk_inspections import load_all_inspections, parse_inspection_query
        from yihui.views.inspections import render_inspections_csv, render_inspections_xlsx

        visit = pages.open(request, Right.READ_STATIONS)
        check_choice("form", form, _MEDIA_TYPES)
        query = parse_inspection_query(show, pages.area_prefix(district), 1)
        scope = pages.scope(visit, Right.READ_STATIONS)
        plans, tasks = load_all_inspections(pages.site.wiring, scope, query)
        render = render_inspections_csv if form == "csv" else render_inspections_xlsx
        content = render(plans, tasks if query.shown in ("tasks", "late_tasks") else None, visit.language)
        name = f"inspections-{query.shown}-{visit.day}.{form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(content, media_type=_MEDIA_TYPES[form], headers=headers)


def _add_plan(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/stations/inspections/new")
    def new(request: Request) -> Response:
        return show(pages.open(request, Right.CHANGE_STATIONS), NO_FEEDBACK, request.query_params)

    def show(
        visit: OfficerVisit, feedback: FormFeedback, chosen: Mapping[str, str] = MappingProxyType({})
    ) -> Response:
        from yihui.services.stations.inspections import DAYS_TO_INSPECT

        return pages.render(
            visit,
            "inspection_new.html",
            feedback,
            chosen=chosen,
            kinds=STATION_KIND_LABELS,
            due=visit.day + timedelta(days=DAYS_TO_INSPECT),
        )

    @made.post("/stations/inspections/new")
    async def plan(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _plan(pages, visit, sent)

        return await pages.submit(request, Right.CHANGE_STATIONS, "plan_inspection", act, show)


def _plan(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    """Plan the inspection of one station, or of a district's. *Raises*: FaultError."""
    from yihui.runtime.arguments import parse_day
    from yihui.services.stations import inspections

    scope, wiring = pages.scope(visit, Right.CHANGE_STATIONS), pages.site.wiring
    due_on = parse_day(require_value(sent, "due", N_("last day")), "due")
    period = inspections.PlannedPeriod(due_on, form_value(sent, "remark"), visit.actor.id)
    if station := form_value(sent, "station"):
        require_station(pages, visit, station)
        number = inspections.plan_inspection(wiring, scope, station, period)
        return ActOutcome(build_link(f"{INSPECTIONS}/{number}", done="planned"))
    require_confirmation(sent)
    district = require_value(sent, "district", N_("district or station"))
    kind, since = form_choice(sent, "kind", ("", *Kind)), form_value(sent, "since")
    if not (district.isascii() and district.isdigit() and len(district) == 6):
        raise FaultError(FORM_FAULTS.build("choice", field="district", value=district[:40]))
    if scope.covers_district(district):  # the service refuses any other in words
        note_district(pages, visit, district)
    criteria = inspections.DistrictCriteria(
        district, Kind(kind) if kind else None, parse_day(since, "since") if since else None
    )
    inspections.plan_district_inspections(wiring, scope, criteria, period)
    return ActOutcome(build_link(INSPECTIONS, district=district.rstrip("0"), done="planned"))


def _add_inspection(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/stations/inspections/{number}")
    def inspection(request: Request, number: InspectionNumber) -> Response:
        visit = pages.open(request, Right.READ_STATIONS)
        return show_inspection(pages, visit, number, NO_FEEDBACK, visit.done(request, _DONE))

    @made.post("/stations/inspections/{number}/record")
    async def record(request: Request, number: InspectionNumber) -> Response:
        visit = await pages.open_form(request, Right.CHANGE_STATIONS)
        sent = await read_form(request, _MAX_RECORD_BYTES)
        return await pages.carry_out(
            visit,
            sent,
            Right.CHANGE_STATIONS,
            "record_inspection",
            lambda visit, sent: _record(pages, visit, number, sent),
            lambda visit, feedback: show_inspection(pages, visit, number, feedback),
        )

    @made.post("/stations/inspections/{number}/withdraw")
    async def withdraw(request: Request, number: InspectionNumber) -> Response:
        return await pages.submit(
            request,
            Right.CHANGE_STATIONS,
            "withdraw_inspection",
            lambda visit, sent: _withdraw(pages, visit, number, sent),
            lambda visit, feedback: show_inspection(pages, visit, number, feedback),
        )


def show_inspection(
    pages: OfficerPages, visit: OfficerVisit, number: int, feedback: FormFeedback, done: str | None = None
) -> Response:
    """Show an inspection of the officer's districts. *Raises*: FaultError."""
    from yihui.services.stations.desk_inspections import load_inspection
    from yihui.services.stations.inspections import DAYS_TO_MEND
    from yihui.views.inspections import STATE_LABELS, item_label

    found = load_inspection(pages.site.wiring, pages.scope(visit, Right.READ_STATIONS), number)
    plan = found.plan
    may_change = pages.scope(visit, Right.CHANGE_STATIONS).covers_district(plan.district)
    return pages.render(
        visit,
        "inspection.html",
        feedback,
        found=found,
        plan=plan,
        states=STATE_LABELS,
        item=lambda code: item_label(code, visit.language),
        mend_until=visit.day + timedelta(days=DAYS_TO_MEND),
        may_record=may_change and plan.outcome is None and found.station is not None,
        may_withdraw=may_change and plan.outcome is None,
        may_photograph=may_change and (plan.outcome is None or plan.outcome.inspected_on is not None),
        done=done,
    )


def require_inspected_station(pages: OfficerPages, visit: OfficerVisit, number: int) -> str:
    """Return the station of an inspection that the officer may change. *Raises*: FaultError."""
    from yihui.services.stations.desk_inspections import load_inspection

    scope = pages.scope(visit, Right.CHANGE_STATIONS)
    plan = load_inspection(pages.site.wiring, scope, number).plan
    note_district(pages, visit, plan.district)
    return plan.station


def _record(pages: OfficerPages, visit: OfficerVisit, number: int, sent: FormFields) -> ActOutcome:
    from geo.registry.inspections import ItemAnswer
    from yihui.runtime.arguments import parse_day
    from yihui.services.stations.inspections import InspectionRecord, record_inspection

    answers = {}
    for name in sent:
        item = name.removeprefix("is-")
        if item == name:
            continue
        answer = form_choice(sent, name, _ANSWERS)
        answers[item] = ItemAnswer(_ANSWERS[answer], form_value(sent, f"note-{item}"))
    on = parse_day(require_value(sent, "on", N_("inspected on")), "on")
    mend_until = parse_day(require_value(sent, "tasks_due", N_("to be mended until")), "tasks_due")
    station = require_inspected_station(pages, visit, number)
    record = InspectionRecord(on, answers, mend_until, form_value(sent, "remark"), visit.actor.id)
    wrong = sorted(item for item, answer in answers.items() if answer.is_met is False)
    state_act("inspection", str(number), after={"station": station, "on": on, "wrong": wrong})
    record_inspection(pages.site.wiring, pages.scope(visit, Right.CHANGE_STATIONS), number, record)
    return ActOutcome(build_link(f"{INSPECTIONS}/{number}", done="recorded"))


def _withdraw(pages: OfficerPages, visit: OfficerVisit, number: int, sent: FormFields) -> ActOutcome:
    from yihui.services.stations.inspections import withdraw_inspection

    station, reason = require_inspected_station(pages, visit, number), form_value(sent, "reason")
    scope = pages.scope(visit, Right.CHANGE_STATIONS)
    state_act("inspection", str(number), reason, after={"station": station})
    withdraw_inspection(pages.site.wiring, scope, number, reason, visit.actor.id)
    return ActOutcome(build_link(f"{INSPECTIONS}/{number}", done="withdrawn"))
