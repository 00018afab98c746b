"""yihui stations import --link and link: a station under a changed id keeps its old one."""

import json

from tests.yihui.officer_commands import WGS84, Desk

HEAD = "编号,名称,类型,经度,纬度,地址,区县,开放时间\n"
OLD = (
    HEAD
    + "A,泉城路驿站,驿站,117.0204,36.6683,泉城路1号,历下区,24小时\n乙,大明湖驿站,驿站,117.0254,36.6733,明湖路2号,历下区,9:00-17:00\n"
)
NEW = OLD.replace("A,泉城路驿站", "SD-1,泉城路暖心驿站").replace("24小时", "8:00-20:00")


def imported(desk: Desk, content: str, *options: str) -> dict[str, object]:
    return desk("import", desk.file(content), *WGS84, "--json", *options).json()


def ids(desk: Desk) -> set[str]:
    return {row["id"] for row in json.loads(desk("list", "--json").out)}


def test_a_link_that_was_an_error_can_be_ended(desk: Desk) -> None:
    imported(desk, OLD)
    imported(desk, NEW, "--link")
    done = desk("unlink", "SD-1", "--as", "jia")
    assert done.code == 0
    assert "SD-1" in done.out and "A" in done.out
    assert "unlinked" in [entry["change"] for entry in json.loads(desk("show", "A", "--json").out)["history"]]
    assert desk("unlink", "SD-1", "--as", "jia").code == 1  # there is no link any more
    imported(desk, NEW, "--confirm")
    assert ids(desk) == {"SD-1", "乙"}
    assert desk("link", "A", "SD-1", "--as", "jia").code == 0  # it can be linked again
    assert ids(desk) == {"A", "乙"}


def test_a_linked_station_keeps_its_id_its_history_and_both_ids_find_it(desk: Desk) -> None:
    imported(desk, OLD)
    diff = imported(desk, NEW, "--link")["diff"]
    assert (diff["linked"], diff["added"], diff["gone"]) == ({"SD-1": "A"}, 0, [])  # type: ignore[index]
    assert ids(desk) == {"A", "乙"}
    for id in ("A", "SD-1"):
        station = json.loads(desk("show", id, "--json").out)
        assert (station["id"], station["name"]) == ("A", "泉城路暖心驿站")
        assert station["history"][0]["change"] == "added"
        assert "linked" in [entry["change"] for entry in station["history"]]
        lines = desk("show", id).out
        assert "SD-1 → A" in lines
        assert "开放时间: 24小时 → 8:00-20:00" in lines.replace("：", ": ")
    again = imported(desk, NEW)["diff"]
    assert (again["unchanged"], again["added"], again["gone"]) == (2, 0, [])  # type: ignore[index]


def test_what_can_not_be_linked_is_told(desk: Desk) -> None:
    for arguments, told in (
        (("无", "SD-1"), "没有编号为 无 的站点"),
        (("A", "A"), "相同"),
        (("A", "乙"), "还在名册里"),
    ):
        imported(desk, OLD)
        said = desk("link", *arguments, "--as", "jia")
        assert said.code == 1
        assert told in said.err
        assert ids(desk) == {"A", "乙"}


def test_a_file_with_rows_for_both_ids_is_refused(desk: Desk) -> None:
    imported(desk, OLD)
    desk("link", "A", "SD-1", "--as", "jia")
    said = desk(
        "import", desk.file(OLD + "SD-1,泉城路暖心驿站,驿站,117.0204,36.6683,泉城路1号,历下区,\n"), *WGS84
    )
    assert said.code == 1
    assert "SD-1" in said.err
    assert "各有一行" in said.err
