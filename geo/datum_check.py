"""Guess the datum of points from their stated districts, by the few points near a border.

GCJ-02 is 0.5 km and BD-09 1.3 km off WGS84, and a district is 30 km wide: only every thirtieth point
changes its district with the datum. The statistic is a likelihood ratio. A point that lies x metres
outside the outline of its stated district (negative: inside) has the likelihood

    s(x) = 0.02 + 0.96 / (1 + exp(x / 200 m)),

since outlines are generalised and a district may be misstated. This allows for more error than was
measured with the outlines of Shandong against detailed ones (0.34 at 75 m, 0.13 at 300 m, 0.02 at 1,200
m). Neighbours share an outline's error, so the points of one cell of 3 km count as one, by their mean.
One datum is *clearly* better than another at odds of 1000 to 1, if the odds without the five strongest
cells are still 10 to 1.

Measured on registers of the province in each datum (`tests/geo/test_datum_check.py`): the check decides
for half of the registers of 300 rows, 84 % of 500 rows and 97 % of 1,000 rows, none wrongly. It often
can't decide for a register of one town or one county. A part of the rows in another datum is found
where it is a stretch or a city (of 2,000 rows half in another datum: four times in five, to 5 % of the
rows; in 192 pure registers once wrongly). Scattered rows can't be found, since 97 of 100 rows lie
inside their district in either datum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.crs import Points, to_wgs84
from geo.datum import UNSHIFTED_DATUMS, Datum

if TYPE_CHECKING:
    from geo.districts import Districts

Floats = NDArray[np.float64]
RowIndices = NDArray[np.intp]

DATUM_HYPOTHESES = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
SURE_ODDS = 1_000.0
MIXED_ODDS = (
    1e8  # strict, since any stretch of rows and any city may be the other part; outlines err by city, too
)
USUALLY_ENOUGH_ROWS = 1_000
_ODDS_OF_THE_REST = 10.0
_LOUDEST = 5
_MISSTATED = 0.02
_SPREAD_M = 200.0
_CELL_DEG = 0.03
_LEAST_STRETCH = 20  # rows
_WITHIN_CITY = 4  # digits of the code
_SEVERAL, _ELSEWHERE_M = 5, 50_000.0  # the zones of a projection lie 200 km apart, the datums less than 2 km


@dataclass(frozen=True, slots=True)
class DatumFit:
    """How well points fit their stated districts in one datum. *Units*: metres.

    ``outside_m`` is the median distance of the points outside their district to it, 0 where none is
    outside.
    """

    datum: Datum
    inside_share: float
    outside_m: float


@dataclass(frozen=True, slots=True)
class MixedPart:
    """Rows in another datum than the rest, by their positions in the input. The rest is in ``base``.

    ``telling`` are the positions that prove it: the points lie outside their district in the datum of
    the rest and inside it in the ``other``. ``outside_m`` is how far outside each of them lies.
    """

    positions: tuple[int, ...]
    base: Datum
    other: Datum
    telling: tuple[int, ...]
    outside_m: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DatumCheck:
    """The result for ``compared`` points in ``cells`` of 3 km.

    *Shape*: ``logs`` (hypotheses, cells), log-likelihoods.
    """

    compared: int
    cells: int
    fits: tuple[DatumFit, ...]
    logs: Floats
    part: MixedPart | None = None

    @property
    def best(self) -> Datum:
        return DATUM_HYPOTHESES[int(self.logs.sum(axis=1).argmax())] if self.cells else Datum.WGS84

    @property
    def is_sure(self) -> bool:
        """Return whether the best datum is clearly better than each other."""
        return all(
            self.is_clearly_better(self.best, other) for other in DATUM_HYPOTHESES if other != self.best
        )

    @property
    def is_elsewhere(self) -> bool:
        """Return whether most of several points lie so far from their districts that no datum explains it."""
        far = all(fit.inside_share < 0.5 and fit.outside_m > _ELSEWHERE_M for fit in self.fits)
        return self.compared >= _SEVERAL and far

    @property
    def is_decided_by_few(self) -> bool:
        """Return whether the best datum is likely by the odds, but few places decide that."""
        likely = all(
            self.odds(self.best, other) >= SURE_ODDS for other in DATUM_HYPOTHESES if other != self.best
        )
        return likely and not self.is_sure

    @property
    def has_enough_rows(self) -> bool:
        """Return whether more rows would hardly help."""
        return self.compared >= USUALLY_ENOUGH_ROWS

    def fit_of(self, datum: Datum) -> DatumFit:
        return self.fits[_place(datum)]

    def odds(self, datum: Datum, other: Datum) -> float:
        """Return how many times as likely one datum is as another."""
        return float(np.exp(np.clip(self._gains(datum, other).sum(), -700, 700)))

    def is_clearly_better(self, datum: Datum, other: Datum) -> bool:
        """Return whether one datum fits clearly better than another, as the module defines it."""
        return _is_clear(self._gains(datum, other), SURE_ODDS)

    def better_than(self, named: Datum) -> Datum | None:
        """Return the best datum where it is clearly better than the named one and no mixture explains it."""
        return self.best if self.part is None and self.is_clearly_better(self.best, named) else None

    def _gains(self, datum: Datum, other: Datum) -> Floats:
        return np.asarray(self.logs[_place(datum)] - self.logs[_place(other)])


def check_datum(
    points: Points, codes: Sequence[str | None], outlines: "Districts", named: Datum | None = None
) -> DatumCheck:
    """Compare points with their stated districts under each hypothesis.

    *Shape*: (n, 2), lon, lat as written, and the codes of the stated districts, (n,), None where there
    is none.
    *CRS*: unknown; the check estimates it. A part in another datum is found where it is a stretch of the
    rows or a city, and two datums explain the points clearly better than any one. The rest is in the
    ``named`` datum if that explains the points so, else in the datum that does best.
    """
    signed_m = np.stack([outlines.signed_distance_m(to_wgs84(points, h), codes) for h in DATUM_HYPOTHESES])
    known = np.flatnonzero(np.isfinite(signed_m).all(axis=0))
    signed_m, there = signed_m[:, known], np.asarray(points)[known]
    cells, logs = _by_cell(there, _logs(signed_m))
    fits = tuple(_fit(h, metres) for h, metres in zip(DATUM_HYPOTHESES, signed_m, strict=True))
    check = DatumCheck(len(known), logs.shape[1], fits, logs)
    if not len(known):
        return check
    cities = np.array([(codes[i] or "")[:_WITHIN_CITY] for i in known.tolist()])
    evidence = _Evidence(there, signed_m, cells, cities, known)
    part = _mixture(evidence, _place(check.best), None if named is None else _place(named))
    return DatumCheck(check.compared, check.cells, fits, logs, part)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The comparable rows: points as written, distances by hypothesis, cell, city and position."""

    points: Points
    signed_m: Floats
    cells: RowIndices
    cities: NDArray[np.str_]
    positions: RowIndices


def _place(datum: Datum) -> int:
    return DATUM_HYPOTHESES.index(Datum.WGS84 if datum in UNSHIFTED_DATUMS else datum)


def _logs(signed_m: Floats) -> Floats:
    believed = _MISSTATED + (1 - 2 * _MISSTATED) / (1 + np.exp(np.clip(signed_m / _SPREAD_M, -50, 50)))
    return np.asarray(np.log(believed))


def _by_cell(points: Points, logs: Floats) -> tuple[RowIndices, Floats]:
    """Return the cell of each point, and the mean of each cell under each hypothesis."""
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


def _fit(datum: Datum, signed_m: Floats) -> DatumFit:
    outside = signed_m[signed_m > 0]
    median_m = float(np.median(outside)) if len(outside) else 0.0
    return DatumFit(datum, 1 - len(outside) / max(len(signed_m), 1), median_m)


def _mixture(evidence: _Evidence, best: int, named: int | None) -> MixedPart | None:
    """Return the part in another datum if two datums explain the points clearly better than the best one."""
    logs, found = _logs(evidence.signed_m), []
    for base in range(len(DATUM_HYPOTHESES)):
        part = _part(evidence, logs, base)
        if part is None:
            continue
        rows, other = part
        mixed = logs[base].copy()
        mixed[rows] = logs[other, rows]
        _, gains = _by_cell(evidence.points, (mixed - logs[best])[None])
        if _is_clear(gains[0], MIXED_ODDS):
            found.append((base == named, float(gains.sum()), base, rows, other))
    if not found:
        return None
    _, _, base, rows, other = max(found, key=lambda mixture: mixture[:2])
    return _described(evidence, base, rows, other)


def _part(evidence: _Evidence, logs: Floats, base: int) -> tuple[RowIndices, int] | None:
    """Return the rows for which another datum is most clearly better than the datum of the rest, and it."""
    found: tuple[RowIndices, int] | None = None
    most = np.log(MIXED_ODDS)
    for other in set(range(len(DATUM_HYPOTHESES))) - {base}:
        gains = logs[other] - logs[base]
        for rows in _candidates(evidence, gains):
            _, by_cell = _by_cell(evidence.points[rows], gains[None, rows])
            if by_cell.sum() > most and _is_clear(by_cell[0], MIXED_ODDS):
                most, found = by_cell.sum(), (rows, other)
    if found is None or not _fits_the_rest(evidence, logs, base, found[0]):
        return None
    return found


def _fits_the_rest(evidence: _Evidence, logs: Floats, base: int, part: RowIndices) -> bool:
    """Return whether other rows remain and no other datum is clearly better for them.

    Otherwise the whole input is in another datum.
    """
    rest = np.setdiff1d(np.arange(logs.shape[1]), part)
    if len(rest) < _LEAST_STRETCH:
        return False
    _, by_cell = _by_cell(evidence.points[rest], logs[:, rest])
    return not any(_is_clear(by_cell[h] - by_cell[base], SURE_ODDS) for h in range(len(DATUM_HYPOTHESES)))


def _candidates(evidence: _Evidence, gains: Floats) -> Iterator[RowIndices]:
    """Yield the stretch of rows that gains most, and the rows of each city."""
    shared = gains / np.bincount(evidence.cells)[evidence.cells]
    first, last = _stretch(shared)
    if _LEAST_STRETCH <= last - first < len(gains):
        yield np.arange(first, last)
    names, city = np.unique(evidence.cities, return_inverse=True)
    if len(names) > 1:
        yield from (np.flatnonzero(city == number) for number in range(len(names)))


def _stretch(gains: Floats) -> tuple[int, int]:
    """Return the first row, and one past the last, of the stretch with the largest sum."""
    before = np.concatenate(([0.0], np.cumsum(gains)))
    lowest = np.minimum.accumulate(before)
    last = int((before - lowest).argmax())
    return int(before[: last + 1].argmin()), last


def _described(evidence: _Evidence, base: int, rows: RowIndices, other: int) -> MixedPart:
    signed_m = evidence.signed_m[:, rows]
    telling = np.flatnonzero((signed_m[base] > 0) & (signed_m[other] <= 0))
    return MixedPart(
        positions=tuple(evidence.positions[rows].tolist()),
        base=DATUM_HYPOTHESES[base],
        other=DATUM_HYPOTHESES[other],
        telling=tuple(evidence.positions[rows[telling]].tolist()),
        outside_m=tuple(signed_m[base, telling].tolist()),
    )
