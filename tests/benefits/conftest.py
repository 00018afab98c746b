"""A migrated SQLite database in a moment: copied from one that was migrated once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import Database, open_database
from tools.servers.deciding import verified


@pytest.fixture
def till(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    """For what doesn't depend on the kind of database."""
    opened = open_database(str(shutil.copy(migrated_file, tmp_path / "till.db")))
    yield opened
    opened.close()


@pytest.fixture
def sound(database: Database) -> Iterator[None]:
    """Verify the ledger after each test that used it."""
    yield
    assert verified(database).disagreements == ()


@pytest.fixture
def postgres(migrated_server: str) -> Iterator[Database]:
    """For what only PostgreSQL's locks do."""
    opened = open_database(migrated_server)
    yield opened
    opened.close()
