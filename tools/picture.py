"""Take a picture of a map: ``python -m tools.picture build/demo/map.html docs/pictures/map.png``.

``--look`` sets the zoom and the centre (zoom,lon,lat); ``--hide`` switches off layers, given by the beginning
of their names; a picture whose name ends in .pdf is the printed page.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tools.browser import open_chromium

SET_VIEW_SCRIPT = """([zoom, lon, lat]) => Object.values(window).find((value) => value instanceof L.Map)
  .setView([lat, lon], zoom, { animate: false })"""
HIDE_LAYERS_SCRIPT = """(names) => document.querySelectorAll(".leaflet-control-layers-overlays label").forEach((label) => {
  if (names.some((name) => label.innerText.trim().startsWith(name))) label.querySelector("input").click();
})"""


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """Size of the window, pixels per CSS pixel, view, and layers to hide."""

    width: int
    height: int
    scale: float
    view: tuple[float, float, float] | None = None
    hidden_layers: tuple[str, ...] = ()


def take_picture(page_file: Path, picture: Path, shot: PictureOptions) -> None:
    """Open the page without a network and save it as PNG, or as printed in PDF."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    with open_chromium() as browser:
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


def _arrange(page: Page, shot: PictureOptions) -> None:
    if shot.hidden_layers:
        page.evaluate(HIDE_LAYERS_SCRIPT, list(shot.hidden_layers))
    if shot.view:
        page.evaluate(SET_VIEW_SCRIPT, list(shot.view))
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
    take_picture(
        given.page, given.picture, PictureOptions(given.width, given.height, given.scale, given.look, hidden)
    )


if __name__ == "__main__":
    main()
