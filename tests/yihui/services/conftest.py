"""What would cost each test of services a second: hashes of passwords, and drawings of files, are made with less."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.yihui.services.joining_people import Clock, found_tree, joining_wiring
from tests.yihui.services.logging_in import Installation
from yihui.access import passwords
from yihui.bootstrap import Wiring
from yihui.files import pictures

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
draw_once = cache(pictures._draw)  # of the same bytes come the same pages, each time by a process of its own


@pytest.fixture
def real_hashes() -> None:
    """Leaves passwords hashed as everywhere else."""


@pytest.fixture(autouse=True)
def less_work(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_draw", draw_once)
    if "real_hashes" not in request.fixturenames:
        monkeypatch.setattr(passwords, "_hasher", lambda: QUICK)
        monkeypatch.setattr(passwords, "_nobodys_hash", lambda: QUICK.hash("nobody's"))


@pytest.fixture
def migrated(migrated_file: Path, tmp_path: Path) -> Path:
    """A migrated database where commands and wirings of a test look for theirs: migrating takes a second."""
    return Path(shutil.copy(migrated_file, tmp_path / "yihui.db"))


@pytest.fixture
def desk(target: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation with no officer yet, on both databases."""
    installation = Installation.open(target, tmp_path)
    yield installation
    installation.wiring.database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wiring(target: str, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    """A wiring that can take joins, with organisations; no rule grants anything on joining."""
    made = joining_wiring(target, tmp_path, clock, rules=())
    found_tree(made)
    yield made
    made.close()
