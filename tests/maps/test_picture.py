"""The still picture of a map is drawn of the same JSON as the map that moves."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

from maps import Labels, MapView, map_data
from maps.picture import render_picture
from tests.maps.conftest import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


def draw(view: MapView) -> ElementTree.Element:
    data = json.loads(json.dumps(map_data(view, Labels())))  # as a job stores it
    return ElementTree.fromstring(render_picture(data, HOSTILE))


def count_hatched(drawn: ElementTree.Element) -> int:
    return sum(one.get("fill") == "url(#hatching)" for one in drawn.iter(f"{SVG}path"))


def test_a_picture_shows_what_holds_at_the_hour_at_which_the_map_begins(full: MapView) -> None:
    by_night, by_day = draw(full), draw(replace(full, at=datetime(2026, 10, 3, 2, tzinfo=UTC)))
    assert [count_hatched(one) for one in (by_night, by_day)] == [2, 1]  # a gap by night, and one always
    for drawn, is_open in ((by_night, 1), (by_day, 2)):
        closed, opened, unknown = (len(group) for group in drawn.iter(f"{SVG}g") if group.get("stroke"))
        assert (closed, opened, unknown) == (2 - is_open, is_open, 1)
        assert [one.text for one in drawn.iter(f"{SVG}text")] == ["1", "2"]
    colours = [{one.get("fill") for one in drawn.iter(f"{SVG}path")} for drawn in (by_night, by_day)]
    assert colours[0] != colours[1]


def test_a_map_s_json_names_its_stations_in_their_order(full: MapView) -> None:
    data = map_data(full, Labels())
    places, areas = data["places"], data["areas"]
    assert isinstance(places, dict) and isinstance(areas, dict)
    assert (places["ids"], places["names"][1]) == (["a", "b", "c"], HOSTILE)
    assert areas["codes"][-1] == "370202" and data["start"] == {"hour": 143}
