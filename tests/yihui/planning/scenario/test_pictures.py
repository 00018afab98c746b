"""The map of a scenario's report: both sides differ where the changes do, and the bytes are always the same."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from geo.formats.outlines import load_outlines
from geo.station import Kind, Station
from yihui.planning.run import StudyArea
from yihui.planning.scenario.data import ScenarioFigures
from yihui.planning.scenario.pictures import ScenarioPlaces, render_scenario_map
from yihui.runtime.language import load_language

AREA = "370102"
OLD = Station(id="old", name="旧站", kind=Kind.OUTDOOR_STATION, lon=117.06, lat=36.66, district=AREA)
NEW = Station(id="new", name="新站", kind=Kind.OUTDOOR_STATION, lon=117.10, lat=36.68, district=AREA)
UNPLACED = Station(id="unplaced", name="无坐标", kind=Kind.OUTDOOR_STATION, district=AREA)


@pytest.fixture(scope="module")
def places() -> ScenarioPlaces:
    outlines = load_outlines(within=AREA).reset_index(drop=True)
    ground = StudyArea(AREA, "历下区", AREA, outlines, outlines, {AREA: "历下区"})
    return ScenarioPlaces(ground, [OLD, UNPLACED], [NEW, UNPLACED], {"old": "closed", "new": "added"})


def figures_of(**changed: Any) -> ScenarioFigures:
    figures: dict[str, Any] = {
        "area": AREA,
        "area_name": "历下区",
        "at": "2026-10-03T10:00+08:00",
        "radius_m": 1000.0,
        "unit": "people",
        "is_sample": True,
        "outline": [],
        "cells": {
            "radius_m": 400,
            "points": [(117.06, 36.66), (117.10, 36.68)],
            "today": ["9" * 24, "0" * 24],
            "scenario": ["0" * 24, "9" * 24],
        },
        **changed,
    }
    return figures  # type: ignore[return-value]


def read(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.mark.endure
def test_a_changed_station_is_marked_on_the_right_side_alone(places: ScenarioPlaces) -> None:
    marked = read(render_scenario_map(figures_of(), places, load_language("en")))
    orange = np.abs(marked - np.array([0xE6, 0x9F, 0x00])).sum(axis=2) < 30
    map_width = round(marked.shape[1] * 0.72)  # the legend is to the right of it
    rows, columns = np.nonzero(orange[:, :map_width])
    assert len(rows), "the new station is orange"
    is_stacked = rows.min() > marked.shape[0] // 2
    assert is_stacked or columns.min() > map_width // 2, "the second panel, not today's"


@pytest.mark.endure
@pytest.mark.parametrize(
    "changed",
    [
        {"cells": {"radius_m": 400, "points": [], "today": [], "scenario": []}},
        {"outline": [(117.05, 36.65), (117.08, 36.65), (117.08, 36.68)]},
    ],
    ids=["nobody lives there", "a drawn area"],
)
def test_a_map_without_cells_or_with_a_drawn_area_is_drawn(
    places: ScenarioPlaces, changed: dict[str, Any]
) -> None:
    assert read(render_scenario_map(figures_of(**changed), places, load_language("zh"))).size
