"""Render the result of ``yihui plan demand``, how demand was read, as terminal lines or as JSON."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from core.text_marks import N_
from yihui.planning.demand.columns import LocatedBy
from yihui.planning.demand.run import ChosenDemand, DemandQuery, load_demand
from yihui.runtime.errors import fault_line
from yihui.runtime.progress import show_progress
from yihui.services.district_names import load_outline_names

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring
    from yihui.planning.demand.file import DemandFileReading
    from yihui.planning.demand.searches import SearchDemand
    from yihui.runtime.language import Language


_AMOUNT_TEXTS: Mapping[str, str] = {
    "people": N_("{amount} people"),
    "orders": N_("{amount} orders"),
    "searches": N_("{amount} searches"),
    "points": N_("{amount} rows"),
    "m2": N_("{amount} m²"),
}
_BY = {
    LocatedBy.GEOMETRY: N_("by geometry"),
    LocatedBy.COORDINATES: N_("by coordinates"),
    LocatedBy.DISTRICTS: N_("by district, spread evenly over its ground"),
}
_LEFT_OUT_TEXTS = {
    "outside": N_("outside the area"),
    "totals": N_("totals of districts that are there too"),
    "unknown": N_("no district"),
}
_SHOWN = 8  # notes to print
_BUSIEST = 5  # hours of the week to list


def print_demand(wiring: "Wiring", wanted: DemandQuery, *, as_json: bool) -> None:
    """Load the demand and print how it was read."""
    from yihui.planning.demand.file import READING_STEPS

    with show_progress(wiring.render(N_("reading {file}"), file=wanted.what), READING_STEPS) as advance:
        chosen = load_demand(wiring, wanted, advance)
    areas = _by_area(wiring, chosen)
    if as_json:
        typer.echo(json.dumps(_as_data(wiring, chosen, wanted, areas), ensure_ascii=False))
        return
    for note in chosen.notes[:_SHOWN]:
        typer.echo(fault_line(note, wiring.language).text(), err=True)
    for line in _lines(wiring, chosen):
        typer.echo(line)
    for name, total in areas.items():
        typer.echo(f"    {format_demand_number(total):>16}  {name}")


def format_demand_number(value: float) -> str:
    """Format a number for people: 1,234,567, or 0.25."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1_000 else f"{value:,.2f}"


def demand_text(language: "Language", value: float, unit: str) -> str:
    """Format a demand with its unit in the reader's language; a unit from a column header stays as it is."""
    return language.render(
        _AMOUNT_TEXTS.get(unit, "{amount} {unit}"), amount=format_demand_number(value), unit=unit
    )


def _lines(wiring: "Wiring", chosen: ChosenDemand) -> list[str]:
    demand = chosen.demand
    lines = [
        wiring.render(
            N_("{title}: {total} at {points} points"),
            title=chosen.title,
            total=demand_text(wiring.language, demand.total, demand.unit),
            points=f"{len(demand):,}",
        )
    ]
    if chosen.file_reading is not None:
        lines += _of_file(wiring, chosen.file_reading)
    if chosen.search_demand is not None:
        lines += _hours(wiring, chosen.search_demand)
    west, south, east, north = _bounds(chosen)
    bounds = f"{west:.4f} {south:.4f} {east:.4f} {north:.4f}"
    lines.append(wiring.render(N_("bounds (west south east north, WGS84): {bounds}"), bounds=bounds))
    return lines


def _hours(wiring: "Wiring", found: "SearchDemand") -> list[str]:
    """Return lines on the hours with most searches, and on the searches whose hour is withheld."""
    from yihui.planning.demand.searches import count_searches_by_hour
    from yihui.planning.report.phrases import hour_of_week_text

    hours, together = count_searches_by_hour(found.groups)
    busiest = sorted(range(len(hours)), key=lambda hour: (-hours[hour], hour))[:_BUSIEST]
    told = [
        f"{hour_of_week_text(hour, wiring.language)} ({hours[hour]:,})" for hour in busiest if hours[hour]
    ]
    lines = []
    if told:
        lines.append(wiring.render(N_("most searches: {hours}"), hours=wiring.language.format_list(told)))
    if together:
        text = N_("of {count} searches the hour isn't told: their cells had fewer than ten in any one")
        lines.append(wiring.render(text, count=f"{together:,}"))
    return lines


def _of_file(wiring: "Wiring", file: "DemandFileReading") -> list[str]:
    datum = (
        file.datum.value
        if file.datum
        else wiring.render(N_("by row"))
        if file.by is LocatedBy.COORDINATES
        else "–"
    )
    lines = [
        wiring.render(
            N_("{rows} rows, {by}; demand from {column}; datum {datum}, CRS {crs}"),
            rows=f"{file.rows:,}",
            by=wiring.render(_BY[file.by]),
            column=file.column or wiring.render(N_("each row: 1")),
            datum=datum,
            crs=_crs_name(file.crs),
        )
    ]
    if file.spread or file.represented:
        told = N_(
            "polygons: {spread} spread evenly over the crossings of a grid, {single} stand as one point inside"
        )
        lines.append(wiring.render(told, spread=f"{file.spread:,}", single=f"{file.represented:,}"))
    for what, left in file.left_out.items():
        lines.append(
            wiring.render(
                N_("left out, {what}: {rows} rows, {demand}"),
                what=wiring.render(_LEFT_OUT_TEXTS[what.value]),
                rows=f"{left.rows:,}",
                demand=format_demand_number(left.demand),
            )
        )
    return lines


def _crs_name(crs: str | None) -> str:
    if crs is None:
        return "–"
    from pyproj import CRS

    return str(CRS.from_user_input(crs).name)


def _bounds(chosen: ChosenDemand) -> tuple[float, float, float, float]:
    (west, south), (east, north) = chosen.demand.points.min(axis=0), chosen.demand.points.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _by_area(wiring: "Wiring", chosen: ChosenDemand) -> Mapping[str, float]:
    """Return the demand by city, or by county where there is only one city."""
    from yihui.planning.demand.file import sum_demand_by_area

    names = load_outline_names(wiring.outlines_cache)
    sums = sum_demand_by_area(chosen.demand, 4)
    if len(sums) == 1:
        sums = sum_demand_by_area(chosen.demand, 6)
    return {
        f"{code} {names.get(code.ljust(6, '0'), '')}".strip()
        if code
        else wiring.render(N_("in no district")): total
        for code, total in sums.items()
    }


def _as_data(
    wiring: "Wiring", chosen: ChosenDemand, wanted: DemandQuery, areas: Mapping[str, float]
) -> dict[str, object]:
    file = chosen.file_reading
    data: dict[str, object] = {
        "demand": wanted.built_in or wanted.what,
        "title": chosen.title,
        "area": wanted.area,
        "total": chosen.demand.total,
        "unit": chosen.demand.unit,
        "points": len(chosen.demand),
        "bounds": list(_bounds(chosen)),
        "by_area": dict(areas),
        "notes": [fault_line(note, wiring.language).as_json() for note in chosen.notes],
    }
    if chosen.search_demand is not None:
        from yihui.planning.demand.searches import count_searches_by_hour

        hours, together = count_searches_by_hour(chosen.search_demand.groups)
        data |= {"first": str(chosen.search_demand.first), "last": str(chosen.search_demand.last)}
        data |= {"hours": list(hours), "hour_not_told": together}
    if file is not None:
        data |= {
            "rows": file.rows,
            "by": file.by.value,
            "column": file.column,
            "datum": file.datum.value if file.datum else None,
            "crs": None if file.crs is None else _crs_name(file.crs),
            "polygons": {"spread": file.spread, "one_point": file.represented},
            "left_out": {w.value: {"rows": n.rows, "demand": n.demand} for w, n in file.left_out.items()},
        }
    return data
