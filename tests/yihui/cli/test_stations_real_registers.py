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
