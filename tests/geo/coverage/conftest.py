"""The counties of Shandong, read once."""

import geopandas as gpd
import pytest

from geo.formats.outlines import load_outlines


@pytest.fixture(scope="session")
def counties(tmp_path_factory: pytest.TempPathFactory) -> gpd.GeoDataFrame:
    folder = tmp_path_factory.mktemp("outlines")
    return load_outlines(folder / "outlines.parquet", within="370000").reset_index(drop=True)
