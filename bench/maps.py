"""Benchmark maps in Chromium: file size, time until the page is usable, and panning speed.

A page is usable when its scripts have run and the browser is idle one frame later. The register is that of
`bench.stations`, with 10,790 stations as the union's reports state; 190,000 is all of China.
"""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from bench.measurement import Measurement
from bench.stations import BOX_LOWER_LEFT, BOX_UPPER_RIGHT, random_register
from maps import Labels, MapView, WeekFigures, coverage_map
from tools.browser import open_chromium
from yihui.runtime.assets import load_map_assets

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from geo.station import Station

PROVINCE, CHINA = 10_790, 190_000
PHONE_SLOWDOWN = 4  # Chromium's own figure for a phone of middling speed
ROUNDS = 3
GOAL_SIZE_MB, GOAL_INTERACTIVE_S, GOAL_FRAME_MS = 3.0, 2.0, 100.0
READY_SCRIPT = (
    "() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
)
FRAMES_SCRIPT = """() => { window.frames_ms = []; let last = performance.now(); const next = (now) => {
  window.frames_ms.push(now - last); last = now; requestAnimationFrame(next); }; requestAnimationFrame(next); }"""


def measure() -> list[Measurement]:
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder, open_chromium() as browser:
        province = _page(random_register(rng, PROVINCE), Path(folder) / "province.html")
        china = _page(random_register(rng, CHINA), Path(folder) / "china.html")
        size_mb, china_mb = (file.stat().st_size / 1e6 for file in (province, china))
        ready_s = min(_ready_s(browser, province) for _ in range(ROUNDS))
        phone_s = min(_ready_s(browser, province, PHONE_SLOWDOWN) for _ in range(ROUNDS))
        hour_ms = _hour_ms(browser, province)
        china_s = _ready_s(browser, china)
        frames = _pan_ms(browser, china)
    slow = quantiles(frames, n=20)[-1]
    many = f"{CHINA:,} places on a canvas"
    return [
        _measurement("coverage.map_10790_size", size_mb, "MB", GOAL_SIZE_MB, f"{PROVINCE:,} places, a slider over 168 hours"),
        _measurement("coverage.map_10790_interactive", ready_s, "s", GOAL_INTERACTIVE_S, f"{PROVINCE:,} places in Chromium"),
        _measurement("coverage.map_10790_interactive_phone", phone_s, "s", None, f"processor slowed {PHONE_SLOWDOWN} ×"),
        _measurement("coverage.map_10790_hour", hour_ms, "ms", None, "another hour of the slider, until it is drawn"),
        _measurement("coverage.map_190000_size", china_mb, "MB", None, many),
        _measurement("coverage.map_190000_interactive", china_s, "s", None, many),
        _measurement("coverage.map_190000_pan_p95", slow, "ms", GOAL_FRAME_MS, f"{many}: frames while panning; longest {max(frames):.0f} ms"),
    ]  # fmt: skip


def _measurement(name: str, value: float, unit: str, goal: float | None, detail: str) -> Measurement:
    holds = None if goal is None else value <= goal
    return Measurement(name, value, unit, None, None if goal is None else "<=", goal, holds, detail)


def _page(stations: "list[Station]", file: Path) -> Path:
    """Write a map with 136 districts on a grid over Shandong's bounding box, each outline of 100 points."""
    rng = np.random.default_rng(2)
    named = [station.model_copy(update={"name": f"示例路工会驿站{station.id}（示例）", "sample": True, "address": f"山东省济南市历下区示例路{station.id}号"}) for station in stations]  # fmt: skip
    cells = [(i % 17, i // 17) for i in range(136)]
    step = (BOX_UPPER_RIGHT[0] - BOX_LOWER_LEFT[0]) / 17, (BOX_UPPER_RIGHT[1] - BOX_LOWER_LEFT[1]) / 8
    shapes = [
        shapely.segmentize(
            shapely.box(
                BOX_LOWER_LEFT[0] + x * step[0],
                BOX_LOWER_LEFT[1] + y * step[1],
                BOX_LOWER_LEFT[0] + (x + 1) * step[0],
                BOX_LOWER_LEFT[1] + (y + 1) * step[1],
            ),
            step[1] / 25,
        )
        for x, y in cells
    ]
    codes = [f"37{i // 10:02d}{i % 10 + 1:02d}" for i in range(136)]
    share, opened = rng.random((136, 168)), rng.integers(0, 80, (136, 168)).astype(float)
    columns = {"code": codes, "name": codes, "population": 7e5, "stations": 79.0, "open": 9.0, "per_10k": 1.0}
    districts = gpd.GeoDataFrame(columns | {"covered_share": 0.1}, geometry=shapes, crs=4326)
    tables = rng.integers(0, 3, (40, 168)).astype(np.int8)
    week = WeekFigures(
        date(2026, 10, 5),
        [s.id for s in named],
        tables[rng.integers(0, 40, len(named))],
        codes,
        share,
        opened,
    )
    view = MapView(named, [districts], datetime(2026, 10, 9, 2, tzinfo=UTC), "1 km", week=week)
    file.write_text(coverage_map(view, Labels(), load_map_assets()), encoding="utf-8")
    return file


def _open_page(browser: "Browser", slower: int = 1) -> "Page":
    page = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True).new_page()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    return page


def _ready_s(browser: "Browser", file: Path, slower: int = 1) -> float:
    page = _open_page(browser, slower)
    page.goto(file.as_uri())
    ready: float = page.evaluate(READY_SCRIPT)
    page.context.close()
    return ready / 1e3


def _hour_ms(browser: "Browser", file: Path) -> float:
    """Return the mean milliseconds of a day's 24 hours, each drawn before the next is set."""
    page = _open_page(browser)
    page.goto(file.as_uri())
    page.evaluate(READY_SCRIPT)
    taken: float = page.evaluate(
        """async () => { const begin = performance.now(); for (let hour = 0; hour < 24; hour += 1) {
          yihui.clock.set(hour); document.body.offsetHeight; } return (performance.now() - begin) / 24; }"""
    )
    page.context.close()
    return taken


def _pan_ms(browser: "Browser", file: Path) -> list[float]:
    """Return the lengths of the frames while the map is dragged to and fro."""
    page = _open_page(browser)
    page.goto(file.as_uri())
    page.evaluate(READY_SCRIPT)
    page.mouse.move(800, 450)
    page.mouse.down()
    page.evaluate(FRAMES_SCRIPT)
    for x, y in [(500, 300), (1000, 500), (700, 250), (900, 600)]:
        page.mouse.move(x, y, steps=25)
    page.mouse.up()
    frames: list[float] = page.evaluate("() => window.frames_ms")
    page.context.close()
    return frames
