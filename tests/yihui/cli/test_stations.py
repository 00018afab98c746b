"""yihui stations, as a user types it: what works."""

import json

import pytest

from tests.yihui.officer_commands import AT, GOOD, Desk, geodesic_m


def test_a_register_is_imported_and_again_without_any_change(desk: Desk) -> None:
    first = desk("import", desk.file(GOOD), "--datum", "wgs84")
    assert first.code == 0
    assert "新增 3" in first.out
    assert "名称" in first.err
    assert "没有位置的驿站" in first.err
    before = desk.contents()
    moved = desk.file(GOOD.replace("117.0204", "117.0304"))
    assert desk("import", moved, "--datum", "wgs84", "--dry-run").code == 0
    again = desk("import", desk.file(GOOD), "--datum", "wgs84")
    assert "未变 3" in again.out
    assert desk.contents() == before


def test_the_nearest_places_are_told_in_the_shape_that_others_rely_on(filled: Desk) -> None:
    said = filled("nearest", "117.0254", "36.6683", "--datum", "wgs84", "-k", "5", *AT, "--json")
    document = said.json()
    assert set(document) == {
        "query",
        "results",
        "skipped",
        "grown_to_m",
        "first_to_open",
        "off_streets",
        "beyond",
    }
    query, results = document["query"], document["results"]
    assert isinstance(query, dict)
    assert isinstance(results, list)
    assert (query["lon"], query["lat"], query["datum"], query["k"]) == (117.0254, 36.6683, "wgs84", 5)
    assert query["at"] == "2026-10-03T23:10:00+08:00"
    assert [hit["id"] for hit in results] == ["A", "B"]
    promised = {"id", "name", "kind", "lon", "lat", "distance_m", "state", "until", "entry", "verified_on"}
    assert promised <= set(results[0])
    geodesic = geodesic_m((117.0254, 36.6683), (117.0204, 36.6683))
    assert results[0]["distance_m"] == pytest.approx(geodesic, abs=0.001)
    assert (results[0]["state"], results[0]["entry"], results[0]["facilities"]) == (
        "open",
        "walk_in",
        ["charging", "water"],
    )
    assert (results[1]["state"], results[1]["until"], results[1]["entry"]) == (
        "closed",
        "2026-10-04T09:00:00+08:00",
        "staff",
    )


def test_filters_are_obeyed(filled: Desk) -> None:
    for options, ids in (
        (("--kind", "mother_room"), ["B"]),
        (("--kind", "mother_room", "--kind", "outdoor_station"), ["A", "B"]),
        (("--facility", "充电"), ["A"]),
        (("--facility", "water", "--facility", "charging"), ["A"]),
        (("--entry", "staff"), ["B"]),
        (("--access", "public"), []),
        (("--within-m", "100"), ["A"]),
        (("--usable",), ["A"]),
        (("--register", "stations"), ["A", "B"]),
        (("--stay-min", "30"), ["A"]),
        (("--verified-within-days", "30"), []),
        (("--employer", "环卫所"), ["A", "B"]),
        (("--usable", "--member"), ["A"]),
        (("--not-closed",), ["A"]),
        (("--benefit", "summer-cooling"), []),
    ):
        results = filled(
            "nearest", "117.0204", "36.6683", "--datum", "wgs84", *AT, *options, "--json"
        ).json()["results"]
        assert isinstance(results, list)
        assert [hit["id"] for hit in results] == ids


def test_many_points_are_answered_one_line_each(filled: Desk) -> None:
    file = filled.file("lon,lat\n117.0204,36.6683\n117.0254,36.6733\n", "points.csv")
    said = filled("nearest", "--points", file, "--datum", "wgs84", "-k", "1", *AT)
    documents = [json.loads(line) for line in said.out.splitlines()]
    assert [document["results"][0]["id"] for document in documents] == ["A", "B"]
    assert [document["query"]["row"] for document in documents] == [2, 3]
    total = filled.file("name,lon,lat\n合计,,\n甲,117.0204,36.6683\n", "points.csv")
    said = filled("nearest", "--points", total, "--datum", "wgs84", "-k", "1", *AT)
    assert len(said.out.splitlines()) == 1 and "points.csv:2" in said.err


def test_a_place_that_is_not_placed_is_listed_by_its_district(filled: Desk) -> None:
    listed = json.loads(filled("list", "--district", "370102", "--json").out)
    assert [(row["id"], row["lon"]) for row in listed] == [("A", 117.0204), ("B", 117.0254), ("C", None)]
    assert "未定位" in filled("list", "--district", "3701").out
    assert json.loads(filled("list", "--district", "370103", "--json").out) == []
    assert json.loads(filled("registers", "--json").out)[0]["stations"] == 3


def test_an_export_comes_back_in_without_a_change(filled: Desk) -> None:
    file = str(filled.folder / "out.csv")
    assert filled("export", file, "--datum", "gcj02").code == 0
    diff = filled("import", file, "--register", "stations", "--dry-run", "--json").json()["diff"]
    assert isinstance(diff, dict)
    moved = [move for move in diff["moved"] if move["distance_m"] > 0.02]
    assert (diff["added"], moved, diff["changed"], diff["gone"]) == (0, [], [], [])


def test_a_format_that_is_wgs84_is_not_written_in_another_datum(filled: Desk) -> None:
    for suffix in ("geojson", "gpkg", "parquet"):
        file = filled.folder / f"out.{suffix}"
        said = filled("export", str(file), "--datum", "gcj02")
        assert (said.code, file.exists()) == (1, False)
        assert "gcj02" in said.err


def test_a_layer_in_the_crs_of_a_neighbouring_zone_is_refused_in_one_sentence(desk: Desk) -> None:
    import geopandas as gpd

    columns = {"名称": [f"驿站{n}" for n in range(9)], "类型": ["library"] * 9, "区划代码": ["370102"] * 9}
    points = gpd.points_from_xy([117.05 + n / 1000 for n in range(9)], [36.66] * 9, crs="EPSG:4490")
    layer = gpd.GeoDataFrame(columns, geometry=points).to_crs("EPSG:4547")
    file = desk.folder / "stations.gpkg"
    layer.set_crs("EPSG:4548", allow_override=True).to_file(file)
    said = desk("import", str(file))
    assert said.code == 1 and "相邻投影带" in said.err and said.err.count("→") == 1
    layer.to_file(file)
    assert desk("import", str(file)).code == 0


def test_a_mapping_file_beside_the_register_is_taken_by_itself(desk: Desk) -> None:
    file = desk.file("店,x,y\n驿站,117.02,36.66\n")
    desk.file(
        "datum: wgs84\nregister: 名册\nsource: 某局\ncolumns: {name: 店}\nconstants: {kind: library}\n",
        "stations.csv.columns.yaml",
    )
    assert desk("import", file).code == 0
    assert json.loads(desk("registers", "--json").out)[0]["name"] == "名册"
    (row,) = json.loads(desk("list", "--json").out)
    assert (row["kind"], row["source"]) == ("library", "某局")
