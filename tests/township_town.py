"""Townships for the tests: squares in two counties of Jinan, as relations of an extract."""

from pathlib import Path

import geopandas as gpd
import shapely

from geo.crs import from_wgs84
from geo.datum import Datum
from tests.street_town import Extract
from yihui.bootstrap import Wiring
from yihui.services.streets.build import build_streets
from yihui.services.streets.folder import StreetsPart

# West, south, east, north. 历下区 (370102) holds the first three, 长清区 (370113) the fourth.
LIXIA_WEST, LIXIA_MIDDLE, LIXIA_EAST = (
    (117.02, 36.64, 117.06, 36.68),
    (117.06, 36.64, 117.10, 36.68),
    (117.10, 36.64, 117.14, 36.68),
)
CHANGQING = (116.70, 36.40, 116.90, 36.60)
Box = tuple[float, float, float, float]


def add_square(extract: Extract, box: Box, *, whole: bool = True, **tags: str) -> None:
    """Add a boundary of two ways; one that is not whole lacks its second way."""
    west, south, east, north = box
    corners = [
        extract.add_node(*place) for place in ((west, south), (east, south), (east, north), (west, north))
    ]
    first = extract.add_way([corners[0], corners[1], corners[2]], boundary="administrative")
    second = (
        extract.add_way([corners[2], corners[3], corners[0]], boundary="administrative") if whole else 9_999
    )
    usual = {"type": "boundary", "boundary": "administrative", "admin_level": "8"}
    extract.add_relation({first: "outer", second: "outer"}, **{**usual, **tags})


def add_townships(extract: Extract) -> Extract:
    """Add four townships: one with its code, one whose name carries marks of a right-to-left text."""
    add_square(extract, LIXIA_WEST, name="泉城路街道", ref="370102001")
    add_square(extract, LIXIA_MIDDLE, name="\u202e建筑新村街道\u202c")
    add_square(extract, LIXIA_EAST, name="<b>智远</b>街道")
    add_square(extract, CHANGQING, name="文昌街道", ref="370113001000")
    return extract


def write_townships(path: Path) -> Path:
    """Write an extract with the townships and nothing else."""
    return add_townships(Extract()).write(path)


def build_townships(wiring: Wiring, folder: Path) -> Path:
    """Build the townships into a new folder of streets in ``folder``, as the command does; return it."""
    others = [part for part in StreetsPart if part is not StreetsPart.TOWNSHIPS]
    extract = write_townships(folder / "town.osm.pbf")
    assert [one.part for one in build_streets(wiring, extract, folder / "streets", others)] == [
        StreetsPart.TOWNSHIPS
    ]
    return folder / "streets"


def write_own_townships(
    path: Path, datum: Datum, west: float, south: float, east: float, north: float
) -> Path:
    """Write a user's file with one township of 历下区, its corners (WGS84) told in another datum."""
    corners = from_wgs84([(west, south), (east, south), (east, north), (west, north)], datum)
    columns = {"code": ["370102001"], "name": ["自绘街道"]}
    gpd.GeoDataFrame(columns, geometry=[shapely.Polygon(corners)], crs="EPSG:4326").to_file(path)
    return path
