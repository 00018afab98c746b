"""What ``yihui plan demand`` says: how demand was understood, for people or as JSON."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from yihui.planning.demand.columns import By
from yihui.planning.demand.run import Chosen, DemandWanted, demand_of
from yihui.runtime.errors import fault_line
from yihui.runtime.progress import progress
from yihui.services.district_names import outline_names

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring
    from yihui.planning.demand.file import Understood
    from yihui.planning.demand.searches import Searched
    from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

_COUNTED: Mapping[str, str] = {
    "people": N_("{amount} people"),
    "orders": N_("{amount} orders"),
    "searches": N_("{amount} searches"),
    "points": N_("{amount} rows"),
    "m2": N_("{amount} m²"),
}
_BY = {
    By.GEOMETRY: N_("by geometry"),
    By.COORDINATES: N_("by coordinates"),
    By.DISTRICTS: N_("by district, spread evenly over its ground"),
}
_LEFT = {
    "outside": N_("outside the area"),
    "totals": N_("totals of districts that are there too"),
    "unknown": N_("no district"),
}
_SHOWN = 8  # notes
_BUSIEST = 5  # hours of the week


def tell(wiring: "Wiring", wanted: DemandWanted, *, as_json: bool) -> None:
    """Read the demand and print what it is taken for."""
    from yihui.planning.demand.file import STEPS

    with progress(wiring.say(N_("reading {file}"), file=wanted.what), STEPS) as advance:
        chosen = demand_of(wiring, wanted, advance)
    areas = _by_area(wiring, chosen)
    if as_json:
        typer.echo(json.dumps(_as_data(wiring, chosen, wanted, areas), ensure_ascii=False))
        return
    for note in chosen.notes[:_SHOWN]:
        typer.echo(fault_line(note, wiring.language).text(), err=True)
    for line in _lines(wiring, chosen):
        typer.echo(line)
    for name, total in areas.items():
        typer.echo(f"    {amount(total):>16}  {name}")


def amount(value: float) -> str:
    """As people read it: 1,234,567, or 0.25."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1_000 else f"{value:,.2f}"


def counted(language: "Language", value: float, unit: str) -> str:
    """So much of a unit in the reader's language; a unit that a column named stays as it is."""
    return language.say(_COUNTED.get(unit, "{amount} {unit}"), amount=amount(value), unit=unit)


def _lines(wiring: "Wiring", chosen: Chosen) -> list[str]:
    demand = chosen.demand
    lines = [
        wiring.say(
            N_("{title}: {total} at {points} points"),
            title=chosen.title,
            total=counted(wiring.language, demand.total, demand.unit),
            points=f"{len(demand):,}",
        )
    ]
    if chosen.understood is not None:
        lines += _of_file(wiring, chosen.understood)
    if chosen.searched is not None:
        lines += _hours(wiring, chosen.searched)
    west, south, east, north = _bounds(chosen)
    bounds = f"{west:.4f} {south:.4f} {east:.4f} {north:.4f}"
    lines.append(wiring.say(N_("bounds (west south east north, WGS84): {bounds}"), bounds=bounds))
    return lines


def _hours(wiring: "Wiring", found: "Searched") -> list[str]:
    """When most searches were made, or meant to be; of many it may not be told."""
    from yihui.planning.demand.searches import by_hour
    from yihui.planning.report.phrases import hour_of_week

    hours, together = by_hour(found.groups)
    busiest = sorted(range(len(hours)), key=lambda hour: (-hours[hour], hour))[:_BUSIEST]
    told = [f"{hour_of_week(hour, wiring.language)} ({hours[hour]:,})" for hour in busiest if hours[hour]]
    lines = []
    if told:
        lines.append(wiring.say(N_("most searches: {hours}"), hours=wiring.language.listed(told)))
    if together:
        text = N_("of {count} searches the hour isn't told: their cells had fewer than ten in any one")
        lines.append(wiring.say(text, count=f"{together:,}"))
    return lines


def _of_file(wiring: "Wiring", file: "Understood") -> list[str]:
    datum = file.datum.value if file.datum else wiring.say(N_("by row")) if file.by is By.COORDINATES else "–"
    lines = [
        wiring.say(
            N_("{rows} rows, {by}; demand from {column}; datum {datum}, CRS {crs}"),
            rows=f"{file.rows:,}",
            by=wiring.say(_BY[file.by]),
            column=file.column or wiring.say(N_("each row: 1")),
            datum=datum,
            crs=_crs_name(file.crs),
        )
    ]
    if file.spread or file.represented:
        told = N_(
            "polygons: {spread} spread evenly over the crossings of a grid, {single} stand as one point inside"
        )
        lines.append(wiring.say(told, spread=f"{file.spread:,}", single=f"{file.represented:,}"))
    for what, left in file.left.items():
        lines.append(
            wiring.say(
                N_("left out, {what}: {rows} rows, {demand}"),
                what=wiring.say(_LEFT[what.value]),
                rows=f"{left.rows:,}",
                demand=amount(left.demand),
            )
        )
    return lines


def _crs_name(crs: str | None) -> str:
    if crs is None:
        return "–"
    from pyproj import CRS

    return str(CRS.from_user_input(crs).name)


def _bounds(chosen: Chosen) -> tuple[float, float, float, float]:
    (west, south), (east, north) = chosen.demand.points.min(axis=0), chosen.demand.points.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _by_area(wiring: "Wiring", chosen: Chosen) -> Mapping[str, float]:
    """By city; by county where there is only one city."""
    from yihui.planning.demand.file import by_area

    names = outline_names(wiring.outlines_cache)
    sums = by_area(chosen.demand, 4)
    if len(sums) == 1:
        sums = by_area(chosen.demand, 6)
    return {
        f"{code} {names.get(code.ljust(6, '0'), '')}".strip()
        if code
        else wiring.say(N_("in no district")): total
        for code, total in sums.items()
    }


def _as_data(
    wiring: "Wiring", chosen: Chosen, wanted: DemandWanted, areas: Mapping[str, float]
) -> dict[str, object]:
    file = chosen.understood
    data: dict[str, object] = {
        "demand": wanted.word or wanted.what,
        "title": chosen.title,
        "area": wanted.area,
        "total": chosen.demand.total,
        "unit": chosen.demand.unit,
        "points": len(chosen.demand),
        "bounds": list(_bounds(chosen)),
        "by_area": dict(areas),
        "notes": [fault_line(note, wiring.language).as_json() for note in chosen.notes],
    }
    if chosen.searched is not None:
        from yihui.planning.demand.searches import by_hour

        hours, together = by_hour(chosen.searched.groups)
        data |= {"first": str(chosen.searched.first), "last": str(chosen.searched.last)}
        data |= {"hours": list(hours), "hour_not_told": together}
    if file is not None:
        data |= {
            "rows": file.rows,
            "by": file.by.value,
            "column": file.column,
            "datum": file.datum.value if file.datum else None,
            "crs": None if file.crs is None else _crs_name(file.crs),
            "polygons": {"spread": file.spread, "one_point": file.represented},
            "left_out": {w.value: {"rows": n.rows, "demand": n.demand} for w, n in file.left.items()},
        }
    return data
