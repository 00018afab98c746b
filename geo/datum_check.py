"""Which datum do these points speak? Their stated districts tell, by the few points near a border.

GCJ-02 is 0.5 km and BD-09 1.3 km off WGS84, a district 30 km wide: only every thirtieth point changes
its district with the datum. The statistic is a likelihood ratio. A point that lies x metres outside the
outline of its stated district (negative: inside) is believed with

    s(x) = 0.02 + 0.96 / (1 + exp(x / 200 m)),

since outlines are generalised and a district may be misstated; this doubts more than was measured with
the outlines of Shandong against detailed ones (0.34 at 75 m, 0.13 at 300 m, 0.02 at 1,200 m). Neighbours
share an outline's error, so the points of one cell of 3 km count as one, by their mean. One datum is
*clearly* better than another at odds of 1000 to 1, if without the five cells that say so loudest they are
still 10 to 1. Measured on registers of the province in each datum (`tests/geo/test_datum_check.py`): of
300 rows half are told, of 500 84 %, of 1,000 97 %, none wrongly; a register of one town or one county
often can't be told. A part of the rows in another datum is found where it is a stretch or a city (of 2,000
rows half in another datum: four times in five, to 5 % of the rows; in 192 pure registers once wrongly);
scattered ones can't be, since 97 of 100 rows lie inside their district in either datum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.crs import UNSHIFTED, Datum, Points, to_wgs84

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

HYPOTHESES = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
SURE_ODDS = 1_000.0
MIXED_ODDS = 1e8  # any stretch of rows and any city may be the other part; outlines err by city, too
USUALLY_ENOUGH = 1_000
_ODDS_OF_THE_REST = 10.0
_LOUDEST = 5
_MISSTATED = 0.02
_SPREAD_M = 200.0
_CELL_DEG = 0.03
_LEAST_STRETCH = 20  # rows
_WITHIN_CITY = 4  # digits of the code


class Outlines(Protocol):
    """What is asked of `geo.districts.Districts`."""

    def signed_distance_m(self, points: Points, codes: Sequence[str | None]) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Fit:
    """How well points fit their stated districts in one datum. *Units*: metres.

    ``outside_m`` is the median distance of those outside to their district, 0 where none is.
    """

    datum: Datum
    inside_share: float
    outside_m: float


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that speak another datum than the rest, by their positions in the input.

    ``telling`` are those of them that lie outside their district in the datum of the rest and inside in
    the ``other``; ``outside_m`` says how far.
    """

    positions: tuple[int, ...]
    other: Datum
    telling: tuple[int, ...]
    outside_m: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DatumCheck:
    """``compared`` points in ``cells`` of 3 km. *Shape*: ``logs`` (hypotheses, cells), log-likelihoods."""

    compared: int
    cells: int
    fits: tuple[Fit, ...]
    logs: Floats
    part: Part | None = None

    @property
    def best(self) -> Datum:
        return HYPOTHESES[int(self.logs.sum(axis=1).argmax())] if self.cells else Datum.WGS84

    @property
    def is_sure(self) -> bool:
        """Whether the best is clearly better than each other."""
        return all(self.clearly(self.best, other) for other in HYPOTHESES if other != self.best)

    def of(self, datum: Datum) -> Fit:
        return self.fits[_place(datum)]

    def odds(self, datum: Datum, other: Datum) -> float:
        """How many times as likely one datum is as another."""
        return float(np.exp(np.clip(self._gains(datum, other).sum(), -700, 700)))

    def clearly(self, datum: Datum, other: Datum, odds: float = SURE_ODDS) -> bool:
        """Whether one datum fits clearly better than another, as the module says."""
        return _is_clear(self._gains(datum, other), odds)

    def better_than(self, named: Datum) -> Datum | None:
        """The best, where it is clearly better than the datum named and no mixture explains it."""
        return self.best if self.part is None and self.clearly(self.best, named) else None

    def _gains(self, datum: Datum, other: Datum) -> Floats:
        return np.asarray(self.logs[_place(datum)] - self.logs[_place(other)])


def check_datum(
    points: Points, codes: Sequence[str | None], outlines: Outlines, named: Datum | None = None
) -> DatumCheck:
    """Compare points with their stated districts under each hypothesis.

    *Shape*: (n, 2), lon, lat as written, and the codes of the stated districts, (n,), None where there is none.
    *CRS*: unknown; that is the question. A part in another datum is looked for beside the ``named`` one, else
    beside the best; it is found where it is a stretch of the rows or a city.
    """
    signed_m = np.stack([outlines.signed_distance_m(to_wgs84(points, h), codes) for h in HYPOTHESES])
    known = np.flatnonzero(np.isfinite(signed_m).all(axis=0))
    signed_m, there = signed_m[:, known], np.asarray(points)[known]
    cells, logs = _by_cell(there, _logs(signed_m))
    fits = tuple(_fit(h, metres) for h, metres in zip(HYPOTHESES, signed_m, strict=True))
    check = DatumCheck(len(known), logs.shape[1], fits, logs)
    base = named or check.best
    if not len(known):
        return check
    cities = np.array([(codes[i] or "")[:_WITHIN_CITY] for i in known.tolist()])
    part = _part(_Evidence(there, signed_m, cells, cities, known), _place(base))
    return DatumCheck(check.compared, check.cells, fits, logs, part)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Of the rows that could be compared: points as written, distances by hypothesis, cell, city, position."""

    points: Points
    signed_m: Floats
    cells: Rows
    cities: NDArray[np.str_]
    positions: Rows


def _place(datum: Datum) -> int:
    return HYPOTHESES.index(Datum.WGS84 if datum in UNSHIFTED else datum)


def _logs(signed_m: Floats) -> Floats:
    believed = _MISSTATED + (1 - 2 * _MISSTATED) / (1 + np.exp(np.clip(signed_m / _SPREAD_M, -50, 50)))
    return np.asarray(np.log(believed))


def _by_cell(points: Points, logs: Floats) -> tuple[Rows, Floats]:
    """The cell of each point, and each cell's mean under each hypothesis."""
    corners = np.floor(points / _CELL_DEG).astype(np.int64)
    _, cells, counts = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    cells = cells.ravel()
    means = [np.bincount(cells, row, len(counts)) / counts for row in logs]
    return cells, np.stack(means)


def _is_clear(gains: Floats, odds: float) -> bool:
    total = float(gains.sum())
    if total < np.log(odds):
        return False
    return bool(total - np.sort(gains)[-_LOUDEST:].sum() >= np.log(_ODDS_OF_THE_REST))


def _fit(datum: Datum, signed_m: Floats) -> Fit:
    outside = signed_m[signed_m > 0]
    median_m = float(np.median(outside)) if len(outside) else 0.0
    return Fit(datum, 1 - len(outside) / max(len(signed_m), 1), median_m)


def _part(evidence: _Evidence, base: int) -> Part | None:
    """The rows for which another datum is most clearly better than that of the rest."""
    logs = _logs(evidence.signed_m)
    found: tuple[Rows, int] | None = None
    most = np.log(MIXED_ODDS)
    for other in set(range(len(HYPOTHESES))) - {base}:
        gains = logs[other] - logs[base]
        for rows in _candidates(evidence, gains):
            _, by_cell = _by_cell(evidence.points[rows], gains[None, rows])
            if by_cell.sum() > most and _is_clear(by_cell[0], MIXED_ODDS):
                most, found = by_cell.sum(), (rows, other)
    if found is None or not _fits_the_rest(evidence, logs, base, found[0]):
        return None
    return _described(evidence, base, *found)


def _fits_the_rest(evidence: _Evidence, logs: Floats, base: int, part: Rows) -> bool:
    """Whether there is a rest, and no other datum is clearly better for it; else the whole is meant otherwise."""
    rest = np.setdiff1d(np.arange(logs.shape[1]), part)
    if len(rest) < _LEAST_STRETCH:
        return False
    _, by_cell = _by_cell(evidence.points[rest], logs[:, rest])
    return not any(_is_clear(by_cell[h] - by_cell[base], SURE_ODDS) for h in range(len(HYPOTHESES)))


def _candidates(evidence: _Evidence, gains: Floats) -> Iterator[Rows]:
    """The stretch of rows that gains most, and each city."""
    shared = gains / np.bincount(evidence.cells)[evidence.cells]
    first, last = _stretch(shared)
    if _LEAST_STRETCH <= last - first < len(gains):
        yield np.arange(first, last)
    names, city = np.unique(evidence.cities, return_inverse=True)
    if len(names) > 1:
        yield from (np.flatnonzero(city == number) for number in range(len(names)))


def _stretch(gains: Floats) -> tuple[int, int]:
    """First and one past the last of the stretch with the largest sum."""
    before = np.concatenate(([0.0], np.cumsum(gains)))
    lowest = np.minimum.accumulate(before)
    last = int((before - lowest).argmax())
    return int(before[: last + 1].argmin()), last


def _described(evidence: _Evidence, base: int, rows: Rows, other: int) -> Part:
    signed_m = evidence.signed_m[:, rows]
    telling = np.flatnonzero((signed_m[base] > 0) & (signed_m[other] <= 0))
    return Part(
        positions=tuple(evidence.positions[rows].tolist()),
        other=HYPOTHESES[other],
        telling=tuple(evidence.positions[rows[telling]].tolist()),
        outside_m=tuple(signed_m[base, telling].tolist()),
    )
