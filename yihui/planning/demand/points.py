"""Locate the rows of a table by columns of degrees in a datum, or by x and y of a named projection."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Points, to_wgs84
from geo.datum import UNSHIFTED_DATUMS, Datum
from geo.formats.columns import ColumnMapping, find_datum_in_text
from geo.formats.coordinates import CoordinateText, parse_lonlat, split_coordinate_cell
from geo.formats.features import are_in_china, locate_layer
from yihui.planning.demand.table import DemandTable, TextArray, iter_row_faults, parse_numbers

RowIndices = NDArray[np.intp]


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
    faults: tuple[Fault, ...] = ()


def locate_rows(
    sheet: DemandTable, columns: ColumnMapping, datum: Datum | None, crs: str | None
) -> PlacedRows:
    """Locate the rows by their coordinate columns.

    *Raises*: FaultError for a CRS that can't be converted to WGS84 or isn't theirs, or for metres without a CRS.
    """
    if columns.has_field("point"):
        written, faults = _from_one_column(sheet, columns.headers("point")[0])
    else:
        written, faults = _from_two_columns(sheet, columns, is_metres=crs is not None)
    if crs is not None:
        return _projected(sheet, written, crs, faults)
    if datum is None:
        points, more = _by_row(sheet, written, columns.headers("datum")[0])
        return PlacedRows(points, written, None, (*faults, *more))
    return PlacedRows(_points_in_wgs84(written, datum), written, datum, faults)


def _points_in_wgs84(written: Points, datum: Datum) -> Points:
    return written.copy() if datum in UNSHIFTED_DATUMS else to_wgs84(written, datum)


def _from_two_columns(
    sheet: DemandTable, columns: ColumnMapping, *, is_metres: bool
) -> tuple[Points, tuple[Fault, ...]]:
    lon_header, lat_header = columns.headers("lon")[0], columns.headers("lat")[0]
    lon_texts, lat_texts = sheet.column(lon_header), sheet.column(lat_header)
    xy = np.column_stack((parse_numbers(lon_texts), parse_numbers(lat_texts)))
    if is_metres:
        rows = np.flatnonzero(~np.isfinite(xy).all(axis=1))
        faults = tuple(
            iter_row_faults(
                sheet,
                rows,
                lambda row: POINT_FAULTS.build(
                    "no_number", field=lon_header, value=lon_texts[row].as_py()[:80]
                ),
            )
        )
        return np.where(np.isfinite(xy).all(axis=1, keepdims=True), xy, np.nan), faults
    doubtful = np.flatnonzero(~are_in_china(xy))
    _refuse_metres(sheet, xy, lon_header)
    faults_of: dict[int, list[Fault]] = {}
    for row in doubtful.tolist():
        cells = CoordinateText(
            lon_texts[row].as_py().strip(), lat_texts[row].as_py().strip(), lon_header, lat_header
        )
        point = parse_lonlat(cells)
        xy[row] = point if isinstance(point, tuple) else np.nan
        if point is None:
            faults_of[row] = [_no_place(lon_header)]
        elif isinstance(point, list):
            faults_of[row] = point
    return xy, _list_faults(sheet, faults_of)


def _from_one_column(sheet: DemandTable, header: str) -> tuple[Points, tuple[Fault, ...]]:
    texts = sheet.column(header)
    xy = _plain_pairs(texts, header)
    faults_of: dict[int, list[Fault]] = {}
    for row in np.flatnonzero(~are_in_china(xy)).tolist():
        cells = split_coordinate_cell(texts[row].as_py().strip(), header)
        point = cells if cells is None or isinstance(cells, Fault) else parse_lonlat(cells)
        xy[row] = point if isinstance(point, tuple) else np.nan
        if point is None:
            faults_of[row] = [_no_place(header)]
        elif not isinstance(point, tuple):
            faults_of[row] = [point] if isinstance(point, Fault) else point
    return xy, _list_faults(sheet, faults_of)


def _plain_pairs(texts: TextArray, header: str) -> Points:
    """Parse “longitude,latitude” texts all at once; any other notation gives NaN."""
    import pandas as pd

    if any(
        word in header.casefold() for word in ("lat", "纬", "緯")
    ):  # such a header may mean that latitude comes first
        return np.full((len(texts), 2), np.nan)
    parts = (
        pd.Series(texts.to_pylist(), dtype=object).str.split(",", n=1, expand=True).reindex(columns=[0, 1])
    )
    return np.asarray(parts.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64, copy=True))


def _list_faults(sheet: DemandTable, faults_of: dict[int, list[Fault]]) -> tuple[Fault, ...]:
    first = iter_row_faults(sheet, np.array(sorted(faults_of), dtype=np.intp), lambda row: faults_of[row][0])
    others = [
        fault.at(file=sheet.file, row=int(sheet.numbers[row]))
        for row, several in faults_of.items()
        for fault in several[1:]
    ]
    return (*first, *others)


def _refuse_metres(sheet: DemandTable, xy: Points, header: str) -> None:
    """Raise one fault for a file in projected metres instead of the same fault for every row."""
    known = xy[np.isfinite(xy).all(axis=1)]
    if len(known) and float(np.median(np.abs(known).max(axis=1))) > 1_000:
        x, y = known[0].tolist()
        raise FaultError(
            POINT_FAULTS.build("no_degrees", file=sheet.file, field=header, value=f"{x:.10g}, {y:.10g}")
        )


def _projected(sheet: DemandTable, xy: Points, crs: str, faults: tuple[Fault, ...]) -> PlacedRows:
    there = np.flatnonzero(np.isfinite(xy).all(axis=1))
    points = np.full(xy.shape, np.nan)
    moved, datum = locate_layer(xy[there], crs, sheet.file)
    lost = ~np.asarray(np.isfinite(moved).all(axis=1))
    points[there] = np.where(lost[:, None], np.nan, moved)
    more = iter_row_faults(sheet, there[lost], lambda row: _outside_crs(crs, xy[row].tolist()))
    return PlacedRows(points, points, datum, (*faults, *more))


def _by_row(sheet: DemandTable, written: Points, header: str) -> tuple[Points, tuple[Fault, ...]]:
    """Convert points to WGS84 where each row names its own datum."""
    texts = np.array(sheet.column(header).to_pylist(), dtype=object)
    points = np.full(written.shape, np.nan)
    unknown: list[int] = []
    for text in set(texts.tolist()):
        rows = np.flatnonzero(texts == text)
        named = find_datum_in_text(text)
        if named is None:
            unknown += rows.tolist()
        else:
            points[rows] = _points_in_wgs84(written[rows], named)
    rows = np.array(sorted(unknown), dtype=np.intp)
    return points, tuple(
        iter_row_faults(
            sheet,
            rows,
            lambda row: POINT_FAULTS.build(
                "unknown_datum", field=header, value=texts[row][:80], known=", ".join(Datum)
            ),
        )
    )


def _no_place(header: str) -> Fault:
    return POINT_FAULTS.build("no_coordinates", field=header, value="")


def _outside_crs(crs: str, xy: list[float]) -> Fault:
    return POINT_FAULTS.build("outside_crs", field="crs", value=f"{xy[0]:.10g}, {xy[1]:.10g}", crs=crs[:80])
