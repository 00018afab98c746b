"""A way to read what a test writes."""

from pathlib import Path

import pytest

from tests.yihui.planning.demand.reading import REGION, Read
from yihui.planning.demand.file import DemandFileReading, read_demand_file
from yihui.planning.demand.request import DemandReadingForm


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(content: str | bytes, name: str = "demand.csv", **said: object) -> DemandFileReading:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_demand_file(DemandReadingForm(file=file, **said), REGION)  # type: ignore[arg-type]

    return reading
