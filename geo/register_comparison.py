"""Compare two registers, or one at two dates: changed stations, and demand that gained or lost coverage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import hypot
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.civil_time import CIVIL_TIME, civil_date, start_of_day
from geo.coverage.demand import Demand, assign_areas
from geo.coverage.hours import HourTable, coverage_by_hour, sum_by_hour, sum_ground_by_hour, week_instants
from geo.coverage.pairs import pairs_in_reach
from geo.coverage.reach import Reach
from geo.coverage.served import Mask, ServedDemand, coverage_at, fill_shares, ground_shares
from geo.geodesy import Floats
from geo.hours import write_hours_of_open_days
from geo.nearest.index import StationIndex
from geo.station import OpeningState, Station, StationChange, list_changes

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

# The sorts of changes that are counted, each with the fields that it concerns.
CHANGE_SORTS: Mapping[str, frozenset[str]] = {
    "moved": frozenset({"lon", "lat"}),
    "hours": frozenset({"hours_text", "calendar"}),
    "access": frozenset({"access", "employer", "entry"}),
    "status": frozenset({"status"}),
}
_NOT_OF_THE_PLACE = ("source", "sample")  # these name the file that the station was read from
_SMOOTH_M = 10.0  # of ground that is drawn; figures are those of the exact ground
_OPENS = timedelta(hours=8)  # of a station that is shut on the day
_ALL_DAY = "00:00-24:00"
_DAYS_AHEAD = 14  # no closure for holidays is longer


@dataclass(frozen=True, slots=True)
class PlaceChanges:
    """The stations that were added, removed or changed; a change may be of several sorts at once."""

    added: tuple[Station, ...] = ()
    removed: tuple[Station, ...] = ()
    changed: tuple[StationChange, ...] = ()
    unchanged: int = 0

    def count_by_sort(self) -> Mapping[str, int]:
        """Count the changes by sort: added, removed, moved, hours, access, status, other, unchanged.

        ``other`` are changes of other fields only.
        """
        sorts = [
            {name for name, fields in CHANGE_SORTS.items() if not fields.isdisjoint(change.fields)}
            for change in self.changed
        ]
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            **{name: sum(name in one for one in sorts) for name in CHANGE_SORTS},
            "other": sorts.count(set()),
            "unchanged": self.unchanged,
        }


def compare_places(before: Sequence[Station], after: Sequence[Station]) -> PlaceChanges:
    """Compare two lists of stations by id; a move of less than a millimetre is no change.

    *Raises*: ValueError where an id occurs twice on one side.
    """
    earlier, later = _by_id(before), _by_id(after)
    both = sorted(earlier.keys() & later.keys())
    changed = list_changes([(earlier[id], later[id]) for id in both], _NOT_OF_THE_PLACE)
    return PlaceChanges(
        tuple(later[id] for id in sorted(later.keys() - earlier.keys())),
        tuple(earlier[id] for id in sorted(earlier.keys() - later.keys())),
        tuple(changed),
        len(both) - len(changed),
    )


@dataclass(frozen=True, slots=True)
class PlaceEffect:
    """The demand that one station serves and nothing on the other side does. *Units*: of the demand."""

    station: Station
    demand: float


@dataclass(frozen=True, slots=True)
class CoverageComparison:
    """Which demand is served before and after. *Shape*: ``either`` is (n,), the share that either side serves.

    Gained minus lost demand equals the change in served demand, in all and in each area.
    """

    demand: Demand
    sides: tuple[StationIndex, StationIndex]
    before: ServedDemand
    after: ServedDemand
    either: Mask | Floats
    at: datetime
    reach: Reach

    @property
    def gained(self) -> Mask:
        """The points that are newly served."""
        return self.after.mask & ~self.before.mask

    @property
    def lost(self) -> Mask:
        """The points that are no longer served."""
        return self.before.mask & ~self.after.mask

    @property
    def totals(self) -> dict[str, float]:
        """The served demand ``before`` and ``after``, and what is ``gained`` and ``lost``."""
        before, after, either = map(
            self.demand.sum_served, (self.before.share, self.after.share, self.either)
        )
        return {"before": before, "after": after, "gained": either - before, "lost": either - after}

    @property
    def tolerance(self) -> float:
        """How far the difference of the sides may be off where sample points measure it."""
        weight = self.demand.weight * (self.before.nearest_m != self.after.nearest_m)
        changed, radius_m = replace(self.demand, weight=weight), self.reach.radius_m
        return hypot(*(side.tolerance(changed, radius_m) for side in (self.before, self.after)))

    def by_area(self, digits: int = 6) -> pd.DataFrame:
        """Tabulate by area: ``demand``, ``before``, ``after``, ``gained``, ``lost``, and the shares.

        There is one row for each area with demand; points in no area are left out. *Units*: demand in
        its own unit; shares 0..1, NaN without demand.
        """
        area, codes = assign_areas(self.demand, digits)
        n = len(codes)

        def sums(share: Mask | Floats) -> Floats:
            found = np.bincount(area, weights=self.demand.weight * share, minlength=n + 1)[:n]
            return self.demand.round_served(found.astype(np.float64))

        demand, before, after, either = map(
            sums, (np.ones(len(area)), self.before.share, self.after.share, self.either)
        )
        columns = {"demand": demand, "before": before, "after": after}
        table = pd.DataFrame(columns, index=pd.Index(codes, dtype=object, name="code"))
        some = table["demand"].where(table["demand"] > 0)
        shares = {"share_before": table["before"] / some, "share_after": table["after"] / some}
        return table.assign(gained=either - before, lost=either - after, **shares)

    def list_gaining_places(self) -> tuple[PlaceEffect, ...]:
        """List the stations that newly serve demand, the largest effect first.

        Each is measured alone beside the stations before, so that effects overlap and need not add up.
        """
        return self._list_effects(1, self.gained)

    def list_losing_places(self) -> tuple[PlaceEffect, ...]:
        """List the former stations whose demand is no longer served, largest effect first, each alone."""
        return self._list_effects(0, self.lost)

    def compare_ground(self, outlines: "gpd.GeoDataFrame") -> "tuple[BaseGeometry, BaseGeometry]":
        """Return the ground of some areas within reach after alone, and before alone, good to some 10 m. *CRS*: WGS84."""
        import geopandas as gpd

        lon, lat = outlines.total_bounds[::2].mean(), outlines.total_bounds[1::2].mean()
        flat = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +units=m"
        points = (side.points[self._usable(number)] for number, side in enumerate(self.sides))
        places = (gpd.GeoSeries.from_xy(*lonlat.T, crs=4326).to_crs(flat) for lonlat in points)
        before, after = (place.buffer(self.reach.radius_m).union_all() for place in places)
        parts = gpd.GeoSeries([after.difference(before), before.difference(after)], crs=flat)
        ground = outlines.geometry.to_crs(flat).union_all()
        gained, lost = parts.intersection(ground).simplify(_SMOOTH_M).to_crs(4326)
        return gained, lost

    def _list_effects(self, side: int, points: Mask) -> tuple[PlaceEffect, ...]:
        stands, places = np.flatnonzero(self._usable(side)), self.sides[side].points
        others = self.sides[1 - side].points[self._usable(1 - side)]
        new, radius_m = places[stands], self.reach.radius_m
        exact = None if self.reach.network else self.demand.added_amounts(others, new, radius_m)
        if exact is None:
            some, amounts = self.demand.select(points), np.zeros(len(new))
            for rows, near in pairs_in_reach(some.points, new, self.reach):
                np.add.at(amounts, near.station, some.weight[rows][near.row])
        else:
            amounts = self.demand.round_served(exact)
        effects = [
            PlaceEffect(self.sides[side].stations[stands[row]], float(amounts[row]))
            for row in np.flatnonzero(amounts > 0).tolist()
        ]
        return tuple(sorted(effects, key=lambda effect: (-effect.demand, effect.station.id)))

    def _usable(self, side: int) -> Mask:
        return self.sides[side].passing_mask(self.reach.filters, self.at)


def compare_coverage(
    demand: Demand, before: StationIndex, after: StationIndex, at: datetime, reach: Reach
) -> CoverageComparison:
    """Compare which demand has a usable station within reach that is open, on either side.

    *Raises*: as `coverage_at`.
    """
    sides = (before, after)
    one, other = (coverage_at(replace(demand, even_ground=None), side, at, reach) for side in sides)
    masks = np.column_stack((one.mask, other.mask, one.mask | other.mask))
    either: Mask | Floats = masks[:, 2]
    usable = [side.points[side.passing_mask(reach.filters, at)] for side in sides]
    side = np.repeat([0, 1], [len(places) for places in usable])
    is_open = np.column_stack((side == 0, side == 1, side >= 0))
    if reach.network is None:
        shares = ground_shares(demand, np.concatenate(usable), is_open, reach.radius_m)
        if shares is not None:
            either = fill_shares(shares, masks)[:, 2]
            one, other = replace(one, ground_share=shares[:, 0]), replace(other, ground_share=shares[:, 1])
    return CoverageComparison(demand, sides, one, other, either, at, reach)


@dataclass(frozen=True, slots=True)
class WeekComparison:
    """Gained and lost demand by hour of a week. *Shape*: ``gained`` and ``lost`` are (168,), in the demand's unit."""

    before: HourTable
    after: HourTable
    gained: Floats
    lost: Floats

    def night_shares(
        self, demand: Demand, sides: Sequence[StationIndex], at: datetime, reach: Reach
    ) -> tuple[float, float]:
        """Return the share that each side serves in the night after an instant's day."""
        before, after = sides
        return (
            self.before.night_shares(demand, before, at, reach)[0],
            self.after.night_shares(demand, after, at, reach)[0],
        )

    def find_best_hour(self, at: datetime) -> datetime | None:
        """Return the hour in which most is gained, the last of equal ones: of an instant's day, else of the week, else None."""
        instants = week_instants(self.before.monday)
        own = np.array([civil_date(one) == civil_date(at) for one in instants])
        for hours in (np.where(own, self.gained, 0.0), self.gained):
            last = len(hours) - 1 - int(np.argmax(hours[::-1]))
            if round(float(hours[last])) > 0:
                return instants[last]
        return None


def compare_weeks(
    demand: Demand, before: StationIndex, after: StationIndex, monday: date, reach: Reach
) -> WeekComparison:
    """Compare coverage in each hour of the week that begins on a Monday."""
    one, other = (coverage_by_hour(demand, side, monday, reach) for side in (before, after))
    exact = sum_ground_by_hour(demand, [before, after], week_instants(monday), reach)
    if exact is not None and exact[1].all():
        either = exact[0].sum(axis=0)
        return WeekComparison(one, other, either - one.served, either - other.served)
    arises, nowhere = demand.arising_bits(), np.zeros(len(demand), dtype=np.intp)
    gained, lost = (
        sum_by_hour(here & ~there & arises, demand.weight_in_hour, nowhere, 1)[0]
        for here, there in ((other.packed, one.packed), (one.packed, other.packed))
    )
    return WeekComparison(one, other, gained, lost)


def _by_id(stations: Sequence[Station]) -> Mapping[str, Station]:
    found: dict[str, Station] = {}
    for station in stations:
        if station.id in found:
            raise ValueError(f"two stations share the id {station.id!r}; ids are unique in a register")
        found[station.id] = station
    return found


def extend_hours(index: StationIndex, place: int, until: str, at: datetime) -> str:
    """Return the hours of a station that opens until an hour on its days: as early as on the first of them from an instant on.

    One that opens later than the instant opens at 8:00. A break stays, unless it holds the instant. A station that is
    open so long already keeps its own; one whose hours aren't known opens every day from 8:00.
    """
    text = index.stations[place].hours_text
    if until == "all":
        written = write_hours_of_open_days(text, _ALL_DAY)
        return "24小时" if written == f"每天{_ALL_DAY}" else written
    first = civil_date(at)
    days = (first + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD))
    found = ((one, spans) for one in days if (spans := _list_open_spans(index, place, one)))
    on, opened = next(found, (first, []))
    day, at = start_of_day(on), at + (on - first)
    hour, minute = map(int, until.split(":"))
    closes = day + timedelta(hours=hour, minutes=minute)
    is_open = any(start <= at < end for start, end in opened)
    if opened and opened[-1][1] >= closes and (is_open or at >= closes):
        return text
    spans = _extend_spans(opened or [(day + _OPENS, day + _OPENS)], at, closes)
    if at < spans[0][0]:
        spans[0] = (min(spans[0][0], day + _OPENS), spans[0][1])
    clocks = [(f"{one.astimezone(CIVIL_TIME):%H:%M}" for one in span) for span in spans]
    return write_hours_of_open_days(
        text, ",".join("-".join(span) for span in clocks).replace("-00:00", "-24:00")
    )


def _extend_spans(
    opened: Sequence[tuple[datetime, datetime]], at: datetime, closes: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the spans of a day, open until it closes; a break stays, unless it holds the instant."""
    spans = [opened[0]]
    for start, end in opened[1:]:
        if spans[-1][1] <= at < start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    spans[-1] = (spans[-1][0], max(spans[-1][1], closes))
    return spans


def _list_open_spans(index: StationIndex, place: int, on: date) -> list[tuple[datetime, datetime]]:
    """List when a station opens and closes on a civil day."""
    pieces = index.pieces(int(index.timetable_numbers[place]), on, 1)
    ends = [*(one.start for one in pieces[1:]), start_of_day(on) + timedelta(days=1)]
    spans = zip(pieces, ends, strict=True)
    return [(one.start, end) for one, end in spans if one.opening.state is OpeningState.OPEN]
