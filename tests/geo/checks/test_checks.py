"""Each finding where it belongs, and silence where nothing is wrong."""

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geo.checks.checks import CheckCriteria, check_stations
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.checks.points import count_decimals
from geo.checks.shared_building import parse_area_m2
from geo.crs import from_wgs84, to_wgs84
from geo.datum import Datum
from geo.districts import Districts
from geo.station import Kind, Station

TODAY = date(2026, 10, 3)
METRE = 1 / 111_320  # degrees of latitude, roughly
COMPLETE = frozenset({"water", "microwave", "seats", "medicine", "aircon"})
PLACES: Mapping[str, tuple[str, tuple[float, float, float, float]]] = {
    "370102": ("历下区", (117.0, 36.5, 117.1, 36.7)),
    "370103": ("市中区", (117.1, 36.5, 117.2, 36.7)),
}


@pytest.fixture(scope="module")
def districts() -> Districts:
    rows = [(code, name, "济南市", "山东省", box(*bounds)) for code, (name, bounds) in PLACES.items()]
    columns = ["code", "name", "city", "province", "geometry"]
    return Districts.from_frame(gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs="EPSG:4326"))


def station(
    id: str, lon: float | None = 117.0512345, lat: float | None = 36.6012345, **more: object
) -> Station:
    """One in order: in its district, complete, verified last week."""
    basis: dict[str, object] = {
        "id": id, "name": f"{id}工会驿站", "kind": Kind.OUTDOOR_STATION, "lon": lon, "lat": lat,
        "district": "370102", "district_name": "历下区", "facilities": COMPLETE, "verified_on": "2026-09-26",
        "hours_text": "24小时", "source": "总工会",
    }  # fmt: skip
    return Station.model_validate(basis | more)


def findings(
    districts: Districts, *stations: Station, only: FindingCode | None = None
) -> list[StationFinding]:
    found = check_stations(stations, CheckCriteria(districts, TODAY))
    return [one for one in found if only in (None, one.code)]


def codes(districts: Districts, *stations: Station) -> list[tuple[FindingCode, FindingSeverity]]:
    return [(f.code, f.severity) for f in findings(districts, *stations)]


def test_a_station_in_order_is_not_mentioned(districts: Districts) -> None:
    assert codes(districts, station("泉城公园")) == []
    assert codes(districts) == []


@pytest.mark.parametrize(
    ("lon", "expected"),
    [
        (117.106, []),  # 540 m over the border: the outlines are no better
        (117.115, [(FindingCode.OUTSIDE_DISTRICT, FindingSeverity.WARNING)]),  # 1.3 km
        (117.135, [(FindingCode.OUTSIDE_DISTRICT, FindingSeverity.ERROR)]),  # 3.1 km
        (116.995, []),  # 450 m off the coast
        (116.985, [(FindingCode.OFF_THE_MAP, FindingSeverity.WARNING)]),  # 1.3 km
        (116.9, [(FindingCode.OFF_THE_MAP, FindingSeverity.ERROR)]),  # 9 km
    ],
)
def test_a_point_elsewhere_than_its_district(
    districts: Districts, lon: float, expected: list[tuple[FindingCode, FindingSeverity]]
) -> None:
    assert codes(districts, station("泉城公园", lon + 1e-6)) == expected


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({"name": "竹岔岛驿站"}, FindingSeverity.WARNING),
        ({"address": "小黑山島碼頭1號"}, FindingSeverity.WARNING),
        ({"name": "青岛路驿站"}, FindingSeverity.ERROR),
        ({"name": "半岛酒店驿站", "address": "黄岛区"}, FindingSeverity.ERROR),
        ({"name": "竹岔岛驿站", "lon": 114.0}, FindingSeverity.ERROR),  # 270 km off
    ],
)
def test_a_point_on_an_island_that_the_outlines_lack_is_a_warning(
    districts: Districts, more: dict[str, object], severity: FindingSeverity
) -> None:
    assert codes(districts, station("甲", **({"lon": 116.9} | more))) == [  # type: ignore[arg-type]
        (FindingCode.OFF_THE_MAP, severity)
    ]


def test_a_township_of_which_no_place_is_on_the_map_is_an_island(districts: Districts) -> None:
    island = [station(f"{n}", 116.9 + n / 1000, district_name="某乡") for n in (1, 2)]
    elsewhere = station("3", 116.9, district_name="历下区")
    found = {f.stations: f.severity for f in findings(districts, *island, elsewhere, station("4"))}
    assert found == {
        ("1",): FindingSeverity.WARNING,
        ("2",): FindingSeverity.WARNING,
        ("3",): FindingSeverity.ERROR,
    }


def test_an_address_says_which_of_district_and_point_is_wrong(districts: Districts) -> None:
    of_both = station("甲", 117.15123, address="济南市市中区经二路1号")
    (finding,) = findings(districts, of_both)
    assert (finding.code, finding.severity) == (FindingCode.DISTRICT_CONTRADICTED, FindingSeverity.ERROR)
    assert finding.params["located"] == "济南市市中区"
    without_point = station("乙", None, None, address="市中区经二路1号")
    assert codes(districts, without_point) == [(FindingCode.DISTRICT_CONTRADICTED, FindingSeverity.WARNING)]


def test_one_place_under_two_names_and_in_two_datums_is_found_with_its_reasons(districts: Districts) -> None:
    one = station("1", name="历下区泉城公园工会驿站3（示例）", address="济南市历下区泉城路1号")
    lon, lat = from_wgs84([(one.lon, one.lat)], Datum.GCJ02)[0].tolist()
    two = station("2", lon, lat, name="户外劳动者服务站点3号（泉城公园）", address="泉城路1号")
    (finding,) = findings(districts, one, two, *(station(f"远{n}", lat=36.55 + n / 99) for n in range(5)))
    assert (finding.code, finding.severity, finding.stations) == (
        FindingCode.DUPLICATE,
        FindingSeverity.ERROR,
        ("1", "2"),
    )
    assert 400 < finding.figures["distance_m"] < 600
    told = [reason.message.format_map(reason.params) for reason in finding.reasons]
    assert any("gcj02" in text and "but 0 m" in text for text in told)
    assert any("same address" in text for text in told)


def test_the_findings_about_one_station_are_those_of_all_that_name_it(districts: Districts) -> None:
    twins = [
        station(id, name="泉城公园工会驿站", address="泉城路1号", kind=kind)
        for kind in (Kind.OUTDOOR_STATION, Kind.MOTHER_ROOM)
        for id in (f"{kind}-1", f"{kind}-2")
    ]
    crowd = [station(f"x{n}", lat=36.52 + n / 99, hours_text="看门口" if n % 2 else "") for n in range(5)]
    everyone = [*twins, *crowd, station("外", 117.15)]
    criteria = CheckCriteria(districts, TODAY)
    whole = check_stations(everyone, criteria)
    assert {finding.code for finding in whole} > {FindingCode.DUPLICATE, FindingCode.OUTSIDE_DISTRICT}
    for one in everyone:
        about = check_stations(everyone, criteria, about=one.id)
        assert about == tuple(finding for finding in whole if one.id in finding.stations)
    assert check_stations(everyone, criteria, about="nowhere") == ()


@pytest.mark.parametrize(
    "other",
    [
        {"name": "泉城公园工会驿站4"},  # another number
        {"name": "泉城公园工会驿站3", "kind": Kind.MOTHER_ROOM},  # another service at the same place
        {"name": "泉城公园工会驿站3", "address": "泉城路1号3楼"},  # another floor
        {"name": "千佛山工会驿站"},
    ],
)
def test_neighbours_are_no_duplicates(districts: Districts, other: dict[str, object]) -> None:
    one = station("1", name="泉城公园工会驿站3", address="泉城路1号1楼")
    two = station("2", lat=36.6012345 + 40 * METRE, **({"address": "泉城路1号"} | other))
    assert findings(districts, one, two, only=FindingCode.DUPLICATE) == []


def test_rows_without_coordinates_are_duplicates_by_name_and_phone(districts: Districts) -> None:
    one = station("1", name="泉城公园工会驿站", phone="0531-12345678")
    two = station("2", None, None, name="泉城公园劳动者驿站", phone="053112345678")
    crowd = [station(f"x{n}", lat=36.52 + n / 999, name=f"某地{n}号工会驿站") for n in range(100)]
    (finding,) = findings(districts, one, two, *crowd, only=FindingCode.DUPLICATE)
    assert finding.stations == ("1", "2")


def test_several_at_one_point_are_told_unless_their_rooms_differ(districts: Districts) -> None:
    alike = [
        station(f"{n}", name=name, address="") for n, name in enumerate(("甲店工会驿站", "乙厂工会驿站"))
    ]
    (finding,) = findings(districts, *alike)
    assert finding.code is FindingCode.SAME_POINT
    rooms = [
        station(f"{n}", name="医院", kind=Kind.MOTHER_ROOM, address=f"泉城路1号{n}楼") for n in (1, 2, 3)
    ]
    assert findings(districts, *rooms) == []


def test_round_coordinates_are_told_by_the_datum_in_which_they_were_written(districts: Districts) -> None:
    written = np.array([(117.05, 36.6), (117.051, 36.601), (117.0512, 36.6012), (117.051234, 36.601234)])
    for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09):
        assert count_decimals(to_wgs84(written, datum).round(9)).tolist() == [2, 3, 4, 6]
    exact = [station(f"{n}号点", lat=36.55 + n * 0.0012345) for n in range(9)]
    (finding,) = findings(districts, *exact, station("粗略", 117.051, 36.601))
    assert (finding.code, finding.stations) == (FindingCode.ROUND_POINT, ("粗略",))
    assert (
        findings(districts, station("整数", 117.0, 36.0), only=FindingCode.PLACEHOLDER)[0].severity
        is FindingSeverity.ERROR
    )


def test_a_register_that_is_coarse_as_a_whole_is_told_once(districts: Districts) -> None:
    coarse = [station(f"{n}号点", 117.05, round(36.52 + n * 0.01, 2)) for n in range(9)]
    (finding,) = findings(districts, *coarse)
    assert (finding.code, len(finding.stations)) == (FindingCode.ROUND_POINT, 9)


def test_what_lacks_is_named_and_what_nobody_noted_is_told_once(districts: Districts) -> None:
    (finding,) = findings(districts, station("泉城公园", facilities=COMPLETE - {"water", "aircon"}))
    assert (finding.code, finding.params["facilities"]) == (FindingCode.BELOW_STANDARD, "water, aircon")
    (small,) = findings(districts, station("泉城公园", note="面积约9.5平方米"))
    assert small.figures == {"area_m2": 9.5, "least_m2": 12.0}
    silent = [station(f"{n}号", lat=36.55 + n * 0.0012345, facilities=frozenset()) for n in range(3)]
    (told,) = findings(districts, *silent)
    assert (told.code, len(told.stations)) == (FindingCode.FACILITIES_UNKNOWN, 3)


@pytest.mark.parametrize(
    ("text", "area"), [("面积12㎡", 12.0), ("约 15 平方米", 15.0), ("12m²，另有9平米", None), ("12楼", None)]
)
def test_an_area_is_read_from_a_note(text: str, area: float | None) -> None:
    assert parse_area_m2(text) == area


def test_a_verification_grows_stale_on_the_day_after_the_last(districts: Districts) -> None:
    assert codes(districts, station("泉城公园", verified_on="2026-04-06")) == []  # 180 days
    assert codes(districts, station("泉城公园", verified_on="2026-04-05")) == [
        (FindingCode.STALE, FindingSeverity.WARNING)
    ]
    assert codes(districts, station("泉城公园", verified_on=None)) == [
        (FindingCode.NEVER_VERIFIED, FindingSeverity.WARNING)
    ]


def test_hours_that_nobody_understands_are_told_once_for_all_stations(districts: Districts) -> None:
    odd = [station(f"{n}号", lat=36.55 + n * 0.0012345, hours_text="看老板心情") for n in range(3)]
    (finding,) = findings(
        districts, *odd, station("甲", lat=36.61, hours_text="看天气"), only=FindingCode.HOURS_NOT_UNDERSTOOD
    )[:1]
    assert (len(finding.stations), finding.params["text"]) == (3, "看老板心情")


def test_a_register_with_the_hours_of_a_form_is_reported_once(districts: Districts) -> None:
    def of(texts: list[str]) -> list[StationFinding]:
        listed = [station(f"{n}号", lat=36.55 + n * 0.0012345, hours_text=t) for n, t in enumerate(texts)]
        return list(findings(districts, *listed, only=FindingCode.HOURS_BY_DEFAULT))

    (finding,) = of(["0:00-23:59"] * 4 + ["9:00-17:00", "", ""])
    assert (finding.params["count"], finding.params["total"], len(finding.stations)) == ("4", "5", 4)
    assert of(["00:00-00:00", "9:00-17:00", "8:00-20:00"]) == []  # one may be meant
    assert of(["24小时"] * 5) == []  # a statement


def test_who_is_closed_for_good_is_not_looked_at(districts: Districts) -> None:
    assert codes(districts, station("泉城公园", 118.0, status="closed_for_good")) == []


def test_the_registers_own_size_counts_before_the_notes(districts: Districts) -> None:
    note = "面积约9.5平方米"
    assert not [
        f for f in findings(districts, station("泉城公园", note=note, area_m2=12.0)) if "area_m2" in f.figures
    ]
    (small,) = findings(districts, station("泉城公园", note="面积20平方米", area_m2=11.5))
    assert small.figures == {"area_m2": 11.5, "least_m2": 12.0}


SHIFTED_LON, SHIFTED_LAT = from_wgs84([(117.0512345, 36.6512345)], Datum.GCJ02)[0].tolist()


def beside(lon: float, lat: float, kind: Kind = Kind.LIBRARY, address: str = "解放路1号二楼") -> Station:
    return station("职工书屋", lon, lat, kind=kind, address=address)


def test_a_point_that_a_datum_moved_away_from_its_house_is_told(districts: Districts) -> None:
    home = station("泉城驿站", 117.0512345, 36.6512345, address="济南市历下区解放路1号")
    (finding,) = findings(districts, home, beside(SHIFTED_LON, SHIFTED_LAT), only=FindingCode.WRONG_DATUM)
    assert (finding.stations, finding.params["datum"]) == (("职工书屋",), "gcj02")
    assert finding.figures["rest_m"] < 0.1


@pytest.mark.parametrize(
    "other",
    [
        beside(117.0512345, 36.6512345),  # where it should be
        beside(117.0512345, 36.6512345 + 0.00486),  # as far, but northwards
        beside(SHIFTED_LON, SHIFTED_LAT, address="解放路2号"),  # another house
        beside(SHIFTED_LON, SHIFTED_LAT, address="解放路"),  # a street is no house
        beside(SHIFTED_LON + 0.001, SHIFTED_LAT),  # 89 m off
    ],
)
def test_what_is_as_far_for_another_reason_is_not(districts: Districts, other: Station) -> None:
    home = station("泉城驿站", 117.0512345, 36.6512345, address="济南市历下区解放路1号")
    assert not findings(districts, home, other, only=FindingCode.WRONG_DATUM)
