"""A database that several processes share."""

from collections.abc import Iterator

import pytest

from tests.postgres import temporary_database


@pytest.fixture
def postgres_target(migrated_name: str, postgres_url: str) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database that holds nothing."""
    with temporary_database(postgres_url, "stream", f'TEMPLATE "{migrated_name}"') as url:
        yield url
