"""Find the district of each row or point of demand, and spread totals by district over their ground."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.coverage.even_ground import EvenGround
from geo.coverage.outlines import area_m2, sample_grid_points
from geo.coverage.population import population_demand
from geo.crs import Points
from geo.districts import (
    AssignmentFlag,
    DistrictLevel,
    Districts,
    area_code_prefix,
    is_code_within,
    level_of_code,
)
from geo.formats.columns import ColumnMapping
from geo.formats.places import DistrictClues, Gazetteer
from geo.geodesy import Floats
from yihui.planning.demand.points import check_grid_size
from yihui.planning.demand.request import LeaveOut
from yihui.planning.demand.table import DemandTable

_DIGITS = 6
_REMEDY = N_(
    "write its full official name (历下区) or its six-digit code; functional zones such as 高新区 are no districts: give the district that they lie in, or leave them out with {option_leave_out__unknown} of {command_plan_demand}"
)
DistrictCodeArray = NDArray[np.object_]
DISTRICT_FAULTS = FaultTable(
    "demand",
    {
        "township": (
            N_("{value} is the code of a township or a community, whose outlines are not at hand"),
            N_("give their outlines as polygons with the demand in a column, or totals by county"),
        ),
        "no_district": (N_("the row names no district"), N_("give its six-digit code, or its full name")),
        "total_with_parts": (
            N_("{value} is a total of districts that are in the file too, such as {part}: it would count twice"),
            N_("take such rows out, or say {option_leave_out__totals} of {command_plan_demand}"),
        ),
        "outside_area": (
            N_("the district {value} is not in {area}"),
            N_("name another {option_area}, or leave such rows out with {option_leave_out__outside} of {command_plan_demand}"),
        ),
        "repeated_district": (
            N_("the district {value} stands in row {first} already"),
            N_("add the two up, or take one out"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemandRegion:
    """The counties of the studied area, and all districts of China for points along the border.

    *Shape*: ``outlines`` has code, name, city, province, geometry. *CRS*: WGS84. ``area`` is the code of the
    whole area, None for all of China.
    """

    outlines: gpd.GeoDataFrame
    all_districts: Callable[[], Districts]
    area: str | None = None

    def assign_counties(self, points: Points) -> DistrictCodeArray:
        """Return the county of each point by the rules of `Districts`; None outside the region.

        A point off the coast, or in a gap between generalised outlines, has a county unless it lies in a neighbouring
        area. *Shape*: (n, 2), finite, to (n,).
        """
        ordered = self.outlines.sort_values("code")
        place = np.full(len(points), len(ordered), dtype=np.intp)
        tree = shapely.STRtree(np.asarray(ordered.geometry.values))
        np.minimum.at(place, *tree.query(shapely.points(points), predicate="intersects"))
        codes: DistrictCodeArray = np.array([*ordered["code"].astype(str), None], dtype=object)[place]
        on_earth = (np.abs(points) <= (180.0, 90.0)).all(axis=1)
        astray = np.flatnonzero((place == len(ordered)) & on_earth)
        if not len(astray):
            return codes
        found = Districts.from_frame(self.outlines).assign(points[astray])
        codes[astray] = found.code
        near = astray[found.flag == AssignmentFlag.NEAR]
        if len(near) and self.area is not None:
            own = set(ordered["code"].astype(str))
            there = self.all_districts().assign(points[near]).code
            codes[near[np.array([code not in own for code in there], dtype=bool)]] = None
        return codes


def find_row_districts(
    sheet: DemandTable, columns: ColumnMapping, region: DemandRegion
) -> tuple[DistrictCodeArray, dict[LeaveOut | None, dict[int, Fault]]]:
    """Return the district that each row names by code or by name, and the faulty rows by kind.

    The user may leave out three kinds: whole cities and provinces of which parts are in the file too, rows that name no
    district, and rows outside of the region.
    """
    districts = region.all_districts()
    gazetteer = Gazetteer(districts)
    texts = [_read_texts(sheet, columns, name) for name in ("district_code", "district", "city")]
    codes: DistrictCodeArray = np.full(len(sheet), None, dtype=object)
    known = {district.code for district in districts.districts}
    prefixes = {prefix for code in known for prefix in (area_code_prefix(code), code[:4], code[:2])}
    header = (*columns.headers("district_code"), *columns.headers("district"))[0]
    wrong: dict[LeaveOut | None, dict[int, Fault]] = {kind: {} for kind in (*LeaveOut, None)}

    def refuse(kind: LeaveOut | None, row: int, code: str, value: str, **params: Any) -> None:
        wrong[kind][row] = DISTRICT_FAULTS.build(code, field=header, value=value, **params)

    for row, (code, district, city) in enumerate(zip(*texts, strict=True)):
        clues = DistrictClues(code[:_DIGITS], district, city)
        found = _whole_area(code, prefixes) or gazetteer.find(clues)
        found = found or next(iter(gazetteer.foreign_codes(clues)), None)
        if code and _is_township(code):
            refuse(LeaveOut.UNKNOWN, row, "township", code[:20])
        elif found is None:
            refuse(LeaveOut.UNKNOWN, row, "no_district", "")
        elif isinstance(found, Fault):
            wrong[LeaveOut.UNKNOWN][row] = replace(found, field=header, remedy=_REMEDY, severity="error")
        else:
            codes[row] = found
    there, first = sorted({str(code) for code in codes if code is not None}), dict[str, int]()
    for row, code in enumerate(codes):
        if code is None:
            continue
        if level_of_code(code) is not DistrictLevel.DISTRICT:
            for part in [one for one in there if one != code and is_code_within(one, code)][:1]:
                refuse(LeaveOut.TOTALS, row, "total_with_parts", code, part=part)
        area = region.area or code
        if not is_code_within(code, area) and not is_code_within(area, code):
            refuse(LeaveOut.OUTSIDE, row, "outside_area", code, area=area)
        if first.setdefault(code, row) != row:
            refuse(None, row, "repeated_district", code, first=str(sheet.numbers[first[code]]))
    return codes, wrong


def spread_over_districts(
    codes: DistrictCodeArray, amounts: Floats, region: DemandRegion, spacing_m: float, unit: str
) -> Demand:
    """Spread the demand of each district evenly over its ground; where all are counties, whole numbers stay whole.

    ``codes`` belong to the region, are unique, and none contains another.
    """
    wanted = [str(code) for code in codes]
    counties = region.outlines
    counties = counties[[any(is_code_within(str(one), area) for area in wanted) for one in counties["code"]]]
    check_grid_size(float(area_m2(counties.geometry).sum()), spacing_m)
    if all(level_of_code(code) is DistrictLevel.DISTRICT for code in wanted) and not np.mod(amounts, 1).any():
        people = {code: int(amount) for code, amount in zip(wanted, amounts.tolist(), strict=True)}
        return replace(population_demand(counties, people, spacing_m), unit=unit)
    row, points = sample_grid_points(counties, spacing_m)
    own = counties["code"].astype(str).to_numpy(dtype=object)[row]
    weight = np.zeros(len(points))
    for code, amount in zip(wanted, amounts.tolist(), strict=True):
        mine = np.array([c.startswith(area_code_prefix(code)) for c in own], dtype=bool)
        weight[mine] = amount / mine.sum()
    ground = EvenGround(np.asarray(counties.geometry), tuple(counties["code"].astype(str)))
    return Demand(points, weight, unit, np.asarray(own, dtype=object), even_ground=ground)


def _read_texts(sheet: DemandTable, columns: ColumnMapping, name: str) -> list[str]:
    if not (headers := columns.headers(name)):
        return [""] * len(sheet)
    return ["".join(text.split()) for text in sheet.column(headers[0]).to_pylist()]


def _whole_area(text: str, prefixes: set[str]) -> str | None:
    """Return the code of a whole city or province (370100, 37, 370100000000); None for any other text."""
    digits = text.ljust(_DIGITS, "0")[:_DIGITS]
    if not digits.isdecimal() or _is_township(text) or level_of_code(digits) is DistrictLevel.DISTRICT:
        return None
    return digits if area_code_prefix(digits) in prefixes else None


def _is_township(text: str) -> bool:
    return text.isdecimal() and len(text) > _DIGITS and text[_DIGITS:].strip("0") != ""
