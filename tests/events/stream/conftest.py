"""A database that several processes share."""

from collections.abc import Iterator

import pytest

from tests.reused import ReusedDatabases


@pytest.fixture
def postgres_target(reused: ReusedDatabases) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database that holds nothing."""
    with reused.lent() as url:
        yield url
