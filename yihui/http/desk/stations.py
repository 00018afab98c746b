"""/desk/stations: the register on a map, photos of stations, and the findings of the checks of one."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from geo.datum import Datum
from geo.nearest.listing import Box
from members.organisation_codes import organisation_lineage
from yihui.access.acting import note_permission
from yihui.access.decide import decide
from yihui.access.roles import Right
from yihui.frame.pages import OfficerVisit
from yihui.http.body import RowNumber
from yihui.http.desk.hand_pages import HandPages
from yihui.http.representations import JSON
from yihui.http.stations.within import USUAL_MAP_STATIONS, BoxParameter, LimitParameter, mark_stations


class OfficerMapWindow(BaseModel):
    """A part of the desk's map in WGS84, the whole Earth if none is said; the list's filter stands beside it."""

    bbox: BoxParameter = Box(-180, -90, 180, 90)
    limit: LimitParameter = USUAL_MAP_STATIONS

    @property
    def datum(self) -> Datum:
        return Datum.WGS84


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/stations/within")
    def within(request: Request, part: Annotated[OfficerMapWindow, Query()]) -> Response:
        """Mark all stations of the list's filter in a part of the map, or count them by cell where they are many.

        ``box`` is west, south, east, north of all of them.
        """
        from yihui.cases.stations.pages import NOUN, select_listed
        from yihui.frame.desk_list import NounList
        from yihui.services.stations.desk import list_station_ids

        visit = pages.open(request, Right.READ_STATIONS)
        asked = NounList(pages, NOUN).read_filter(visit, request)
        scope = pages.scope(visit, Right.READ_STATIONS)
        ids = frozenset(list_station_ids(pages.site.wiring, select_listed(scope, asked)))
        snapshot = pages.site.snapshots.current()
        chosen = [row for row, station in enumerate(snapshot.index.stations) if station.id in ids]
        rows = np.array(chosen, dtype=np.intp)
        found = mark_stations(snapshot, rows, part, pages.site.wiring.now())
        points = snapshot.index.points[rows]
        box = [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()] if chosen else None
        return Response(
            to_json({**found, "box": box}), media_type=JSON, headers={"Cache-Control": "private, no-store"}
        )

    @made.get("/stations/photos/{number}/pages/{page}")
    @made.get("/stations/photos/{number}/download")
    def photo(request: Request, number: RowNumber) -> Response:
        """Show a photo of a station, also one that nobody has looked at."""
        from yihui.frame.files import picture_response
        from yihui.services.stations.desk import load_covered_picture

        visit = pages.open(request, Right.READ_STATIONS)
        scope = pages.scope(visit, Right.READ_STATIONS)
        return picture_response(load_covered_picture(pages.site.wiring, scope, number))

    @made.get("/stations/{id:path}/findings")
    def findings(request: Request, id: str) -> Response:
        """Show the findings of the checks alone: the page loads them after itself, since they take longer."""
        from yihui.services.stations.desk import load_station_findings

        visit = pages.open(request, Right.READ_STATIONS)
        scope = pages.scope(visit, Right.READ_STATIONS)
        found = load_station_findings(pages.site.wiring, scope, id)
        is_part = request.headers.get("hx-request") == "true"
        template = "station_findings_part.html" if is_part else "station_findings.html"
        return pages.render(visit, template, id=id, findings=_finding_texts(found, visit))


def note_district(
    pages: HandPages, visit: OfficerVisit, district: str | None, right: Right = Right.CHANGE_STATIONS
) -> None:
    """Note the decision by which the officer acts on stations of a district that was found to be the officer's."""
    lineage = organisation_lineage(district) if district else None
    note_permission(
        right, district, decide(visit.actor, right, lineage, visit.day, pages.site.wiring.now()).by
    )


def _finding_texts(found: object, visit: OfficerVisit) -> list[dict[str, object]]:
    from yihui.services.stations.upkeep import CheckedStations
    from yihui.views.station_upkeep import station_check_json

    assert isinstance(found, list)
    content = station_check_json(CheckedStations(found, 1), visit.language)["findings"]
    assert isinstance(content, list)
    return content
