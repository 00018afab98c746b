"""A county whose homes are drawn in three planted towns, as an OpenStreetMap extract, and its land as a part of streets."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from geo.formats.outlines import load_outlines
from tests.street_town import Extract
from tests.yihui.planted_raster import COUNTY, TOWNS
from yihui.bootstrap import Settings, build_wiring
from yihui.services.streets.build import build_streets
from yihui.services.streets.folder import StreetsPart

HOMES: Mapping[str, int] = {"东镇": 200, "西镇": 100, "南镇": 60}  # blocks of 15 levels in each town
_SIDE, _APART = 0.0004, 0.0006  # degrees: about 36 × 44 m, a block every 60 m
_IN_A_ROW = 15
ALL_BUT_LAND = tuple(part for part in StreetsPart if part is not StreetsPart.LAND)


def planted_homes() -> Extract:
    """Return the towns' blocks of flats, each with a shed, and roads in all four corners of the county's box."""
    extract = Extract()
    for name, (lon, lat) in TOWNS.items():
        for west, south in _blocks(lon, lat, HOMES[name]):
            draw_square(extract, west, south, _SIDE, building="apartments", building__levels="15")
            draw_square(extract, west + _SIDE, south, _SIDE / 8, building="shed")
    west, south, east, north = county_box()
    for lon, lat in ((west, south), (east - 0.001, south), (west, north), (east - 0.001, north)):
        ends = extract.add_node(lon, lat), extract.add_node(lon + 0.001, lat)
        extract.add_way(ends, highway="residential")
    return extract


def county_box() -> tuple[float, float, float, float]:
    """Return a box around the county: west, south, east, north."""
    west, south, east, north = load_outlines(within=COUNTY).total_bounds.tolist()
    return west - 0.01, south - 0.01, east + 0.01, north + 0.01


def _blocks(lon: float, lat: float, count: int) -> Iterator[tuple[float, float]]:
    for n in range(count):
        row, column = divmod(n, _IN_A_ROW)
        yield lon + _APART * (column - _IN_A_ROW / 2), lat + _APART * (row - count / _IN_A_ROW / 2)


def draw_square(extract: Extract, west: float, south: float, side: float, **tags: str) -> None:
    """Add a closed way. *Units*: degrees."""
    corners = ((west, south), (west + side, south), (west + side, south + side), (west, south + side))
    nodes = [extract.add_node(*corner) for corner in corners]
    extract.add_way([*nodes, nodes[0]], **tags)


def build_land(extract: Extract, folder: Path) -> Path:
    """Build the land of an extract into a folder of streets beside it, as the command does; return the folder.

    The register is empty: its stations would lie outside the county, and the extract be refused.
    """
    file = extract.write(folder / "homes.osm.pbf")
    streets = folder / "streets"
    wiring = build_wiring(Settings(database=str(folder / "empty.db"), data_folder=folder))
    assert [one.part for one in build_streets(wiring, file, streets, ALL_BUT_LAND)] == [StreetsPart.LAND]
    return streets
