"""Say how much an answer would change if the residents were spread evenly. Compared by the straight line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.faults import Fault
from yihui.planning.demand.land_notes import build_land_note, format_gini, format_percent

if TYPE_CHECKING:
    from geo.coverage.demand import Demand
    from geo.coverage.equity import Equity
    from geo.coverage.reach import Reach
    from geo.nearest.index import StationIndex

EvenDemand = Callable[[], "Demand"]


@dataclass(frozen=True, slots=True)
class EvenComparison:
    """Builds the notes of one answer. ``even`` builds its demand with the residents spread evenly.

    ``even`` is None for a demand without residents by land, which has no notes. Where the answer is by street
    (``is_by_street``), the notes compare the figures by the straight line that stand beside it, because the ways
    of the other demand would have to be asked for as well; they say so.
    """

    even: EvenDemand | None
    is_by_street: bool = False

    def note_coverage(
        self, share: float, index: "StationIndex", at: datetime, reach: "Reach"
    ) -> tuple[Fault, ...]:
        """Return a note on the share that is served; ``share`` is the answer's by the straight ``reach``."""
        from geo.coverage.served import coverage_at
        from geo.coverage.tables import coverage_overall

        if (all_week := self._build_even()) is None:
            return ()
        even = all_week.at(at)
        other = coverage_overall(even, coverage_at(even, index, at, reach)).share
        return self._note("even_served", share=format_percent(share), even=format_percent(other))

    def note_gaps(
        self, share: float, index: "StationIndex", instants: Sequence[datetime], reach: "Reach"
    ) -> tuple[Fault, ...]:
        """Return a note on the share without a place in the hour in which most demand has none; ``share`` is the
        answer's.
        """
        import numpy as np

        from geo.coverage.hours import served_bits

        if (even := self._build_even()) is None:
            return ()
        bits = served_bits(even.points, index, instants, reach)
        served = np.unpackbits(bits, axis=1, count=len(instants)).astype(bool)
        unmet = [
            float(even.at(when).weight[~served[:, column]].sum()) for column, when in enumerate(instants)
        ]
        worst = int(np.argmax(unmet))
        total = even.at(instants[worst]).total
        if not total:
            return ()
        return self._note("even_gaps", share=format_percent(share), even=format_percent(unmet[worst] / total))

    def note_access(
        self, found: "Equity", at: datetime, measure: "Callable[[Demand], Equity]"
    ) -> tuple[Fault, ...]:
        """Return a note on who has no place and on the Gini coefficient; ``measure`` is for another demand.

        There is none where ``measure`` raises TooManyNeighbours: the even demand has more points than the answer's.
        """
        from geo.coverage.neighbours import TooManyNeighbours

        if (even := self._build_even()) is None:
            return ()
        try:
            other = measure(even.at(at))
        except TooManyNeighbours:
            return ()
        return self._note(
            "even_access",
            share=format_percent(found.without_share),
            even=format_percent(other.without_share),
            gini=format_gini(found.gini),
            even_gini=format_gini(other.gini),
        )

    def _build_even(self) -> "Demand | None":
        even = None if self.even is None else self.even()
        return None if even is None or not even.total else even

    def _note(self, code: str, **params: object) -> tuple[Fault, ...]:
        return (build_land_note(f"{code}_straight" if self.is_by_street else code, **params),)
