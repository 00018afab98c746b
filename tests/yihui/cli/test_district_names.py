"""Two districts of one name are told apart by their cities."""

import json

from tests.yihui.officer_commands import WGS84, Desk
from yihui.services.organisations.district_names import distinct_names

NAMES = {"370100": "济南市", "370400": "枣庄市", "370102": "历下区", "370103": "市中区", "370402": "市中区"}


def test_a_name_that_several_have_carries_its_city() -> None:
    assert distinct_names(["370102", "370103", "370402"], NAMES) == {
        "370102": "历下区",
        "370103": "济南市市中区",
        "370402": "枣庄市市中区",
    }
    assert distinct_names(["370103", "370102"], NAMES) == {"370103": "市中区", "370102": "历下区"}
    assert distinct_names(["999999"], NAMES) == {"999999": "999999"}


def test_the_list_of_stations_tells_both_apart(desk: Desk) -> None:
    content = "名称,类型,经度,纬度,区划代码,地址\n甲,驿站,,,370103,经二路1号\n乙,驿站,,,370402,光明路1号\n丙,驿站,,,370402,枣庄市市中区文化路\n"
    assert desk("import", desk.file(content), *WGS84).code == 0
    lines = {line.split("  ")[1]: line.split("  ")[3] for line in desk("list").out.splitlines()}
    assert lines == {
        "甲": "济南市市中区 经二路1号",
        "乙": "枣庄市市中区 光明路1号",
        "丙": "枣庄市市中区文化路",
    }
    assert {row["district_name"] for row in json.loads(desk("list", "--json").out)} == {"市中区"}
