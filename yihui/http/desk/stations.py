"""/desk/stations: the register as list and map, and one station with its acts."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from geo.datum import Datum
from members.organisation_codes import organisation_lineage
from yihui.access.acting import note_permission
from yihui.access.decide import decide
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.faults import check_choice, form_choice
from yihui.http.desk.pages import (
    FormFeedback,
    OfficerPages,
    OfficerVisit,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.views.labels import STATION_KIND_LABELS, STATION_STATUS_LABELS

_DONE: Mapping[str, str] = {
    "placed": N_("The station was placed."),
    "linked": N_("The station keeps its old id."),
    "imported": N_("The register was imported."),
}


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/stations")
    def stations(request: Request) -> Response:
        from yihui.services.stations.desk import StationQuery, list_register_names, load_station_page

        visit = pages.open(request, Right.READ_STATIONS, done=_DONE)
        asked = dict(request.query_params)
        registers = list_register_names(pages.site.wiring)
        for name, choices in (
            ("kind", STATION_KIND_LABELS),
            ("register", registers),
            ("state", ("unplaced", "closed")),
        ):
            check_choice(name, asked.get(name, ""), ("", *choices))
        asked["district"] = pages.area_prefix(asked.get("district", ""))
        query = StationQuery(
            *(
                asked.get(name, "").strip()[:100]
                for name in ("q", "district", "kind", "register", "state", "after")
            )
        )
        scope = pages.scope(visit, Right.READ_STATIONS)
        known = pages.station_texts() if query.text else None
        page = load_station_page(pages.site.wiring, scope, query, known)
        snapshot_names = pages.site.place_names()
        return pages.render(
            visit,
            "stations.html",
            page=page,
            query=query,
            kinds=STATION_KIND_LABELS,
            statuses=STATION_STATUS_LABELS,
            registers=registers,
            areas=snapshot_names,
            is_map="map" in asked,
        )

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

    def show(visit: OfficerVisit, feedback: FormFeedback, id: str) -> Response:
        from yihui.cases.inspections.calls import ITEM_TITLES, STATE_TITLES, load_station_inspections
        from yihui.services.stations.desk import load_station_file
        from yihui.views.report_texts import observation_text
        from yihui.views.station_details import station_details_lines

        found = load_station_file(pages.site.wiring, pages.scope(visit, Right.READ_STATIONS), id)
        may_change = pages.scope(visit, Right.CHANGE_STATIONS).covers_district(found.details.station.district)
        return pages.render(
            visit,
            "station.html",
            feedback,
            found=found,
            inspected=load_station_inspections(pages.site.wiring, found.details.station.id),
            items=ITEM_TITLES,
            inspection_states=STATE_TITLES,
            station=found.details.station,
            lines=list(station_details_lines(found.details, visit.language)),
            observe=lambda one: observation_text(one, visit.language),
            datums=[one.value for one in Datum],
            may_change=may_change,
        )

    def link(visit: OfficerVisit, sent: FormFields, id: str) -> str:
        from yihui.services.stations.upkeep import link_station_ids

        old = require_value(sent, "old", N_("old id"))
        require_confirmation(sent)
        require_station(pages, visit, id)
        kept = link_station_ids(pages.site.wiring, old, id, visit.actor.id)
        return build_link(f"/desk/stations/{quote(kept, safe='')}", done="linked")

    station, change = "/stations/{id:path}", Right.CHANGE_STATIONS
    pages.add_page(made, station, Right.READ_STATIONS, show, _DONE)
    pages.add_form(made, f"{station}/place", change, "place", partial(_place, pages), show)
    pages.add_form(made, f"{station}/link", change, "link", link, show)


def _place(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, id: str) -> str:
    from yihui.services.stations.upkeep import PlacingRequest, check_and_place_station

    datum = form_choice(sent, "datum", ("", *Datum)) or Datum.WGS84
    lon = require_value(sent, "lon", N_("longitude"))
    require_confirmation(sent)
    require_station(pages, visit, id)
    confirmed = form_value(sent, "outside") == "yes"
    wish = PlacingRequest(id, lon, form_value(sent, "lat") or None, Datum(datum), visit.actor.id, confirmed)
    station, _ = check_and_place_station(pages.site.wiring, wish)
    return build_link(f"/desk/stations/{quote(station.id, safe='')}", done="placed")


def require_station(pages: OfficerPages, visit: OfficerVisit, id: str) -> None:
    """*Raises*: FaultError unless the station lies in a district for which the officer may change stations."""
    from yihui.services.stations.desk import require_covered_station

    scope = pages.scope(visit, Right.CHANGE_STATIONS)
    note_district(pages, visit, require_covered_station(pages.site.wiring, scope, id).district)


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
