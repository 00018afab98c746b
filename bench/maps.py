"""Maps in Chromium: how large a page is, when it can be used, how quick it is to pan.

A page can be used when its scripts are done and a frame later the browser has nothing left to do. The
register is that of `bench.stations`, of the size that the reports name; 190,000 is all China's.
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
from bench.stations import HIGH, LOW, register
from maps import Labels, MapView, WeekFigures, coverage_map
from tools.browser import chromium
from yihui.runtime.assets import load_map_assets

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from geo.station import Station

PROVINCE, CHINA = 10_790, 190_000
PHONE_SLOWER = 4  # Chromium's own figure for a phone of middling speed
ROUNDS = 3
MOST_MB, INTERACTIVE_S, FRAME_MS = 3.0, 2.0, 100.0
READY = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
FRAMES = """() => { window.frames_ms = []; let last = performance.now(); const next = (now) => {
  window.frames_ms.push(now - last); last = now; requestAnimationFrame(next); }; requestAnimationFrame(next); }"""


def measure() -> list[Measurement]:
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        province = _page(register(rng, PROVINCE), Path(folder) / "province.html")
        china = _page(register(rng, CHINA), Path(folder) / "china.html")
        size_mb, china_mb = (file.stat().st_size / 1e6 for file in (province, china))
        ready_s = min(_ready_s(browser, province) for _ in range(ROUNDS))
        phone_s = min(_ready_s(browser, province, PHONE_SLOWER) for _ in range(ROUNDS))
        hour_ms = _hour_ms(browser, province)
        china_s = _ready_s(browser, china)
        frames = _pan_ms(browser, china)
    slow = quantiles(frames, n=20)[-1]
    many = f"{CHINA:,} places on a canvas"
    return [
        _told("coverage.map_10790_size", size_mb, "MB", MOST_MB, f"{PROVINCE:,} places, a slider over 168 hours"),
        _told("coverage.map_10790_interactive", ready_s, "s", INTERACTIVE_S, f"{PROVINCE:,} places in Chromium"),
        _told("coverage.map_10790_interactive_phone", phone_s, "s", None, f"processor slowed {PHONE_SLOWER} ×"),
        _told("coverage.map_10790_hour", hour_ms, "ms", None, "another hour of the slider, until it is drawn"),
        _told("coverage.map_190000_size", china_mb, "MB", None, many),
        _told("coverage.map_190000_interactive", china_s, "s", None, many),
        _told("coverage.map_190000_pan_p95", slow, "ms", FRAME_MS, f"{many}: frames while panning; longest {max(frames):.0f} ms"),
    ]  # fmt: skip


def _told(name: str, value: float, unit: str, goal: float | None, detail: str) -> Measurement:
    holds = None if goal is None else value <= goal
    return Measurement(name, value, unit, None, None if goal is None else "<=", goal, holds, detail)


def _page(stations: "list[Station]", file: Path) -> Path:
    """136 districts on a grid over Shandong's box, each of 100 points around."""
    rng = np.random.default_rng(2)
    named = [station.model_copy(update={"name": f"示例路工会驿站{station.id}（示例）", "sample": True, "address": f"山东省济南市历下区示例路{station.id}号"}) for station in stations]  # fmt: skip
    cells = [(i % 17, i // 17) for i in range(136)]
    step = (HIGH[0] - LOW[0]) / 17, (HIGH[1] - LOW[1]) / 8
    shapes = [
        shapely.segmentize(
            shapely.box(
                LOW[0] + x * step[0],
                LOW[1] + y * step[1],
                LOW[0] + (x + 1) * step[0],
                LOW[1] + (y + 1) * step[1],
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
    view = MapView(named, [districts], datetime(2026, 10, 9, 2, tzinfo=UTC), 1_000, week=week)
    file.write_text(coverage_map(view, Labels(), load_map_assets()), encoding="utf-8")
    return file


def _opened(browser: "Browser", slower: int = 1) -> "Page":
    page = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True).new_page()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    return page


def _ready_s(browser: "Browser", file: Path, slower: int = 1) -> float:
    page = _opened(browser, slower)
    page.goto(file.as_uri())
    ready: float = page.evaluate(READY)
    page.context.close()
    return ready / 1e3


def _hour_ms(browser: "Browser", file: Path) -> float:
    """The mean of a day's hours, each drawn before the next is asked for."""
    page = _opened(browser)
    page.goto(file.as_uri())
    page.evaluate(READY)
    taken: float = page.evaluate(
        """async () => { const begin = performance.now(); for (let hour = 0; hour < 24; hour += 1) {
          yihui.clock.set(hour); document.body.offsetHeight; } return (performance.now() - begin) / 24; }"""
    )
    page.context.close()
    return taken


def _pan_ms(browser: "Browser", file: Path) -> list[float]:
    """The lengths of frames while a hand drags the map to and fro."""
    page = _opened(browser)
    page.goto(file.as_uri())
    page.evaluate(READY)
    page.mouse.move(800, 450)
    page.mouse.down()
    page.evaluate(FRAMES)
    for x, y in [(500, 300), (1000, 500), (700, 250), (900, 600)]:
        page.mouse.move(x, y, steps=25)
    page.mouse.up()
    frames: list[float] = page.evaluate("() => window.frames_ms")
    page.context.close()
    return frames
