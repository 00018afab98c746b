"""The exact k nearest, from chords where their bounds decide and from geodesics where they don't."""

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import (
    ARC_ERROR_M,
    CHORD_LIMIT_M,
    Floats,
    arc_m,
    geocentric,
    geodesic_m,
    least_arc_m,
)
from geo.nearest.criteria import Wanted, WideSearch
from geo.nearest.point_tree import MISSING, Indices, Sites
from geo.nearest.single_search import look_once

_CELLS = 24_000  # candidates looked at together: few enough to stay in the processor's cache
_WIDEN = 4
_WORTH_ORDERING = 256  # points


def nearest_stations(sites: Sites, points: Floats, wanted: Wanted) -> tuple[Indices, Floats]:
    """The k nearest accepted stations of each point, nearest first, ties by station index.

    The order is that of the geodesics: wherever the bounds of two chords overlap, a limit or a second
    of arrival lies between them, or a chord is too long for them, the geodesics themselves decide.
    *Shape*: (n, 2) to twice (n, k + refused), first those found and then the others; `MISSING` at infinity where there is none. *Units*: metres, within
    ``geodesy.ARC_ERROR_M`` of the geodesic. *Raises*: WideSearch.
    """
    if not len(points):
        shape = (0, wanted.k + wanted.refused)
        return np.empty(shape, dtype=np.intp), np.empty(shape)
    if len(points) == 1:
        found = look_once(sites, points, wanted)
        if found is not None:
            return found
    first_guess = wanted.first_guess
    if len(points) < _WORTH_ORDERING:
        return _search(sites, points, geocentric(points), wanted, first_guess)
    order = _neighbours_together(points)
    ordered = points[order]
    found = _search(sites, ordered, geocentric(ordered), wanted.of(order), first_guess)
    station, distance_m = np.empty_like(found[0]), np.empty_like(found[1])
    station[order], distance_m[order] = found
    return station, distance_m


def _neighbours_together(points: Floats) -> Indices:
    """An order in which successive points walk down the same branches of the tree, still in the cache."""
    lon, lat = points[:, 0] - points[:, 0].min(), points[:, 1] - points[:, 1].min()
    cells_per_deg = 255 / max(lon.max(), lat.max(), 1e-9)
    column, row = (lon * (cells_per_deg / 4)).astype(np.uint16), (lat * cells_per_deg).astype(np.uint16)
    return np.argsort(column * np.uint16(256) + row, kind="stable")


def _search(
    sites: Sites, points: Floats, vectors: Floats, wanted: Wanted, width: int
) -> tuple[Indices, Floats]:
    if wanted.widest is not None and width > wanted.widest:
        raise WideSearch
    rows = max(1, _CELLS // (width + sites.most))
    if len(points) > rows:
        parts = [slice(start, start + rows) for start in range(0, len(points), rows)]
        found = [_search(sites, points[p], vectors[p], wanted.of(p), width) for p in parts]
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    station, distance_m, again = _look(sites, points, vectors, wanted, width)
    if again is not None:
        station[again], distance_m[again] = _search(
            sites, points[again], vectors[again], wanted.of(again), width * _WIDEN
        )
    return station, distance_m


def _look(
    sites: Sites, points: Floats, vectors: Floats, wanted: Wanted, width: int
) -> tuple[Indices, Floats, Indices | None]:
    """One look at the ``width`` nearest places: stations, distances, and the rows to look at again."""
    chord_m, site = sites.query(vectors, width, wanted.reach_m)
    if not wanted.is_plain:
        return _settle(sites, points, chord_m, site, wanted)
    station, distance_m = sites.stations_at(site, arc_m(chord_m), all_of_them=False)
    station, distance_m = station[:, : wanted.k], distance_m[:, : wanted.k]
    doubtful = _doubtful(chord_m, distance_m[:, -1] if sites.has_gaps else None)
    if not doubtful.size:
        return station, distance_m, None
    station[doubtful], distance_m[doubtful], again = _settle(
        sites, points[doubtful], chord_m[doubtful], site[doubtful], wanted
    )
    return station, distance_m, None if again is None else doubtful[again]


def _close(chord_m: Floats) -> NDArray[np.bool_]:
    """Which neighbouring chords leave it open whose geodesic is longer. *Shape*: (n, m) to (n, m - 1)."""
    return np.asarray(chord_m[:, 1:] <= chord_m[:, :-1] + 2 * ARC_ERROR_M)


def _doubtful(chord_m: Floats, last_m: Floats | None) -> Indices:
    """Rows that their chords alone don't settle, or where gaps leave no place beyond the last station."""
    doubtful = chord_m[:, -1] > CHORD_LIMIT_M
    if last_m is not None:
        doubtful |= last_m + ARC_ERROR_M >= least_arc_m(chord_m[:, -1])
    close = _close(chord_m)
    if close.any():
        doubtful |= close.any(axis=1)
    return np.flatnonzero(doubtful)


def _settle(
    sites: Sites, points: Floats, chord_m: Floats, site: Indices, wanted: Wanted
) -> tuple[Indices, Floats, Indices | None]:
    """The same with geodesics where they decide."""
    distance_m = arc_m(chord_m)
    unclear = _unclear(chord_m, distance_m, wanted)
    row, column = np.nonzero(unclear)
    if row.size:
        distance_m[row, column] = geodesic_m(points[row], sites.points[site[row, column]])
    station, distance_m = sites.stations_at(site, distance_m, all_of_them=True)
    if row.size:
        _sort(station, distance_m, np.unique(row))
    station, distance_m = _pick(station, distance_m, wanted)
    horizon_m = least_arc_m(chord_m[:, -1])
    open_ended = (distance_m[:, wanted.k - 1] + ARC_ERROR_M >= horizon_m) & (horizon_m < np.inf)
    if wanted.limit_m is not None:
        open_ended &= horizon_m <= wanted.limit_m
    again = np.flatnonzero(open_ended)
    return station, distance_m, again if again.size else None


def _unclear(chord_m: Floats, distance_m: Floats, wanted: Wanted) -> NDArray[np.bool_]:
    """Which candidates need their geodesic."""
    unclear, close = chord_m > CHORD_LIMIT_M, _close(chord_m)
    unclear[:, 1:] |= close
    unclear[:, :-1] |= close
    if wanted.limit_m is not None:
        limit_m = wanted.limit_m[:, None]
        unclear |= (distance_m >= limit_m - ARC_ERROR_M) & (distance_m <= limit_m + ARC_ERROR_M)
    if wanted.seconds_per_m:
        early, late = ((distance_m + e) * wanted.seconds_per_m for e in (-ARC_ERROR_M, ARC_ERROR_M))
        unclear |= np.floor(early) != np.floor(late)
    return unclear & (chord_m < np.inf)  # nothing is there, and nothing unclear about it


def _sort(station: Indices, distance_m: Floats, rows: Indices) -> None:
    order = np.lexsort((station[rows], distance_m[rows]))
    station[rows] = np.take_along_axis(station[rows], order, axis=1)
    distance_m[rows] = np.take_along_axis(distance_m[rows], order, axis=1)


def _pick(station: Indices, distance_m: Floats, wanted: Wanted) -> tuple[Indices, Floats]:
    """The first k of each row that stand within the limit and are accepted."""
    if wanted.limit_m is not None:
        beyond = distance_m > wanted.limit_m[:, None]
        station, distance_m = np.where(beyond, MISSING, station), np.where(beyond, np.inf, distance_m)
    if wanted.accept is None:
        return station[:, : wanted.k], distance_m[:, : wanted.k]
    there = station != MISSING
    good = there.copy()
    good[there] = wanted.accept(station[there], distance_m[there])
    found = _first(good, wanted.k, station, distance_m)
    if not wanted.refused:
        return found
    others = there & ~good & (distance_m <= found[1][:, -1:])
    if wanted.counted is not None:
        others[others] = wanted.counted[station[others]]
    rest = _first(others, wanted.refused, station, distance_m)
    return np.concatenate((found[0], rest[0]), axis=1), np.concatenate((found[1], rest[1]), axis=1)


def _first(chosen: NDArray[np.bool_], k: int, station: Indices, distance_m: Floats) -> tuple[Indices, Floats]:
    """The first k chosen of each row."""
    rank = np.cumsum(chosen, axis=1)
    row, column = np.nonzero(chosen & (rank <= k))
    picked, picked_m = np.full((len(station), k), MISSING, dtype=np.intp), np.full((len(station), k), np.inf)
    place = rank[row, column] - 1
    picked[row, place] = station[row, column]
    picked_m[row, place] = distance_m[row, column]
    return picked, picked_m
