"""Gone and new stations that are probably one place, and those that are not."""

import pytest

from geo.registry.diff import SAME_ADDRESS, SAME_NAME, SAME_POINT, SIMILAR_NAME, find_same_places
from geo.station import Kind, Station

METRE = 1 / 111_320  # degrees of latitude, roughly


def station(id: str, **more: object) -> Station:
    basis: dict[str, object] = {
        "id": id, "name": "泉城路工会驿站", "kind": Kind.OUTDOOR_STATION, "lon": 117.0204, "lat": 36.6683,
        "address": "泉城路1号",
    }  # fmt: skip
    return Station.model_validate(basis | more)


OLD = station("old")


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({}, (SAME_NAME, SAME_ADDRESS, SAME_POINT)),  # another id
        ({"name": "历下暖心小栈"}, (SAME_ADDRESS, SAME_POINT)),  # renamed
        ({"name": "泉城路暖心驿站", "address": ""}, (SIMILAR_NAME, SAME_POINT)),
        ({"name": "泉城 路工會驛站", "lat": 36.6683 + 20 * METRE}, (SAME_NAME, SAME_ADDRESS, SAME_POINT)),
        ({"lat": 37.5}, (SAME_NAME, SAME_ADDRESS)),  # its point was corrected
        ({"lon": None, "lat": None}, (SAME_NAME, SAME_ADDRESS)),
        ({"address": "泉城路1号（一楼大厅）"}, (SAME_NAME, SAME_ADDRESS, SAME_POINT)),
    ],
)
def test_a_place_under_another_id_or_name_is_recognised(
    more: dict[str, object], reasons: tuple[str, ...]
) -> None:
    (pair,) = find_same_places([OLD], [station("new", **more)])
    assert (pair.before.id, pair.after.id, pair.reasons) == ("old", "new", reasons)


@pytest.mark.parametrize(
    ("old", "new", "is_one"),
    [
        ("一楼大厅", "1楼", True),
        ("（东侧）", "东侧50米", True),
        ("东侧", "西侧", False),
        ("A座", "B座", False),
    ],
)
def test_what_follows_the_house_tells_two_places_apart_only_by_its_marks(
    old: str, new: str, *, is_one: bool
) -> None:
    pairs = find_same_places(
        [station("old", address=f"泉城路1号{old}")], [station("new", address=f"泉城路1号{new}")]
    )
    assert bool(pairs) is is_one


@pytest.mark.parametrize(
    "more",
    [
        {"kind": Kind.MOTHER_ROOM},  # another service at the same place
        {"lat": 36.7, "address": "经十路9号"},  # the same name elsewhere
        {"name": "千佛山公园", "address": "", "lat": 36.6683 + 10 * METRE},  # a neighbour
        {"name": "千佛山公园", "lon": None, "lat": None},  # the address alone
        {"address": "", "lon": None, "lat": None},  # the name alone
    ],
)
def test_another_place_is_not(more: dict[str, object]) -> None:
    assert find_same_places([OLD], [station("new", **more)]) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3号驿站", "12号驿站"),
        ("3号驿站", "泉城公园12号驿站"),
        ("十号驿站", "十二号驿站"),
        ("公园南门驿站", "公园北门驿站"),
        ("公园南门驿站", "公园东南门驿站"),
        ("一楼驿站", "二楼驿站"),
        ("十楼驿站", "二十楼驿站"),
        ("甲栋驿站", "乙栋驿站"),
        ("前门驿站", "后门驿站"),
        ("左侧驿站", "右侧驿站"),
    ],
)
def test_a_number_a_gate_and_a_floor_tell_two_places_apart(old: str, new: str) -> None:
    assert find_same_places([station("old", name=old)], [station("new", name=new)]) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [("山东大厦驿站", "历下暖心小栈"), ("三号驿站", "3号驿站"), ("九如山驿站", "泉城B座小栈")],
)
def test_a_renamed_place_at_one_address_and_point_is_recognised(old: str, new: str) -> None:
    (pair,) = find_same_places([station("old", name=old)], [station("new", name=new)])
    assert pair.reasons == (SAME_ADDRESS, SAME_POINT)


@pytest.mark.parametrize(
    ("old", "new", "is_one"),
    [
        ({"address": "城关镇人民路1号"}, {"address": "城东镇人民路1号"}, False),
        ({"address": "济南市中山路1号"}, {"address": "青岛市中山路1号"}, False),
        ({"address": "中山路1号（东侧）", "district": "370102"}, {"district": "370202"}, False),
        ({"address": "济南市泉城路街道中山路1号"}, {"address": "泉城路街道中山路1号"}, True),
    ],
)
def test_a_street_and_number_of_another_district_or_town_are_another_address(
    old: dict[str, object], new: dict[str, object], *, is_one: bool
) -> None:
    basis: dict[str, object] = {"lon": None, "lat": None, "address": "中山路1号"}
    pairs = find_same_places([station("old", **(basis | old))], [station("new", **(basis | new))])
    assert bool(pairs) is is_one


def test_stations_whose_names_and_addresses_hold_nothing_of_their_own_are_compared_by_their_letters() -> None:
    more: dict[str, object] = {"name": "工会驿站", "address": "红叶谷景区游客中心", "lon": None, "lat": None}
    (pair,) = find_same_places([station("old", **more)], [station("new", **more)])
    assert pair.reasons == (SAME_NAME, SAME_ADDRESS)


NAMES = [f"泉城{one}{other}园" for one in "春夏秋冬晨昏" for other in "松竹梅"]


@pytest.mark.parametrize(
    ("before", "suffix", "after"),
    [
        ([{"address": f"{name}大院"} for name in NAMES], "", {"lon": None, "lat": None}),  # of one name
        (
            [{"name": f"{name}驿站", "address": ""} for name in NAMES],
            "暖心屋",
            {"lat": 36.6684},
        ),  # at one point
    ],
)
def test_a_crowd_of_one_name_or_place_hides_no_pair(
    before: list[dict[str, object]], suffix: str, after: dict[str, object]
) -> None:
    gone = [station(f"a{n:02}", **one) for n, one in enumerate(before)]
    added = [station(f"b{one.id}", name=one.name + suffix, address=one.address, **after) for one in gone]
    others = [station(f"c{one.id}", name=one.name, kind=Kind.LIBRARY) for one in gone]
    pairs = find_same_places([*others, *gone], [*reversed(added), *others])
    found = {(pair.before.id, pair.after.id) for pair in pairs if pair.before.kind != Kind.LIBRARY}
    assert found == {(one.id, f"b{one.id}") for one in gone}


def test_each_station_is_in_one_pair_and_the_likeliest_wins() -> None:
    gone = [station("a", name="一楼驿站"), station("b", name="二楼驿站")]
    added = [station("x", name="二楼驿站"), station("y", name="一楼驿站"), station("z", name="三楼驿站")]
    pairs = {(pair.before.id, pair.after.id) for pair in find_same_places(gone, added)}
    assert pairs == {("a", "y"), ("b", "x")}
