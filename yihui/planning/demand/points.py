"""Locate the rows of a table by columns of degrees in a datum, or by x and y of a named projection."""

from dataclasses import dataclass

import numpy as np

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Points, to_wgs84
from geo.datum import UNSHIFTED_DATUMS, Datum
from geo.formats.columns import find_datum_in_text
from geo.formats.coordinates import CoordinateText, parse_lonlat, split_coordinate_cell
from geo.formats.features import are_in_china, locate_layer
from yihui.planning.demand.columns import DemandColumns
from yihui.planning.demand.table import DemandTable, TextArray, parse_numbers

POINT_FAULTS = FaultTable(
    "demand",
    {
        "no_coordinates": (
            N_("the row has demand but no coordinates"),
            N_("give its longitude and latitude, or take the row out"),
        ),
        "no_number": (
            N_("the coordinate {value} is not a number"),
            N_(
                "write x and y as numbers, in metres of the CRS that {option_crs} of {command_plan_demand} names"
            ),
        ),
        "outside_crs": (
            N_("the point {value} has no place in {crs}"),
            N_(
                "check whether {option_crs} of {command_plan_demand} is the CRS of this file, and whether x and y are swapped"
            ),
        ),
        "unknown_datum": (N_("the datum “{value}” is not known"), N_("write one of {known}")),
        "no_degrees": (
            N_("the coordinates are no degrees, such as {value}: x and y of a projection"),
            N_(
                "say which with {option_crs} of {command_plan_demand}, such as {option_crs} EPSG:4547 (whoever made the file knows)"
            ),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class PlacedRows:
    """Points in WGS84, NaN where a row has no point or a fault; ``file_degrees`` are the degrees of the file.

    *Shape*: (n, 2) each. ``datum`` is None where each row names its own.
    """

    points: Points
    file_degrees: Points
    datum: Datum | None


def locate_rows(sheet: DemandTable, where: DemandColumns) -> PlacedRows:
    """Locate the rows by their coordinate columns.

    *Raises*: FaultError for a CRS that can't be converted to WGS84 or isn't theirs, or for metres without a CRS.
    """
    if where.crs is not None:
        return _read_metres(sheet, where, where.crs)
    written = _read_degrees(sheet, where)
    if where.datum is None:
        return PlacedRows(_by_row(sheet, written, where.columns.headers("datum")[0]), written, None)
    return PlacedRows(_points_in_wgs84(written, where.datum), written, where.datum)


def _points_in_wgs84(written: Points, datum: Datum) -> Points:
    return written.copy() if datum in UNSHIFTED_DATUMS else to_wgs84(written, datum)


def _read_degrees(sheet: DemandTable, where: DemandColumns) -> Points:
    """Return the degrees of each row, NaN for a faulty one. What isn't plainly in China is parsed cell by cell."""
    if where.columns.has_field("point"):
        header = where.columns.headers("point")[0]
        texts = sheet.column(header)
        xy = _plain_pairs(texts, header)

        def split(row: int) -> CoordinateText | Fault | None:
            return split_coordinate_cell(texts[row].as_py().strip(), header)
    else:
        header, lat_header = (where.columns.headers(name)[0] for name in ("lon", "lat"))
        lon_texts, lat_texts = sheet.column(header), sheet.column(lat_header)
        xy = np.column_stack((parse_numbers(lon_texts), parse_numbers(lat_texts)))
        _refuse_metres(sheet, xy, header)

        def split(row: int) -> CoordinateText | Fault | None:
            lon, lat = (texts[row].as_py().strip() for texts in (lon_texts, lat_texts))
            return CoordinateText(lon, lat, header, lat_header)

    faults_of: dict[int, list[Fault]] = {}
    for row in np.flatnonzero(~are_in_china(xy)).tolist():
        cells = split(row)
        point = [cells] if isinstance(cells, Fault) else None if cells is None else parse_lonlat(cells)
        xy[row] = point if isinstance(point, tuple) else np.nan
        if not isinstance(point, tuple):
            faults_of[row] = point or [POINT_FAULTS.build("no_coordinates", field=header, value="")]
    sheet.add_faults(faults_of, lambda row: faults_of[row][0])
    several = [row for row in faults_of if len(faults_of[row]) > 1]
    sheet.add_faults(several, lambda row: faults_of[row][1])
    return xy


def _plain_pairs(texts: TextArray, header: str) -> Points:
    """Parse “longitude,latitude” texts all at once; any other notation gives NaN."""
    import pandas as pd

    if any(word in header.casefold() for word in ("lat", "纬", "緯")):  # latitude may come first
        return np.full((len(texts), 2), np.nan)
    pairs = pd.Series(texts.to_pylist(), dtype=object).str.split(",", n=1, expand=True)
    numbers = pairs.reindex(columns=[0, 1]).apply(pd.to_numeric, errors="coerce")
    return np.asarray(numbers.to_numpy(dtype=np.float64, copy=True))


def _refuse_metres(sheet: DemandTable, xy: Points, header: str) -> None:
    """Raise one fault for a file in projected metres instead of the same fault for every row."""
    known = xy[np.isfinite(xy).all(axis=1)]
    if len(known) and float(np.median(np.abs(known).max(axis=1))) > 1_000:
        first = "{:.10g}, {:.10g}".format(*known[0].tolist())
        raise FaultError(POINT_FAULTS.build("no_degrees", file=sheet.file, field=header, value=first))


def _read_metres(sheet: DemandTable, where: DemandColumns, crs: str) -> PlacedRows:
    """Return the rows whose x and y lie in a CRS."""
    if where.columns.has_field("point"):
        xy = _read_degrees(sheet, where)
    else:
        header, other = (where.columns.headers(name)[0] for name in ("lon", "lat"))
        texts = sheet.column(header)
        xy = np.column_stack((parse_numbers(texts), parse_numbers(sheet.column(other))))
        sheet.add_faults(
            np.flatnonzero(~np.isfinite(xy).all(axis=1)),
            lambda row: POINT_FAULTS.build("no_number", field=header, value=texts[row].as_py()[:80]),
        )
    there = np.flatnonzero(np.isfinite(xy).all(axis=1))
    points = np.full(xy.shape, np.nan)
    moved, datum = locate_layer(xy[there], crs, sheet.file)
    found = np.isfinite(moved).all(axis=1)
    points[there[found]] = moved[found]
    sheet.add_faults(
        there[~found],
        lambda row: POINT_FAULTS.build(
            "outside_crs", field="crs", value="{:.10g}, {:.10g}".format(*xy[row].tolist()), crs=crs[:80]
        ),
    )
    return PlacedRows(points, points, datum)


def _by_row(sheet: DemandTable, written: Points, header: str) -> Points:
    """Convert points to WGS84 where each row names its own datum."""
    texts = np.array(sheet.column(header).to_pylist(), dtype=object)
    points, unknown = np.full(written.shape, np.nan), list[int]()
    for text in set(texts.tolist()):
        rows = np.flatnonzero(texts == text)
        if (named := find_datum_in_text(text)) is None:
            unknown += rows.tolist()
        else:
            points[rows] = _points_in_wgs84(written[rows], named)
    sheet.add_faults(
        sorted(unknown),
        lambda row: POINT_FAULTS.build(
            "unknown_datum", field=header, value=texts[row][:80], known=", ".join(Datum)
        ),
    )
    return points
