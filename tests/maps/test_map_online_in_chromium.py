"""An online base map asks the hosts that were named, and nobody else."""

import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from maps import BaseMapTiles, Labels, MapView, coverage_map
from yihui.runtime.assets import load_map_assets

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


def pixel() -> bytes:
    """A PNG of one grey pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


def test_only_the_named_hosts_are_asked(browser: Browser, full: MapView, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=pixel(), content_type="image/png")

    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.route(re.compile("^https?:"), answer)
    file = tmp_path / "map.html"
    tiles = BaseMapTiles.parse("gcj02:https://t{1-2}.example.org/{z}/{x}/{y}.png")
    file.write_text(coverage_map(replace(full, tiles=tiles), Labels(), load_map_assets()), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector("img.leaflet-tile-loaded")
    assert asked
    assert {url.split("/")[2] for url in asked} <= {"t1.example.org", "t2.example.org"}
    assert page.get_by_text("these servers see who looks").is_visible()
    assert complaints == []
    page.evaluate(
        """() => new Promise((done) => {
          const image = new Image();
          image.onload = image.onerror = done;
          image.src = "https://elsewhere.example.org/x.png";
        })"""
    )
    assert not any("elsewhere" in url for url in asked)
    context.close()
