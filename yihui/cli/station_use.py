"""Run ``yihui stations use``: print how many riders rested where, and at which hours of the week."""

import json
from collections.abc import Mapping, Sequence
from datetime import date

import typer

from core.civil_time import civil_date
from core.text_marks import N_
from geo.registry import load_use_groups
from geo.station import Station
from geo.usage_counts import MIN_GROUP_SIZE, StationUse, UseGroup, sum_uses_by_station
from yihui.bootstrap import Wiring
from yihui.services.station_selection import select_stations

_HOURS_TOLD = 3
_DAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def print_station_use(
    wiring: Wiring, register: str | None, district: str | None, since: date | None, *, as_json: bool
) -> None:
    """Print the uses by station, the most used first.

    Counts too small to publish for one station are summed by district.
    """
    stations = {s.id: s for s in select_stations(wiring, register=register, district=district)}
    whole = register is None and district is None
    districts = {station.district or "" for station in stations.values()}
    with wiring.database.read() as connection:
        groups = [
            group
            for group in load_use_groups(connection, civil_date(wiring.now()), since)
            if group.station in stations or (group.station is None and (whole or group.district in districts))
        ]
    if as_json:
        typer.echo(json.dumps([_as_data(group, stations) for group in groups], ensure_ascii=False))
        return
    for use in sum_uses_by_station(groups):
        typer.echo(_line(wiring, use, stations))
    _print_basis(wiring, groups)


def _line(wiring: Wiring, use: StationUse, stations: Mapping[str, Station]) -> str:
    if use.station is None:
        name = wiring.render(N_("several places of {district}"), district=use.district or "–")
    else:
        name = f"{use.station}  {stations[use.station].name}"
    rests = wiring.render(N_("rests: {count}"), count=use.count)
    hours = wiring.language.format_list(
        wiring.render(
            N_("{day} {hour} ({count})"), day=_day(wiring, hour), hour=f"{hour % 24:02}:00", count=count
        )
        for hour, count in use.busiest[:_HOURS_TOLD]
    )
    most = wiring.render(N_("most: {hours}"), hours=hours) if hours else ""
    return "  ".join(filter(None, (name, rests, most)))


def _day(wiring: Wiring, hour: int) -> str:
    return wiring.render(_DAYS[hour // 24])


def _print_basis(wiring: Wiring, groups: Sequence[UseGroup]) -> None:
    if not groups:
        told = N_(
            "nothing can be told yet: a month is told a week after its end, in groups of {least} or more"
        )
        typer.echo(wiring.render(told, least=MIN_GROUP_SIZE), err=True)
        return
    months = sorted({f"{group.month:%Y-%m}" for group in groups})
    told = N_("months: {months}; anonymous counts, none of fewer than {least}")
    typer.echo(
        wiring.render(told, months=wiring.language.format_list(months), least=MIN_GROUP_SIZE), err=True
    )


def _as_data(group: UseGroup, stations: Mapping[str, Station]) -> dict[str, object]:
    return {
        "month": f"{group.month:%Y-%m}",
        "station": group.station,
        "name": stations[group.station].name if group.station else None,
        "district": group.district,
        "hour_of_week": group.hour,
        "count": group.count,
    }
