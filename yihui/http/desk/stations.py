"""/desk/stations: photos of stations, and the findings of the checks of one."""

from fastapi import APIRouter, Request, Response

from members.organisation_codes import organisation_lineage
from yihui.access.acting import note_permission
from yihui.access.decide import decide
from yihui.access.roles import Right
from yihui.http.desk.pages import (
    OfficerPages,
    OfficerVisit,
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/stations/photos/{number}/pages/{page}")
    @made.get("/stations/photos/{number}/download")
    def photo(request: Request, number: int) -> Response:
        """Show a photo of a station, also one that nobody has looked at."""
        from yihui.http.desk.files import picture_response
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
    pages: OfficerPages, visit: OfficerVisit, district: str | None, right: Right = Right.CHANGE_STATIONS
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
