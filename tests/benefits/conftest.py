"""A migrated SQLite database in a moment: copied from one that was migrated once."""

import runpy
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from store import Database, open_database
from tools.servers.deciding import verified

VERIFIER = Path(__file__).parents[2] / "docs" / "verify_ledger.py"


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


@pytest.fixture(scope="module")
def find_failures() -> Callable[[Sequence[bytes]], list[str]]:
    """What the verifier of docs/ finds in the lines of an export."""
    found: Callable[[Sequence[bytes]], list[str]] = runpy.run_path(str(VERIFIER))["find_failures"]
    return found
