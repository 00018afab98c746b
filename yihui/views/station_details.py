"""Show one station with its history, lists of stations, and the registers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from core.civil_time import format_civil_instant, format_civil_minute
from core.text_marks import N_
from geo.datum import Datum
from geo.registry.hand_changes import PLACED, REVOKED, SET
from geo.registry.stations import RegisterSummary, StationHistoryEntry
from geo.station import Station
from yihui.runtime.language import Language
from yihui.services.stations.upkeep import StationDetails
from yihui.views.actors import actor_label
from yihui.views.checklist import inspection_text
from yihui.views.labels import (
    ACCESS_LABELS,
    ENTRY_LABELS,
    SAMPLE_LABEL,
    STATION_KIND_LABELS,
    STATION_STATUS_LABELS,
    code_label,
    format_facilities,
)
from yihui.views.live_status import build_live_answers, live_notes
from yihui.views.sessions import session_json, session_line
from yihui.views.station_fields import field_change_lines
from yihui.views.stations import build_station_answers

STATION_CHANGE_TITLES: Mapping[str, str] = {
    "added": N_("added"),
    "returned": N_("back again"),
    "moved": N_("moved"),
    "changed": N_("changed"),
    "gone": N_("gone"),
    "placed": N_("placed"),
    "set": N_("changed by hand"),
    "revoked": N_("taken back"),
    "inspected": N_("inspected"),
    "linked": N_("linked"),
    "unlinked": N_("unlinked"),
}
BY_HAND = (SET, PLACED, REVOKED)


def station_details_json(found: StationDetails, language: Language) -> dict[str, object]:
    """Return a station with everything that is known of it as JSON data."""
    (answer,) = build_station_answers([found.station], Datum.WGS84)
    seen = found.inspection
    inspection = seen and {
        "on": seen.on.isoformat(),
        "meets_standard": seen.meets_standard,
        "missing": list(seen.missing),
    }
    return {
        **answer,
        "live": build_live_answers(found.statuses, language),
        "inspection": inspection,
        "sessions": [session_json(one, found.today) for one in found.sessions],
        "beside": [{"id": s.id, "name": s.name, "kind": s.kind.value} for s in found.beside],
        "history": [
            {
                "at": format_civil_instant(entry.at),
                "change": entry.change,
                "before": json.loads(entry.before),
                "after": json.loads(entry.after),
                "cause": entry.cause,
            }
            for entry in found.history
        ],
    }


def station_details_lines(found: StationDetails, language: Language) -> Iterator[str]:
    """Yield a line for each detail of a station, and one for each change in its history."""
    for name, value in (*_detail_rows(found.station, language), *_current_rows(found, language)):
        yield language.render(N_("{name}: {detail}"), name=name, detail=value)
    last: Mapping[str, object] = {}
    for entry in found.history:
        change = code_label(STATION_CHANGE_TITLES, entry.change, language)
        yield f"    {format_civil_minute(entry.at)}  {change}  {_cause(entry, language)}"
        before, after = json.loads(entry.before), json.loads(entry.after)
        if entry.change in ("linked", "unlinked"):
            yield f"        {after['id']} → {found.station.id}"
        elif entry.change == "gone":
            last = before
        elif entry.change != "added":
            for line in field_change_lines(before or last, after, language):
                yield f"        {line}"


def _current_rows(found: StationDetails, language: Language) -> Iterator[tuple[str, str]]:
    for note in live_notes(found.statuses, language):
        yield language.render(N_("reported lately")), note
    if found.inspection is not None:
        yield language.render(N_("last inspection")), inspection_text(found.inspection, language)
    for session in found.sessions:
        yield language.render(N_("session")), session_line(session, language)
    services = [
        f"{s.name} ({code_label(STATION_KIND_LABELS, s.kind, language)}, {s.id})" for s in found.beside
    ]
    if services:
        yield language.render(N_("at the same place")), language.format_list(services)


def _cause(entry: StationHistoryEntry, language: Language) -> str:
    """Return the imported file, or who changed the station."""
    return actor_label(entry.cause, language) if entry.change in BY_HAND else entry.cause


def _detail_rows(station: Station, language: Language) -> list[tuple[str, str]]:
    mark = language.translate(SAMPLE_LABEL)
    sample = f" [{mark}]" if station.sample and mark not in station.name else ""
    where = (
        f"{station.lon:.6f}, {station.lat:.6f} (WGS84)"
        if station.is_placed
        else language.render(N_("not placed yet"))
    )
    rows = [
        (N_("id"), station.id),
        (N_("name"), station.name + sample),
        (N_("kind"), code_label(STATION_KIND_LABELS, station.kind, language)),
        (N_("position"), where),
        (N_("address"), station.address),
        (N_("district"), " ".join(filter(None, (station.district, station.district_name)))),
        (N_("opening hours"), station.hours_text.replace("\n", " / ")),
        (N_("how to get in"), code_label(ENTRY_LABELS, station.entry, language)),
        (N_("for whom"), code_label(ACCESS_LABELS, station.access, language)),
        (N_("for staff of"), station.employer),
        (N_("takes benefits"), language.format_list(sorted(station.accepts))),
        (N_("room"), "" if station.area_m2 is None else f"{station.area_m2:g} m²"),
        (N_("facilities"), format_facilities(sorted(station.facilities), language)),
        (N_("phone"), station.phone),
        (N_("note"), station.note.replace("\n", " / ")),
        (N_("status"), code_label(STATION_STATUS_LABELS, station.status, language)),
        (N_("verified on"), station.verified_on.isoformat() if station.verified_on else ""),
        (N_("source"), station.source),
    ]
    return [(language.render(name), value) for name, value in rows if value]


def station_list_lines(
    stations: Sequence[Station], areas: Mapping[str, str], language: Language
) -> Iterator[str]:
    """Yield a line for each station; those not placed yet are marked.

    ``areas`` are the names of districts by code, which stand before an address that does not name them.
    """
    for station in stations:
        kind = code_label(STATION_KIND_LABELS, station.kind, language)
        where = "" if station.is_placed else "  " + language.render(N_("not placed yet"))
        area = areas.get(station.district or "", station.district_name)
        names = {area, station.district_name} - {""}
        address = (
            station.address
            if any(name in station.address for name in names)
            else (f"{area} {station.address}".strip())
        )
        yield f"{station.id}  {station.name}  {kind}  {address}{where}"


def registers_json(found: Sequence[RegisterSummary]) -> list[dict[str, object]]:
    """Return the registers as JSON data."""
    return [{**asdict(one), "imported_at": format_civil_instant(one.imported_at)} for one in found]


def register_lines(found: Sequence[RegisterSummary], language: Language) -> Iterator[str]:
    """Yield a line for each register."""
    for one in found:
        stations = language.render(N_("stations: {count}"), count=one.stations)
        imported = format_civil_instant(one.imported_at)
        yield f"{one.name}  {stations}  {imported}  {one.file}  {one.source}".rstrip()
