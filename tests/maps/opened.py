"""A map in a real browser, with the network unplugged."""

from pathlib import Path

from playwright.sync_api import Page

from maps import Labels, MapView, coverage_map
from yihui.runtime.assets import load_map_assets

# Two frames later all that follows a change has been drawn.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
MAP = "Object.values(window).find((value) => value instanceof L.Map)"


class Opened:
    """A page, with what it asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def show(self, file: Path) -> Page:
        self.page.goto(file.as_uri())
        return self.page

    def draw(self, view: MapView, folder: Path) -> Page:
        file = folder / "map.html"
        file.write_text(coverage_map(view, Labels(), load_map_assets()), encoding="utf-8")
        return self.show(file)

    def settle(self) -> None:
        self.page.evaluate(DRAWN)

    def look(self, zoom: float, lon: float, lat: float) -> None:
        self.page.evaluate(
            f"([zoom, lon, lat]) => {MAP}.setView([lat, lon], zoom, {{ animate: false }})", [zoom, lon, lat]
        )
        self.settle()

    def at_hour(self, hour: int) -> None:
        """As a hand on the slider does it."""
        self.page.locator(".week input").evaluate(
            "(slider, hour) => { slider.value = hour; slider.dispatchEvent(new Event('input')); }", str(hour)
        )
        self.settle()
