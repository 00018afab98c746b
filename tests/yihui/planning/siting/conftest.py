"""The planted town, asked about in this process."""

from collections.abc import Iterator

import pytest

from tests.yihui.planted_town import Town, town, town_database  # noqa: F401
from yihui.bootstrap import Wiring


@pytest.fixture
def wiring(town: Town) -> Iterator[Wiring]:  # noqa: F811
    opened = town.wiring()
    yield opened
    opened.close()
