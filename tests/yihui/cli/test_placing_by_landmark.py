"""yihui stations place --by-address: a landmark in the address says more than the road."""

import json
from math import cos, radians
from pathlib import Path

import pytest

from tests.street_town import JINAN, STEP_LAT, STEP_LON, make_town
from tests.yihui.cli.test_station_placing import build_beside
from tests.yihui.commands import Command

# Name, tags, and place in blocks; 解放路 is the row 2.
LANDMARKS = {
    "人和大厦": ({"office": "company"}, (3.6, 2.4)),
    "省府大厦": ({"office": "government"}, (6.0, 1.7)),
    "远方大厦": ({"office": "company"}, (1.0, 7.0)),
    "和风大厦": ({"office": "company"}, (5.0, 2.2)),
    "华清嘉园小区": ({"landuse": "residential"}, (6.0, 1.2)),
    "成府路": ({"highway": "bus_stop"}, (6.0, 1.0)),
}
SECOND = ("和风大厦", {"office": "company"}, (1.0, 7.0))  # of the same name
# What the address says, how certain that is, and what is proposed.
ADDRESSES = {
    "at_road": ("历下区解放路90号人和大厦1楼", "likely", "人和大厦"),
    "beside": ("解放路292号省府大厦旁", "likely", "省府大厦"),
    "two_of_a_name": ("解放路88号和风大厦", "likely", "和风大厦"),
    "far_from_road": ("解放路88号远方大厦", "rough", "解放路"),
    "metres": ("解放路90号人和大厦东100米", "likely", "人和大厦"),
    "opposite": ("解放路90号人和大厦对面", "likely", "人和大厦"),
    "across": ("解放路90号人和大厦斜对面", "rough", "解放路"),
    "east_of": ("解放路90号人和大厦以东500米", "rough", "解放路"),
    "exact": ("泉城路200号人和大厦", "certain", "泉城路200号"),
    "building": ("历下区甸柳新村12号楼", "likely", "甸柳新村"),
    "unit": ("甸柳新村3号楼2单元301室", "likely", "甸柳新村"),
    "opposite_building": ("甸柳新村12号楼对面", "likely", "甸柳新村"),
    "block": ("泉城路五百号甸柳新村三栋", "rough", "泉城路"),
    "compound": ("济南市历下区华清嘉园12号楼", "likely", "华清嘉园小区"),
    "tower": ("华清嘉园乙6幢", "unknown", None),
    "road_building": ("成府路12号楼", "rough", "成府路"),
    "side": ("历下区解放路南侧", "rough", "解放路"),
    "stretch": ("济南市历下区解放路中段", "unknown", None),
    "gate": ("济南市历下区省府大厦东门", "unknown", None),
    "hanzi": ("泉城路二百号", "certain", "泉城路200号"),
    "no_gate": ("历下区没有的公园南门", "unknown", None),
}


@pytest.fixture
def proposals(yihui: Command, tmp_path: Path) -> dict[str, dict[str, object]]:
    town = make_town()
    for name, tags, (i, j) in [*((name, *rest) for name, rest in LANDMARKS.items()), SECOND]:
        town.add_node(JINAN[0] + STEP_LON * i, JINAN[1] + STEP_LAT * j, name=name, **tags)
    addresses = {id_: ("工会驿站", address) for id_, (address, _, _) in ADDRESSES.items()}
    streets = build_beside(yihui, tmp_path, addresses, town)
    done = yihui("stations", "place", "--by-address", "--streets", streets, "--json")
    assert done.code == 0, done.words
    return {one["id"]: one for one in json.loads(done.out)["left"]}


def test_the_landmark_is_proposed_or_else_the_road(proposals: dict[str, dict[str, object]]) -> None:
    said = {id_: (one["certainty"], one["found"]) for id_, one in proposals.items()}
    assert said == {id_: (certainty, found) for id_, (_, certainty, found) in ADDRESSES.items()}


def test_the_point_is_that_of_the_landmark_itself(proposals: dict[str, dict[str, object]]) -> None:
    for id_ in ("at_road", "beside", "two_of_a_name", "compound"):
        _, (i, j) = LANDMARKS[ADDRESSES[id_][2] or ""]
        lon, lat = proposals[id_]["lon"], proposals[id_]["lat"]
        assert isinstance(lon, float)
        assert isinstance(lat, float)
        assert abs(lon - JINAN[0] - STEP_LON * i) * cos(radians(lat)) < 1e-5
        assert abs(lat - JINAN[1] - STEP_LAT * j) < 1e-5
