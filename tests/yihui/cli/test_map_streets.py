"""yihui map with built streets: one file that draws them without a network, light and dark."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page

from geo.station import Access, Kind, Station
from tests.awaited import awaited
from tests.maps.opened import Opened
from tests.street_map_town import build_town_map, make_mapped_town
from tests.yihui.cli.conftest import write_register
from tests.yihui.commands import Done, commands_through
from tests.yihui.http.test_rider_map_streets_in_chromium import IS_DRAWN_IN

pytestmark = pytest.mark.needs("tilemaker")
AREA, AT = "370102", "2026-10-14T10:00+08:00"
OSM = "街道：© OpenStreetMap 贡献者（ODbL）"
MIDDLE = (117.012, 36.655)  # of the mapped town
DESK, PHONE = (1440, 900), (360, 740)


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_town_map(tmp_path_factory.mktemp("town"), make_mapped_town())


@dataclass(frozen=True)
class Drawing:
    """Runs ``yihui map`` on a register with one station."""

    database: Path
    capture: pytest.CaptureFixture[str]

    def draw(self, out: Path, *arguments: object) -> Done:
        call = commands_through(self.capture)
        return call("--db", self.database, "map", "--area", AREA, "--at", AT, "--out", out, *arguments)


@pytest.fixture
def drawing(
    tmp_path: Path, data_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Drawing:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    station = Station(id="a", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66, district=AREA,
                      hours_text="24小时", access=Access.PUBLIC)  # fmt: skip
    return Drawing(write_register(tmp_path, data_folder, station), capsys)


def streets_in(file: Path) -> dict[str, object]:
    page = file.read_text(encoding="utf-8")
    text = page.partition('id="data-streets">')[2].partition("</script>")[0]
    found: dict[str, object] = json.loads(text)
    return found


@pytest.mark.endure
def test_streets_of_the_area_go_into_the_file_down_to_the_closest_zoom(
    drawing: Drawing, streets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_option, by_variable = tmp_path / "a.html", tmp_path / "b.html"
    done = drawing.draw(by_option, "--streets", streets)
    assert done.code == 0
    assert "断网也能打开；含街道，最细到第 14 级（0.1 MB）" in done.out
    content = streets_in(by_option)
    assert (content["min_zoom"], content["max_zoom"]) == (6, 14)
    page = by_option.read_text(encoding="utf-8")
    assert page.count(OSM) == 2  # in the corner and among the sources
    assert "审图号" in page
    monkeypatch.setenv("YIHUI_STREETS", str(streets))
    assert drawing.draw(by_variable).code == 0
    assert by_variable.read_bytes() == by_option.read_bytes()


def test_a_folder_without_streets_is_refused_before_anything_is_drawn(
    drawing: Drawing, tmp_path: Path
) -> None:
    done = drawing.draw(tmp_path / "map.html", "--streets", tmp_path / "nothing")
    assert done.code == 1
    assert "yihui streets build" in done.err
    assert not (tmp_path / "map.html").exists()


@pytest.fixture(params=[PHONE, pytest.param(DESK, marks=pytest.mark.endure)], ids=["phone", "desk"])
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    width, height = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, offline=True, color_scheme="light"
    )
    yield Opened(context.new_page())
    context.close()


def colour(page: Page, name: str) -> list[int]:
    """A colour of the streets as it is at the moment: red, green, blue."""
    digits = page.evaluate(
        f"getComputedStyle(document.querySelector('.leaflet-container')).getPropertyValue('--map-{name}')"
    )
    digits = str(digits).strip().removeprefix("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    return [int(digits[at : at + 2], 16) for at in (0, 2, 4)]


def expect_drawn(page: Page, *names: str) -> None:
    for name in names:
        awaited(page, IS_DRAWN_IN, arg=colour(page, name))


@pytest.mark.endure
@pytest.mark.needs("chromium")
def test_streets_are_drawn_without_a_network_turn_dark_and_are_light_on_paper(
    drawing: Drawing, streets: Path, opened: Opened, tmp_path: Path
) -> None:
    file, sheet = tmp_path / "map.html", tmp_path / "map.pdf"
    assert drawing.draw(file, "--streets", streets).code == 0
    page = opened.show(file)
    corner = page.locator(".leaflet-control-attribution")
    assert corner.inner_text() == OSM
    assert corner.evaluate("""(node) => {
      const box = node.getBoundingClientRect();
      const at = (x) => document.elementFromPoint(x, (box.top + box.bottom) / 2);
      return [box.left + 2, (box.left + box.right) / 2, box.right - 2].every((x) => node.contains(at(x)));
    }""")
    opened.look(14, *MIDDLE)
    expect_drawn(page, "main", "road", "water", "green")
    opened.look(16, *MIDDLE)
    expect_drawn(page, "building")
    light = colour(page, "main")
    page.emulate_media(color_scheme="dark")
    assert colour(page, "main") != light
    opened.look(14, *MIDDLE)
    expect_drawn(page, "main", "road", "water", "green")
    page.pdf(path=sheet, prefer_css_page_size=True, print_background=True)
    document = pypdfium2.PdfDocument(sheet)
    picture = document[0].render(scale=0.5).to_pil().convert("RGB")
    document.close()
    assert picture.getpixel((picture.width - 40, picture.height // 2)) == (238, 242, 245)
    opened.look(14, *MIDDLE)
    expect_drawn(page, "main", "road")
    assert page.locator("body.with-streets").count() == 1
    assert opened.requests == [file.as_uri()]
    assert opened.complaints == []
