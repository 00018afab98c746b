"""Which sites may be opened, closed or swapped within the limits, updated at every step."""

import numpy as np

from geo.siting.limits import Ints
from geo.siting.problem import Floats, Mask
from geo.siting.restrictions import Restrictions
from geo.siting.sparse import column_indices, pair_positions, row_starts, transpose

_SLACK = 1e-9


class OpenSites:
    """The open sites and how much of each limit they use.

    For short rows of ones (groups, cliques), the class counts how many full rows block each site; the other
    rows (p, budget) are compared in full.
    """

    def __init__(self, limits: Restrictions) -> None:
        rows = limits.rows
        sites = rows.shape[1]
        length = np.diff(rows.indptr)
        plain = np.array([bool((rows.data[b:e] == 1).all()) for b, e in zip(rows.indptr, rows.indptr[1:], strict=False)], dtype=bool)  # fmt: skip
        self.is_short = plain & (length < sites)
        self.open = np.zeros(sites, dtype=bool)
        self._lower, self._upper = limits.lower, limits.upper
        self._row_starts, self._row_sites = row_starts(rows), column_indices(rows)
        by_site = transpose(rows)
        self._site_starts, self._site_rows, self._site_each = (
            row_starts(by_site),
            column_indices(by_site),
            by_site.data,
        )
        self._activity: Floats = np.zeros(len(limits.lower))
        self._long = np.flatnonzero(~self.is_short)
        self._whole: Floats = rows[self._long].toarray()
        self._blocked: Ints = np.zeros(sites, dtype=np.int64)
        for row in np.flatnonzero(self.is_short & (self._upper < 1)).tolist():
            self._blocked[self._sites(row)] += 1

    @property
    def open_sites(self) -> Ints:
        return np.flatnonzero(self.open)

    @property
    def is_sound(self) -> bool:
        """Whether every limit is currently met."""
        slack = _SLACK * np.maximum(1.0, np.abs(self._activity))
        return bool(
            (self._activity <= self._upper + slack).all() and (self._activity >= self._lower - slack).all()
        )

    def may_add(self) -> Mask:
        """Return which sites may be opened beside the open ones. *Shape*: (free sites,)."""
        return self._may(self._blocked, self._activity)

    def may_replace(self, gone: int) -> Mask:
        """Return which sites may be opened if the open site ``gone`` is closed."""
        rows, each = self._rows(gone)
        blocked = self._blocked
        freed = rows[self.is_short[rows] & (self._activity[rows] == self._upper[rows])]
        if len(freed):
            blocked = blocked.copy()
            for row in freed.tolist():
                blocked[self._sites(row)] -= 1
        activity = self._activity.copy()
        activity[rows] -= each
        may = self._may(blocked, activity)
        for row in rows[activity[rows] < self._lower[rows] - _SLACK].tolist():
            held = np.zeros(len(may), dtype=bool)
            held[self._sites(row)] = True
            may &= held  # a group at its minimum needs another of its own sites
        return may

    def may_drop(self, gone: int) -> bool:
        rows, each = self._rows(gone)
        return bool((self._activity[rows] - each >= self._lower[rows] - _SLACK).all())

    def sites_for_minima(self) -> Mask:
        """Return the closed sites that would help to reach an unmet minimum; none where all are met."""
        short = np.flatnonzero(self._activity < self._lower - _SLACK)
        mask = np.zeros(len(self.open), dtype=bool)
        mask[self._row_sites[pair_positions(self._row_starts, short)]] = True
        return mask & ~self.open

    def add(self, site: int) -> None:
        self.open[site] = True
        self._step(site, 1)

    def drop(self, site: int) -> None:
        self.open[site] = False
        self._step(site, -1)

    def _step(self, site: int, sign: int) -> None:
        rows, each = self._rows(site)
        before = self._activity[rows] >= self._upper[rows]
        self._activity[rows] += sign * each
        after = self._activity[rows] >= self._upper[rows]
        for row in rows[self.is_short[rows] & (before != after)].tolist():
            self._blocked[self._sites(row)] += sign

    def _may(self, blocked: Ints, activity: Floats) -> Mask:
        may = (blocked == 0) & ~self.open
        for row, whole in zip(self._long.tolist(), self._whole, strict=True):
            room = self._upper[row] - activity[row]
            may &= whole <= room + _SLACK * max(1.0, abs(self._upper[row]))
        return np.asarray(may)

    def _rows(self, site: int) -> tuple[Ints, Floats]:
        part = slice(self._site_starts[site], self._site_starts[site + 1])
        return self._site_rows[part], self._site_each[part]

    def _sites(self, row: int) -> Ints:
        return self._row_sites[self._row_starts[row] : self._row_starts[row + 1]]
