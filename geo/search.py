"""The exact k nearest, from chords where their bounds decide and from geodesics where they don't."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import ARC_ERROR_M, CHORD_LIMIT_M, Floats, arc_m, geocentric, geodesic_m, least_arc_m
from geo.sites import MISSING, Indices, Sites

Accept = Callable[[Indices, Floats], NDArray[np.bool_]]  # stations and their distances, same shape

_CELLS = 24_000  # candidates looked at together: few enough to stay in the processor's cache
_WIDEN = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is sought from each point: ``k`` accepted stations within its limit, if there is one.

    ``seconds_per_m`` is not 0 when acceptance depends on the whole second of arrival.
    """

    k: int
    limit_m: Floats | None = None  # Shape (n,)
    accept: Accept | None = None
    seconds_per_m: float = 0.0

    def of(self, rows: NDArray[np.bool_] | slice) -> "Wanted":
        """The same for some of the points."""
        return self if self.limit_m is None else replace(self, limit_m=self.limit_m[rows])

    @property
    def reach_m(self) -> float:
        """A chord that no station within a limit exceeds, since a chord is never longer than its arc."""
        return np.inf if self.limit_m is None else float(self.limit_m.max()) + 1.0


def nearest_stations(sites: Sites, points: Floats, wanted: Wanted) -> tuple[Indices, Floats]:
    """The k nearest accepted stations of each point, nearest first, ties by station index.

    The order is that of the geodesics: wherever the bounds of two chords overlap, a limit or a second
    of arrival lies between them, or a chord is too long for them, the geodesics themselves decide.
    *Shape*: (n, 2) to twice (n, k); `MISSING` at infinity where there is none. *Units*: metres, within
    ``geodesy.ARC_ERROR_M`` of the geodesic.
    """
    if not len(points):
        return np.empty((0, wanted.k), dtype=np.intp), np.empty((0, wanted.k))
    first_guess = wanted.k + 1 if wanted.accept is None else 2 * wanted.k + 4
    return _search(sites, points, geocentric(points), wanted, first_guess)


def _search(
    sites: Sites, points: Floats, vectors: Floats, wanted: Wanted, width: int
) -> tuple[Indices, Floats]:
    rows = max(1, _CELLS // (width + sites.most))
    if len(points) > rows:
        parts = [slice(start, start + rows) for start in range(0, len(points), rows)]
        found = [_search(sites, points[p], vectors[p], wanted.of(p), width) for p in parts]
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    station, distance_m, done = _look(sites, points, vectors, wanted, width)
    rest = ~done
    if rest.any():
        station[rest], distance_m[rest] = _search(
            sites, points[rest], vectors[rest], wanted.of(rest), width * _WIDEN
        )
    return station, distance_m


def _look(
    sites: Sites, points: Floats, vectors: Floats, wanted: Wanted, width: int
) -> tuple[Indices, Floats, NDArray[np.bool_]]:
    """One look at the ``width`` nearest places: stations, distances, and whether none can be missing."""
    chord_m, site = sites.query(vectors, width, wanted.reach_m)
    distance_m = arc_m(chord_m)
    unclear = _unclear(chord_m, distance_m, wanted)
    if unclear is not None:
        row, column = np.nonzero(unclear)
        distance_m[row, column] = geodesic_m(points[row], sites.points[site[row, column]])
    station, distance_m = sites.stations_at(site, distance_m)
    if unclear is not None:
        _sort(station, distance_m, np.asarray(unclear.any(axis=1)))
    station, distance_m = _pick(station, distance_m, wanted)
    horizon_m = least_arc_m(chord_m[:, -1])
    done = (distance_m[:, -1] + ARC_ERROR_M < horizon_m) | (horizon_m == np.inf)
    if wanted.limit_m is not None:
        done |= horizon_m > wanted.limit_m
    return station, distance_m, done


def _unclear(chord_m: Floats, distance_m: Floats, wanted: Wanted) -> NDArray[np.bool_] | None:
    """Which candidates need their geodesic; None when none does."""
    with np.errstate(invalid="ignore"):  # infinity minus infinity: nothing there, nothing unclear
        close = chord_m[:, 1:] - chord_m[:, :-1] <= 2 * ARC_ERROR_M
    far = chord_m[:, -1].max() > CHORD_LIMIT_M
    if not (close.any() or far or wanted.limit_m is not None or wanted.seconds_per_m):
        return None
    unclear = chord_m > CHORD_LIMIT_M
    unclear[:, 1:] |= close
    unclear[:, :-1] |= close
    if wanted.limit_m is not None:
        limit_m = wanted.limit_m[:, None]
        unclear |= (distance_m >= limit_m - ARC_ERROR_M) & (distance_m <= limit_m + ARC_ERROR_M)
    if wanted.seconds_per_m:
        early, late = ((distance_m + e) * wanted.seconds_per_m for e in (-ARC_ERROR_M, ARC_ERROR_M))
        unclear |= np.floor(early) != np.floor(late)
    unclear &= chord_m < np.inf
    return unclear if unclear.any() else None


def _sort(station: Indices, distance_m: Floats, rows: NDArray[np.bool_]) -> None:
    order = np.lexsort((station[rows], distance_m[rows]))
    station[rows] = np.take_along_axis(station[rows], order, axis=1)
    distance_m[rows] = np.take_along_axis(distance_m[rows], order, axis=1)


def _pick(station: Indices, distance_m: Floats, wanted: Wanted) -> tuple[Indices, Floats]:
    """The first k of each row that stand within the limit and are accepted."""
    if wanted.accept is None:
        return _within(station[:, : wanted.k], distance_m[:, : wanted.k], wanted.limit_m)
    station, distance_m = _within(station, distance_m, wanted.limit_m)
    good = station != MISSING
    good[good] = wanted.accept(station[good], distance_m[good])
    rank = np.cumsum(good, axis=1)
    row, column = np.nonzero(good & (rank <= wanted.k))
    shape = (len(station), wanted.k)
    picked, picked_m = np.full(shape, MISSING, dtype=np.intp), np.full(shape, np.inf)
    place = rank[row, column] - 1
    picked[row, place] = station[row, column]
    picked_m[row, place] = distance_m[row, column]
    return picked, picked_m


def _within(station: Indices, distance_m: Floats, limit_m: Floats | None) -> tuple[Indices, Floats]:
    if limit_m is None:
        return station, distance_m
    beyond = distance_m > limit_m[:, None]
    return np.where(beyond, MISSING, station), np.where(beyond, np.inf, distance_m)
