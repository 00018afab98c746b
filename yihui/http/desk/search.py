"""/desk/search: one box that finds records by id or by words."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from yihui.http.desk.pages import FormFeedback, OfficerPages
from yihui.runtime.errors import fault_line

HIT_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "member": (N_("Members"), "/desk/members/{id}"),
        "organisation": (N_("Organisations"), "/desk/organisations/{id}"),
        "station": (N_("Stations"), "/desk/stations/{id}"),
        "rule": (N_("Rules"), "/desk/rules/{id}"),
        "grant": (N_("Grants"), "/desk/members/grants/{id}"),
        "payment": (N_("Payments"), "/desk/members/payments/{id}"),
        "hardship": (N_("Households in hardship"), "/desk/hardship/files/{id}"),
        "case": (N_("Cases of the hotline"), "/desk/hotline/cases/{id}"),
        "batch": (N_("Payout batches"), "/desk/money/payouts/{id}"),
    }
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/search")
    def search(request: Request) -> Response:
        from yihui.services.desk.search import MOST_HITS, search_records

        visit = pages.open(request)
        text = request.query_params.get("q", "")
        feedback = FormFeedback()
        groups = []
        try:
            groups = search_records(pages.site.wiring, visit.actor, text, pages.station_texts)
        except FaultError as error:
            feedback = FormFeedback(
                [fault_line(fault, visit.language) for fault in error.faults], form="search", status=422
            )
            text = ""
        return pages.render(
            visit,
            "search.html",
            feedback,
            text=text,
            sought=text,
            groups=groups,
            labels=HIT_LABELS,
            most=MOST_HITS,
        )
