"""Events as the outside sends them, and a short way to handle them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from events import BatchOutcome, EventRunner
from rules import RuleLibrary
from store import Database, open_database
from tools.servers.sending import NOW, Sender, handle_in
from yihui.services.rules.rules import SHIPPED_RULES, read_library


@pytest.fixture(scope="session")
def library() -> RuleLibrary:
    return read_library([SHIPPED_RULES])


@pytest.fixture
def send() -> Sender:
    return Sender()


@pytest.fixture
def runner(database: Database, library: RuleLibrary) -> EventRunner:
    """The embedded runner, with batches of four."""
    return EventRunner(database, lambda _: library, lambda: NOW, batch_size=4)


@pytest.fixture
def fresh(migrated_file: Path, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Makes one new SQLite database after the other."""
    opened: list[Database] = []

    def make() -> Database:
        path = shutil.copy(migrated_file, tmp_path / f"{len(opened)}.db")
        opened.append(open_database(str(path)))
        return opened[-1]

    yield make
    for database in opened:
        database.close()


Handle = Callable[..., BatchOutcome]


@pytest.fixture
def handled(database: Database, library: RuleLibrary) -> Handle:
    """Handles lines in one batch, or in batches of a size."""

    def handle_lines(*lines: str, size: int | None = None) -> BatchOutcome:
        return handle_in(database, library, lines, size or len(lines))

    return handle_lines
