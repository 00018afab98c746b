"""The answer of ``yihui plan demand``: how demand was read, its sums by area, and its H3 cells, which ``--demand`` reads again."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import geopandas as gpd
import numpy as np

from core.sheets.table import escape_formula
from core.text_marks import N_
from geo.coverage.cells import cell_names, cell_outlines, cells_at_points
from geo.coverage.demand import Demand
from geo.formats.outlines import load_area_names
from yihui.frame.cells import Choice
from yihui.planning.answer import Answer, Column, Sentence, Table, Unit, amount, sentence
from yihui.planning.demand.columns import LocatedBy
from yihui.planning.demand.file import DemandFileReading, sum_demand_by_area
from yihui.planning.demand.raster import RasterReading, default_resolution
from yihui.planning.demand.request import DATUM_LABELS, RASTER_LABELS, DemandQuery
from yihui.planning.demand.run import ChosenDemand, SearchDemand, count_searches_by_hour
from yihui.planning.text import hour_of_week_text
from yihui.runtime.language import Language

_BY: Mapping[LocatedBy, str] = {
    LocatedBy.GEOMETRY: N_("by geometry"),
    LocatedBy.COORDINATES: N_("by coordinates"),
    LocatedBy.DISTRICTS: N_("by district, spread evenly over its ground"),
}
_LEFT_OUT = {
    "outside": N_("outside the area"),
    "totals": N_("totals of districts that are there too"),
    "unknown": N_("no district"),
}
_BUSIEST = 5  # hours of the week to list
WITHHELD_HOURS = N_("of {count} searches the hour isn't told: their cells had fewer than ten in any one")


def build_demand_answer(query: DemandQuery, chosen: ChosenDemand, language: Language) -> Answer:
    """Build the answer: how a demand was read, and its sums by city, or by county where there is only one city."""
    sums, names = sum_demand_by_area(chosen.demand, 4), load_area_names()
    if len(sums) == 1:
        sums = sum_demand_by_area(chosen.demand, 6)
    asked = {"area": query.area, "demand": query.built_in or query.what, "unit": chosen.demand.unit}
    demand = Column("demand", N_("demand"), Unit.AMOUNT)
    columns = (Column("code", N_("code")), Column("name", N_("area")), demand)
    nowhere = language.render(N_("in no district"))
    rows = [
        (code or "", names.get(code.ljust(6, "0"), "") if code else nowhere, total)
        for code, total in sums.items()
    ]
    table = Table("areas", N_("How much where"), columns, rows, chosen.demand.unit)
    return Answer(asked, list(_sentences(chosen, language)), [table], notes=chosen.notes)


def _sentences(chosen: ChosenDemand, language: Language) -> Iterator[Sentence]:
    demand = chosen.demand
    told, total = N_("{title}: {total} at {points} points"), amount(demand.total, demand.unit)
    yield sentence("total", told, title=chosen.title, total=total, points=len(demand))
    if chosen.file_reading is not None:
        yield from _file(chosen.file_reading)
    if chosen.search_demand is not None:
        yield from _hours(chosen.search_demand, language)
    box = [*demand.points.min(axis=0).tolist(), *demand.points.max(axis=0).tolist()]
    told = N_("bounds (west south east north, WGS84): {bounds}")
    yield sentence("bounds", told, bounds=" ".join(f"{one:.4f}" for one in box), box=box)


def _hours(found: SearchDemand, language: Language) -> Iterator[Sentence]:
    """Yield the hours with most searches, and the searches whose hour is withheld."""
    hours, together = count_searches_by_hour(found.groups)
    busiest = list_busiest_hours(dict(enumerate(hours)), _BUSIEST, language)
    told = N_("most searches: {hours}") if busiest else ""
    yield sentence("searches", told, hours=busiest, by_hour=hours, first=found.first, last=found.last)
    yield sentence("hour_not_told", WITHHELD_HOURS if together else "", count=together)


def list_busiest_hours(by_hour: Mapping[int, int], most: int, language: Language) -> list[str]:
    """List the hours of the week with most searches, each with their number: 周三 10:00 (12)."""
    busiest = sorted(by_hour.items(), key=lambda one: (-one[1], one[0]))[:most]
    return [f"{hour_of_week_text(hour, language)} ({count:,})" for hour, count in busiest if count]


def _raster(raster: RasterReading, crs: str | None) -> Iterator[Sentence]:
    """Yield the cells of a raster, their sum, and its correction."""
    told = N_(
        "{cells} cells with people, {values}; CRS {crs}; summed in H3 cells of resolution {resolution}; a cell belongs to the county in which its centre lies"
    )
    named = {"values": sentence("", RASTER_LABELS[raster.values]), "crs": _crs_name(crs)}
    yield sentence("raster", told, **{**asdict(raster), **named})
    if raster.factors is None:
        yield sentence("", N_("not corrected to the census: the sums are the raster's"))
        return
    low, high = (f"{factor:.3g}" for factor in raster.factors)
    told = N_(
        "corrected to the census county by county, by factors of {low} to {high}; the raster has {people}"
    )
    yield sentence("corrected", told, low=low, high=high, people=f"{raster.people:,.0f}")


def _file(file: DemandFileReading) -> Iterator[Sentence]:
    if file.raster is not None:
        yield from _raster(file.raster, file.crs)
        return
    datum: object = file.datum and Choice(file.datum.value, DATUM_LABELS[file.datum.value])
    if file.datum is None and file.by is LocatedBy.COORDINATES:
        datum = sentence("", N_("by row"))
    by, column = Choice(file.by.value, _BY[file.by]), file.column or sentence("", N_("each row: 1"))
    told = N_("{rows} rows, {by}; demand from {column}; datum {datum}, CRS {crs}")
    yield sentence("file", told, rows=file.rows, by=by, column=column, datum=datum, crs=_crs_name(file.crs))
    if file.spread or file.represented:
        told = N_(
            "polygons: {spread} spread evenly over the crossings of a grid, {single} stand as one point inside"
        )
        yield sentence("polygons", told, spread=file.spread, single=file.represented)
    for what, left in file.left_out.items():
        text = N_("left out, {what}: {rows} rows, {demand}")
        why = sentence("", _LEFT_OUT[what.value])
        yield sentence(f"left_out_{what.value}", text, what=why, rows=left.rows, demand=f"{left.demand:,.0f}")


def _crs_name(crs: str | None) -> str | None:
    from pyproj import CRS

    return None if crs is None else str(CRS.from_user_input(crs).name)


CELLS_LAYER = "cells"
_PLACE_COLUMNS = ("cell", "lon", "lat", "geometry")
_POINT_DECIMALS, _AMOUNT_DECIMALS = 7, 6  # about 1 cm; a millionth of a person


def cells_resolution(query: DemandQuery) -> int:
    """Return the H3 resolution for a demand's cells: by the option, else by the level of its area."""
    chosen = query.file.raster_resolution if query.file is not None else None
    return default_resolution(query.area) if chosen is None else chosen


def build_demand_cells(demand: Demand, resolution: int) -> gpd.GeoDataFrame:
    """Sum a demand in H3 cells: the cell's name, the mean position of its demand, the demand, the outline.

    The column of the demand is named by its unit, so that the table can be read as demand again. Cells without
    demand are left out. *CRS*: WGS84.
    """
    import geopandas as gpd

    there = demand.select(demand.weight > 0)
    cells, row = np.unique(cells_at_points(there.points, resolution), return_inverse=True)
    amount = np.bincount(row, there.weight, len(cells))
    lon, lat = (
        np.bincount(row, there.weight * there.points[:, axis], len(cells)) / amount for axis in (0, 1)
    )
    name = "demand" if demand.unit in _PLACE_COLUMNS else demand.unit
    columns = {
        "cell": cell_names(cells),
        "lon": lon.round(_POINT_DECIMALS),
        "lat": lat.round(_POINT_DECIMALS),
        name: amount.round(_AMOUNT_DECIMALS),
    }
    return gpd.GeoDataFrame(columns, geometry=cell_outlines(cells), crs="EPSG:4326")


def render_demand_cells(cells: gpd.GeoDataFrame, title: str, to: Path) -> bytes:
    """Render cells in the format that the ending of a file names.

    ``title`` says what they are and whose data they rest on, as licences ask: the description of the layer, or in
    GeoParquet a value of the file's metadata. A CSV has neither it nor outlines.
    """
    import pyogrio

    ending = to.suffix.lower()
    if ending == ".csv":
        plain = cells.drop(columns="geometry").rename(columns=escape_formula)
        content: str = "\ufeff" + plain.to_csv(index=False, lineterminator="\n")
        return content.encode()
    file = io.BytesIO()
    if ending == ".parquet":
        import pyarrow.parquet as pq

        cells.to_parquet(file, index=False)
        table = pq.read_table(file)
        described = {**(table.schema.metadata or {}), b"description": title.encode()}
        file = io.BytesIO()
        pq.write_table(table.replace_schema_metadata(described), file)
    else:
        driver = "GPKG" if ending == ".gpkg" else "GeoJSON"
        pyogrio.write_dataframe(cells, file, driver=driver, layer=CELLS_LAYER, DESCRIPTION=title)
    return file.getvalue()
