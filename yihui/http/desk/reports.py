"""/desk/money/reports: what was promised, handed out, used and paid, by rule, county or month, of one's own subtrees."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from yihui.access.roles import Right
from yihui.frame.desk_list import list_tabs
from yihui.frame.feedback import SENT_FORM_FAULTS
from yihui.frame.fields import FieldKind
from yihui.frame.files import XLSX, saved_response
from yihui.frame.pages import OfficerVisit, build_link
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.sent_values import check_choice
from yihui.money.tabs import MONEY_TABS

if TYPE_CHECKING:
    from benefits import FigureGrouping
    from yihui.services.benefits.report import BenefitReport

_PAGE = "/desk/money/reports"
_GROUPINGS: Mapping[str, "FigureGrouping"] = {
    "programme": "programme",
    "organisation": "organisation",
    "month": "month",
}
_FIELDS = ("by", "organisation", "since", "until")


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/money/reports")
    def report(request: Request) -> Response:
        from yihui.views.benefit_report import BALANCE_TITLES, GROUPING_TITLES, MOVEMENT_TITLES, group_title

        visit = pages.open(request, Right.READ_MONEY)
        chosen = _chosen(pages, visit, request)
        found = _build(pages, visit, chosen)
        return pages.render(
            visit,
            "benefit_report.html",
            report=found,
            money_tabs=list_tabs(visit, MONEY_TABS),
            chosen=chosen,
            groupings=GROUPING_TITLES,
            moved=MOVEMENT_TITLES,
            stands=BALANCE_TITLES,
            rows=[
                (
                    (found.by == "programme" and one.title) or group_title(one, found.by, visit.language),
                    one.figures,
                )
                for one in found.groups
            ],
            as_of=found.as_of,
            workbook=build_link(f"{_PAGE}/workbook", **chosen),
        )

    @made.get("/money/reports/workbook")
    def workbook(request: Request) -> Response:
        from yihui.views.benefit_report_files import render_benefit_report_xlsx

        visit = pages.open(request, Right.READ_MONEY)
        found = _build(pages, visit, _chosen(pages, visit, request))
        name = f"benefits-{found.by}-{found.period.last}.xlsx"
        return saved_response(render_benefit_report_xlsx(found, visit.language), name, XLSX)


def _chosen(pages: HandPages, visit: OfficerVisit, request: Request) -> dict[str, str]:
    chosen = {name: request.query_params.get(name, "").strip() for name in _FIELDS}
    return chosen | {"organisation": pages.resolve(visit, FieldKind.ORGANISATION, chosen["organisation"])}


def _build(pages: HandPages, visit: OfficerVisit, chosen: Mapping[str, str]) -> "BenefitReport":
    """Build the report of one organisation, or of all subtrees of the officer. *Raises*: FaultError."""
    from benefits import ReportPeriod
    from yihui.runtime.arguments import parse_day
    from yihui.services.benefits.report import build_benefit_report

    by, organisation, since, until = (chosen[name] for name in _FIELDS)
    check_choice("by", by, ("", *_GROUPINGS))
    first = parse_day(since, "since") if since else None
    last = parse_day(until, "until") if until else visit.day
    if first is not None and first > last:
        raise FaultError(SENT_FORM_FAULTS.build("choice", field="since", value=since))
    within = visit.scope(Right.READ_MONEY)
    if organisation:
        pages.authorise(visit, Right.READ_MONEY, organisation)
        within = frozenset({organisation})
    grouping = _GROUPINGS[by or "programme"]
    return build_benefit_report(
        pages.site.wiring, grouping, ReportPeriod(first, last), within, may_be_kept=True
    )
