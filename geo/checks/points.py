"""Find points that were not measured: placeholders, rounded points, one point for several stations."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median_low

import numpy as np
from numpy.typing import NDArray

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.checks.matching_keys import address_match_key
from geo.crs import from_wgs84
from geo.datum import Datum
from geo.datum_check import DatumCheck, check_datum
from geo.districts import Districts
from geo.geodesy import Floats
from geo.station import Station

ROUND_UPTO_DECIMALS = 3  # three decimals are about 100 m
_MOST_DECIMALS = 6
_ALIKE_DEG = 1e-7  # the error of converting to WGS84 and back
_AS_WRITTEN = (Datum.WGS84, Datum.GCJ02, Datum.BD09)

_MEASURE = N_("measure the point at the door (a phone shows six decimals), or place it on a map")


_MOST = 0.5  # share of a list from which on the whole list is reported


def check_points(stations: Sequence[Station]) -> Iterator[StationFinding]:
    """Yield findings for placed stations whose coordinates look invented."""
    placed = [station for station in stations if station.lon is not None]
    points = np.array([(s.lon, s.lat) for s in placed], dtype=np.float64).reshape(-1, 2)
    yield from _round(placed, count_decimals(points))
    yield from _same_points(placed)


def count_decimals(points: Floats) -> NDArray[np.intp]:
    """Return the number of decimals of the finer of the two coordinates; 6 means 6 or more.

    *Shape*: (n, 2) to (n,). *CRS*: WGS84. The coordinates are also converted back to GCJ-02 and BD-09,
    and the smallest number of decimals counts.
    """
    fewest = np.full(len(points), _MOST_DECIMALS, dtype=np.intp)
    for datum in _AS_WRITTEN:
        written = from_wgs84(points, datum)
        for places in reversed(range(_MOST_DECIMALS)):
            alike = (np.abs(written - written.round(places)) < _ALIKE_DEG).all(axis=1)
            fewest[alike & (fewest >= places)] = places
    return fewest


def _round(placed: Sequence[Station], places: NDArray[np.intp]) -> Iterator[StationFinding]:
    """Yield findings for points with fewer decimals than usual in their register.

    If all points have four decimals, one in a hundred has three by chance.
    """
    by_source: dict[str, list[int]] = defaultdict(list)
    for n, station in enumerate(placed):
        by_source[station.source].append(n)
    for rows in by_source.values():
        usual = median_low([int(places[n]) for n in rows])
        limit = min(ROUND_UPTO_DECIMALS, usual - 2) if usual > ROUND_UPTO_DECIMALS else -1
        coarse = [n for n in rows if 0 < places[n] <= limit]
        yield from (_rounded(placed[n], int(places[n])) for n in coarse)
        yield from (_placeholder(placed[n]) for n in rows if places[n] == 0)
        if usual <= ROUND_UPTO_DECIMALS:
            yield _all_round([placed[n] for n in rows if places[n] <= ROUND_UPTO_DECIMALS], usual)


def _same_points(placed: Sequence[Station]) -> Iterator[StationFinding]:
    groups: Mapping[tuple[object, ...], list[Station]] = defaultdict(list)
    for station in placed:
        groups[station.kind, station.lon, station.lat].append(station)
    for group in groups.values():
        addresses = [address_match_key(station.address) for station in group]
        several = len({address.house for address in addresses})
        rooms = len({address.inner for address in addresses if address.inner})
        # different rooms of one house are not reported
        if len(group) > 1 and not (several == 1 and rooms == len(group)):
            yield _same_point(group, several)


def _rounded(station: Station, places: int) -> StationFinding:
    return StationFinding(
        FindingCode.ROUND_POINT,
        (station.id,),
        N_("“{name}” has coordinates of {decimals} decimals only ({point}): good to {metres} m at best"),
        _MEASURE,
        {
            "name": station.name,
            "decimals": str(places),
            "point": f"{station.lon:.6f}, {station.lat:.6f}",
            "metres": f"{_coarse_m(places):.0f}",
        },
        {"decimals": places, "coarse_m": _coarse_m(places)},
        weight=-places,
    )


def _placeholder(station: Station) -> StationFinding:
    return StationFinding(
        FindingCode.PLACEHOLDER,
        (station.id,),
        N_("“{name}” has whole degrees for coordinates ({point}): a placeholder, not a place"),
        _MEASURE,
        {"name": station.name, "point": f"{station.lon:.6f}, {station.lat:.6f}"},
        severity=FindingSeverity.ERROR,
    )


def _all_round(stations: Sequence[Station], places: int) -> StationFinding:
    return StationFinding(
        FindingCode.ROUND_POINT,
        tuple(station.id for station in stations),
        N_(
            "{count} stations of “{source}” have coordinates of {decimals} decimals or fewer: good to {metres} m at best"
        ),
        N_("ask the publisher for the coordinates as they were measured"),
        {
            "count": str(len(stations)),
            "source": stations[0].source,
            "decimals": str(ROUND_UPTO_DECIMALS),
            "metres": f"{_coarse_m(places):.0f}",
        },
        {"decimals": places, "coarse_m": _coarse_m(places)},
        weight=len(stations),
    )


def _same_point(group: Sequence[Station], addresses: int) -> StationFinding:
    several = addresses > 1
    return StationFinding(
        FindingCode.SAME_POINT,
        tuple(station.id for station in group),
        N_("{count} stations of one kind stand at one point with {addresses} addresses: {names}")
        if several
        else N_("{count} stations of one kind stand at one point: {names}"),
        N_("the point is that of the street or the district, not of the door: place each of them")
        if several
        else N_("delete those that are entered twice; say in the names of the others what tells them apart"),
        {
            "count": str(len(group)),
            "addresses": str(addresses),
            "names": " / ".join(s.name for s in group[:4]) + (" …" if len(group) > 4 else ""),
        },
        {"addresses": addresses},
        weight=len(group) + several,
    )


def _coarse_m(places: int) -> float:
    return 111_320.0 / float(10**places)


def check_datums(
    stations: Sequence[Station], districts: Districts, named: Sequence[str | None]
) -> Iterator[StationFinding]:
    """Yield a finding for each list of points that is in another datum than stated.

    A list is all stations of a source, or a part of them, as `geo.datum_check` finds it. ``named`` are the
    districts that the addresses name. A station whose address and district contradict each other is
    ignored. Only points near a border give evidence, so single stations are not detected.
    """
    by_source: dict[str, list[int]] = defaultdict(list)
    for n, station in enumerate(stations):
        if station.is_placed and station.district and named[n] in (None, station.district):
            by_source[station.source].append(n)
    for rows in by_source.values():
        yield from _of_source(stations, districts, rows)


def _of_source(
    stations: Sequence[Station], districts: Districts, rows: list[int]
) -> Iterator[StationFinding]:
    """Yield the findings for one source: find one part at a time among the rows that remain."""
    while rows:
        check = _checked(stations, districts, rows)
        if _is_whole_list_shifted(check):
            yield _finding([stations[n] for n in rows], check, check.best)
            return
        if check.part is None:
            return
        part = [rows[position] for position in check.part.positions]
        yield _finding([stations[n] for n in part], _checked(stations, districts, part), check.part.other)
        found = set(part)
        rows = [n for n in rows if n not in found]


def _is_whole_list_shifted(check: DatumCheck) -> bool:
    """Return whether the whole list is in the other datum, rather than one part of it."""
    mostly = check.part is None or (
        check.part.other == check.best and len(check.part.positions) >= _MOST * check.compared
    )
    return mostly and check.is_clearly_better(check.best, Datum.WGS84)


def _checked(stations: Sequence[Station], districts: Districts, rows: Sequence[int]) -> DatumCheck:
    points = np.array([(stations[n].lon, stations[n].lat) for n in rows], dtype=np.float64).reshape(-1, 2)
    return check_datum(points, [stations[n].district for n in rows], districts, Datum.WGS84)


def _finding(some: Sequence[Station], check: DatumCheck, other: Datum) -> StationFinding:
    now, then = check.fit_of(Datum.WGS84).inside_share, check.fit_of(other).inside_share
    return StationFinding(
        FindingCode.WRONG_DATUM,
        tuple(station.id for station in some),
        N_(
            "{count} stations of “{source}”, from “{first}” to “{last}”, fit their districts much better read in "
            "{datum}: {inside} % instead of {inside_now} % lie inside"
        ),
        N_("ask who measured them; if it is so, import this list again with --datum {datum}"),
        {
            "count": str(len(some)),
            "source": some[0].source,
            "first": some[0].name,
            "last": some[-1].name,
            "datum": other.value,
            "inside": f"{100 * then:.1f}",
            "inside_now": f"{100 * now:.1f}",
        },
        {"inside_share": round(then, 4), "inside_share_now": round(now, 4)},
        weight=len(some),
        severity=FindingSeverity.ERROR,
    )
