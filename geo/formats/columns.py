"""Map the columns of a file to the fields of a station, by the headers or by a mapping file."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from core.faults import Fault, FaultTable, raise_faults
from core.sheets.table import Table
from core.text_marks import N_
from geo.datum import Datum
from geo.formats.facility_words import names_facility
from geo.formats.wording import strip_question

_NO_COLUMN = N_("there is no column for “{field}”; looked for: {looked}; there are: {value}")
_FAULTS = FaultTable(
    "columns",
    {
        "no_column": (_NO_COLUMN, N_("name the column in a mapping file (--columns)")),
        "no_kind": (
            _NO_COLUMN,
            N_("name the column in a mapping file (--columns), or say --kind mother_room or the like"),
        ),
        "no_coordinate": (
            _NO_COLUMN,
            N_("name the column in a mapping file (--columns), or write placed: false there"),
        ),
        "no_such_header": (
            N_("the mapping names the column “{value}”, which the file does not have; there are: {there}"),
            N_("write the header as it stands in the file"),
        ),
        "no_such_ignored": (
            N_("the column “{value}” is to be ignored, but the file does not have it; there are: {there}"),
            N_("write the header as it stands in the file"),
        ),
    },
)

# The accepted headers of each field, our own name first. Compared without case, width, spaces,
# underscores and bracketed remarks.
_SYNONYMS = {
    "id": (
        "id code station_id site_id poi_id 编号 編號 站点编号 站点ID 驿站编号 机构编号 场所编号 网点编号 "
        "点位编号 序列号"
    ),
    "name": (
        "name title station_name site_name place_name poi_name 名称 名稱 站点名称 驿站名称 场所名称 場所名稱 "
        "服务站点名称 单位名称 单位 机构名称 機構名稱 网点名称 点位名称 服务站名称 服务点名称 阵地名称 "
        "设施名称 站点名 驿站名 站名 妈妈小屋名称"
    ),
    "kind": (
        "kind type category station_type site_type 类型 類型 类别 類別 站点类型 站点类别 驿站类型 驿站类别 "
        "机构类型 机构类别 场所类型 场所类别 网点类型"
    ),
    "lon": "lon lng long longitude x 经度 經度 东经 東經",
    "lat": "lat latitude y 纬度 緯度 北纬 北緯",
    "point": (
        "point lnglat lonlat latlng latlon coordinates coordinate location geom wkt 坐标 坐標 经纬度 經緯度 "
        "经度纬度 纬度经度 纬经度 经纬度坐标 坐标经纬度 定位 位置坐标 定位坐标"
    ),
    "datum": "datum crs 坐标系 坐標系 坐标系统",
    "address": (
        "address addr street_address full_address formatted_address 地址 详细地址 詳細地址 站点地址 所在地址 "
        "驿站地址 机构地址 單位地址 单位地址 场所地址 网点地址 具体地址 位置 具体位置 详细位置 所在位置 "
        "站点位置 地理位置 地点"
    ),
    "city": "city city_name 市 城市 城市名称 县市 縣市 地市 所在市 所属市 所在城市 设区市",
    "district": (
        "district district_name area county county_name 区县 县区 區縣 县（市、区） 县市区 区县名称 县区名称 "
        "所属区县 所属县区 所属区 所在区县 所在县区 所在区 行政区 行政區 所属行政区 所在行政区 鄉鎮市區 "
        "鄉/鎮/市/區"
    ),
    "district_code": (
        "district_code adcode county_code 区划代码 行政区划代码 行政区划编码 行政区代码 行政区编码 区县代码 "
        "区县编码 县区代码"
    ),
    "hours_text": (
        "hours_text opening_hours open_hours hours business_hours service_hours working_hours office_hours "
        "opening_time open_time business_time service_time 开放时间 開放時間 营业时间 營業時間 服务时间 "
        "服務時間 运营时间 使用时间 工作时间 办公时间 对外开放时间 开放时段 营业时段 服务时段 运营时段"
    ),
    "phone": (
        "phone tel telephone phone_number contact_phone contact_number 联系电话 聯絡電話 电话 電話 联系方式 "
        "服务电话 咨询电话 固定电话 座机 站点电话 机构电话"
    ),
    "note": "note notes remark remarks comment description 备注 備註 备注信息 备注说明 说明 說明 注意事項 注意事项",
    "entry": "entry entry_method 进入方式 進入方式 开门方式 入场方式 进门方式 入门方式",
    "access": (
        "access 开放对象 開放對象 服务对象 服務對象 面向对象 使用对象 适用对象 服务人群 开放人群 开放范围 "
        "是否对外开放 对外开放 是否对外"
    ),
    "employer": "employer 限定单位 仅限单位 专属单位 内部单位 使用单位 限用单位 适用单位",
    "accepts": "accepts benefits 可用福利 适用福利 可用权益 适用权益 可用优惠 可核销福利 核销福利 可用券",
    "area_m2": (
        "area_m2 floor_area 面积 面積 使用面积 建筑面积 场地面积 室内面积 房间面积 站点面积 面积m2 面积平方米 "
        "面积㎡"
    ),
    "facilities": (
        "facilities amenities 设施 設施 服务设施 服務設施 设备设施 设施设备 配套设施 主要设施 基础设施 "
        "便民设施 配备设施 服务项目"
    ),
    "status": (
        "status business_status station_status 状态 狀態 运行状态 使用状态 启用状态 运营状态 营业状态 "
        "开放状态 站点状态 当前状态 是否启用 是否在用 是否运行 是否运营 是否正常 是否开放 是否正常开放 "
        "是否正常运行"
    ),
    "verified_on": (
        "verified_on last_verified updated_at last_updated update_time 核实日期 核验日期 核查日期 更新日期 "
        "更新時間 更新时间"
    ),
    "source": "source data_source 来源 來源 数据来源 資料來源",
    "calendar": "calendar 日历 節假日曆",
    "sample": "sample 示例",
}
HEADER_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    name: tuple(words.split()) for name, words in _SYNONYMS.items()
}
_LONG_NUMBER, _NAME_BYTES = 10, 10  # digits of a number; bytes of a column's name in a Shapefile
COORDINATE_FIELDS = ("lon", "lat", "point")
_NUMBER_IN_LAYER = re.compile(rf"(?:[\w-]+\.)?[0-9]{{1,{_LONG_NUMBER - 1}}}")
_BRACKETED = re.compile(r"[(（\[【].*?[)）\]】]")
_DATUM_WORDS = {
    **dict.fromkeys(("gcj02", "gcj", "火星", "高德", "腾讯"), Datum.GCJ02),
    **dict.fromkeys(("bd09ll", "bd09", "百度"), Datum.BD09),
    **dict.fromkeys(("cgcs2000", "天地图", "国家2000"), Datum.CGCS2000),
    **dict.fromkeys(("wgs84", "wgs", "gps"), Datum.WGS84),
}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The headers from which each field is read; ``constants`` fill empty cells.

    ``datum`` is the datum that the headers or the mapping file name; None if neither names one.
    """

    fields: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str] = field(default_factory=dict)
    datum: Datum | None = None
    placed: bool = True  # False: a register without coordinates
    unused: tuple[str, ...] = ()

    def headers(self, name: str) -> tuple[str, ...]:
        return self.fields.get(name, ())

    def has_field(self, name: str) -> bool:
        """Return whether the field has a column or a constant."""
        return name in self.fields or bool(self.constants.get(name))

    def with_constants(self, constants: Mapping[str, str]) -> "ColumnMapping":
        """Return the same columns with further constants, which replace existing ones."""
        return replace(self, constants={**self.constants, **{k: v for k, v in constants.items() if v}})

    def with_geometry(self, point: tuple[str, str], datum: Datum | None) -> "ColumnMapping":
        """Return the same columns, but with coordinates read from the file's geometry."""
        fields = {name: h for name, h in self.fields.items() if name not in COORDINATE_FIELDS}
        lon, lat = point
        before = {h for name in COORDINATE_FIELDS for h in self.headers(name) if h not in point}
        unused = (*(h for h in self.unused if h not in point), *sorted(before))
        return replace(self, fields={**fields, "lon": (lon,), "lat": (lat,)}, datum=datum, unused=unused)


def guess_columns(
    headers: Sequence[str], wanted: Datum | None = None, ignored: Collection[str] = ()
) -> ColumnMapping:
    """Guess the columns from Chinese and English headers, without the ``ignored`` ones.

    A column that is called after a facility (热水, 有无卫生间) is one of the facilities' columns.

    If a file has coordinates in several datums, those in ``wanted`` are used, else those in WGS84.
    """
    every, headers = headers, [header for header in headers if header not in ignored]
    by_name: dict[str, str] = {}
    for header in headers:
        by_name.setdefault(normalize_header(header), header)
    cut = _names_of_cut_headers()
    found: dict[str, tuple[str, ...]] = {cut[name][0]: (by_name[name],) for name in by_name if name in cut}
    found |= {
        name: (by_name[known],)
        for name, synonyms in HEADER_SYNONYMS.items()
        if name not in COORDINATE_FIELDS
        for known in [next((s for s in map(normalize_header, synonyms) if s in by_name), None)]
        if known is not None
    }
    pair, datum = _coordinates(headers, wanted)
    one = next(
        (h for h in headers if _without_datum(h) in map(normalize_header, HEADER_SYNONYMS["point"])), None
    )
    if len(pair) < 2 and one is not None:  # both in one column
        pair, datum = {"point": (one,)}, find_datum_in_text(one)
    found |= pair
    taken = {header for several in found.values() for header in several}
    asked = [h for h in headers if h not in taken and names_facility(strip_question(h))]
    if asked:
        found["facilities"] = (*found.get("facilities", ()), *asked)
    used = {header for several in found.values() for header in several}
    return ColumnMapping(found, datum=datum, unused=tuple(h for h in every if h and h not in used))


@cache
def _names_of_cut_headers() -> Mapping[str, tuple[str, str]]:
    """Return the field and the whole name of each header that a Shapefile has cut.

    A beginning of names of several fields is left out, and so is one that is a name itself.
    """
    names: dict[str, dict[str, str]] = {}
    for field_, synonyms in HEADER_SYNONYMS.items():
        for synonym in synonyms if field_ not in COORDINATE_FIELDS else ():
            for header in cut_header(synonym):
                names.setdefault(header, {}).setdefault(field_, synonym)
    whole = {normalize_header(synonym) for synonyms in HEADER_SYNONYMS.values() for synonym in synonyms}
    return {
        header: found.popitem() for header, found in names.items() if len(found) == 1 and header not in whole
    }


def cut_header(name: str) -> set[str]:
    """Return what a Shapefile leaves of a column's name, normalized: ten bytes in UTF-8 or in GBK."""
    cut = (name.encode(one)[:_NAME_BYTES].decode(one, "ignore") for one in ("utf-8", "gb18030"))
    return {normalize_header(header) for header in cut}


def find_cut_headers(headers: Iterable[str]) -> Mapping[str, str]:
    """Return the headers that a Shapefile has cut, each with its whole name."""
    known = _names_of_cut_headers()
    return {header: known[name][1] for header in headers if (name := normalize_header(header)) in known}


def are_running_numbers(ids: Sequence[str]) -> bool:
    """Return whether ids only count the records of a file, or of a larger one from which these were taken.

    Such a number is a position: in the next file it belongs to another record.
    """
    numbers = {int(text) for text in ids if text.isdecimal() and len(text) < _LONG_NUMBER}
    return bool(ids) and len(numbers) == len(ids) and max(numbers) <= 2 * len(ids)


def are_positions(ids: Sequence[str], columns: Mapping[str, Sequence[str]]) -> bool:
    """Return whether the ids outside of a file's columns count its records, or those of a table it was taken from.

    Beside a column that identifies the records every number is one, also with gaps or behind a layer's name (sites.7).
    """
    if are_running_numbers(ids):
        return True
    known = [cells for header, cells in columns.items() if _is_id(header)]
    return all(map(_NUMBER_IN_LAYER.fullmatch, ids)) and any(map(_identify, known))


def find_running_number(table: Table) -> tuple[str, ...]:
    """Return the headers of ids that only count, or are all alike, where another column identifies the records."""
    ids = {header: [row.text((header,)) for row in table.rows] for header in table.headers if _is_id(header)}
    counting = [
        header
        for header, texts in ids.items()
        if are_running_numbers(texts) or len(set(texts)) < 2 <= len(texts)
    ]
    return tuple(counting) if len(counting) < len(ids) else ()


def _is_id(header: str) -> bool:
    return normalize_header(header) in map(normalize_header, HEADER_SYNONYMS["id"])


def _identify(ids: Sequence[str]) -> bool:
    """Return whether each record has an id of its own, which does not only count."""
    return len(set(filter(None, ids))) == len(ids) and not are_running_numbers(ids)


def normalize_header(header: str) -> str:
    """Return a header without case, width, spaces, underscores and bracketed remarks."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\s_\-/、,*:]+", "", _BRACKETED.sub("", text) or text)


def find_known_header(headers: Sequence[str], names: Sequence[str], ending: str = "") -> str | None:
    """Return the first header that is one of some names, also with an ending."""
    known = {normalize_header(name) for name in names}
    return next((one for one in headers if normalize_header(one).removesuffix(ending) in known), None)


def find_datum_in_text(header: str) -> Datum | None:
    """Return the datum that a text names, such as ``lng_gcj02`` or 经度（百度）; None if it names none."""
    text = unicodedata.normalize("NFKC", header).casefold().replace("-", "").replace(" ", "")
    return next((datum for word, datum in _DATUM_WORDS.items() if word in text), None)


def _coordinates(
    headers: Sequence[str], wanted: Datum | None
) -> tuple[dict[str, tuple[str, ...]], Datum | None]:
    pairs: dict[Datum | None, dict[str, tuple[str, ...]]] = {}
    for header in headers:
        for name in ("lon", "lat"):
            if _without_datum(header) in map(normalize_header, HEADER_SYNONYMS[name]):
                pairs.setdefault(find_datum_in_text(header), {}).setdefault(name, (header,))
    best = sorted(pairs, key=lambda d: (len(pairs[d]) < 2, d != wanted, d != Datum.WGS84, d is None))
    return (pairs[best[0]], best[0]) if best else ({}, None)


def _without_datum(header: str) -> str:
    text = normalize_header(header)
    for word in sorted(_DATUM_WORDS, key=len, reverse=True):
        text = text.replace(word, "")
    return text


def check_columns(
    columns: ColumnMapping, headers: Sequence[str], file: str, ignored: Iterable[str] = ()
) -> None:
    """Check that the required columns are there, and the ``ignored`` ones.

    *Raises*: FaultError, one for each missing column, with the accepted headers and those of the file.
    """
    needed = ["name", "kind", *(("lon", "lat") if columns.placed and not columns.has_field("point") else ())]
    there = ", ".join(name for name in headers if name)
    sought = [
        *(
            ("no_such_header", header)
            for header in sorted({h for some in columns.fields.values() for h in some})
        ),
        *(("no_such_ignored", header) for header in ignored),
    ]
    raise_faults(
        [
            *(
                _FAULTS.build(code, file=file, row=1, field=header, value=header, there=there)
                for code, header in sought
                if header not in headers
            ),
            *(_missing(file, name, headers) for name in needed if not columns.has_field(name)),
        ]
    )


def _missing(file: str, name: str, headers: Sequence[str]) -> Fault:
    code = {"kind": "no_kind", "lon": "no_coordinate", "lat": "no_coordinate"}.get(name, "no_column")
    there = ", ".join(header for header in headers if header) or "–"
    return _FAULTS.build(
        code, file=file, row=1, field=name, value=there, looked=", ".join(HEADER_SYNONYMS[name])
    )
