"""Databases for the tests of the store: an empty one, and one whose schema a test may change."""

from pathlib import Path

import pytest

from store import Database, open_database


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    return open_database(str(tmp_path / "empty.db"))
