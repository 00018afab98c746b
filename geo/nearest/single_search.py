"""The search for one point: a few floats, which are no work for arrays."""

from math import floor, inf

import numpy as np

from geo.geodesy import (
    ARC_ERROR_M,
    CHORD_LIMIT_M,
    Floats,
    arc_m,
    geocentric_vector,
    one_arc_m,
    one_least_arc_m,
)
from geo.nearest.criteria import Wanted, WideSearch
from geo.nearest.point_tree import MISSING, Indices, Sites

_WIDER = 4
_TWICE_M = 2 * ARC_ERROR_M

Row = list[tuple[int, float]]  # stations and their distances, nearest first


def look_plainly(sites: Sites, point: tuple[float, float], k: int) -> tuple[Indices, Floats] | None:
    """The k nearest of one point where nothing is asked and chords settle it at first sight; else None.

    *Shape*: (2,) to twice (1, k). Two thirds of the time go into scipy's way of taking one vector and giving
    two arrays, which costs ten times the search itself.
    """
    if not sites.are_all_single:
        return None
    chord_m, site = sites.query_one(geocentric_vector(*point), k + 1, inf)
    arcs_m = _plain_arcs(chord_m.tolist())
    if arcs_m is None:
        return None
    del arcs_m[-1]
    return sites.lead[site[None, :k]], np.array((arcs_m,))


def plainly_near(sites: Sites, point: tuple[float, float], k: int) -> list[int] | None:
    """The stations of `look_plainly`, and of places beside others that hold several."""
    chord_m, site = sites.query_one(geocentric_vector(*point), k + 1, inf)
    if _plain_arcs(chord_m.tolist()) is None or not sites.are_single(site[:k]):
        return None
    stations: list[int] = sites.lead[site[:k]].tolist()
    return stations


def _plain_arcs(chords_m: list[float]) -> list[float] | None:
    """The arcs above chords that are short enough and far enough apart; else None."""
    before_m, arcs_m = -inf, []
    for metres in chords_m:
        if metres <= before_m or metres > CHORD_LIMIT_M:
            return None
        before_m = metres + _TWICE_M
        arcs_m.append(one_arc_m(metres))
    return arcs_m


def look_once(sites: Sites, points: Floats, wanted: Wanted) -> tuple[Indices, Floats] | None:
    """The answer for one point if chords alone settle it, at a first or a second glance; else None.

    *Shape*: (1, 2) to twice (1, k + refused), as `search.nearest_stations`.
    """
    limit_m = inf if wanted.limit_m is None else float(wanted.limit_m[0])
    vector = geocentric_vector(*points[0].tolist())
    for width in (wanted.first_guess, wanted.first_guess * _WIDER):
        if wanted.widest is not None and width > wanted.widest:
            raise WideSearch
        chord_m, site = sites.query_one(vector, width, wanted.reach_m)
        chords_m: list[float] = chord_m.tolist()
        near = _settled(chords_m)
        if near is None:
            return None
        if near == width and wanted.is_plain and sites.are_single(site):
            return sites.lead[site[None, : wanted.k]], arc_m(chord_m[None, : wanted.k])
        row = _within(chords_m[:near], sites.members_of(site[:near]), limit_m, wanted.seconds_per_m)
        if row is None:
            return None
        found, refused = _picked(row, wanted)
        horizon_m = one_least_arc_m(chords_m[min(near, width - 1)])
        last_m = found[-1][1] if len(found) == wanted.k else inf
        if last_m + ARC_ERROR_M < horizon_m or limit_m < horizon_m or horizon_m == inf:
            return _as_arrays(found, wanted.k, refused, wanted.refused)
    return None


def _settled(chords_m: list[float]) -> int | None:
    """How many of the chords are short enough; None where two leave in doubt whose geodesic is longer."""
    before_m = -inf
    for number, chord_m in enumerate(chords_m):
        if chord_m <= before_m:
            return None
        if chord_m > CHORD_LIMIT_M:
            return number
        before_m = chord_m + _TWICE_M
    return len(chords_m)


def _within(
    chords_m: list[float], members: list[list[int]], limit_m: float, seconds_per_m: float
) -> Row | None:
    """The stations within the limit; None where a geodesic has to decide about one."""
    row: Row = []
    for chord_m, stations in zip(chords_m, members, strict=True):
        distance_m = one_arc_m(chord_m)
        if _is_doubtful(distance_m, limit_m, seconds_per_m):
            return None
        if distance_m > limit_m:
            break
        row += [(station, distance_m) for station in stations]
    return row


def _is_doubtful(distance_m: float, limit_m: float, seconds_per_m: float) -> bool:
    """Whether the limit or a whole second of arrival lies within the error of a distance."""
    early_m, late_m = distance_m - ARC_ERROR_M, distance_m + ARC_ERROR_M
    if early_m <= limit_m <= late_m:
        return True
    return bool(seconds_per_m) and floor(early_m * seconds_per_m) != floor(late_m * seconds_per_m)


def _picked(row: Row, wanted: Wanted) -> tuple[Row, Row]:
    """The first k that are accepted, and those refused before or beside the last of them."""
    if wanted.accept is None or not row:
        return row[: wanted.k], []
    station = np.array([station for station, _ in row], dtype=np.intp)
    good = wanted.accept(station, np.array([metres for _, metres in row])).tolist()
    found = [one for one, will_do in zip(row, good, strict=True) if will_do][: wanted.k]
    if not wanted.refused:
        return found, []
    last_m = found[-1][1] if len(found) == wanted.k else inf
    counted = wanted.counted
    others = (one for one, will_do in zip(row, good, strict=True) if not will_do and one[1] <= last_m)
    return found, [one for one in others if counted is None or counted[one[0]]][: wanted.refused]


def _as_arrays(found: Row, k: int, refused: Row, n_refused: int) -> tuple[Indices, Floats]:
    nothing = (MISSING, inf)
    row = [*found, *[nothing] * (k - len(found)), *refused, *[nothing] * (n_refused - len(refused))]
    return np.array([[one for one, _ in row]], dtype=np.intp), np.array([[metres for _, metres in row]])
