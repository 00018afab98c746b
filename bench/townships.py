"""Benchmark the townships of a province: dividing its counties, placing its residents, and drawing its map.

The townships are generated: 13 in each county, the ground nearest to random points.
"""

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from bench.measurement import Measurement
from bench.stations import random_register

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring

PROVINCE, A_COUNTY, STATIONS, SEED = "370000", 13, 10_790, 3
GOAL_S, GOAL_MB = 20.0, 4.0
NOW = datetime(2026, 9, 18, 2, tzinfo=UTC)  # a Friday, 10:00 in Jinan


def measure() -> list[Measurement]:
    from yihui.bootstrap import Settings, build_wiring

    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        file = folder / "townships.gpkg"
        townships = write_townships(file)
        wiring = build_wiring(
            Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: NOW
        )
        _import_stations(wiring)
        _draw(wiring, None)  # imports, and first reads
        plain_s, plain_mb = _draw(wiring, None)
        drawn_s, drawn_mb = _draw(wiring, file)
        wiring.close()
    detail = (
        f"{townships:,} townships and {STATIONS:,} stations, the hours of a week; by county {plain_s:.1f} s"
    )
    size = f"by county {plain_mb:.1f} MB"
    name = "coverage.map_townships"
    return [
        Measurement(name, drawn_s, "s", None, "<=", GOAL_S, drawn_s <= GOAL_S, detail),
        Measurement(f"{name}_size", drawn_mb, "MB", None, "<=", GOAL_MB, drawn_mb <= GOAL_MB, size),
    ]


def write_townships(file: Path) -> int:
    """Write generated townships of all counties; return how many."""
    from geo.formats.outlines import load_outlines

    counties = load_outlines(within=PROVINCE)
    chance = np.random.default_rng(SEED)
    rows = [
        (f"{code}{number:03d}", f"第{number}街道", shapely.segmentize(part, 0.004))
        for code, ground in zip(counties["code"], counties.geometry, strict=True)
        for number, part in enumerate(_divide(ground, chance), 1)
    ]
    codes, names, shapes = zip(*rows, strict=True)
    gpd.GeoDataFrame({"code": codes, "name": names}, geometry=list(shapes), crs=4326).to_file(file)
    return len(rows)


def _divide(ground: shapely.Geometry, chance: np.random.Generator) -> list[shapely.Geometry]:
    """Return the parts of a county that are nearest to each of some points in it."""
    west, south, east, north = shapely.bounds(ground).tolist()
    points: list[shapely.Point] = []
    while len(points) < A_COUNTY:
        point = shapely.Point(chance.uniform(west, east), chance.uniform(south, north))
        if shapely.contains(ground, point):
            points.append(point)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=shapely.envelope(ground))
    return [shapely.intersection(cell, ground) for cell in shapely.get_parts(cells)]


def _import_stations(wiring: "Wiring") -> None:
    from geo.registry import Register, import_stations

    stations = random_register(np.random.default_rng(SEED), STATIONS)
    with wiring.database.write() as connection:
        import_stations(connection, Register("bench", "bench", "bench.csv", "1"), stations, NOW)


def _draw(wiring: "Wiring", townships: Path | None) -> tuple[float, float]:
    """Return the seconds and the megabytes of the map of the province."""
    from yihui.planning.map.data import render_map_page
    from yihui.planning.map.request import CoverageMapOrder
    from yihui.planning.map.run import build_coverage_map

    begin = time.perf_counter()
    found = build_coverage_map(wiring, CoverageMapOrder(area=PROVINCE, at=NOW, townships=townships))
    page = render_map_page(found, wiring.language)
    return time.perf_counter() - begin, len(page.encode()) / 1e6
