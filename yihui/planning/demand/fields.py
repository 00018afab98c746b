"""The fields that say how a file of demand is read: of the page that uploads one, and of every command that takes one."""

from collections.abc import Mapping
from pathlib import Path

from core.text_marks import N_
from yihui.planning.analysis.fields import DATUM_LABELS, AnalysisField, AnalysisValues, FieldKind
from yihui.planning.demand.request import (
    MAX_RASTER_RESOLUTION,
    MIN_RASTER_RESOLUTION,
    DemandFileOptions,
    LeaveOut,
    PolygonSpread,
    RasterOptions,
    RasterValues,
)
from yihui.planning.order import MAX_SPACING_M, MIN_SPACING_M

LEFT_OUT_LABELS: Mapping[str, str] = {
    LeaveOut.OUTSIDE: N_("rows outside of the area"),
    LeaveOut.TOTALS: N_("totals of cities whose counties are in the file too"),
    LeaveOut.UNKNOWN: N_("rows that name no district"),
}
POLYGON_LABELS: Mapping[str, str] = {
    PolygonSpread.GRID: N_("spread evenly on a grid"),
    PolygonSpread.CENTRE: N_("all of it at one point inside"),
}
RASTER_LABELS: Mapping[str, str] = {
    RasterValues.COUNTS: N_("people in each cell"),
    RasterValues.DENSITY: N_("people per km²"),
}
# What every planning command takes.
DEMAND_FILE_FIELDS = (
    AnalysisField("demand-column", N_("Column that says how much"), metavar="NAME"),
    AnalysisField("demand-each", N_("Every row is one order, or one person"), FieldKind.TICK),
    AnalysisField("demand-datum", N_("Datum of longitude and latitude"), FieldKind.CHOICE, "", DATUM_LABELS),
    AnalysisField(
        "raster-values",
        N_("GeoTIFF: what its cells hold"),
        FieldKind.CHOICE,
        "",
        RASTER_LABELS,
        is_bound=True,
    ),
    AnalysisField(
        "no-raster-correction",
        N_("GeoTIFF: leave the people of each county as they are, uncorrected"),
        FieldKind.TICK,
    ),
    AnalysisField(
        "raster-resolution",
        N_("GeoTIFF: resolution of the H3 cells, 5 to 11"),
        FieldKind.WHOLE,
        least=MIN_RASTER_RESOLUTION,
        most=MAX_RASTER_RESOLUTION,
        is_bound=True,
    ),
)
# What the page and `yihui plan demand` take.
READING_FIELDS = (
    *DEMAND_FILE_FIELDS,
    AnalysisField("unit", N_("What is counted, such as people or orders")),
    AnalysisField("leave-out", N_("Leave out"), FieldKind.CHOICES, "", LEFT_OUT_LABELS, is_bound=True),
    AnalysisField(
        "layer",
        N_("Worksheet of a workbook, or layer of a GeoPackage or of zipped Shapefiles"),
        is_further=True,
    ),
    AnalysisField("crs", N_("Coordinate system of x and y, such as EPSG:4547"), is_further=True),
    AnalysisField(
        "no-header", N_("The file has no column names: they are 1, 2, 3 …"), FieldKind.TICK, is_further=True
    ),
    AnalysisField("lon", N_("Column with longitude, or x"), is_further=True, metavar="NAME"),
    AnalysisField("lat", N_("Column with latitude, or y"), is_further=True, metavar="NAME"),
    AnalysisField("code", N_("Column with district codes"), is_further=True, metavar="NAME"),
    AnalysisField(
        "polygons",
        N_("What becomes of polygons"),
        FieldKind.CHOICE,
        PolygonSpread.GRID,
        POLYGON_LABELS,
        is_further=True,
        is_bound=True,
    ),
    AnalysisField(
        "spacing-m",
        N_("Grid for polygons, in metres"),
        FieldKind.WHOLE,
        "1000",
        is_further=True,
        least=MIN_SPACING_M,
        most=MAX_SPACING_M,
        is_bound=True,
    ),
)


def read_file_options(values: AnalysisValues, file: Path) -> DemandFileOptions:
    """Return how to read a file by the checked fields of a form, or by the options of a command."""
    read_as = values.optional("raster-values")
    return DemandFileOptions(
        file,
        column=values.optional("demand-column"),
        each=values.is_ticked("demand-each"),
        unit=values.optional("unit"),
        datum=values.datum("demand-datum"),
        crs=values.optional("crs"),
        layer=values.optional("layer"),
        headless=values.is_ticked("no-header"),
        lon=values.optional("lon"),
        lat=values.optional("lat"),
        code=values.optional("code"),
        polygons=PolygonSpread(values.text("polygons") or PolygonSpread.GRID),
        spacing_m=values.number("spacing-m", 1_000),
        leave_out=frozenset(map(LeaveOut, values.several("leave-out"))),
        raster=RasterOptions(
            RasterValues(read_as) if read_as else None,
            not values.is_ticked("no-raster-correction"),
            values.optional_whole("raster-resolution"),
        ),
    )
