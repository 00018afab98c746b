"""Show unplaced stations, where riders set pins, and how much stations are used."""

from collections.abc import Iterator, Mapping, Sequence

from core.civil_time import format_civil_instant
from core.text_marks import N_
from geo.datum import Datum
from geo.station import Station
from geo.status.pins import PinOffset, PinProposal
from geo.unplaced import UnplacedStation
from geo.usage_counts import MIN_GROUP_SIZE, StationUse, sum_uses_by_station
from yihui.runtime.language import Language
from yihui.services.stations.upkeep import CountedUses
from yihui.views.labels import STATION_KIND_LABELS, WEEKDAYS, code_label
from yihui.views.stations import build_station_answers

_HOURS_TOLD = 3


def unplaced_json(queue: Sequence[UnplacedStation]) -> list[dict[str, object]]:
    """Return the unplaced stations as JSON data, each with what helps to place it."""
    answers = build_station_answers([entry.station for entry in queue], Datum.WGS84)
    return [{**answer, **_known(entry)} for answer, entry in zip(answers, queue, strict=True)]


def unplaced_lines(queue: Sequence[UnplacedStation], language: Language) -> Iterator[str]:
    """Yield a line for each district, followed by its unplaced stations."""
    area: object = None
    for entry in queue:
        if entry.district != area or area is None:
            area = entry.district
            yield _area(entry, language)
        yield "  " + _unplaced_line(entry, language)


def _known(entry: UnplacedStation) -> dict[str, object]:
    beside = entry.beside
    return {
        "located_in": entry.district.code if entry.district else None,
        "township": entry.township,
        "same_address_as": {"id": beside.id, "name": beside.name, "lon": beside.lon, "lat": beside.lat}
        if beside
        else None,
    }


def _area(entry: UnplacedStation, language: Language) -> str:
    place = entry.district
    return f"{place.code} {place.city}{place.name}" if place else language.render(N_("district not known"))


def _unplaced_line(entry: UnplacedStation, language: Language) -> str:
    station = entry.station
    parts = [
        station.id,
        station.name,
        code_label(STATION_KIND_LABELS, station.kind, language),
        station.address,
        station.phone,
    ]
    if entry.beside:
        where = {"name": entry.beside.name, "point": f"{entry.beside.lon:.6f} {entry.beside.lat:.6f}"}
        parts.append(language.render(N_("(same address as “{name}” at {point}, wgs84)"), **where))
    return "  ".join(part for part in parts if part)


def pin_proposal_json(one: PinProposal, language: Language) -> dict[str, object]:
    """Return the pins of one station as JSON data."""
    return {
        "id": one.station.id,
        "name": one.station.name,
        "lon": one.station.lon,
        "lat": one.station.lat,
        "middle": {"lon": round(one.middle[0], 6), "lat": round(one.middle[1], 6)},
        "distance_m": None if one.distance_m is None else round(one.distance_m, 1),
        "bearing": language.render(one.bearing) if one.bearing else "",
        "agreeing": one.agreeing,
        "pins": [
            {
                "number": pin.pin.number,
                "at": format_civil_instant(pin.pin.at),
                "lon": pin.pin.lon,
                "lat": pin.pin.lat,
                "distance_m": None if pin.distance_m is None else round(pin.distance_m, 1),
            }
            for pin in one.pins
        ],
    }


def pin_proposal_lines(one: PinProposal, language: Language) -> Iterator[str]:
    """Yield a station, where most of its pins agree, and each pin with its distance from the register's point."""
    yield f"{one.station.id}  {one.station.name}  {_point(one.station)}".rstrip()
    template = N_("  {agreeing} of {count} pins agree on {lon}, {lat} (wgs84)  {offset}")
    lon, lat = (f"{value:.5f}" for value in one.middle)
    offset = _offset(one.distance_m, one.bearing, language)
    counts = {"agreeing": one.agreeing, "count": len(one.pins)}
    yield language.render(template, **counts, lon=lon, lat=lat, offset=offset).rstrip()
    for pin in one.pins:
        yield f"    {_pin(pin, language)}".rstrip()


def _pin(one: PinOffset, language: Language) -> str:
    pin = one.pin
    parts = (format_civil_instant(pin.at), pin.number, f"{pin.lon:.5f}, {pin.lat:.5f}")
    return "  ".join((*parts, _offset(one.distance_m, one.bearing, language)))


def _offset(distance_m: float | None, bearing: str, language: Language) -> str:
    if distance_m is None:
        return language.render(N_("not placed yet"))
    far = language.render(N_("{metres} m"), metres=f"{distance_m:,.0f}")
    return f"{far} {language.render(bearing)}"


def _point(station: Station) -> str:
    return f"{station.lon:.5f}, {station.lat:.5f}" if station.is_placed else ""


def uses_json(found: CountedUses) -> list[dict[str, object]]:
    """Return the counts as JSON data."""
    return [
        {
            "month": f"{group.month:%Y-%m}",
            "station": group.station,
            "name": found.stations[group.station].name if group.station else None,
            "district": group.district,
            "hour_of_week": group.hour,
            "count": group.count,
        }
        for group in found.groups
    ]


def use_lines(found: CountedUses, language: Language) -> Iterator[str]:
    """Yield the uses by station, the most used first."""
    for use in sum_uses_by_station(found.groups):
        yield _use_line(use, found.stations, language)


def _use_line(use: StationUse, stations: Mapping[str, Station], language: Language) -> str:
    if use.station is None:
        name = language.render(N_("several places of {district}"), district=use.district or "–")
    else:
        name = f"{use.station}  {stations[use.station].name}"
    rests = language.render(N_("rests: {count}"), count=use.count)
    hours = language.format_list(
        language.render(
            N_("{day} {hour} ({count})"), day=_day(hour, language), hour=f"{hour % 24:02}:00", count=count
        )
        for hour, count in use.busiest[:_HOURS_TOLD]
    )
    most = language.render(N_("most: {hours}"), hours=hours) if hours else ""
    return "  ".join(filter(None, (name, rests, most)))


def _day(hour: int, language: Language) -> str:
    return language.translate(WEEKDAYS[hour // 24])


def use_basis_line(found: CountedUses, language: Language) -> str:
    """Return on which months the counts are based, or why there are none."""
    if not found.groups:
        nothing = N_(
            "nothing can be told yet: a month is told a week after its end, in groups of {least} or more"
        )
        return language.render(nothing, least=MIN_GROUP_SIZE)
    months = language.format_list(sorted({f"{group.month:%Y-%m}" for group in found.groups}))
    template = N_("months: {months}; anonymous counts, none of fewer than {least}")
    return language.render(template, months=months, least=MIN_GROUP_SIZE)
