"""yihui stations place --by-address: certain places are taken, the others go to a person."""

import csv
import json
from pathlib import Path

import pytest

from geo.registry.diff import Register
from geo.registry.stations import find_station, import_stations
from geo.station import Kind, Station
from tests.street_town import Extract, build_only, make_town
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, load_settings

ADDRESSES = {
    "house": ("第一户外劳动者驿站", "历下区泉城路200号", "certain"),
    "near": ("第二户外劳动者驿站", "历下区泉城路194号", "likely"),
    "crossing": ("第三户外劳动者驿站", "泉城路与历山路交叉口东北角", "certain"),
    "landmark": ("山东师范大学爱心驿站", "", "likely"),
    "road": ("第四户外劳动者驿站", "解放路", "rough"),
    "nowhere": ("第五户外劳动者驿站", "没有这个地方", "unknown"),
    "blank": ("第六户外劳动者驿站", "", "unknown"),
    "alike": ("第七户外劳动者驿站", "历下区全城路200号", "rough"),  # sounds like a road that is there
    "elsewhere": ("第八户外劳动者驿站", "经十路与工业南路交叉口", "unknown"),  # no such crossing
}
CERTAIN = {"house", "crossing"}


def build_beside(yihui: Command, folder: Path, addresses: dict[str, tuple[str, str]], town: Extract) -> Path:
    """Fill a register without coordinates, with names and addresses by id, and build the streets of its town."""
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(folder)}))
    stations = [
        Station(id=id_, name=name, address=address, kind=Kind.OUTDOOR_STATION, district="370102", district_name="历下区")
        for id_, (name, address) in addresses.items()
    ]  # fmt: skip
    with wiring.database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, source, stations, wiring.now(), confirmed=True)
    wiring.database.close()
    extract = town.write(folder / "town.osm.pbf")
    done = yihui("streets", "build", extract, "--to", folder / "streets", *build_only("names"))
    assert done.code == 0
    return folder / "streets"


@pytest.fixture
def streets(yihui: Command, tmp_path: Path) -> Path:
    addresses = {id_: (name, address) for id_, (name, address, _) in ADDRESSES.items()}
    return build_beside(yihui, tmp_path, addresses, make_town())


def placed(tmp_path: Path) -> dict[str, tuple[float, float]]:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}))
    with wiring.database.read() as connection:
        found = [find_station(connection, id_) for id_ in ADDRESSES]
    wiring.database.close()
    return {
        one.id: (one.lon, one.lat) for one in found if one and one.lon is not None and one.lat is not None
    }


def test_a_proposal_places_nothing_and_says_how_certain_it_is(
    yihui: Command, streets: Path, tmp_path: Path
) -> None:
    done = yihui("stations", "place", "--by-address", "--streets", streets, "--as", "wang", "--json")
    assert done.code == 0, done.words
    certainty = {one["id"]: one["certainty"] for one in json.loads(done.out)["left"]}
    assert certainty == {id_: certainty for id_, (_, _, certainty) in ADDRESSES.items()}
    assert placed(tmp_path) == {}


def test_the_certain_are_placed_and_the_rest_is_reviewed(
    yihui: Command, streets: Path, tmp_path: Path
) -> None:
    review = tmp_path / "review.csv"
    asked = ("stations", "place", "--by-address", "--streets", streets, "--as", "wang", "--confirm")
    done = yihui(*asked, "--to", review)
    assert done.code == 0, done.words
    assert "已定位：2；待处理：7" in done.err
    assert placed(tmp_path).keys() == CERTAIN
    with review.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows if row["lon"]} == {"near", "landmark", "road", "alike"}

    kept = [row for row in rows if row["id"] in ("near", "landmark")]
    with review.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(kept)
    done = yihui("stations", "place", "--reviewed", review, "--as", "wang")
    assert done.code == 0, done.words
    assert placed(tmp_path).keys() == CERTAIN | {"near", "landmark"}
    again = yihui(*asked, "--json")
    left = {one["id"] for one in json.loads(again.out)["left"]}
    assert left == ADDRESSES.keys() - CERTAIN - {"near", "landmark"}


def test_all_faults_of_a_review_are_told_and_nothing_is_placed(
    yihui: Command, streets: Path, tmp_path: Path
) -> None:
    review = tmp_path / "review.csv"
    review.write_text(
        "id,lon,lat\nhouse,117.01,36.66\nnear,abc,36.66\nroad,117.01,\nghost,117.01,36.66\nblank,,\n"
        "crossing,120.3,36.1\n",
        encoding="utf-8",
    )
    done = yihui("stations", "place", "--reviewed", review, "--as", "wang")
    assert done.code == 1
    for said in ("csv:3: ", "abc", "csv:4: ", "csv:5: ", "ghost", "csv:7: "):
        assert said in done.err
    assert "csv:2: " not in done.err
    assert placed(tmp_path) == {}
    review.write_text("id,lon,lat\nroad,117.01,36.66\nroad,117.02,36.66\n", encoding="utf-8")
    twice = yihui("stations", "place", "--reviewed", review, "--as", "wang")
    assert twice.code == 1
    assert "第 2 行已经出现" in twice.err
    assert placed(tmp_path) == {}
    review.write_text("编号,经度\n1,2\n", encoding="utf-8")
    missing = yihui("stations", "place", "--reviewed", review, "--as", "wang")
    assert missing.code == 1
    assert missing.err.count("缺少") == 3


def test_one_way_of_placing_is_asked_for(yihui: Command) -> None:
    for options in (
        (),
        ("--by-address", "--reviewed", "x.csv"),
        ("--reviewed", "x.csv", "--district", "370102"),
    ):
        done = yihui("stations", "place", *options, "--as", "wang")
        assert done.code == 2
        assert done.out == ""
