"""Read a planner's table of the least and the most new sites per district."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.districts import Districts, is_code_within
from geo.formats.columns import normalize_header
from geo.formats.table import Row, Table, quotable_headers
from yihui.files.tables import read_table_file

_DISTRICT = ("district", "name", "区县", "县区", "县市区", "区", "名称", "行政区", "区县名称")
_CODE = ("code", "district_code", "adcode", "区划代码", "代码", "区县代码", "行政区划代码")
_LEAST = ("min", "minimum", "least", "at_least", "至少", "最少", "下限", "最少新建")
_MOST = ("max", "maximum", "most", "at_most", "至多", "最多", "上限", "最多新建")
_HOW = N_("a line with the column names 区县, 至少, 至多, then one line for each district: 历下区, 1, 3")
_MOST_SITES = 100_000


@dataclass(frozen=True, slots=True)
class DistrictLimit:
    """The least and the most new sites of a district; ``most`` None means no maximum."""

    least: int = 0
    most: int | None = None


def read_district_limits(file: Path, area: str, districts: Districts) -> Mapping[str, DistrictLimit]:
    """Read the limits by district code.

    *Raises*: FaultError with all faults of the file; OSError.
    """
    table = read_table_file(file.read_bytes(), file.name)
    columns = {
        name: next((h for h in table.headers if normalize_header(h) in map(normalize_header, known)), None)
        for name, known in (("district", _DISTRICT), ("code", _CODE), ("least", _LEAST), ("most", _MOST))
    }
    if not (columns["district"] or columns["code"]) or not (columns["least"] or columns["most"]):
        raise FaultError([_no_columns(table)])
    limits: dict[str, DistrictLimit] = {}
    faults: list[Fault] = list(table.faults)
    for row in table.rows:
        code = _code_of(row, columns, area, districts)
        limit = _limit_of(row, columns)
        told = [fault for fault in (code, *limit) if isinstance(fault, Fault)]
        if isinstance(code, str) and code in limits:
            told.append(_twice(code))
        faults += [fault.at(file=table.file, row=row.number) for fault in told]
        if not told and isinstance(code, str):
            least, most = (value if isinstance(value, int) else None for value in limit)
            limits[code] = DistrictLimit(least or 0, most)
    if not faults and not limits:
        faults.append(Fault(N_("there is no district in the file"), _HOW, file=table.file))
    if faults:
        raise FaultError(sorted(faults, key=lambda fault: fault.row or 0))
    return limits


def _code_of(row: Row, columns: Mapping[str, str | None], area: str, districts: Districts) -> str | Fault:
    text = row.text([h for h in (columns["code"], columns["district"]) if h][:1])
    name = row.text([columns["district"]]) if columns["district"] else ""
    by_code = districts.find_by_code(text)
    found = [by_code] if by_code else list(districts.find_by_name(name or text, within=area))
    if len(found) == 1 and is_code_within(found[0].code, area):
        return found[0].code
    return _unknown(text or name, area, [district.code for district in found])


def _limit_of(row: Row, columns: Mapping[str, str | None]) -> tuple[int | Fault | None, int | Fault | None]:
    least, most = (_number(row, columns[name]) for name in ("least", "most"))
    if isinstance(least, int) and isinstance(most, int) and most < least:
        return least, _crossed(least, most, columns["most"] or "")
    return least, most


def _number(row: Row, header: str | None) -> int | Fault | None:
    text = row.text([header]) if header else ""
    if not text:
        return None
    if text.isdecimal() and int(text) <= _MOST_SITES:
        return int(text)
    return Fault(
        N_("“{value}” is no number of sites"),
        N_("write a whole number, 0 or more, or leave the cell empty"),
        field=header,
        value=text,
    )


def _unknown(text: str, area: str, codes: Sequence[str]) -> Fault:
    return Fault(
        N_("no district of {area} is called “{value}”")
        if not codes
        else N_("“{value}” is not in {area}, or several districts are called so: {codes}"),
        N_("write its full name or its six-digit code"),
        field="district",
        value=text,
        params={"area": area, "codes": ", ".join(codes)},
    )


def _crossed(least: int, most: int, header: str) -> Fault:
    return Fault(
        N_("at least {least}, but at most {value}"),
        N_("write a maximum that is no smaller than the minimum"),
        field=header,
        value=str(most),
        params={"least": str(least)},
    )


def _twice(code: str) -> Fault:
    return Fault(
        N_("district {value} stands there twice"), N_("keep one row for each"), field="district", value=code
    )


def _no_columns(table: Table) -> Fault:
    return Fault(
        N_("there is no column for the district, or none for least and most; there are: {value}"),
        _HOW,
        file=table.file,
        row=1,
        value=quotable_headers(table) or "–",
    )
