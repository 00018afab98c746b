"""Find stations whose points fit their districts much better in another datum."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.crs import Datum
from geo.datum_check import DatumCheck, check_datum
from geo.districts import Districts
from geo.station import Station

_MOST = 0.5  # share of a list from which on the whole list is reported


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
        FindingSeverity.ERROR,
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
    )
