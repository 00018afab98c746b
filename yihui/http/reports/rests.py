"""/api/v1/stations/{id}/rests: “I am resting here”, one tap, counted without anybody's name."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from geo.faults import Fault
from yihui.http.errors import respond
from yihui.http.reports.api import not_taken
from yihui.http.reports.desk import NotTaken
from yihui.http.site import Site

N_ = str  # marks a text for the message catalogue


class Counted(TypedDict):
    """``counted`` is false for whoever was counted at this station within this hour."""

    counted: bool


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")

    @made.post("/stations/{station:path}/rests", status_code=202, response_model=Counted)
    def rests(request: Request, station: str) -> Response:
        """Count somebody who rests at a station now; nothing is kept but the number."""
        try:
            answer: Counted = {"counted": rested(site, request, station)}
        except NotTaken as error:
            return respond(not_taken(error, site.language(request)))
        return JSONResponse(answer, 202)

    return made


def rested(site: Site, request: Request, station: str) -> bool:
    """Whether they are counted now; not those that are already. *Raises*: NotTaken, StoreError."""
    counted = site.resting.note(station, request.client.host if request.client else "")
    if counted is None:
        raise NotTaken(
            Fault(N_("there is no station {value}"), N_("check the number or the id"), value=station), 404
        )
    return counted
