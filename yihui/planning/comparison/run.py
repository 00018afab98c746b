"""What ``yihui plan compare`` asks: two registers, files or dates, and the demand that they serve."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.civil_time import civil_date, start_of
from core.faults import Fault, InputFaults
from geo.coverage.reach import OPEN_TO_ALL, Reach
from geo.crs import Datum
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.register_comparison import (
    Comparison,
    PlaceChanges,
    Side,
    WeekComparison,
    compare,
    compare_weeks,
    place_changes,
)
from geo.station import Station
from yihui.planning.demand.request import DemandRequest
from yihui.planning.demand.run import CENSUS, Chosen, DemandWanted, demand_of
from yihui.runtime.arguments import WrongValue, instant

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring

N_ = str  # marks a text for the message catalogue

NOW = "now"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ].*")
_COMPARED = "compared"  # the register's name from which two files' ids are derived


@dataclass(frozen=True, slots=True)
class CompareOrder:
    """What to compare. A side is a register's file, a register's name, a date, ``now``, or ``name@date``.

    Both are looked at ``at``, the later one at ``after_at`` where that is given. ``datum`` is that of files.
    *Units*: metres.
    """

    before: str
    after: str
    at: datetime
    area: str
    after_at: datetime | None = None
    demand: str = CENSUS
    radius_m: float = 1_000.0
    spacing_m: float = 1_000.0
    filters: Filters = OPEN_TO_ALL
    datum: Datum | None = None
    hours: bool = False
    demand_file: DemandRequest | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found; ``weeks`` only where the hours were asked for.

    ``is_sample`` where any station on either side is made up.
    """

    order: CompareOrder
    places: PlaceChanges
    counts: tuple[int, int]
    served: Comparison
    chosen: Chosen
    weeks: WeekComparison | None
    is_sample: bool


def compared(wiring: "Wiring", order: CompareOrder) -> Compared:
    """*Raises*: InputFaults for a side, an area or a demand that won't do; OSError."""
    sides = [_stations(wiring, text, option, order) for text, option in _sides(order)]
    before, after = sides
    index, later = StationIndex.build(before), StationIndex.build(after)
    chosen = demand_of(wiring, DemandWanted(order.demand, order.area, order.spacing_m, order.demand_file))
    reach = Reach(order.radius_m, order.spacing_m, order.filters)
    after_at = order.after_at or order.at
    served = compare(chosen.demand, Side(index, order.at), Side(later, after_at), reach)
    weeks = None
    if order.hours:
        mondays = [_monday(moment) for moment in (order.at, after_at)]
        weeks = compare_weeks(chosen.demand, (index, mondays[0]), (later, mondays[1]), reach)
    inside = [[s for s in side if _concerns(s, order.area)] for side in sides]
    places = place_changes(inside[0], inside[1])
    is_sample = any(station.sample for side in sides for station in side)
    return Compared(order, places, (len(inside[0]), len(inside[1])), served, chosen, weeks, is_sample)


def _sides(order: CompareOrder) -> tuple[tuple[str, str], tuple[str, str]]:
    return (order.before, "--before"), (order.after, "--after")


def _concerns(station: Station, area: str) -> bool:
    """Whether a place is listed: those of other areas serve over the border, but aren't this area's."""
    from geo.districts import is_within

    return station.district is None or is_within(station.district, area)


def _stations(wiring: "Wiring", text: str, option: str, order: CompareOrder) -> list[Station]:
    if _is_file(text):
        return _of_file(wiring, Path(text), order)
    if text == NOW:
        return _as_of(wiring, None, None, option)
    name, when = _name_and_date(text)
    return _as_of(wiring, name, when, option)


def _is_file(text: str) -> bool:
    """A path, there or mistyped; a register may not have a slash in its name."""
    return Path(text).is_file() or ("/" in text and not _is_date(text))


def _name_and_date(text: str) -> tuple[str | None, str | None]:
    if _is_date(text):
        return None, text
    name, _, when = text.rpartition("@")
    return (name, when) if name and _is_date(when) else (text, None)


def _is_date(text: str) -> bool:
    return bool(_DAY.fullmatch(text) or _INSTANT.fullmatch(text))


def _of_file(wiring: "Wiring", path: Path, order: CompareOrder) -> list[Station]:
    from yihui.services.station_import import Request, read_register

    name = _register_beside(wiring, order)
    intake = read_register(Request(path, order.datum, register=name), lambda: wiring.outlines)
    if intake.reading.errors:
        raise InputFaults(intake.reading.errors)
    return list(intake.reading.stations)


def _register_beside(wiring: "Wiring", order: CompareOrder) -> str:
    """The register that a file is compared with: rows without ids have those that its name gives them."""
    from geo.registry import load_registers

    others = [text for text, _ in _sides(order) if not _is_file(text)]
    for text in others:
        name, _ = _name_and_date(text)
        if name is not None and name != NOW:
            return name
    if others:
        with wiring.database.read() as connection:
            names = [summary.name for summary in load_registers(connection)]
        if len(names) == 1:
            return names[0]
    return _COMPARED


def _as_of(wiring: "Wiring", register: str | None, when: str | None, option: str) -> list[Station]:
    from geo.registry import load_stations, stations_as_of
    from yihui.services.station_selection import check_register

    check_register(wiring, register)
    with wiring.database.read() as connection:
        if when is None:
            found = load_stations(connection, register=register)
        else:
            found = stations_as_of(connection, moment_of(when, option), register=register)
        if not found:
            raise InputFaults([_nothing(option, when or register or NOW)])
        return found


def moment_of(text: str, option: str) -> datetime:
    """The end of a civil date, or an instant. *Raises*: WrongValue."""
    from yihui.runtime.arguments import day

    if _DAY.fullmatch(text):
        return start_of(day(text, option) + timedelta(days=1)) - timedelta(microseconds=1)
    return instant(text, option)


def _monday(moment: datetime) -> date:
    on = civil_date(moment)
    return on - timedelta(days=on.weekday())


def _nothing(option: str, value: str) -> Fault:
    return Fault(
        N_("no station is known as of {value}, or under that name"),
        N_(
            "name a register, a date since its first import, or a register's file; stations list shows what is there"
        ),
        field=option,
        value=value,
    )


def wrong_radius(radius_m: float) -> WrongValue:
    return WrongValue(
        [
            Fault(
                N_("the radius {value} m is none that can be used"),
                N_("give metres, above 0 and up to 100000 (100 km)"),
                field="--radius",
                value=f"{radius_m:g}",
            )
        ]
    )
