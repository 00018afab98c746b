"""Find the exact k nearest stations, by chords where their bounds decide and else by geodesics."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import ARC_ERROR_M, CHORD_LIMIT_M, Floats, arc_m, geocentric_vectors, geodesic_m, min_arc_m
from geo.nearest.point_tree import MISSING, Indices, SiteTree
from geo.nearest.query import DOUBT_FACTOR, SearchTooWide

AcceptFunction = Callable[[Indices, Floats], NDArray[np.bool_]]  # stations and their distances, same shape

_LEAST_SHARE = 1 / 64
_SPARE = 4  # measured: fewer cause more second queries, more make the first query slower
_CELLS = 24_000  # candidates processed at a time: few enough to stay in the processor's cache
_WIDEN = 4
_WEIGHED = 2
_WORTH_ORDERING = 256  # points


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """The criteria of a search from each point: ``k`` accepted stations within its limit, if there is one.

    ``seconds_per_m`` is not 0 when acceptance depends on the whole second of arrival. ``share`` is the
    estimated share of stations that are accepted; it decides how many are queried first. Of the
    stations that are refused and no farther than the last accepted one, up to ``refused`` are returned
    too, nearest first, among those that are ``counted`` (all of them if that is None). A search that
    would examine more places than ``max_places`` gives up (`geo.nearest.query.SearchTooWide`). The
    distance of ``doubtful`` stations counts `DOUBT_FACTOR` times in the order.
    """

    k: int
    limit_m: Floats | None = None  # Shape (n,)
    accept: AcceptFunction | None = None
    seconds_per_m: float = 0.0
    share: float = 1.0
    refused: int = 0
    counted: NDArray[np.bool_] | None = None  # Shape (stations,)
    max_places: int | None = None
    doubtful: AcceptFunction | None = None

    def for_rows(self, rows: Indices | slice) -> "SearchCriteria":
        """Return the criteria for some of the points."""
        return self if self.limit_m is None else replace(self, limit_m=self.limit_m[rows])

    @property
    def is_plain(self) -> bool:
        """Return whether the distance is the only criterion."""
        return self.limit_m is None and self.accept is None and self.doubtful is None

    @property
    def first_width(self) -> int:
        """How many places the first query covers."""
        if self.accept is None and self.doubtful is None:
            return self.k + 1
        return count_places_to_test(self.k, self.share, is_weighed=self.doubtful is not None)

    @property
    def reach_m(self) -> float:
        """An upper bound of the chords to stations within the limit.

        A chord is never longer than its arc.
        """
        return np.inf if self.limit_m is None else float(self.limit_m.max()) + 1.0


def count_places_to_test(k: int, share: float, *, is_weighed: bool = False) -> int:
    """How many of the nearest places to query for ``k`` stations, if this share of all stations passes.

    ``is_weighed``: farther stations may come before doubtful ones.
    """
    return int((k + _SPARE) * (_WEIGHED if is_weighed else 1) / max(share, _LEAST_SHARE))


def nearest_stations(sites: SiteTree, points: Floats, wanted: SearchCriteria) -> tuple[Indices, Floats]:
    """Return the k nearest accepted stations of each point, nearest first, ties by distance and station index.

    The order is that of the geodesics: wherever the bounds of two chords overlap, a limit or a second
    of arrival lies between them, or a chord is too long for them, the geodesics themselves decide.
    *Shape*: (n, 2) to twice (n, k + refused), first the accepted stations and then the refused ones;
    `MISSING` at infinity where there is none. *Units*: metres, within ``geodesy.ARC_ERROR_M`` of the
    geodesic.
    *Raises*: SearchTooWide.
    """
    if not len(points):
        shape = (0, wanted.k + wanted.refused)
        return np.empty(shape, dtype=np.intp), np.empty(shape)
    first_guess = wanted.first_width
    if len(points) < _WORTH_ORDERING:
        return _search(sites, points, geocentric_vectors(points), wanted, first_guess)
    order = _neighbours_together(points)
    ordered = points[order]
    found = _search(sites, ordered, geocentric_vectors(ordered), wanted.for_rows(order), first_guess)
    station, distance_m = np.empty_like(found[0]), np.empty_like(found[1])
    station[order], distance_m[order] = found
    return station, distance_m


def nearest_of_others(points: Floats, others: Floats, own: Indices | None = None) -> tuple[Indices, Floats]:
    """Return the position of the nearest of the others of each point, the first of equally near ones, and its distance.

    The result equals measuring every pair by geodesics. ``own`` is the position of each point itself among the
    others, which is left out, or -1. *Shape*: (n, 2) and (m, 2), lon, lat, to twice (n,); `MISSING` at infinity
    where there is none. *CRS*: WGS84. *Units*: metres, within ``geodesy.ARC_ERROR_M`` of the geodesic.
    """
    sites = SiteTree.from_points(others, np.arange(len(others)))
    found, metres = nearest_stations(sites, points, SearchCriteria(1 if own is None else 2))
    if own is not None:
        is_own = found[:, 0] == own
        found[is_own, 0], metres[is_own, 0] = found[is_own, 1], metres[is_own, 1]
    return found[:, 0], metres[:, 0]


def _neighbours_together(points: Floats) -> Indices:
    """Return an order in which successive points use the same tree branches, still in the cache."""
    lon, lat = points[:, 0] - points[:, 0].min(), points[:, 1] - points[:, 1].min()
    cells_per_deg = 255 / max(lon.max(), lat.max(), 1e-9)
    column, row = (lon * (cells_per_deg / 4)).astype(np.uint16), (lat * cells_per_deg).astype(np.uint16)
    return np.argsort(column * np.uint16(256) + row, kind="stable")


def _search(
    sites: SiteTree, points: Floats, vectors: Floats, wanted: SearchCriteria, width: int
) -> tuple[Indices, Floats]:
    if wanted.max_places is not None and width > wanted.max_places:
        raise SearchTooWide
    rows = max(1, _CELLS // (width + sites.most))
    if len(points) > rows:
        parts = [slice(start, start + rows) for start in range(0, len(points), rows)]
        found = [_search(sites, points[p], vectors[p], wanted.for_rows(p), width) for p in parts]
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    station, distance_m, again = _search_once(sites, points, vectors, wanted, width)
    if again is not None:
        station[again], distance_m[again] = _search(
            sites, points[again], vectors[again], wanted.for_rows(again), width * _WIDEN
        )
    return station, distance_m


def _search_once(
    sites: SiteTree, points: Floats, vectors: Floats, wanted: SearchCriteria, width: int
) -> tuple[Indices, Floats, Indices | None]:
    """Query the ``width`` nearest places once: return stations, distances, and the rows to query again."""
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
    """Return which neighbouring chords are too similar to order their geodesics.

    *Shape*: (n, m) to (n, m - 1).
    """
    return np.asarray(chord_m[:, 1:] <= chord_m[:, :-1] + 2 * ARC_ERROR_M)


def _doubtful(chord_m: Floats, last_m: Floats | None) -> Indices:
    """Return the rows that chords don't settle, or where gaps leave no place beyond the last station."""
    doubtful = chord_m[:, -1] > CHORD_LIMIT_M
    if last_m is not None:
        doubtful |= last_m + ARC_ERROR_M >= min_arc_m(chord_m[:, -1])
    close = _close(chord_m)
    if close.any():
        doubtful |= close.any(axis=1)
    return np.flatnonzero(doubtful)


def _settle(
    sites: SiteTree, points: Floats, chord_m: Floats, site: Indices, wanted: SearchCriteria
) -> tuple[Indices, Floats, Indices | None]:
    """Return the same as `_search_once`, with geodesics where they decide."""
    distance_m = arc_m(chord_m)
    unclear = _unclear(chord_m, distance_m, wanted)
    row, column = np.nonzero(unclear)
    if row.size:
        distance_m[row, column] = geodesic_m(points[row], sites.points[site[row, column]])
    station, distance_m = sites.stations_at(site, distance_m, all_of_them=True)
    if row.size:
        _sort(station, distance_m, np.unique(row))
    station, distance_m, last_m = _pick(station, distance_m, wanted)
    horizon_m = min_arc_m(chord_m[:, -1])
    open_ended = (last_m + ARC_ERROR_M >= horizon_m) & (horizon_m < np.inf)
    if wanted.limit_m is not None:
        open_ended &= horizon_m <= wanted.limit_m
    again = np.flatnonzero(open_ended)
    return station, distance_m, again if again.size else None


def _unclear(chord_m: Floats, distance_m: Floats, wanted: SearchCriteria) -> NDArray[np.bool_]:
    """Return which candidates need their geodesic."""
    if wanted.doubtful is not None:
        return chord_m < np.inf
    unclear, close = chord_m > CHORD_LIMIT_M, _close(chord_m)
    unclear[:, 1:] |= close
    unclear[:, :-1] |= close
    if wanted.limit_m is not None:
        limit_m = wanted.limit_m[:, None]
        unclear |= (distance_m >= limit_m - ARC_ERROR_M) & (distance_m <= limit_m + ARC_ERROR_M)
    if wanted.seconds_per_m:
        early, late = ((distance_m + e) * wanted.seconds_per_m for e in (-ARC_ERROR_M, ARC_ERROR_M))
        unclear |= np.floor(early) != np.floor(late)
    return unclear & (chord_m < np.inf)  # an infinite chord marks an empty slot


def _sort(station: Indices, distance_m: Floats, rows: Indices) -> None:
    order = np.lexsort((station[rows], distance_m[rows]))
    station[rows] = np.take_along_axis(station[rows], order, axis=1)
    distance_m[rows] = np.take_along_axis(distance_m[rows], order, axis=1)


def _pick(station: Indices, distance_m: Floats, wanted: SearchCriteria) -> tuple[Indices, Floats, Floats]:
    """Return the first k accepted stations of each row within the limit, then the refused ones.

    The third array is the distance beyond which no station can be among the first k.
    """
    if wanted.limit_m is not None:
        beyond = distance_m > wanted.limit_m[:, None]
        station, distance_m = np.where(beyond, MISSING, station), np.where(beyond, np.inf, distance_m)
    if wanted.accept is None and wanted.doubtful is None:
        return station[:, : wanted.k], distance_m[:, : wanted.k], distance_m[:, wanted.k - 1]
    there = station != MISSING
    good = there.copy()
    if wanted.accept is not None:
        good[there] = wanted.accept(station[there], distance_m[there])
    if wanted.doubtful is None:
        found = _first(good, wanted.k, station, distance_m)
        last_m = found[1][:, -1]
    else:
        picked, picked_m, last_m = _first_weighed(good, wanted.doubtful, wanted.k, station, distance_m)
        found = picked, picked_m
    if not wanted.refused:
        return found[0], found[1], last_m
    others = there & ~good & (distance_m <= found[1].max(axis=1, keepdims=True))
    if wanted.counted is not None:
        others[others] = wanted.counted[station[others]]
    rest = _first(others, wanted.refused, station, distance_m)
    stations = np.concatenate((found[0], rest[0]), axis=1)
    return stations, np.concatenate((found[1], rest[1]), axis=1), last_m


def _first_weighed(
    chosen: NDArray[np.bool_], doubtful: AcceptFunction, k: int, station: Indices, distance_m: Floats
) -> tuple[Indices, Floats, Floats]:
    """Return the first k chosen of each row in the order of weighed distances, and the last weighed distance."""
    weighed_m = np.where(chosen, distance_m, np.inf)
    weighed_m[chosen] *= np.where(doubtful(station[chosen], distance_m[chosen]), DOUBT_FACTOR, 1.0)
    order = np.argsort(weighed_m, axis=1, kind="stable")[:, :k]
    weighed_m = np.take_along_axis(weighed_m, order, axis=1)
    is_none = weighed_m == np.inf
    picked = np.where(is_none, MISSING, np.take_along_axis(station, order, axis=1))
    picked_m = np.where(is_none, np.inf, np.take_along_axis(distance_m, order, axis=1))
    return picked, picked_m, weighed_m[:, -1]


def _first(chosen: NDArray[np.bool_], k: int, station: Indices, distance_m: Floats) -> tuple[Indices, Floats]:
    """Return the first k chosen of each row."""
    rank = np.cumsum(chosen, axis=1)
    row, column = np.nonzero(chosen & (rank <= k))
    picked, picked_m = np.full((len(station), k), MISSING, dtype=np.intp), np.full((len(station), k), np.inf)
    place = rank[row, column] - 1
    picked[row, place] = station[row, column]
    picked_m[row, place] = distance_m[row, column]
    return picked, picked_m
