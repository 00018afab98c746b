"""Here the migrations themselves are tested: no new file gets its schema another way."""

from collections.abc import Iterator

import pytest

from tests.schema import real_migrations


@pytest.fixture(autouse=True, scope="module")
def _migrated_as_users_are() -> Iterator[None]:
    with real_migrations():
        yield
