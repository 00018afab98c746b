"""The printed report over streets: what its pictures show, what the sources say, and what bad files do."""

import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pypdfium2
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.faults import FaultError
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from tests.street_map_town import build_town_map, make_mapped_town
from tests.yihui.commands import Done, commands_through
from tests.yihui.files.street_map_tiles import list_values
from yihui.bootstrap import Settings, build_wiring
from yihui.files.street_map.shapes import StreetShapes, read_street_shapes
from yihui.planning.report.run import ReportStreets, build_backdrops

pytestmark = pytest.mark.needs("tilemaker")
AREA, AT = "370102", "2026-10-14T10:00+08:00"
SOURCE, CREDIT = "街道：© OpenStreetMap 贡献者（ODbL）", "© OpenStreetMap 贡献者"
EVERYWHERE = (1.2e7, 4.0e6, 1.4e7, 5.0e6)
PICTURES = ("coverage", "night", "access", "gaps")
WATER, GREEN, MAIN_ROAD = (165, 203, 226), (207, 227, 191), (168, 116, 26)


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_town_map(tmp_path_factory.mktemp("town"), make_mapped_town())


@dataclass(frozen=True)
class Reporting:
    """Runs ``yihui report coverage`` on a register with one station."""

    database: Path
    capture: pytest.CaptureFixture[str]

    def report(self, folder: Path, *arguments: object) -> Done:
        folder.mkdir(exist_ok=True)
        call = commands_through(self.capture)
        usual = ("--area", AREA, "--at", AT, "--png", folder, "--html", folder / "report.html")
        done = call("--db", self.database, "report", "coverage", *usual, *arguments)
        assert done.code == 0, done.err
        return done


@pytest.fixture
def reporting(
    tmp_path: Path, data_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Reporting:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.setenv("YIHUI_NOW", AT)
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    path = tmp_path / "yihui.db"
    wiring = build_wiring(Settings(database=str(path), data_folder=data_folder))
    station = Station(id="a", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66, district=AREA,
                      hours_text="24小时", access=Access.PUBLIC)  # fmt: skip
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), [station], wiring.now())
    wiring.close()
    return Reporting(path, capsys)


def count_pixels(file: Path, colour: tuple[int, int, int]) -> int:
    """The pixels of a colour, as far as the picture's palette keeps it."""
    pixels = np.asarray(Image.open(io.BytesIO(file.read_bytes())).convert("RGB")).astype(int)
    return int((np.abs(pixels - colour).max(axis=-1) <= 6).sum())


@pytest.mark.endure
def test_pictures_show_streets_and_whose_they_are(
    reporting: Reporting, streets: Path, tmp_path: Path
) -> None:
    plain, drawn = tmp_path / "plain", tmp_path / "drawn"
    reporting.report(plain)
    pdf = drawn / "report.pdf"
    reporting.report(drawn, "--streets", streets, "--pdf", pdf)
    assert count_pixels(drawn / "gaps.png", WATER) > 200
    assert count_pixels(plain / "gaps.png", WATER) < 20
    for name in PICTURES:
        assert (drawn / f"{name}.png").read_bytes() != (plain / f"{name}.png").read_bytes()
    page, without = ((one / "report.html").read_text(encoding="utf-8") for one in (drawn, plain))
    assert SOURCE in page
    assert "OpenStreetMap" not in without
    assert "审图号" in page
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    assert CREDIT in text.replace("\r\n", "")
    document.close()


def clip(streets: Path, east_of_counties: float) -> dict[str, shapely.Geometry]:
    """Return what lies below a map of counties that reach to a longitude, by its colour."""
    counties = gpd.GeoDataFrame(geometry=[shapely.box(116.99, 36.64, east_of_counties, 36.675)], crs=4326)
    found = build_backdrops(ReportStreets(streets / "map.mbtiles", (6, 14)), counties)
    return {one.look.fill or one.look.stroke: one.geometry for one in found}


@pytest.mark.endure
def test_roads_water_and_green_lie_within_the_counties(streets: Path) -> None:
    narrow, wide = clip(streets, 117.01), clip(streets, 117.03)
    for colour in (WATER, GREEN, MAIN_ROAD):
        shown = "#" + bytes(colour).hex()
        assert narrow[shown].bounds[2] <= 117.01 + 1e-6
        assert not narrow[shown].is_empty
    assert wide["#" + bytes(MAIN_ROAD).hex()].length > narrow["#" + bytes(MAIN_ROAD).hex()].length


def damage(streets: Path, folder: Path) -> Path:
    broken = shutil.copytree(streets, folder / "broken")
    file = broken / "map.mbtiles"
    content = bytearray(file.read_bytes())
    content[len(content) // 8 :] = b"\xff" * (len(content) - len(content) // 8)
    file.write_bytes(content)
    return broken


@pytest.mark.endure
def test_a_damaged_street_map_leaves_the_report_without_streets(
    reporting: Reporting, streets: Path, tmp_path: Path
) -> None:
    broken = damage(streets, tmp_path)
    reporting.report(tmp_path / "made", "--streets", broken)
    assert SOURCE not in (tmp_path / "made" / "report.html").read_text(encoding="utf-8")


@pytest.mark.endure
@pytest.mark.parametrize("zoom", [9, 12, 14])
def test_shapes_have_the_kinds_that_the_tiles_have(streets: Path, tmp_path: Path, zoom: int) -> None:
    file = streets / "map.mbtiles"
    shapes = read_street_shapes(file, zoom, EVERYWHERE)
    roads = shapes[StreetShapes.ROAD]
    assert set(roads["kind"]) == list_values(file, tmp_path, zoom, "road", "kind")
    assert roads.crs.to_epsg() == 3857
    assert (StreetShapes.WATER in shapes) == (zoom > 9)


@pytest.mark.endure
def test_shapes_outside_of_the_box_are_not_read(streets: Path) -> None:
    file = streets / "map.mbtiles"
    west, south, east, north = read_street_shapes(file, 14, EVERYWHERE)[StreetShapes.ROAD].total_bounds
    corner = (west, south, west + 500, south + 500)
    some = read_street_shapes(file, 14, corner)[StreetShapes.ROAD]
    assert 0 < len(some) < len(read_street_shapes(file, 14, EVERYWHERE)[StreetShapes.ROAD])
    assert read_street_shapes(file, 14, (east + 1e5, north, east + 2e5, north + 1e5)) == {}


def test_a_file_that_is_no_street_map_is_named(tmp_path: Path) -> None:
    file = tmp_path / "map.mbtiles"
    file.write_bytes(b"not a database")
    with pytest.raises(FaultError, match="no street map of ours") as caught:
        read_street_shapes(file, 9, EVERYWHERE)
    assert caught.value.faults[0].file == str(file)


@given(lat=st.floats(-60, 60), metres=st.floats(0.1, 5_000))
def test_the_zoom_is_the_deepest_that_is_not_finer_than_the_picture(lat: float, metres: float) -> None:
    zooms = range(6, 15)
    pixel_m = {zoom: 40_075_016.686 * np.cos(np.radians(lat)) / 256 / 2**zoom for zoom in zooms}
    coarse = [zoom for zoom in zooms if pixel_m[zoom] >= metres * (1 + 1e-6)]
    exact = [zoom for zoom in zooms if abs(pixel_m[zoom] / metres - 1) < 1e-6]
    chosen = ReportStreets(Path("map.mbtiles"), (6, 14)).choose_zoom(lat, metres)
    assert chosen == max(coarse, default=6) or chosen in exact


@pytest.mark.endure
def test_print_leaves_tunnels_out(tmp_path: Path) -> None:
    town = make_mapped_town()
    town.ways = [
        (nodes, {**tags, "tunnel": "yes"} if tags.get("highway") == "primary" else tags)
        for nodes, tags in town.ways
    ]
    built = build_town_map(tmp_path, town)
    roads = read_street_shapes(built / "map.mbtiles", 14, EVERYWHERE)[StreetShapes.ROAD]
    assert set(roads.loc[roads["tunnel"], "kind"]) == {"primary"}
    assert "primary" not in set(roads.loc[~roads["tunnel"], "kind"])
    found = clip(built, 117.03)
    assert found["#" + bytes(MAIN_ROAD).hex()].is_empty
    assert not found["#" + bytes(WATER).hex()].is_empty
