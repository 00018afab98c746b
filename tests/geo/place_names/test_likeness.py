"""Words as people type them: areas without 市 and 区, the other script, a wrong character, ids, zones."""

import pytest

from geo.place_names.near import search_near
from geo.place_names.register import NamedPlace, PlaceIndex

PLACES = [
    NamedPlace("district", "370100", "济南市", areas="山东省", district="370100", lon=117.0, lat=36.66, count=5),
    NamedPlace("district", "370102", "历下区", areas="山东省济南市", district="370102", lon=117.07, lat=36.66, count=3),
    NamedPlace("district", "370112", "历城区", areas="山东省济南市", district="370112", lon=117.2, lat=36.7, count=2, zones="济南高新区"),
    NamedPlace("district", "370214", "城阳区", areas="山东省青岛市", district="370214", lon=120.4, lat=36.3, count=1, zones="青岛高新区"),
    NamedPlace("district", "370103", "市中区", areas="山东省济南市", district="370103", lon=116.99, lat=36.65, count=1),
    NamedPlace("district", "370402", "市中区", areas="山东省枣庄市", district="370402", lon=117.56, lat=34.86, count=1),
    NamedPlace("station", "JN-0001", "泉城路户外劳动者驿站", "泉城路180号", "山东省济南市历下区", "370102", 117.02, 36.67),
    NamedPlace("station", "JN-0002", "大明湖妈妈小屋", "泉城路与榜棚街交叉口", "山东省济南市历下区", "370102", 117.02, 36.67),
    NamedPlace("station", "tw-1", "臺北車站哺集乳室", "臺北市中正區北平西路3號", "台湾省台北市", "710009", 121.5, 25.0),
    NamedPlace("station", "ZZ-0001", "光明路驿站", "光明路1号", "山东省枣庄市市中区", "370402", 117.56, 34.86),
    NamedPlace("station", "gx", "舜华路驿站", "舜华路1号", "山东省济南市历城区", "370112", 117.13, 36.67, zones="济南高新区"),
]  # fmt: skip


@pytest.fixture(scope="module")
def finder() -> PlaceIndex:
    return PlaceIndex.build(PLACES)


def ids(finder: PlaceIndex, typed: str, limit: int = 10, district: str | None = None) -> list[str]:
    return [place.id for place in finder.search(typed, limit, district)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        # areas without their suffix
        ("济南泉城路", ["JN-0001", "JN-0002"]),
        ("济南历下", ["370102"]),
        ("济南历下泉城路", ["JN-0001", "JN-0002"]),
        ("济南市历下泉城路180号", ["JN-0001"]),
        ("枣庄泉城路", []),  # an area that is named must be right
        ("枣庄市中", ["370402"]),
        ("济南市中区", ["370103"]),
        # either script
        ("泉城路戶外勞動者驛站", ["JN-0001"]),
        ("濟南泉城路", ["JN-0001", "JN-0002"]),
        ("歷下區", ["370102"]),
        ("台北车站", ["tw-1"]),
        ("臺北車站", ["tw-1"]),
        ("大明湖媽媽小屋", ["JN-0002"]),
        # other characters of the same sound, and one wrong character
        ("全城路", ["JN-0001", "JN-0002"]),
        ("泉诚路", ["JN-0001", "JN-0002"]),
        ("历夏", ["370102"]),
        ("泉域路", ["JN-0001", "JN-0002"]),
        ("大明胡妈妈小屋", ["JN-0002"]),
        ("户外劳动音驿站", ["JN-0001"]),
        ("济南泉域路", ["JN-0001", "JN-0002"]),
        ("泉域鹿鸣", []),  # two are wrong
        ("泉水", []),  # half of two
        # ids
        ("JN-0001", ["JN-0001"]),
        ("jn0001", ["JN-0001"]),
        ("ＺＺ－０００１", ["ZZ-0001"]),
        ("JN-000", ["JN-0001", "JN-0002"]),
        ("0001", []),
        # functional zones
        ("高新区", ["370112", "370214", "gx"]),
        ("济南高新区", ["370112", "gx"]),
        ("青岛高新区", ["370214"]),
    ],
)
def test_a_place_is_found_by_what_people_type(finder: PlaceIndex, typed: str, found: list[str]) -> None:
    assert sorted(ids(finder, typed)) == sorted(found)


def test_what_is_written_like_the_query_comes_alone_without_what_only_sounds_like_it() -> None:
    finder = PlaceIndex.build(
        [NamedPlace("station", "1", "泉城路驿站"), NamedPlace("station", "2", "全城路驿站")]
    )
    assert ids(finder, "泉城路") == ["1"]
    assert ids(finder, "全诚路") == ["1", "2"] or ids(finder, "全诚路") == ["2", "1"]


def test_what_is_near_comes_first(finder: PlaceIndex) -> None:
    zaozhuang, jinan = (117.55, 34.87), (117.0, 36.66)
    assert [p.id for p in search_near(finder, "市中区", zaozhuang)] == ["370402", "370103"]
    assert [p.id for p in search_near(finder, "市中区", jinan)] == ["370103", "370402"]
    assert search_near(finder, "驿站", zaozhuang)[0].id == "ZZ-0001"
    assert search_near(finder, "驿站", zaozhuang, district="370100")[0].id != "ZZ-0001"


def test_changes_are_found_in_the_same_ways(finder: PlaceIndex) -> None:
    later = finder.with_changes(
        [NamedPlace("station", "JN-0003", "趵突泉驛站", "趵突泉南路1号")], [("station", "gx")]
    )
    assert ids(later, "趵突全驿站") == ["JN-0003"]
    assert ids(later, "JN-0003") == ["JN-0003"]
    assert "gx" not in ids(later, "高新区")
