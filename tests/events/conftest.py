"""Events as the outside sends them, and a short way to handle them."""

from collections.abc import Callable

import pytest

from events import BatchOutcome
from rules import RuleLibrary
from store import Database
from tools.servers.sending import Sender, handle_in
from yihui.services.rules.rules import SHIPPED_RULES, read_library


@pytest.fixture(scope="session")
def library() -> RuleLibrary:
    return read_library([SHIPPED_RULES])


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
