"""The counties of Shandong, read once."""

import geopandas as gpd
import pytest

from geo.formats.outlines import load_outlines


@pytest.fixture(scope="session")
def counties(tmp_path_factory: pytest.TempPathFactory) -> gpd.GeoDataFrame:
    return load_outlines(within="370000").reset_index(drop=True)
