"""Events as the outside sends them, and a short way to handle them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from events import BatchOutcome
from rules import RuleLibrary
from store import Database, open_database
from tests.events.sending import Sender, handle_in
from tests.reused import ReusedDatabases
from yihui.services.rules.rules import read_library

if TYPE_CHECKING:
    from tests.events.archived_years import Years


@pytest.fixture(scope="session")
def library() -> RuleLibrary:
    return read_library()


@pytest.fixture
def send() -> Sender:
    return Sender()


Handle = Callable[..., BatchOutcome]


@pytest.fixture
def handled(database: Database, library: RuleLibrary) -> Handle:
    """Handles lines in one batch, or in batches of a size."""

    def handle_lines(*lines: str, size: int | None = None) -> BatchOutcome:
        return handle_in(database, library, lines, size or len(lines))

    return handle_lines


@pytest.fixture
def years(reused: ReusedDatabases, tmp_path: Path) -> "Iterator[Years]":
    from tests.events.archived_years import Years

    with reused.lent() as url:
        opened = open_database(url)
        yield Years(url, opened, tmp_path)
        opened.close()
