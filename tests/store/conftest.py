"""Here the migrations themselves are tested: no new file gets its schema another way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import Database, open_database
from tests.schema import real_migrations


@pytest.fixture(autouse=True, scope="module")
def _migrated_as_users_are() -> Iterator[None]:
    with real_migrations():
        yield


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    return open_database(str(tmp_path / "empty.db"))
