"""Stations of a frame: read as the import reads a file, refused row by row, and written without what is personal."""

import re
import warnings
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.frames import access, coverage, gaps, nearest, sites
from geo.frames.demand import FrameError
from geo.frames.stations import (
    STATION_COLUMNS,
    index_stations,
    states_at,
    stations_frame,
    stations_from_frame,
)
from geo.nearest.index import StationIndex
from geo.station import Access, Entry, Kind, OpeningState, Station
from tests.geo.formats.test_export import PLACED, STATION
from tests.geo.frames.town import DAY, NIGHT, STATIONS, draw_points
from tests.profile import searched

HOMES = draw_points(4)
PERSONAL = {"phone", "note", "accepts"}


@searched(60)
@given(st.lists(STATION | PLACED, max_size=5, unique_by=lambda station: station.id))
def test_stations_come_back_from_a_frame_as_they_went_in_but_for_what_is_personal(
    drawn: list[Station],
) -> None:
    frame = stations_frame(drawn)
    assert not PERSONAL & set(frame.columns)
    bare = [one.model_copy(update={"phone": "", "note": "", "accepts": frozenset()}) for one in drawn]
    assert stations_from_frame(frame) == bare


def test_chinese_headers_and_words_are_read_as_the_import_reads_them() -> None:
    points = gpd.points_from_xy([117.02], [36.62], crs="EPSG:4326")
    columns = {
        "编号": [7], "名称": ["泉城驿站"], "类型": ["户外劳动者驿站"], "开放时间": ["24小时"], "开放对象": ["对公众开放"],
        "进入方式": ["扫码"], "设施": ["饮水、充电"], "区县": ["历下区"], "核实日期": [pd.Timestamp("2026-10-01")],
    }  # fmt: skip
    (station,) = stations_from_frame(gpd.GeoDataFrame(columns, geometry=points).to_crs("EPSG:3857"))
    assert (station.id, station.name, station.kind) == ("7", "泉城驿站", Kind.OUTDOOR_STATION)
    assert (station.access, station.entry) == (Access.PUBLIC, Entry.SCAN)
    assert station.facilities == {"water", "charging"}
    assert (station.district_name, station.verified_on) == ("历下区", date(2026, 10, 1))
    assert (station.lon, station.lat) == pytest.approx((117.02, 36.62), abs=1e-9)


def test_a_row_without_a_place_is_unplaced() -> None:
    nowhere = [None, shapely.Point(), shapely.Point(np.nan, np.nan), shapely.Point(117.02, 36.62)]
    frame = gpd.GeoDataFrame({"name": list("甲乙丙丁"), "kind": "library"}, geometry=nowhere, crs="EPSG:4326")
    assert [one.is_placed for one in stations_from_frame(frame)] == [False, False, False, True]
    assert len(index_stations(frame).index) == 1


def test_every_bad_row_is_told_at_once_by_index_column_value_and_remedy() -> None:
    points = gpd.points_from_xy([117.02, 117.03, 117.04, 117.05], [36.62] * 4, crs="EPSG:4326")
    columns = {
        "编号": ["a", "b", "a", "d"],
        "名称": list("甲乙丙丁"),
        "类型": ["驿站", "餐馆", "驿站", "驿站"],
    }
    frame = gpd.GeoDataFrame(
        {**columns, "面积": ["5", "6", "7", "很大"]}, geometry=points, index=list("wxyz")
    )
    with pytest.raises(FrameError) as refused:
        stations_from_frame(frame)
    told = [(one.params["index"], one.field, one.value) for one in refused.value.faults]
    assert told == [("x", "类型", "餐馆"), ("y", "编号", "a"), ("z", "面积", "很大")]
    lines = str(refused.value).splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == ["index x", "index y", "index z"]
    assert "library" in lines[0]
    assert "row w already" in lines[1]


def test_shapes_points_off_the_earth_and_words_are_told_together() -> None:
    shapes = [shapely.Point(36.62, 117.02), shapely.box(117, 36, 117.1, 36.1), shapely.Point(117.02, 36.62)]
    kinds = ["library", "library", "餐馆"]
    frame = gpd.GeoDataFrame({"name": list("甲乙丙"), "kind": kinds}, geometry=shapes, crs="EPSG:4326")
    with pytest.raises(FrameError) as refused:
        stations_from_frame(frame)
    told = [(one.row, one.field) for one in refused.value.faults]
    assert told == [(0, "geometry"), (1, "geometry"), (2, "kind")]


def test_a_frame_that_lacks_what_is_needed_is_refused() -> None:
    points = gpd.points_from_xy([117.02], [36.62])
    with pytest.raises(ValueError, match="no column for kind; the kind may stand under kind, type"):
        stations_from_frame(gpd.GeoDataFrame({"name": ["驿"]}, geometry=points, crs="EPSG:4326"))
    with pytest.raises(ValueError, match="has no CRS"):
        stations_from_frame(gpd.GeoDataFrame({"name": ["驿"], "kind": ["library"]}, geometry=points))


def test_a_frame_of_stations_has_its_columns_even_without_stations() -> None:
    empty = stations_frame([])
    assert [*empty.columns] == [*STATION_COLUMNS, "geometry"]
    assert empty.crs == "EPSG:4326"
    assert stations_from_frame(empty) == []


def test_ids_and_codes_of_stations_may_be_numbers_and_days_may_be_missing() -> None:
    frame = stations_frame(STATIONS).assign(id=[7, 8, 9, 10], district=[370102.0, 370103.0, np.nan, np.nan])
    frame["verified_on"] = pd.to_datetime(pd.Series(["2026-10-01", None, None, None]))
    back = stations_from_frame(frame)
    assert [one.id for one in back] == ["7", "8", "9", "10"]
    assert [one.district for one in back] == ["370102", "370103", None, None]
    assert [one.verified_on for one in back[:2]] == [date(2026, 10, 1), None]


def test_states_are_by_the_hours_and_the_status() -> None:
    assert states_at(STATIONS, NIGHT) == {
        "day": OpeningState.CLOSED,
        "always": OpeningState.OPEN,
        "shut": OpeningState.CLOSED,
        "nowhere": OpeningState.OPEN,
    }
    assert states_at(STATIONS, DAY)["day"] is OpeningState.OPEN
    index = StationIndex.build(STATIONS)
    assert states_at(STATIONS, DAY, index) == states_at(STATIONS, DAY)
    assert states_at([], DAY) == {}


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (["9-18", "24小时", "以门口公告为准", ""], "hours of 1 of 4 stations .*'9-18'"),
        (["9-18", "9-17", "公告", ""], "hours of 3 of 4 stations"),
        (None, "no station has hours"),
        (["8:00-18:00", "24小时", "以门口公告为准", ""], None),
    ],
)
def test_hours_that_can_t_be_read_are_told_where_they_count(
    hours: list[str] | None, told: str | None
) -> None:
    frame = stations_frame(STATIONS).drop(columns="hours_text")
    frame = frame if hours is None else frame.assign(开放时间=hours)
    asked = [
        lambda: coverage(HOMES, frame, DAY),
        lambda: gaps(HOMES, frame, DAY),
        lambda: access(HOMES, frame, at=DAY),
        lambda: nearest(HOMES, index_stations(frame), at=DAY),
        lambda: sites(HOMES, HOMES, p=1, stations=frame, at=DAY),
    ]
    for ask in asked:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            ask()
        assert len(said) == (told is not None)
        assert all(re.search(told or "", str(one.message)) and one.filename == __file__ for one in said)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nearest(HOMES, frame)  # no instant, so the hours count for nothing


def test_the_kinds_that_a_refusal_names_are_read() -> None:
    points = gpd.points_from_xy([117.02], [36.62], crs="EPSG:4326")
    wrong = gpd.GeoDataFrame({"名称": ["甲"], "类型": ["餐馆"]}, geometry=points)
    with pytest.raises(FrameError) as refused:
        stations_from_frame(wrong)
    words = refused.value.faults[0].params["known"].split("、")
    read = [stations_from_frame(wrong.assign(类型=word))[0].kind for word in words]
    assert read == [*Kind, *Kind]


def test_stations_under_a_label_of_several_levels_are_found_under_it() -> None:
    frame = stations_frame(STATIONS).set_index(["name", "kind"], drop=False)
    assert nearest(HOMES, frame)["index_right"].isin([*frame.index]).all()
    with pytest.raises(ValueError, match=r"no column for name; .*assign\(name="):
        stations_from_frame(frame.drop(columns="name"))


def test_two_columns_of_one_field_are_refused_where_they_make_another_station() -> None:
    frame = stations_frame(STATIONS).set_index("id", drop=False)
    same = frame.assign(类型=["驿站", "户外劳动者驿站", "妈妈小屋", "职工书屋"], 名称=frame["name"])
    assert stations_from_frame(same) == stations_from_frame(frame)  # in other words
    other = same.assign(开放时间=frame["hours_text"].where(frame["id"] != "always"))
    other.loc["shut", "类型"] = "职工书屋"
    with pytest.raises(FrameError) as refused:
        index_stations(other)
    told = [(fault.params["index"], fault.field, fault.value) for fault in refused.value.faults]
    assert told == [
        ("always", "hours_text and 开放时间", "'24小时' and ''"),
        ("shut", "kind and 类型", "'mother_room' and '职工书屋'"),
    ]
