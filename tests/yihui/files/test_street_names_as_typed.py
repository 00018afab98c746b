"""What riders type for names that the extract spells otherwise: numbers, stations, gates, and what none of it finds."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from geo.districts import Districts
from geo.formats.outlines import read_outlines
from geo.place_names.kinds import StreetKind
from tests.street_town import JINAN, QINGDAO, Extract
from yihui.files.street_names.extract import read_extract
from yihui.files.street_names.reading import NamesFile
from yihui.files.street_names.search import ALIKE, FoundName, search_names
from yihui.files.street_names.writing import write_names

pytestmark = pytest.mark.endure
HERE = (117.01, 36.66)
ROADS = (
    *("经十路", "经十一路", "经一路", "纬2路", "成功八路", "环北路一段", "104国道", "三里河路", "五道口街"),
    *("中关村南大街", "中关村北大街", "北二十一路", "中山南路", "泰安路", "长江路"),
    *("中山北路二段", "中山北路二段27巷"),
)
# Name, tags.
PLACES: Sequence[tuple[str, dict[str, str]]] = (
    ("八一医院", {"amenity": "hospital"}),
    ("济南第一中学", {"amenity": "school"}),
    ("18路公交场站", {"amenity": "parking"}),
    ("千佛山", {"natural": "peak"}),
    ("六道口", {"railway": "station", "station": "subway"}),
    ("六道口", {"highway": "bus_stop"}),
    ("竹北", {"railway": "station"}),
    ("长途", {"amenity": "bus_station"}),
    ("泉城大学医院", {"amenity": "hospital"}),
    ("泉城大学", {"amenity": "university"}),
    ("泉城大学西门", {"barrier": "gate"}),
    ("泉城大学北门", {"entrance": "main"}),
    ("泉城大学南门", {"highway": "bus_stop"}),
    ("泉城大学体育馆侧门", {"entrance": "no"}),
    ("殷家林枢纽", {"highway": "motorway_junction"}),
    ("泰山服务区", {"highway": "services"}),
    ("金沙滩", {"natural": "beach"}),
    ("老鹰嘴", {"place": "locality"}),
    ("长江路八号公馆", {"landuse": "residential"}),
    ("长江路社区", {"landuse": "residential"}),
    ("甸柳新村", {"landuse": "residential"}),
    ("莱芜主线收费站", {"barrier": "toll_booth"}),
)


def make_quarter() -> Extract:
    """Return a made-up quarter of Jinan with the roads and places above."""
    quarter, corners = Extract(), []
    for at, name in enumerate(ROADS):
        nodes = [quarter.add_node(JINAN[0] + 0.002 * step, JINAN[1] + 0.002 * at) for step in range(4)]
        quarter.add_way(nodes, highway="residential", name=name)
        corners.append(nodes[0])
    quarter.add_way(corners, highway="residential", name="历山路")
    for at, (name, tags) in enumerate(PLACES):
        quarter.add_node(JINAN[0] + 0.001 * at, JINAN[1] - 0.001 * at, name=name, **tags)
    square = ((0.0, 0.0), (0.002, 0.0), (0.002, 0.002), (0.0, 0.002))
    drain = [quarter.add_node(JINAN[0] + 0.02 + east, JINAN[1] + north) for east, north in square]
    quarter.add_way([*drain, drain[0]], waterway="drain", area="yes", name="柳行头排洪沟")
    for tags in ({"subway": "yes"}, {"bus": "yes"}):  # one stop for both, by the names of both
        quarter.add_node(JINAN[0], JINAN[1] + 0.01, name="黄台", public_transport="stop_position", **tags)
    far = [quarter.add_node(QINGDAO[0] + 0.002 * step, QINGDAO[1]) for step in range(4)]
    quarter.add_way(far, highway="residential", name="凤凰路")
    quarter.add_node(*QINGDAO, addr__street="凤凰路", addr__housenumber="100")
    quarter.add_node(117.09, 36.19, name="岱庙", tourism="attraction")  # in 泰安
    for road, number in (
        ("历山路", "甲20号"),
        ("历山路", "22"),
        ("历山路", "7栋"),
        ("经十路", "200号"),
        ("中山北路二段27巷", "6号"),
        ("经2路", "5"),
    ):
        quarter.add_node(JINAN[0], JINAN[1] + 0.02, addr__street=road, addr__housenumber=number)
    return quarter


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamesFile]:
    folder = tmp_path_factory.mktemp("quarter")
    found = read_extract(make_quarter().write(folder / "quarter.osm.pbf"))
    write_names(found, Districts(read_outlines()), folder / "names.sqlite")
    yield NamesFile.open(folder / "names.sqlite")


def find(names: NamesFile, typed: str) -> list[FoundName]:
    return search_names(names, typed, 8, HERE)


def names_of(names: NamesFile, typed: str) -> list[str]:
    return [one.name for one in find(names, typed)]


# What is typed, and what comes first. How texts are read is proven in tests/geo/place_names, each reading by one here.
FIRST = (
    *(("经10路", "经十路"), ("纬二路", "纬2路"), ("一百零四国道", "104国道"), ("一中", "济南第一中学")),
    *(("jingshilu", "经十路"), ("经十路二百号", "经十路200号"), ("历山路与经10路", "历山路与经十路路口")),
    *(("中山北路2段27巷6号", "中山北路二段27巷6号"), ("济南市市中区经十路", "经十路")),
    *(("青島市市北區鳳凰路", "凤凰路"), ("市北凤凰路100号", "凤凰路100号"), ("经10路东段", "经十路")),
    *(("泉城大学东门", "泉城大学"), ("泉城大學南門對面", "泉城大学南门"), ("八一医院附近", "八一医院")),
    *(("环北路一", "环北路一段"), ("长江路八号", "长江路八号公馆"), ("长江路小区", "长江路社区")),
    *(("济南泰安路", "泰安路"), ("泉城太学西门", "泉城大学西门"), ("济南 汽车站", "长途")),
)
STATIONS = (
    ("地铁六道口站", "六道口站", StreetKind.TRANSIT_STATION),
    ("liudaokouditiezhan", "六道口站", StreetKind.TRANSIT_STATION),
    ("六道口公交站", "六道口", StreetKind.TRANSIT_STOP),
    ("竹北高铁站", "竹北站", StreetKind.TRANSIT_STATION),
)
PLACES_IN_THE_OPEN = (
    ("泉城大学西门", StreetKind.FACILITY),
    ("殷家林枢纽", StreetKind.CROSSING),
    ("泰山服务区", StreetKind.FACILITY),
    ("老鹰嘴", StreetKind.VILLAGE),
    ("柳行头排洪沟", StreetKind.NATURE),
)
NUMBERS = (
    ("历山路甲20号", "历山路甲20号", ""),
    ("历山路20号", "历山路甲20号", "20"),
    ("历山路乙22号", "历山路22号", "乙22"),
    ("历山路7栋", "历山路", ""),
    ("历山路2单元501室", "历山路", ""),
    ("中山北路二段27巷9号", "中山北路二段27巷6号", "9"),
    ("历山路99弄22号", "历山路", "99"),
)


def test_what_is_typed_finds_what_is_meant_first(quarter: NamesFile) -> None:
    assert [(typed, names_of(quarter, typed)[0]) for typed, _ in FIRST] == [*FIRST]
    for typed, name, kind in STATIONS:
        found = find(quarter, typed)[0]
        assert (found.name, found.kind) == (name, kind)
    for name, kind in PLACES_IN_THE_OPEN:
        assert [(one.name, one.kind) for one in find(quarter, name)] == [(name, kind)]
    for typed, name, asked in NUMBERS:
        found = find(quarter, typed)[0]
        assert (found.name, found.asked_number) == (name, asked)


def test_what_lies_beside_no_known_place_finds_nothing_by_typing(quarter: NamesFile) -> None:
    for typed in ("济南东门", "没有的公园南门", "千佛山西门小区北侧路段吗"):
        assert [one.name for one in find(quarter, typed) if one.rank < ALIKE] == []
    assert names_of(quarter, "体育馆侧门") == []


def test_another_number_direction_or_kind_is_another_name(quarter: NamesFile) -> None:
    for typed, not_found in (("经1路", "经十路"), ("8路", "18路公交场站"), ("1000佛山", "千佛山")):
        assert not_found not in names_of(quarter, typed)
    for typed in ("竹北地铁站", "六道口火车站", "千佛山地铁站"):
        kinds = [one.kind for one in find(quarter, typed) if one.rank < ALIKE]
        assert StreetKind.TRANSIT_STATION not in kinds
    for typed in ("泉城大學東門", "经十二路", "中山南路二段"):
        assert set(names_of(quarter, typed)) <= {"泉城大学"}
    for typed in ("北二十路", "中山北路段", "城大学", "经路十"):
        assert not {"北二十一路", "中山北路二段", "经十路"} & set(names_of(quarter, typed))


def test_with_a_wrong_character_a_name_of_its_length_comes_first(quarter: NamesFile) -> None:
    for near in (None, HERE, QINGDAO):
        found = [one.name for one in search_names(quarter, "泉城太学", 8, near)]
        assert found[0] == "泉城大学" and "泉城大学医院" in found


def test_an_area_and_a_word_for_any_road_list_no_roads_of_the_area(quarter: NamesFile) -> None:
    for typed in ("济南路", "济南大街", "济南一路", "山东区", "济南站", "济南路5号"):
        found = find(quarter, typed)
        assert all(one.rank >= ALIKE for one in found)  # such as 中关村南大街 for 济南大街
        assert len(found) <= 1


def test_only_numbers_that_can_be_found_are_counted(tmp_path: Path) -> None:
    extract = Extract()
    nodes = [extract.add_node(JINAN[0] + 0.002 * step, JINAN[1]) for step in range(4)]
    extract.add_way(nodes, highway="residential", name="泉城路")
    for road, number in (("泉城路", "1"), ("凤凰路", "2"), ("…", "3"), ("华清嘉园", "4"), ("泉城路", "3栋")):
        extract.add_node(*JINAN, addr__street=road, addr__housenumber=number)
    found = read_extract(extract.write(tmp_path / "town.osm.pbf"))
    counts = write_names(found, Districts(read_outlines()), tmp_path / "names.sqlite")
    assert (counts[StreetKind.ROAD], counts[StreetKind.HOUSE]) == (1, 1)
