"""Show findings of a check, unplaced stations and proposed places, riders' pins, devices, and how much stations are used."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from core.civil_time import format_civil_instant
from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.checks.locations import UnplacedStation
from geo.datum import Datum
from geo.registry.keys import StationDevice
from geo.station import Station
from geo.status.pins import PinOffset, PinProposal
from geo.usage_counts import MIN_GROUP_SIZE, StationUse, sum_uses_by_station
from yihui.runtime.language import Language
from yihui.services.stations.address_places import Certainty, PlaceProposal
from yihui.services.stations.upkeep import CheckedStations, CountedUses
from yihui.views.csv_text import render_csv
from yihui.views.labels import STATION_KIND_LABELS, WEEKDAYS, code_label, format_facilities
from yihui.views.stations import build_station_answers

_HOURS_TOLD = 3
_CERTAINTY: Mapping[Certainty, str] = {
    Certainty.CERTAIN: N_("certain"),
    Certainty.LIKELY: N_("likely"),
    Certainty.ROUGH: N_("rough"),
    Certainty.UNKNOWN: N_("not found"),
}
_HEADS = ("id", "name", "address", "certainty", "found", "why", "lon", "lat")  # as the review is read again
_MOST_SHOWN = 5
_MOST_IDS = 3
FINDING_TITLES: Mapping[FindingCode, str] = {
    FindingCode.WRONG_DATUM: N_("in another datum"),
    FindingCode.PLACEHOLDER: N_("placeholders for coordinates"),
    FindingCode.OFF_THE_MAP: N_("off the map"),
    FindingCode.OUTSIDE_DISTRICT: N_("outside of their district"),
    FindingCode.DISTRICT_CONTRADICTED: N_("district and address contradict each other"),
    FindingCode.DUPLICATE: N_("entered twice"),
    FindingCode.SAME_POINT: N_("several at one point"),
    FindingCode.ROUND_POINT: N_("rounded coordinates"),
    FindingCode.HOURS_NOT_UNDERSTOOD: N_("opening hours not understood"),
    FindingCode.HOURS_BY_DEFAULT: N_("24 hours that a form filled in"),
    FindingCode.BELOW_STANDARD: N_("below the standard"),
    FindingCode.FACILITIES_UNKNOWN: N_("facilities not noted"),
    FindingCode.STALE: N_("verified too long ago"),
    FindingCode.NEVER_VERIFIED: N_("never verified"),
}
_SEVERITIES: Mapping[FindingSeverity, str] = {
    FindingSeverity.ERROR: N_("error"),
    FindingSeverity.WARNING: N_("warning"),
}


def unplaced_json(queue: Sequence[UnplacedStation]) -> list[dict[str, object]]:
    """Return the unplaced stations as JSON data, each with what helps to place it."""
    answers = build_station_answers([entry.station for entry in queue], Datum.WGS84)
    return [{**answer, **_known_json(entry)} for answer, entry in zip(answers, queue, strict=True)]


def unplaced_lines(queue: Sequence[UnplacedStation], language: Language) -> Iterator[str]:
    """Yield a line for each district, followed by its unplaced stations."""
    area: object = None
    for entry in queue:
        if entry.district != area or area is None:
            area = entry.district
            yield _area(entry, language)
        yield "  " + _unplaced_line(entry, language)


def _known_json(entry: UnplacedStation) -> dict[str, object]:
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
    station = one.station
    point = f"{station.lon:.5f}, {station.lat:.5f}" if station.is_placed else ""
    yield f"{station.id}  {station.name}  {point}".rstrip()
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
            N_("{day} {hour} ({count})"),
            day=language.translate(WEEKDAYS[hour // 24]),
            hour=f"{hour % 24:02}:00",
            count=count,
        )
        for hour, count in use.busiest[:_HOURS_TOLD]
    )
    most = language.render(N_("most: {hours}"), hours=hours) if hours else ""
    return "  ".join(filter(None, (name, rests, most)))


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


def device_json(one: StationDevice) -> dict[str, object]:
    """Return a device as JSON data, without its key."""
    return {
        "device": one.id,
        "station": one.station,
        "label": one.label,
        "created_at": format_civil_instant(one.created_at),
        "last_stated_at": one.last and format_civil_instant(one.last.at),
        "door": one.last and one.last.door,
        "free_places": one.last and one.last.free_places,
        "revoked_at": one.revoked_at and format_civil_instant(one.revoked_at),
    }


def device_line(one: StationDevice, language: Language) -> str:
    """Return a device in one line, with when it last reported."""
    if one.revoked_at is not None:
        state = language.render(N_("revoked {at}"), at=format_civil_instant(one.revoked_at))
    elif one.last is None:
        state = language.render(N_("never heard"))
    else:
        state = language.render(N_("heard {at}"), at=format_civil_instant(one.last.at))
    return "  ".join(filter(None, (one.id, one.station, one.label, state)))


def proposal_lines(proposals: Sequence[PlaceProposal], language: Language) -> Iterator[str]:
    """Yield a line for each proposal, and the number of each certainty."""
    for one in proposals:
        id_, name, _, certainty, found, why, lon, lat = _cells(one, language)
        where = f"{lon}, {lat} · {found}" if lon else ""
        yield " · ".join(part for part in (id_, name, certainty, where, why) if part)
    counts = Counter(one.certainty for one in proposals)
    said = [f"{language.translate(label)} {counts[certainty]:,}" for certainty, label in _CERTAINTY.items()]
    yield language.format_list(said)


def proposals_json(proposals: Sequence[PlaceProposal]) -> list[dict[str, object]]:
    """Return the proposals as JSON data. *CRS*: WGS84."""
    return [
        {
            "id": one.entry.station.id,
            "name": one.entry.station.name,
            "address": one.entry.station.address,
            "certainty": one.certainty.value,
            "found": None if (best := one.best) is None else best.name,
            "lon": None if best is None else round(best.lon, 6),
            "lat": None if best is None else round(best.lat, 6),
            "others": one.others,
        }
        for one in proposals
    ]


def render_review_csv(proposals: Sequence[PlaceProposal], language: Language) -> str:
    """Render the proposals as CSV for a person's review; a point that is not certain is to be checked or removed."""
    return render_csv([_HEADS, *(_cells(one, language) for one in proposals)])


def _cells(one: PlaceProposal, language: Language) -> tuple[str, ...]:
    """Return the cells of a proposal under `_HEADS`; ``why`` says why the place is doubtful."""
    station, best = one.entry.station, one.best
    why = language.render(N_("{count} other places are called so"), count=one.others) if one.others else ""
    point = ("", "") if best is None else (f"{best.lon:.6f}", f"{best.lat:.6f}")
    certainty = language.translate(_CERTAINTY[one.certainty])
    return (station.id, station.name, station.address, certainty, best.name if best else "", why, *point)


def station_check_json(checked: CheckedStations, language: Language) -> dict[str, object]:
    """Return the counts and the findings as JSON data."""
    return {
        "stations": checked.station_count,
        "errors": checked.count(FindingSeverity.ERROR),
        "warnings": checked.count(FindingSeverity.WARNING),
        "findings": [
            {
                "code": finding.code.value,
                "severity": finding.severity.value,
                "stations": list(finding.stations),
                "message": _render(finding.message, finding.params, language),
                "remedy": _render(finding.remedy, finding.params, language),
                "reasons": _reasons(finding, language),
                "figures": dict(finding.figures),
            }
            for finding in checked.findings
        ],
    }


def station_check_lines(checked: CheckedStations, language: Language, *, show_all: bool) -> Iterator[str]:
    """Yield the findings by kind: all of them, or the first of each kind and how many more there are."""
    for (severity, code), group in groupby(checked.findings, lambda f: (f.severity, f.code)):
        alike = list(group)
        title = f"{language.translate(_SEVERITIES[severity])} · {language.translate(FINDING_TITLES[code])}"
        yield f"{title} ({code.value}): {len(alike)}"
        shown = alike if show_all else alike[:_MOST_SHOWN]
        for remedy, findings in groupby(shown, lambda f: _render(f.remedy, f.params, language)):
            for finding in findings:
                yield from _finding_lines(finding, language)
            yield f"    → {remedy}"
        if len(alike) > len(shown):
            more = N_("… and {count} more: --only {code} --all tells them, --json gives all to a program")
            yield "    " + language.render(more, count=len(alike) - len(shown), code=code.value)


def _finding_lines(finding: StationFinding, language: Language) -> Iterator[str]:
    ids = language.format_list(finding.stations[:_MOST_IDS])
    more = " …" if len(finding.stations) > _MOST_IDS else ""
    yield f"  {_render(finding.message, finding.params, language)}  [{ids}{more}]"
    if finding.reasons:
        yield f"      {language.join_clauses(_reasons(finding, language))}"


def _reasons(finding: StationFinding, language: Language) -> list[str]:
    return [_render(reason.message, reason.params, language) for reason in finding.reasons]


def _render(template: str, params: Mapping[str, str], language: Language) -> str:
    words = dict(params)
    if "facilities" in words:
        words["facilities"] = format_facilities(words["facilities"].split(", "), language)
    return language.render(template, **words)
