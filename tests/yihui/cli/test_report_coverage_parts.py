"""What a report on coverage is made of: maps that are true, bands, hours, words."""

from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from core.civil_time import monday_of
from geo.coverage.hours import night_instants
from geo.coverage.tables import BAND_EDGES_M, compute_distance_bands
from geo.formats.outlines import load_outlines
from maps.picture import MapPlane
from yihui.planning.charts import (
    heat_classes,
    render_gain_curve_chart,
    render_heat_map,
    render_lorenz_chart,
)
from yihui.planning.report.answer import worst_counties
from yihui.runtime.language import load_language
from yihui.views.pdf import render_report_pdf

GEOD = Geod(ellps="WGS84")
CHINESE, ENGLISH = load_language("zh"), load_language("en")


@pytest.mark.parametrize("area", ["370000", "370100"])
def test_areas_on_a_map_are_those_of_the_ground(data_folder: Path, area: str) -> None:
    """All counties within 0.1 % of their geodesic area; in EPSG:3857 they are half as large again."""
    outlines = load_outlines(within=area)
    flat = outlines.to_crs(plane_of(outlines).crs)
    for outline, drawn in zip(outlines.geometry, flat.geometry, strict=True):
        on_the_ground = abs(GEOD.geometry_area_perimeter(outline)[0])
        assert drawn.area == pytest.approx(on_the_ground, rel=1e-3)
    mercator = outlines.to_crs("EPSG:3857").geometry.area.sum()
    assert mercator > 1.4 * flat.geometry.area.sum()


@pytest.mark.parametrize("area", ["370000", "370100", "370102"])
def test_a_metre_is_as_long_as_the_scale_says_wherever_it_is_laid(data_folder: Path, area: str) -> None:
    """Laid east to west and south to north at the corners and in the middle, within 0.1 % of the geodesic."""
    outlines = load_outlines(within=area)
    plane, (west, south, east, north) = plane_of(outlines), outlines.total_bounds.tolist()
    for lon in (west, (west + east) / 2, east):
        for lat in (south, (south + north) / 2, north):
            for azimuth in (0, 90):
                there = GEOD.fwd(lon, lat, azimuth, 5_000)[:2]
                here, other = plane.place(np.array([(lon, lat), there]))
                assert np.hypot(*(other - here)) / plane.px_a_metre == pytest.approx(5_000, rel=1e-3)


def plane_of(outlines: gpd.GeoDataFrame) -> MapPlane:
    west, south, east, north = outlines.total_bounds.tolist()
    return MapPlane([(south, west), (north, east)])


@settings(deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.sampled_from([*BAND_EDGES_M, float("inf")]), st.floats(0, 2e5)),
            st.integers(0, 1_000),
        ),
        min_size=1,
    )
)
def test_every_unit_of_demand_is_in_the_band_of_its_distance(rows: list[tuple[float, int]]) -> None:
    metres, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = compute_distance_bands(metres, weights)
    for band in found:
        slow = sum(w for m, w in rows if band.from_m <= m and (m < band.to_m or band.to_m == float("inf")))
        assert band.demand == slow
    assert sum(band.demand for band in found) == weights.sum()
    assert found[-1].to_m == float("inf")


@pytest.mark.parametrize(("third", "worst"), [(5, 3), (6, 2)], ids=["nine of a hundred", "ten of them"])
def test_the_worst_counties_have_a_tenth_of_the_demand_together(third: int, worst: int) -> None:
    codes = ["370101", "370102", "370103", "370104", "370105"]
    counties = {"demand": [0, 4, third, 76 - third, 20], "access": [0.0, 0.1, 0.2, 0.3, 0.9]}
    assert worst_counties(pd.DataFrame(counties, index=codes)) == codes[1 : 1 + worst]


def test_the_week_begins_on_its_civil_monday_and_the_night_follows_the_civil_day() -> None:
    late = datetime.fromisoformat("2026-10-11T23:30+00:00")  # Monday, 7:30, in Shandong
    assert monday_of(late).isoformat() == "2026-10-12"
    night = night_instants(late)
    assert (len(night), night[0]) == (8, datetime.fromisoformat("2026-10-12T22:00+08:00"))
    assert night[-1] == datetime.fromisoformat("2026-10-13T05:00+08:00")


@settings(deadline=None, derandomize=True)
@given(st.floats(0, 1))
def test_the_largest_share_of_a_week_has_a_class_of_its_own_breaks(largest: float) -> None:
    share = np.linspace(0, largest, 168)
    classes = heat_classes(share)
    assert all(classes.colour(value) for value in share)
    assert classes.breaks[-1] <= max(3 * largest, 0.002)


def test_an_axis_of_hours_stands_above_seven_days_and_texts_are_escaped() -> None:
    drawn = render_heat_map(np.full(168, 0.5), "<week>", ENGLISH)
    assert drawn.count("<rect") == 168
    assert "<week>" not in drawn
    assert "&lt;week&gt;" in drawn


def test_a_pdf_reads_no_file_and_asks_no_network(tmp_path: Path) -> None:
    """A page that names what lies outside is printed without it."""
    secret = tmp_path / "secret.html"
    secret.write_text("never shown", encoding="utf-8")
    page = f'<p>shown</p><img src="{secret.as_uri()}"><img src="http://127.0.0.1:9/x.png"><object data="{secret.as_uri()}"></object>'
    import pypdfium2

    document = pypdfium2.PdfDocument(render_report_pdf(page))
    text = document[0].get_textpage().get_text_range()
    assert "shown" in text
    assert "never" not in text


def test_a_chart_without_anything_to_draw_says_why() -> None:
    nobody = np.array([[0.0, np.nan], [1.0, np.nan]])
    assert "没有可分的" in render_lorenz_chart(nobody, "x", CHINESE)
    assert "<svg" in render_lorenz_chart(np.array([[0.0, 0.0], [1.0, 1.0]]), "x", CHINESE)
    assert "不会有新增的覆盖" in render_gain_curve_chart([(1, 0.0), (2, 0.0)], "people", "x", CHINESE)
    assert "<svg" in render_gain_curve_chart([(1, 5.0), (2, 7.0)], "people", "x", CHINESE)
