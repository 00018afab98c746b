"""A migrated SQLite database in a moment: copied from one that was migrated once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import Database, migrate_database, open_database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "yihui.db"
    database = open_database(str(path))
    migrate_database(database)
    database.close()
    return path


@pytest.fixture
def till(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    """For what doesn't depend on the kind of database."""
    copy = tmp_path / "till.db"
    shutil.copy(migrated, copy)
    opened = open_database(str(copy))
    yield opened
    opened.close()
