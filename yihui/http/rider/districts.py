"""A district's list: for who can't or won't say where they are."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.filters import Filters
    from geo.hours import Opening
    from geo.live import Live
    from geo.station import Station

_CITY_DIGITS = 4  # of a district's code; the same with 00 is its city's
_ORDER = ("open", "unknown", "closed")


def by_city(
    districts: Mapping[str, str], names: Mapping[str, str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """City → (code, name) of its districts; several cities have a 市中区.

    *Shape*: both map codes to names. Where there is no such city (counties under a province), the
    province heads them, else the code.
    """
    in_order = sorted(districts.items())
    return [
        (names.get(f"{city}00") or names.get(f"{city[:2]}0000") or f"{city}00", list(members))
        for city, members in groupby(in_order, key=lambda item: item[0][:_CITY_DIGITS])
    ]


def listed(
    stations: Sequence["Station"], filters: "Filters", at: datetime, live: Mapping[str, "Live"]
) -> list[tuple["Station", "Opening"]]:
    """Those that pass the filters at an instant, in view of what was said of them: open ones first, then by name.

    Places without coordinates are among them: a district is all that is known of where they are.
    """
    from geo.filters import end_of_stay, refusal, status_opening
    from geo.hours import Schedules

    stations = [live[station.id].usable(station) if station.id in live else station for station in stations]
    usual = Schedules.compile([(station.hours_text, station.calendar) for station in stations])
    spells = {n: live[station.id].spells for n, station in enumerate(stations) if station.id in live}
    schedules = usual.with_spells(spells)

    def passing() -> Iterator[tuple["Station", "Opening"]]:
        for station, schedule in zip(stations, schedules.ids.tolist(), strict=True):
            opening = status_opening(station.status) or schedules.opening(schedule, at)
            too_soon = end_of_stay(partial(schedules.opening, schedule), at, filters)
            if refusal(station, opening, filters, at, too_soon) is None:
                yield station, opening

    return sorted(passing(), key=lambda pair: (_ORDER.index(pair[1].state), pair[0].name, pair[0].id))
