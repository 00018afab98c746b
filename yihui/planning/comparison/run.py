"""Compare two registers, files or dates for ``yihui plan compare``, and the demand that they serve."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.civil_time import civil_date, end_of_day, monday_of
from core.faults import FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.coverage.reach import Reach
from geo.districts import is_code_within
from geo.formats.outlines import load_area_names
from geo.nearest.index import StationIndex
from geo.register_comparison import (
    CoverageComparison,
    PlaceChanges,
    WeekComparison,
    compare_coverage,
    compare_places,
    compare_weeks,
)
from geo.registry.stations import load_registers, load_stations, load_stations_as_of
from geo.station import Station
from yihui.bootstrap import Wiring
from yihui.planning.comparison.request import CURRENT_SIDE, CompareOrder
from yihui.planning.demand.run import load_demand
from yihui.planning.results import AreaResult
from yihui.runtime.arguments import parse_day, parse_instant
from yihui.runtime.progress import begin_step
from yihui.services.stations.selection import check_register

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ].*")
_DERIVED_IDS_REGISTER = "compared"  # the register name from which the ids of two files are derived
COMPARISON_FAULTS = FaultTable(
    "comparison",
    {
        "no_station": (
            N_("no station is known as of {value}, or under that name"),
            N_("name a register, a date since its first import, or a register's file; stations list shows what is there"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparisonResult(AreaResult[CompareOrder]):
    """The differences between two sides; ``index`` is that of the side after, ``before`` the other one.

    ``weeks`` is None unless ``order.hours`` is set; ``nights`` are then the shares of the night after the day.
    """

    before: StationIndex
    places: PlaceChanges
    counts: tuple[int, int]
    served: CoverageComparison
    weeks: WeekComparison | None
    nights: tuple[float, ...]
    names: Mapping[str, str]

    @property
    def is_sample(self) -> bool:
        return any(station.sample for side in (self.before, self.index) for station in side.stations)

    @property
    def area_digits(self) -> int:
        """The digits of the listed areas' codes: cities of a province, else counties."""
        return 4 if self.order.area.endswith("0000") else 6


def compare_registers(wiring: Wiring, order: CompareOrder) -> ComparisonResult:
    """Compare two sides. *Raises*: FaultError for an unusable side, area or demand; OSError."""
    begin_step()
    sides = [_stations(wiring, text, option, order) for text, option in _sides(order)]
    index, later = map(StationIndex.build, sides)
    chosen = load_demand(wiring, order.query)
    reach = Reach(order.radius_m, order.grid_of_demand_m)
    begin_step()
    served = compare_coverage(chosen.demand.at(order.at), index, later, order.at, reach)
    weeks: WeekComparison | None = None
    nights: tuple[float, ...] = ()
    if order.hours:
        begin_step()
        weeks = compare_weeks(chosen.demand, index, later, monday_of(order.at), reach)
        nights = weeks.night_shares(chosen.demand, (index, later), order.at, reach)
    # places of other areas serve across the border but aren't listed
    inside = [
        [s for s in one if s.district is None or is_code_within(s.district, order.area)] for one in sides
    ]
    names = load_area_names()
    return ComparisonResult(
        order=order,
        area_name=names.get(order.area, order.area),
        demand=served.demand,
        demand_title=chosen.title,
        demand_of_week=chosen.demand,
        index=later,
        reach=reach,
        notes=chosen.notes,
        before=index,
        places=compare_places(*inside),
        counts=(len(inside[0]), len(inside[1])),
        served=served,
        weeks=weeks,
        nights=nights,
        names=names,
    )


def _sides(order: CompareOrder) -> tuple[tuple[str, str], tuple[str, str]]:
    return (order.before, "--before"), (order.after, "--after")


def _stations(wiring: Wiring, text: str, option: str, order: CompareOrder) -> list[Station]:
    if _is_file(text):
        return _of_file(wiring, Path(text), order)
    if text == CURRENT_SIDE:
        return _as_of(wiring, None, None, option)
    name, when = split_side(text)
    return _as_of(wiring, name, when, option)


def _is_file(text: str) -> bool:
    """Return whether a side is a path, even a mistyped one; a register name can't contain a slash."""
    return Path(text).is_file() or ("/" in text and not _is_date(text))


def split_side(text: str) -> tuple[str | None, str | None]:
    """Return the register and the day or instant that a side names, None for what it doesn't name."""
    if _is_date(text):
        return None, text
    name, _, when = text.rpartition("@")
    return (name, when) if name and _is_date(when) else (text, None)


def _is_date(text: str) -> bool:
    return bool(_DAY.fullmatch(text) or _INSTANT.fullmatch(text))


def _of_file(wiring: Wiring, path: Path, order: CompareOrder) -> list[Station]:
    from yihui.services.stations.station_import import RegisterRequest, read_register

    name = _register_for_ids(wiring, order)
    request = RegisterRequest(path, order.datum, register=name)
    intake = read_register(request, lambda: wiring.outlines, civil_date(wiring.now()))
    raise_faults([*intake.findings, *intake.reading.errors])
    return list(intake.reading.stations)


def _register_for_ids(wiring: Wiring, order: CompareOrder) -> str:
    """Return the register with which a file is compared; rows without ids get ids derived from its name."""
    others = [text for text, _ in _sides(order) if not _is_file(text)]
    named = (split_side(text)[0] for text in others)
    if name := next((name for name in named if name not in (None, CURRENT_SIDE)), None):
        return name
    if others:
        with wiring.database.read() as connection:
            names = [summary.name for summary in load_registers(connection)]
        if len(names) == 1:
            return names[0]
    return _DERIVED_IDS_REGISTER


def _as_of(wiring: Wiring, register: str | None, when: str | None, option: str) -> list[Station]:
    check_register(wiring, register)
    with wiring.database.read() as connection:
        if when is None:
            found = load_stations(connection, register=register)
        else:
            found = load_stations_as_of(connection, parse_moment(when, option), register=register)
        if not found:
            value = when or register or CURRENT_SIDE
            raise FaultError(COMPARISON_FAULTS.build("no_station", field=option, value=value))
        return found


def parse_moment(text: str, option: str) -> datetime:
    """Return the end of a civil date, or parse an instant. *Raises*: FaultError."""
    if _DAY.fullmatch(text):
        return end_of_day(parse_day(text, option)) - timedelta(microseconds=1)
    return parse_instant(text, option)
