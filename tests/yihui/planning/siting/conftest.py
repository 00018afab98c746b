"""The planted town, asked about in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.yihui.planted_town import Town, town_database, town_in  # noqa: F401
from yihui.bootstrap import Wiring


@pytest.fixture
def town(data_folder: Path, tmp_path: Path, town_database: Path) -> Town:  # noqa: F811
    return town_in(tmp_path, data_folder, town_database)


@pytest.fixture
def wiring(town: Town) -> Iterator[Wiring]:
    opened = town.wiring()
    yield opened
    opened.close()
