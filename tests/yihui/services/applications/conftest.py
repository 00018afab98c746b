"""What tests of applications stand on: two members who can apply, on both databases, and a clock that can be set."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.yihui.applying import NOW, build_applying
from tests.yihui.services.joining_people import Clock
from yihui.bootstrap import Wiring


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def wiring(target: str, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = build_applying(target, tmp_path, clock)
    yield made
    made.close()
