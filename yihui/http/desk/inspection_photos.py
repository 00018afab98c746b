"""/desk/inspections/plans/…/photos: take photos of an inspection, and show them."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.http.body import FormFields
from yihui.http.desk.files import picture_response, submit_with_file
from yihui.http.desk.pages import NO_FEEDBACK, ActOutcome, FormFeedback, OfficerPages, build_link
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from yihui.services.attachments.attachments import SentFile

_DONE = {"photographed": N_("The photo was stored.")}
_Number = Annotated[int, Path(ge=1, lt=2**63)]


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/inspections/plans/{thing}/photos")
    def photos(request: Request, thing: _Number) -> Response:
        visit = pages.open(request, Right.READ_STATIONS)
        return show(visit, thing, NO_FEEDBACK, visit.done(request, _DONE))

    def show(visit: OfficerVisit, thing: int, feedback: FormFeedback, done: str | None = None) -> Response:
        from yihui.cases.inspections.photos import load_photos

        plan, found = load_photos(pages.site.wiring, visit.actor, thing, Right.READ_STATIONS)
        takes = plan.state != "withdrawn" and visit.holds(Right.CHANGE_STATIONS)
        return pages.render(
            visit, "inspection_photos.html", feedback, plan=plan, photos=found, takes=takes, done=done
        )

    @made.post("/inspections/plans/{thing}/photos")
    async def attach(request: Request, thing: _Number) -> Response:
        from yihui.cases.inspections.photos import attach_photo, load_photos

        wiring = pages.site.wiring

        def act(visit: OfficerVisit, sent: FormFields, file: "SentFile") -> ActOutcome:
            attach_photo(wiring, visit.actor, thing, file)
            return ActOutcome(build_link(f"/desk/inspections/plans/{thing}/photos", done="photographed"))

        def check(visit: OfficerVisit, sent: FormFields) -> None:
            load_photos(wiring, visit.actor, thing, Right.CHANGE_STATIONS)

        right = Right.CHANGE_STATIONS
        again = lambda visit, feedback: show(visit, thing, feedback)  # noqa: E731
        return await submit_with_file(pages, request, right, "attach_photo", act, again, check=check)

    @made.get("/inspections/photos/{photo}")
    def photo(request: Request, photo: _Number) -> Response:
        from yihui.cases.inspections.photos import load_photo
        from yihui.services.attachments.attachments import read_page

        visit, wiring = pages.open(request, Right.READ_STATIONS), pages.site.wiring
        return picture_response(read_page(wiring, load_photo(wiring, visit.actor, photo), 1))
