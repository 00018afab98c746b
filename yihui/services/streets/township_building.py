"""Build the township outlines of the built streets from an OpenStreetMap extract."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.text_marks import N_
from geo.districts import area_code_prefix
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.files.township_outlines import FORM as TOWNSHIPS_FORM
from yihui.files.whole_files import replace_durably
from yihui.runtime.progress import show_count
from yihui.services.streets.folder import StreetsFolder, StreetsPart

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["TOWNSHIPS_FORM", "build_townships"]

_PROVINCE_DIGITS = 2


def build_townships(wiring: Wiring, extract: Path, streets: StreetsFolder) -> tuple[int, Mapping[str, int]]:
    """Build the file of townships; return its size in bytes and what was counted.

    Townships of the provinces in which the register has stations are built, or of the product's own province where it
    has none yet. An extract without townships gives an empty file, so that the build need not look again. The former
    file stays until the new one is whole. *Raises*: FaultError for an extract that can't be read to its end; OSError.
    """
    from geo.coverage.townships import select_townships
    from yihui.files.township_outlines import write_township_outlines
    from yihui.files.township_relations import read_township_relations

    place = streets.part(StreetsPart.TOWNSHIPS)
    fresh = place.with_name(f"new-{place.name}")  # GDAL tells the format by the ending
    with show_count(wiring.render(N_("township outlines that were read:"))) as advance:
        found = read_township_relations(extract, advance)
    counties = _counties_around(wiring, found.outlines)
    chosen = select_townships(found.outlines, counties)
    prefixes = _list_prefixes(wiring)
    ours = np.array([county.startswith(prefixes) for county in chosen.townships["county"]], dtype=bool)
    townships = _without_foreign_codes(chosen.townships[ours])
    try:
        size_bytes = write_township_outlines(townships, fresh)
        replace_durably(fresh, place)
    finally:
        fresh.unlink(missing_ok=True)
    left_out = {
        "broken": found.broken,
        "nameless": found.nameless,
        "villages": found.villages,
        "outside": chosen.outside + int((~ours).sum()),
        "nested": chosen.nested,
    }
    counts = {"townships": len(townships), "counties": townships["county"].nunique()}
    return size_bytes, counts | {reason: count for reason, count in left_out.items() if count}


def _counties_around(wiring: Wiring, outlines: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """Return the counties of all provinces that the outlines may touch: a neighbour's township is not ours."""
    import geopandas as gpd

    codes = [district.code for district in wiring.outlines.districts]
    everywhere = gpd.GeoDataFrame({"code": codes}, geometry=wiring.outlines.geometries, crs="EPSG:4326")
    if outlines.empty:
        return everywhere.iloc[:0]
    west, south, east, north = outlines.total_bounds
    return everywhere.cx[west:east, south:north].reset_index(drop=True)


def _list_prefixes(wiring: Wiring) -> tuple[str, ...]:
    """Return the first digits of the provinces in which stations lie, by their districts or their positions."""
    from geo.registry.stations import load_stations

    with wiring.database.read() as connection:
        stations = load_stations(connection)
    stated = {one.district for one in stations if one.district}
    astray = [(one.lon or 0.0, one.lat or 0.0) for one in stations if not one.district and one.is_placed]
    placed = set(wiring.outlines.assign(astray).code.tolist()) if astray else set()
    codes = {str(code)[:_PROVINCE_DIGITS] for code in (stated | placed) if code}
    return tuple(sorted(codes)) or (area_code_prefix(PROVINCE_CODE),)


def _without_foreign_codes(townships: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """Clear codes that do not begin with the code of the county in which the township lies."""
    fits = [
        code if code.startswith(county) else ""
        for code, county in zip(townships["code"], townships["county"], strict=True)
    ]
    return townships.assign(code=fits).sort_values(["county", "name"], ignore_index=True)
