"""Takes a picture of a map: ``python -m tools.picture build/demo/map.html docs/pictures/map.png``.

``--look`` gives the zoom and the point to look at (zoom,lon,lat); ``--hide`` names layers, by the beginning of
their names, that are switched off; a picture whose name ends in .pdf is the printed sheet.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tools.browser import chromium

LOOK = """([zoom, lon, lat]) => Object.values(window).find((value) => value instanceof L.Map)
  .setView([lat, lon], zoom, { animate: false })"""
HIDE = """(names) => document.querySelectorAll(".leaflet-control-layers-overlays label").forEach((label) => {
  if (names.some((name) => label.innerText.trim().startsWith(name))) label.querySelector("input").click();
})"""


@dataclass(frozen=True, slots=True)
class Shot:
    """What to take: a window's size, its pixels, where to look, what to leave out."""

    width: int
    height: int
    scale: float
    look: tuple[float, float, float] | None = None
    hide: tuple[str, ...] = ()


def take_picture(page_file: Path, picture: Path, shot: Shot) -> None:
    """Open the page with no network and save what it shows as PNG, or how it prints as PDF."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        context = browser.new_context(
            viewport={"width": shot.width, "height": shot.height},
            device_scale_factor=shot.scale,
            offline=True,
        )
        page = context.new_page()
        page.goto(page_file.resolve().as_uri(), wait_until="load")
        page.wait_for_function("document.querySelectorAll('.leaflet-marker-icon').length > 0")
        _arrange(page, shot)
        if picture.suffix == ".pdf":
            page.pdf(path=picture, prefer_css_page_size=True, print_background=True)
        else:
            page.screenshot(path=picture, animations="disabled")


def _arrange(page: Page, shot: Shot) -> None:
    if shot.hide:
        page.evaluate(HIDE, list(shot.hide))
    if shot.look:
        page.evaluate(LOOK, list(shot.look))
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _look(text: str) -> tuple[float, float, float]:
    zoom, lon, lat = (float(part) for part in text.split(","))
    return zoom, lon, lat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=1200)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels per CSS pixel")
    parser.add_argument("--look", type=_look, help="zoom,lon,lat")
    parser.add_argument("--hide", default="", help="layers to switch off, comma between")
    given = parser.parse_args()
    hidden = tuple(name for name in given.hide.split(",") if name)
    take_picture(given.page, given.picture, Shot(given.width, given.height, given.scale, given.look, hidden))


if __name__ == "__main__":
    main()
