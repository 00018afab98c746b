"""How demand was read, as terminal lines; and demand with its unit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.text_marks import N_
from geo.coverage.demand import WEIGHTED_UNIT
from yihui.planning.demand.columns import LocatedBy
from yihui.planning.demand.request import RasterValues
from yihui.planning.text import hour_of_week_text
from yihui.runtime.errors import fault_line

if TYPE_CHECKING:
    from yihui.planning.demand.file import DemandFileReading
    from yihui.planning.demand.raster import RasterReading
    from yihui.planning.demand.run import ChosenDemand, DemandSummary, SearchDemand
    from yihui.runtime.language import Language


_AMOUNT_TEXTS: Mapping[str, str] = {
    "people": N_("{amount} people"),
    "orders": N_("{amount} orders"),
    "searches": N_("{amount} searches"),
    "points": N_("{amount} rows"),
    "m2": N_("{amount} m²"),
    WEIGHTED_UNIT: N_("{amount} people, weighted"),
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


def format_demand_number(value: float) -> str:
    """Format a number for people: 1,234,567, or 0.25."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1_000 else f"{value:,.2f}"


def demand_text(language: "Language", value: float, unit: str) -> str:
    """Format a demand with its unit in the reader's language; a unit from a column header stays as it is."""
    return language.render(
        _AMOUNT_TEXTS.get(unit, "{amount} {unit}"), amount=format_demand_number(value), unit=unit
    )


def demand_note_lines(summary: "DemandSummary", language: "Language") -> list[str]:
    """Return the first notes on the assumptions."""
    return [fault_line(note, language).text() for note in summary.chosen.notes[:_SHOWN]]


def demand_lines(summary: "DemandSummary", language: "Language") -> list[str]:
    """Return how the demand was read, and its sums by area."""
    sums = demand_by_area(summary, language).items()
    return [
        *demand_reading_lines(summary.chosen, language),
        *(f"    {format_demand_number(total):>16}  {name}" for name, total in sums),
    ]


def demand_by_area(summary: "DemandSummary", language: "Language") -> Mapping[str, float]:
    """Return the demand of each area by the area's code and name."""
    return {
        f"{code} {summary.names.get(code.ljust(6, '0'), '')}".strip()
        if code
        else language.render(N_("in no district")): total
        for code, total in summary.sums.items()
    }


def demand_reading_lines(chosen: "ChosenDemand", language: "Language") -> list[str]:
    """Return how the demand was read: its total, and what its file or the searches tell beside."""
    demand = chosen.demand
    lines = [
        language.render(
            N_("{title}: {total} at {points} points"),
            title=chosen.title,
            total=demand_text(language, demand.total, demand.unit),
            points=f"{len(demand):,}",
        )
    ]
    if chosen.file_reading is not None:
        lines += _of_file(language, chosen.file_reading)
    if chosen.search_demand is not None:
        lines += _hours(language, chosen.search_demand)
    west, south, east, north = demand_bounds(chosen)
    bounds = f"{west:.4f} {south:.4f} {east:.4f} {north:.4f}"
    lines.append(language.render(N_("bounds (west south east north, WGS84): {bounds}"), bounds=bounds))
    return lines


def _hours(language: "Language", found: "SearchDemand") -> list[str]:
    """Return lines on the hours with most searches, and on the searches whose hour is withheld."""
    from yihui.planning.demand.run import count_searches_by_hour

    hours, together = count_searches_by_hour(found.groups)
    busiest = sorted(range(len(hours)), key=lambda hour: (-hours[hour], hour))[:_BUSIEST]
    told = [f"{hour_of_week_text(hour, language)} ({hours[hour]:,})" for hour in busiest if hours[hour]]
    lines = []
    if told:
        lines.append(language.render(N_("most searches: {hours}"), hours=language.format_list(told)))
    if together:
        text = N_("of {count} searches the hour isn't told: their cells had fewer than ten in any one")
        lines.append(language.render(text, count=f"{together:,}"))
    return lines


_RASTER_VALUES = {
    RasterValues.COUNTS: N_("people in each cell"),
    RasterValues.DENSITY: N_("people per km²"),
}


def _of_raster(language: "Language", raster: "RasterReading", crs: str | None) -> list[str]:
    """Return lines on the cells of a raster, on their sum, and on its correction."""
    told = N_(
        "{cells} cells with people, {values}; CRS {crs}; summed in H3 cells of resolution {resolution}; a cell belongs "
        "to the county in which its centre lies"
    )
    lines = [
        language.render(
            told,
            cells=f"{raster.cells:,}",
            values=language.render(_RASTER_VALUES[raster.values]),
            crs=demand_crs_name(crs),
            resolution=raster.resolution,
        )
    ]
    people = format_demand_number(raster.people)
    if raster.factors is None:
        lines.append(language.render(N_("not corrected to the census: the sums are the raster's")))
    else:
        low, high = (f"{factor:.3g}" for factor in raster.factors)
        told = N_(
            "corrected to the census county by county, by factors of {low} to {high}; the raster has {people}"
        )
        lines.append(language.render(told, low=low, high=high, people=people))
    return lines


def _of_file(language: "Language", file: "DemandFileReading") -> list[str]:
    if file.raster is not None:
        return _of_raster(language, file.raster, file.crs)
    datum = (
        file.datum.value
        if file.datum
        else language.render(N_("by row"))
        if file.by is LocatedBy.COORDINATES
        else "–"
    )
    lines = [
        language.render(
            N_("{rows} rows, {by}; demand from {column}; datum {datum}, CRS {crs}"),
            rows=f"{file.rows:,}",
            by=language.render(_BY[file.by]),
            column=file.column or language.render(N_("each row: 1")),
            datum=datum,
            crs=demand_crs_name(file.crs),
        )
    ]
    if file.spread or file.represented:
        told = N_(
            "polygons: {spread} spread evenly over the crossings of a grid, {single} stand as one point inside"
        )
        lines.append(language.render(told, spread=f"{file.spread:,}", single=f"{file.represented:,}"))
    for what, left in file.left_out.items():
        lines.append(
            language.render(
                N_("left out, {what}: {rows} rows, {demand}"),
                what=language.render(_LEFT_OUT_TEXTS[what.value]),
                rows=f"{left.rows:,}",
                demand=format_demand_number(left.demand),
            )
        )
    return lines


def demand_crs_name(crs: str | None) -> str:
    """Return the name of a CRS, “–” for None."""
    if crs is None:
        return "–"
    from pyproj import CRS

    return str(CRS.from_user_input(crs).name)


def demand_bounds(chosen: "ChosenDemand") -> tuple[float, float, float, float]:
    """Return west, south, east and north of the demand's points, in WGS84."""
    (west, south), (east, north) = chosen.demand.points.min(axis=0), chosen.demand.points.max(axis=0)
    return float(west), float(south), float(east), float(north)
