"""What a test sees of the riders' map."""

import re
from dataclasses import dataclass

from playwright.sync_api import FloatRect, Locator, Page, Position, expect

COUNTED = re.compile("图中[共约]")  # "图中" alone is also in 以地图中心查附近


@dataclass(frozen=True, slots=True)
class Shown:
    """The map of a page, in view and loaded."""

    page: Page

    @classmethod
    def on(cls, page: Page) -> "Shown":
        page.locator("#map").scroll_into_view_if_needed()
        page.locator(".map-canvas.leaflet-container").wait_for()
        page.locator("#map").scroll_into_view_if_needed()
        return cls(page)

    @property
    def pins(self) -> Locator:
        return self.page.locator(".leaflet-marker-pane .pin")

    @property
    def spots(self) -> Locator:
        return self.page.locator(".leaflet-marker-pane .place")

    @property
    def note(self) -> Locator:
        return self.page.locator(".map-note")

    def pin(self, number: int) -> Locator:
        return self.pins.filter(has=self.page.get_by_text(str(number), exact=True))

    def tip(self, number: int) -> tuple[float, float]:
        """Where the point of a pin is, in pixels of the canvas."""
        pin, canvas = box(self.pin(number)), box(self.page.locator(".map-canvas"))
        return pin["x"] + pin["width"] / 2 - canvas["x"], pin["y"] + pin["height"] - canvas["y"]

    def lonlat(self, number: int) -> tuple[float, float]:
        """Where the place of a pin is, as its card says. *CRS*: WGS84."""
        data = self.page.locator("#answer .card[data-lon]").nth(number - 1)
        return float(data.get_attribute("data-lon") or ""), float(data.get_attribute("data-lat") or "")

    def where(self, at: tuple[float, float], numbers: tuple[int, int] = (1, 2)) -> tuple[float, float]:
        """Which point is drawn at a pixel, by two pins: over a kilometre a map is as good as straight."""
        (x1, y1), (x2, y2) = (self.tip(number) for number in numbers)
        (lon1, lat1), (lon2, lat2) = (self.lonlat(number) for number in numbers)
        return (
            lon1 + (at[0] - x1) * (lon2 - lon1) / (x2 - x1),
            lat1 + (at[1] - y1) * (lat2 - lat1) / (y2 - y1),
        )

    def tap(self, x: float, y: float) -> None:
        self.page.locator(".map-canvas").click(position=Position(x=x, y=y))

    def settled(self) -> None:
        """The others in view are there, and counted; the sources have come, which may take room from the map."""
        expect(self.note).to_contain_text(COUNTED)
        expect(self.page.locator("#map .sources")).not_to_be_empty()


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found
