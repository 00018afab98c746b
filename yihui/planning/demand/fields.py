"""The fields that say how a file of demand is read: of the page that uploads one, and of every command that takes one."""

from collections.abc import Mapping
from types import MappingProxyType

from core.text_marks import N_
from yihui.planning.analysis.fields import DATUM_LABELS, AnalysisField, FieldKind
from yihui.planning.demand.request import (
    MAX_RASTER_RESOLUTION,
    MIN_RASTER_RESOLUTION,
    LeaveOut,
    PolygonSpread,
    RasterValues,
)
from yihui.planning.request import MAX_SPACING_M, MIN_SPACING_M

LEFT_OUT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        LeaveOut.OUTSIDE: N_("rows outside of the area"),
        LeaveOut.TOTALS: N_("totals of cities whose counties are in the file too"),
        LeaveOut.UNKNOWN: N_("rows that name no district"),
    }
)
POLYGON_LABELS: Mapping[str, str] = MappingProxyType(
    {
        PolygonSpread.GRID: N_("spread evenly on a grid"),
        PolygonSpread.CENTRE: N_("all of it at one point inside"),
    }
)
RASTER_LABELS: Mapping[str, str] = MappingProxyType(
    {
        RasterValues.COUNTS: N_("people in each cell"),
        RasterValues.DENSITY: N_("people per km²"),
    }
)
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
    AnalysisField("crs", N_("Coordinate system of x and y, such as EPSG:4547")),
    AnalysisField("layer", N_("Worksheet of a workbook, or layer of a GeoPackage or of zipped Shapefiles")),
    AnalysisField("no-header", N_("The file has no column names: they are 1, 2, 3 …"), FieldKind.TICK),
    AnalysisField("lon", N_("Column with longitude, or x"), metavar="NAME"),
    AnalysisField("lat", N_("Column with latitude, or y"), metavar="NAME"),
    AnalysisField("code", N_("Column with district codes"), metavar="NAME"),
    AnalysisField(
        "polygons",
        N_("What becomes of polygons"),
        FieldKind.CHOICE,
        PolygonSpread.GRID,
        POLYGON_LABELS,
        is_bound=True,
    ),
    AnalysisField(
        "spacing-m",
        N_("Grid for polygons, in metres"),
        FieldKind.WHOLE,
        "1000",
        least=MIN_SPACING_M,
        most=MAX_SPACING_M,
        is_bound=True,
    ),
    AnalysisField("leave-out", N_("Leave out"), FieldKind.CHOICES, "", LEFT_OUT_LABELS, is_bound=True),
)
