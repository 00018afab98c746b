"""The money of two districts and its desk, for each file once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benefits import verify_ledger
from tests.yihui.http.desk.money_of_districts import build_money
from tests.yihui.http.desk.officers import open_desk
from tools.servers.desk import Officers
from yihui.bootstrap import Wiring


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Wiring]:
    made = build_money(tmp_path_factory.mktemp("money"), migrated_file)
    yield made
    with made.database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
    made.close()


@pytest.fixture(scope="module")
def site(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring) as opened:
        yield opened
