"""/desk/search: one box that finds records by id or by words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.faults import FaultError
from core.text_marks import N_
from yihui.frame.feedback import FormFeedback
from yihui.frame.pages import OfficerVisit
from yihui.http.body import form_value, read_form
from yihui.http.desk.hand_pages import HandPages
from yihui.runtime.errors import fault_line

if TYPE_CHECKING:
    from yihui.services.desk.search import HitGroup

HIT_LABELS: Mapping[str, tuple[str, str]] = {
    "member": (N_("Members"), "/desk/members/{id}"),
    "organisation": (N_("Organisations"), "/desk/organisations/{id}"),
    "station": (N_("Stations"), "/desk/register/{id}"),
    "rule": (N_("Rules"), "/desk/rules/{id}"),
    "grant": (N_("Grants"), "/desk/money/vouchers/{id}"),
    "payment": (N_("Payments"), "/desk/money/vouchers/{id}"),
    "hardship": (N_("Households in hardship"), "/desk/hardship/files/{id}"),
    "case": (N_("Cases of the hotline"), "/desk/hotline/cases/{id}"),
    "batch": (N_("Payout batches"), "/desk/money/payouts/{id}"),
}


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/search")
    def begin(request: Request) -> Response:
        return _search(pages, pages.open(request), "")

    @made.post("/search")
    async def search(request: Request) -> Response:
        """Search for a text, which the body holds: no address and no log holds a name or a number of a person."""
        visit = await pages.open_form(request, None)
        text = form_value(await read_form(request), "q")
        return await run_in_threadpool(_search, pages, visit, text)


def _search(pages: HandPages, visit: OfficerVisit, text: str) -> Response:
    """Return what was found; the page of a station or a benefit that alone was. Who opens a person's page decides it herself."""
    from yihui.services.desk.search import MOST_HITS, search_records

    feedback, groups = FormFeedback(), list["HitGroup"]()
    try:
        groups = search_records(pages.site.wiring, visit.actor, text, pages.station_texts)
    except FaultError as error:
        lines = [fault_line(fault, visit.language) for fault in error.faults]
        feedback, text = FormFeedback(lines, form="search", status=422), ""
    hits = [hit for group in groups for hit in group.hits]
    if [hit.kind for hit in hits] in (["station"], ["grant"]):
        return RedirectResponse(HIT_LABELS[hits[0].kind][1].format(id=quote(hits[0].id, safe="")), 303)
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
