"""/desk/choices: what a field offers while an officer types the name of an organisation, a station or an area."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import escape

from yihui.http.desk.pages import OfficerPages

if TYPE_CHECKING:
    from yihui.services.desk.choices import NamedChoice

_HEADERS = {"Cache-Control": "no-store"}


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/choices/organisations")
    def organisations(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_organisation_choices

        visit = pages.open(request)
        return _options(find_organisation_choices(wiring, visit.actor, request.query_params.get(field, "")))

    @made.get("/choices/stations")
    def stations(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_station_choices

        visit = pages.open(request)
        text = request.query_params.get(field, "")
        return _options(find_station_choices(wiring, visit.actor, text, pages.station_texts()))

    @made.get("/choices/areas")
    def areas(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_area_choices

        pages.open(request)
        return _options(find_area_choices(pages.site.place_names(), request.query_params.get(field, "")))


def _options(found: "list[NamedChoice]") -> Response:
    return HTMLResponse(
        "".join(f'<option value="{escape(one.text)}"></option>' for one in found), headers=_HEADERS
    )
