"""/desk/stations/inspections/…/photos: attach photos to an inspection, and show them."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from yihui.access.roles import Right
from yihui.http.body import FormFields
from yihui.http.desk.files import picture_response, submit_with_file
from yihui.http.desk.inspections import (
    INSPECTIONS,
    InspectionNumber,
    require_inspected_station,
    show_inspection,
)
from yihui.http.desk.pages import ActOutcome, FormFeedback, OfficerPages, build_link
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from yihui.services.attachments.attachments import SentFile


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.post("/stations/inspections/{number}/photos")
    async def attach(request: Request, number: InspectionNumber) -> Response:
        def act(visit: OfficerVisit, sent: FormFields, file: "SentFile") -> ActOutcome:
            return _attach(pages, visit, number, file)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show_inspection(pages, visit, number, feedback)

        def check(visit: OfficerVisit, sent: FormFields) -> None:
            require_inspected_station(pages, visit, number)

        right = Right.CHANGE_STATIONS
        return await submit_with_file(pages, request, right, "attach_photo", act, again, check=check)

    @made.get("/stations/inspections/photos/{photo}")
    def photo(request: Request, photo: InspectionNumber) -> Response:
        from yihui.services.attachments.attachments import read_page
        from yihui.services.stations.inspection_photos import load_photo

        visit, wiring = pages.open(request, Right.READ_STATIONS), pages.site.wiring
        found = load_photo(wiring, pages.scope(visit, Right.READ_STATIONS), photo)
        return picture_response(read_page(wiring, found, 1))


def _attach(pages: OfficerPages, visit: OfficerVisit, number: int, file: "SentFile") -> ActOutcome:
    from yihui.services.stations.inspection_photos import attach_photo

    require_inspected_station(pages, visit, number)
    scope = pages.scope(visit, Right.CHANGE_STATIONS)
    attach_photo(pages.site.wiring, scope, number, visit.actor.id, file)
    return ActOutcome(build_link(f"{INSPECTIONS}/{number}", done="photographed"))
