"""A user's own outlines of townships or communities (GeoJSON, GeoPackage, GeoParquet)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geo.faults import Fault, InputFaults

if TYPE_CHECKING:
    import geopandas as gpd

    from yihui.planning.demand_shapes import Shapes

N_ = str  # marks a text for the message catalogue

CODE = ("code", "adcode", "代码", "编码", "区划代码", "行政区划代码", "统计用区划代码", "乡镇代码", "村代码")
NAME = ("name", "名称", "乡镇", "乡镇名称", "街道", "社区", "村", "区域名称")
COUNTY = ("county", "区县", "县区", "区县名称", "县", "district")
_DIGITS = (6, 9, 12)
_WGS84 = "EPSG:4326"


def read_outlines(file: Path, layer: str | None = None) -> "gpd.GeoDataFrame":
    """Outlines with code, name, city (the county, where the file names it), province (empty) and geometry.

    Codes are those of GB/T 2260 and GB/T 10114, with 6, 9 or 12 digits. *CRS*: to WGS84.
    *Raises*: InputFaults with all that is wrong with the file; OSError.
    """
    import geopandas as gpd

    from geo.coverage import checked_outlines
    from yihui.planning.demand_shapes import read_shapes

    shapes = read_shapes(file.read_bytes(), file.name, layer)
    faults = [*shapes.faults]
    columns = {plain.strip().lower(): values for plain, values in shapes.columns.items()}
    code, name = _column(columns, CODE), _column(columns, NAME)
    for field, found in (("code", code), ("name", name)):
        if found is None:
            faults.append(_no_column(file.name, field, shapes))
    if shapes.crs is None:
        faults.append(_no_crs(file.name))
    if faults or code is None or name is None:
        raise InputFaults(faults)
    if wrong := [_no_code(file.name, row, text) for row, text in enumerate(code, 1) if not _is_code(text)]:
        raise InputFaults(wrong)
    frame = gpd.GeoDataFrame(
        {
            "code": [text.strip() for text in code],
            "name": list(name),
            "city": list(_column(columns, COUNTY) or [""] * len(code)),
            "province": "",
        },
        geometry=shapes.geometry,
        crs=shapes.crs,
    )
    return checked_outlines(frame.to_crs(_WGS84), file.name)


def _column(columns: Mapping[str, Sequence[str]], names: Sequence[str]) -> Sequence[str] | None:
    return next((columns[name] for name in names if name in columns), None)


def _is_code(text: str) -> bool:
    code = text.strip()
    return len(code) in _DIGITS and code.isascii() and code.isdecimal()


def _no_column(file: str, field: str, shapes: "Shapes") -> Fault:
    return Fault(
        N_("there is no column “{column}”; there are: {value}"),
        N_("name the column of the codes code (代码), that of the names name (名称)"),
        file=file,
        field=field,
        value="、".join(shapes.columns),
        params={"column": field},
    )


def _no_crs(file: str) -> Fault:
    return Fault(
        N_("the file doesn't say in which coordinates its outlines are"),
        N_("write it anew from a GIS with its coordinate reference system, such as EPSG:4490 or EPSG:4326"),
        file=file,
    )


def _no_code(file: str, row: int, text: str) -> Fault:
    return Fault(
        N_("“{value}” is no code of an area"),
        N_("write 6, 9 or 12 digits, such as 370102001 for a township"),
        file=file,
        row=row,
        field="code",
        value=text,
    )
