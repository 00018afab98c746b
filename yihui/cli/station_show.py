"""Run ``yihui stations show | list | registers`` and print the results."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType

import typer
from sqlalchemy import Connection

from core.civil_time import format_civil_instant
from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.crs import Datum
from geo.formats.wording import simplify_characters
from geo.registry import (
    Inspection,
    StationHistoryEntry,
    find_station,
    last_inspection,
    load_live_summaries,
    load_neighbours,
    load_registers,
    load_station_history,
)
from geo.registry.placings import PLACED_BY_CAUSE
from geo.station import Station
from geo.status.live_status import LiveStatus
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language
from yihui.services.station_selection import select_stations
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
from yihui.views.stations import build_station_answers


@dataclass(frozen=True, slots=True)
class StationLiveState:
    """The live status of a station and its last inspection."""

    statuses: tuple[LiveStatus, ...]
    inspection: Inspection | None

    def as_data(self, language: Language) -> dict[str, object]:
        """Return the state as JSON data."""
        found = self.inspection
        inspection = found and {
            "on": found.on.isoformat(),
            "meets_standard": found.meets_standard,
            "missing": list(found.missing),
        }
        return {"live": build_live_answers(self.statuses, language), "inspection": inspection}

    def detail_rows(self, language: Language) -> list[tuple[str, str]]:
        """Return rows of name and detail for the terminal."""
        rows = [
            (language.render(N_("reported lately")), note) for note in live_notes(self.statuses, "", language)
        ]
        if self.inspection is not None:
            rows.append((language.render(N_("last inspection")), inspection_text(self.inspection, language)))
        return rows


def load_station_live_state(wiring: Wiring, connection: Connection, id: str) -> StationLiveState:
    """Load the live status and the last inspection of one station."""
    live = load_live_summaries(connection, wiring.now(), station=id).get(id)
    return StationLiveState(live.statuses_at(wiring.now()) if live else (), last_inspection(connection, id))


_CHANGES = MappingProxyType(
    {
        "added": N_("added"),
        "returned": N_("back again"),
        "moved": N_("moved"),
        "changed": N_("changed"),
        "gone": N_("gone"),
        "placed": N_("placed"),
        "inspected": N_("inspected"),
    }
)


def print_station(wiring: Wiring, id: str, *, as_json: bool) -> None:
    """Print one station and its history.

    *Raises*: FaultError where there is no such station.
    """
    from geo.service_sites import find_services_beside  # imports scipy, which listing does not need

    with wiring.database.read() as connection:
        station = find_station(connection, id)
        past = load_station_history(connection, id)
        around = load_neighbours(connection, station) if station else []
        now = load_station_live_state(wiring, connection, id)
    if station is None:
        raise FaultError([_gone_station_fault(id) if past else _unknown_station_fault(id)])
    (answer,) = build_station_answers([station], Datum.WGS84)
    beside = find_services_beside(station, around)
    if as_json:
        entries = [
            {
                "at": format_civil_instant(entry.at),
                "change": entry.change,
                "before": json.loads(entry.before),
                "after": json.loads(entry.after),
                "cause": entry.cause,
            }
            for entry in past
        ]
        services = [{"id": s.id, "name": s.name, "kind": s.kind.value} for s in beside]
        typer.echo(
            json.dumps(
                {**answer, **now.as_data(wiring.language), "beside": services, "history": entries},
                ensure_ascii=False,
            )
        )
        return
    rows = (*_detail_rows(wiring, station), *now.detail_rows(wiring.language), *_beside(wiring, beside))
    for name, value in rows:
        typer.echo(wiring.render(N_("{name}: {detail}"), name=name, detail=value))
    for entry in past:
        typer.echo(
            f"    {format_civil_instant(entry.at)}  {code_label(_CHANGES, entry.change, wiring.language)}  {_cause(wiring, entry)}"
        )


def _beside(wiring: Wiring, services: Sequence[Station]) -> list[tuple[str, str]]:
    """Return a row that lists the other services at the same place."""
    told = [
        f"{s.name} ({code_label(STATION_KIND_LABELS, s.kind, wiring.language)}, {s.id})" for s in services
    ]
    return [(wiring.render(N_("at the same place")), wiring.language.format_list(told))] if told else []


def _cause(wiring: Wiring, entry: StationHistoryEntry) -> str:
    """Return the imported file, or who placed the station, in the reader's language."""
    before, _, _ = PLACED_BY_CAUSE.partition("{")
    if entry.change != "placed":
        return entry.cause
    return wiring.render(PLACED_BY_CAUSE, by=entry.cause.removeprefix(before))


def _detail_rows(wiring: Wiring, station: Station) -> list[tuple[str, str]]:
    language = wiring.language
    mark = language.translate(SAMPLE_LABEL)
    sample = f" [{mark}]" if station.sample and mark not in station.name else ""
    where = (
        f"{station.lon:.6f}, {station.lat:.6f} (wgs84)"
        if station.is_placed
        else wiring.render(N_("not placed yet"))
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
    return [(wiring.render(name), value) for name, value in rows if value]


@dataclass(frozen=True, slots=True)
class StationListFilter:
    """Criteria for listing stations; a station must meet all of them."""

    district: str | None
    register: str | None
    address: str | None
    unplaced: bool

    def matches(self, station: Station) -> bool:
        """Return whether a station is unplaced where that is required, and has the text in its address or name.

        District and register are filtered by `select_stations`.
        """
        if self.unplaced and station.is_placed:
            return False
        told = simplify_characters(f"{station.address}\n{station.name}").replace(" ", "")
        return self.address is None or simplify_characters(self.address).replace(" ", "") in told


def print_stations(wiring: Wiring, listed: StationListFilter, *, as_json: bool) -> None:
    """Print the stations of a district and its parts, one a line, and mark those not placed yet."""
    found = select_stations(wiring, register=listed.register, district=listed.district)
    stations = [station for station in found if listed.matches(station)]
    if as_json:
        typer.echo(json.dumps(build_station_answers(stations, Datum.WGS84), ensure_ascii=False))
        return
    for station in stations:
        where = "" if station.is_placed else "  " + wiring.render(N_("not placed yet"))
        typer.echo(
            f"{station.id}  {station.name}  {code_label(STATION_KIND_LABELS, station.kind, wiring.language)}"
            f"  {station.address}{where}"
        )
    typer.echo(wiring.render(N_("stations: {count}"), count=len(stations)), err=True)


def print_registers(wiring: Wiring, *, as_json: bool) -> None:
    """Print the imported registers, one a line."""
    with wiring.database.read() as connection:
        found = load_registers(connection)
    if as_json:
        rows = [
            {**asdict(summary), "imported_at": format_civil_instant(summary.imported_at)} for summary in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for summary in found:
        stations = wiring.render(N_("stations: {count}"), count=summary.stations)
        typer.echo(
            f"{summary.name}  {stations}  {format_civil_instant(summary.imported_at)}  {summary.file}  {summary.source}".rstrip()
        )
    if not found:
        typer.echo(
            wiring.render(N_("no register yet: yihui stations import FILE.csv --datum wgs84")), err=True
        )


def _unknown_station_fault(id: str) -> Fault:
    return Fault(
        N_("there is no station {value}"),
        N_("`yihui stations list` shows the ids"),
        field="ID",
        value=id,
    )


def _gone_station_fault(id: str) -> Fault:
    return Fault(
        N_("the station {value} is no longer in its register"),
        N_("`yihui stations list` shows those that are there"),
        field="ID",
        value=id,
    )
