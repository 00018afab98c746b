"""Databases for the tests of the store: an empty one, and one whose schema a test may change."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import Database, open_database
from tests.postgres import temporary_database


@pytest.fixture
def migrated_copy(postgres_url: str, migrated_name: str) -> Iterator[Database]:
    """A migrated PostgreSQL database whose schema a test may change."""
    with temporary_database(postgres_url, "copy", f'TEMPLATE "{migrated_name}"') as url:
        opened = open_database(url)
        yield opened
        opened.close()


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    return open_database(str(tmp_path / "empty.db"))
