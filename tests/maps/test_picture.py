"""The still picture of a map is drawn of the same JSON as the map that moves."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from geo.station import Kind, OpeningState, Station
from maps import AreaMark, Labels, MapView, Pin, ReachDiscs, map_data
from maps.labels import CodeLabels
from maps.pens import Paint
from maps.picture import WIDTH, MapPlane, Still, scale_length_m
from tests.maps.conftest import HOSTILE
from yihui.views.pdf import find_chinese_font
from yihui.views.still_map import PngPen, render_picture, render_png

SVG = "{http://www.w3.org/2000/svg}"
STATES = Labels(words=CodeLabels(states={"open": "开放", "closed": "关闭", "unknown": "时间未知"}))
HATCHED, GREEN, WHITE, GREY = "#c1581d", "#0a6132", "#ffffff", "#c4cbd1"


def stored(view: MapView) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(json.dumps(map_data(view, STATES)))  # as a job stores it
    return data


def draw(view: MapView) -> ElementTree.Element:
    return ElementTree.fromstring(render_picture(stored(view), HOSTILE))


def count_hatched(drawn: ElementTree.Element) -> int:
    return sum(one.get("fill") == "url(#hatching)" for one in drawn.iter(f"{SVG}path")) - 1  # in the legend


def count_dots(drawn: ElementTree.Element, fill: str) -> int:
    """Count the places of a state on the map, without that of the legend."""
    groups = [one for one in drawn.iter(f"{SVG}g") if one.get("fill") == fill and one.get("stroke")]
    return sum(len(one) for one in groups) - 1


def texts(drawn: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in drawn.iter(f"{SVG}text")]


def test_a_picture_shows_what_holds_at_the_hour_at_which_the_map_begins(full: MapView) -> None:
    by_night, by_day = draw(full), draw(replace(full, at=datetime(2026, 10, 3, 2, tzinfo=UTC)))
    assert [count_hatched(one) for one in (by_night, by_day)] == [2, 1]  # a gap by night, and one always
    for drawn, is_open in ((by_night, 1), (by_day, 2)):
        assert [count_dots(drawn, one) for one in (GREEN, WHITE, GREY)] == [is_open, 2 - is_open, 1]
        assert {"1", "2"} <= set(texts(drawn))
    colours = [[one.get("fill") for one in drawn.iter(f"{SVG}path")] for drawn in (by_night, by_day)]
    assert [one.count("#ffffcc") > one.count("#253494") for one in colours] == [True, False]


def test_the_legend_explains_every_mark_that_is_drawn_and_the_map_has_a_scale(full: MapView) -> None:
    told = " ".join(texts(draw(full)))
    for part in (
        "0 % to under 3 %",
        "no figure",
        "Gaps",
        "Proposed sites",
        "开放",
        "关闭",
        "时间未知",
        "50 km",
    ):
        assert part in told
    assert "Within reach" not in told


def test_no_place_is_left_out_however_many_there_are(view: MapView) -> None:
    rng = np.random.default_rng(5)
    points = rng.uniform((117.0, 36.6), (117.1, 36.7), (9_000, 2)).round(5)
    many = [
        Station(id=str(row), name="站", kind=Kind.LIBRARY, lon=lon, lat=lat)
        for row, (lon, lat) in enumerate(points.tolist())
    ]
    county = [view.levels[2].iloc[:1]]
    shown = replace(
        view, levels=county, stations=many, states=dict.fromkeys((s.id for s in many), OpeningState.OPEN)
    )
    plane = MapPlane(stored(shown)["bounds"])
    spots = {tuple(spot) for spot in np.floor(plane.place(points) / 1.6).tolist()}
    assert count_dots(draw(shown), GREEN) == len(spots) > 4_000


def test_within_a_county_the_ground_within_reach_stands_in_place_of_its_one_colour(view: MapView) -> None:
    county = replace(view, levels=[view.levels[2].iloc[:1]])
    states = np.ones((1, 1), dtype=np.int8)
    beyond = Station(id="e", name="外站", kind=Kind.LIBRARY, lon=117.11, lat=36.65)
    near = draw(replace(county, ground=ReachDiscs(1_000.0, {"a"}, [beyond], states)))
    discs = [one for one in near.iter(f"{SVG}g") if one.get("opacity") == "0.4"]
    assert [len(one) for one in discs] == [2]
    assert "within reach" in " ".join(texts(near)).lower() and "no figure" not in texts(near)
    wide = draw(replace(view, ground=ReachDiscs(1_000.0, {"a"}, [beyond], states)))
    assert not [one for one in wide.iter(f"{SVG}g") if one.get("opacity")]
    assert "no figure" in texts(wide)


def test_no_name_covers_another_and_a_text_of_the_register_is_text(view: MapView) -> None:
    shapes = [shapely.box(117 + 0.001 * n, 36, 117.001 + 0.001 * n, 36.2) for n in range(30)]
    codes, names = [f"3701{n:02d}" for n in range(10, 40)], [HOSTILE[:12]] * 30
    figures = dict.fromkeys(("population", "stations", "open", "per_10k", "covered_share"), np.nan)
    counties = gpd.GeoDataFrame({"code": codes, "name": names, **figures}, geometry=shapes, crs=4326)
    drawn = draw(replace(view, levels=[counties], stations=()))
    written = [one for one in drawn.iter(f"{SVG}text") if one.text == HOSTILE[:12]]
    assert 0 < len(written) < 30
    boxes = [shapely.box(x - 40, y - 6, x + 40, y + 6) for x, y in ((float(one.get("x", 0)), float(one.get("y", 0))) for one in written)]  # fmt: skip
    assert not any(shapely.overlaps(one, other) for at, one in enumerate(boxes) for other in boxes[:at])


def test_a_png_has_the_marks_of_the_svg_and_is_the_same_each_time(full: MapView) -> None:
    ranked = replace(full, gaps=[AreaMark("", shapely.box(116.92, 36.61, 116.98, 36.66))], week=None)

    def paint(view: MapView) -> tuple[bytes, np.ndarray]:
        content = render_png(Still(stored(view), "标题", ["来源"], has_ranks=True), find_chinese_font())
        return content, np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)

    def count(pixels: np.ndarray, colour: str) -> int:
        wanted = np.array(list(bytes.fromhex(colour[1:])))
        return int((np.abs(pixels - wanted).max(axis=-1) <= 8).sum())

    near = replace(ranked, levels=[full.levels[2].iloc[:2]])
    content, pixels = paint(near)
    assert content == paint(near)[0]
    assert pixels.shape[1] == round(WIDTH * 2.25)
    for colour in (HATCHED, "#8c1d1d", GREEN, "#161c22"):
        assert count(pixels, colour) > 20, colour
    without = paint(replace(near, gaps=(), proposals=()))[1]
    assert count(without, HATCHED) == 0 and count(without, "#8c1d1d") == 0


def test_a_hole_stays_open_and_what_lies_in_it_is_filled() -> None:
    ring = [
        np.array(shapely.box(*box).exterior.coords)[:-1] for box in ((1, 1, 9, 9), (2, 2, 8, 8), (4, 4, 6, 6))
    ]
    pen = PngPen(10, 10, find_chinese_font())
    pen.polygon([[ring[2]], [ring[0], ring[1]]], Paint("#000000"))
    image = np.asarray(Image.open(io.BytesIO(pen.finish())).convert("L"))
    side = image.shape[0] / 10
    at = [int(image[int(5 * side), int(x * side)]) for x in (0.5, 1.5, 3.0, 5.0)]
    assert at == [255, 0, 255, 0]


@settings(deadline=None, derandomize=True)
@given(st.floats(10, 5e6))
def test_a_scale_bar_is_round_and_an_eighth_to_a_quarter_of_the_map(width_m: float) -> None:
    length = scale_length_m(width_m)
    assert width_m / 10.01 < length <= width_m / 4
    assert f"{length:e}"[0] in "125"


def test_a_map_s_json_names_its_stations_in_their_order(full: MapView) -> None:
    data = map_data(full, Labels())
    places, areas = data["places"], data["areas"]
    assert isinstance(places, dict) and isinstance(areas, dict)
    assert (places["ids"], places["names"][1]) == (["a", "b", "c"], HOSTILE)
    assert areas["codes"][-1] == "370202" and data["start"] == {"hour": 143}


@pytest.mark.parametrize("pins", [[], [Pin(1, "站", 117.0, 36.6)]])
def test_a_map_of_no_area_is_drawn_too(view: MapView, pins: list[Pin]) -> None:
    drawn = draw(replace(view, levels=(), stations=(), proposals=pins))
    assert ("1" in texts(drawn)) == bool(pins)
