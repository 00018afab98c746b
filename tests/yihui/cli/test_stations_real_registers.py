"""yihui stations import: the real registers beside the checkout, from end to end."""

import json
from pathlib import Path

import pytest

from tests.yihui.officer_commands import AT, Desk


@pytest.mark.endure
@pytest.mark.needs("shared")
def test_the_real_nursing_rooms_come_in_whole_and_the_messy_rows_are_told(desk: Desk, shared: Path) -> None:
    file = str(shared / "stations" / "tw_nursing_rooms_geocoded.json")
    mapping = desk.file(
        "datum: wgs84\nsource: 政府資料開放平臺 23750, 23858\nconstants: {calendar: TW}\n", "tw.yaml"
    )
    said = desk("import", file, "--columns", mapping, "--register", "tw", "--partial", "--json")
    assert said.code == 0
    document = said.json()
    assert (document["read"], document["left_out"], document["not_placed"]) == (3977, 0, 2)
    errors = document["errors"]
    assert isinstance(errors, list)
    assert {error["severity"] for error in errors} == {"warning"}
    assert "國立政治大學" in {error["value"] for error in errors}
    rows = json.loads(desk("list", "--json").out)
    assert len(rows) == 3977
    assert len({row["id"] for row in rows}) == 3977
    not_placed = [row for row in rows if row["lon"] is None]
    assert {row["district_name"] for row in not_placed} == {"竹山鎮", "土城區"}
    assert {row["district"] for row in not_placed} == {"710008", "710012"}
    assert all("  " not in row["address"] for row in rows)
    again = desk("import", file, "--columns", mapping, "--register", "tw", "--partial", "--json").json()[
        "diff"
    ]
    assert isinstance(again, dict)
    assert again["unchanged"] == 3977
    results = desk("nearest", "121.5170", "25.0478", "--datum", "wgs84", *AT, "--usable", "--json").json()[
        "results"
    ]
    assert isinstance(results, list)
    assert len(results) == 5
    assert {hit["source"] for hit in results} == {"政府資料開放平臺 23750, 23858"}
    assert all(hit["distance_m"] < 500 for hit in results)


STATUTORY = """source: 政府資料開放平臺 23758
placed: false
columns:
  name: 場所名稱
  city: 縣市
  district: 鄉/鎮/市/區
  address: [縣市, 鄉/鎮/市/區, 村/里, 大道/路/街/地區, 段, 巷/弄/衖, 號, 樓（之~）]
constants: {kind: mother_room, calendar: TW}
"""


@pytest.mark.endure
@pytest.mark.needs("shared")
def test_the_nursing_rooms_as_published_come_in_but_for_the_one_without_a_name(
    desk: Desk, shared: Path
) -> None:
    """Row 2888 is the second house of the museum above it; its name's cell is empty."""
    file = str(shared / "stations" / "tw_nursing_statutory_115-01_raw.csv")
    mapping = desk.file(STATUTORY, "tw.yaml")
    refused = desk("import", file, "--columns", mapping, "--json")
    assert refused.code == 1
    assert json.loads(desk("registers", "--json").out) == []
    said = desk("import", file, "--columns", mapping, "--partial", "--json").json()
    assert (said["read"], said["left_out"], said["not_placed"]) == (2_772, 1, 2_772)
    errors = said["errors"]
    assert isinstance(errors, list)
    assert [(e["row"], e["field"]) for e in errors if e["severity"] == "error"] == [(2888, "場所名稱")]
    rows = json.loads(desk("list", "--unplaced", "--json").out)
    assert len(rows) == 2_772
    assert all(row["district"] and row["district"].startswith(("71", "35")) for row in rows)
    again = desk("import", file, "--columns", mapping, "--partial", "--json").json()["diff"]
    assert isinstance(again, dict)
    assert (again["unchanged"], again["kept"]) == (2_772, 0)


@pytest.mark.needs("shared")
def test_the_real_union_stations_come_in_with_their_datum_and_their_zones_told(
    desk: Desk, shared: Path
) -> None:
    file = str(shared / "local-only" / "cn_union_stations_zhengzhou_zhaoqing.csv")
    said = desk("import", file, "--kind", "outdoor_station", "--partial", "--json").json()
    assert (said["datum"], said["rows"], said["not_placed"]) == ("gcj02", 86, 60)
    assert (said["read"], said["left_out"]) == (82, 4)
    errors = said["errors"]
    assert isinstance(errors, list)
    zones = {error["value"] for error in errors if error["severity"] == "error"}
    assert zones == {"高新区", "经开区", "郑东新区", "航空港区"}
    check = said["datum_checks"]["gcj02"]  # type: ignore[index]
    assert check["compared"] > 15
    assert check["sure"] is False
    placed = [row for row in json.loads(desk("list", "--json").out) if row["lon"] is not None]
    assert len(placed) == 22
    assert all(112.0 < row["lon"] < 115.0 for row in placed)
