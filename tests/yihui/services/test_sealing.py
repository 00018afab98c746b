"""Every command that writes seals behind itself; one that reads writes nothing."""

import json
from pathlib import Path

import pytest

from store import open_database
from tests.yihui.commands import Command
from tools.servers.deciding import Wish, give

pytestmark = pytest.mark.usefixtures("migrated")


def gap(yihui: Command) -> int:
    return int(json.loads(yihui("ledger", "verify", "--json").out)["gap"]["batches"])


def test_a_command_that_writes_leaves_nothing_unsealed(yihui: Command, tmp_path: Path) -> None:
    spent = ("--as", "gh-001", "--reason", "年度预算")
    assert yihui("budgets", "set", *spent, "birthday-cake", "--amount", "200").code == 0
    assert gap(yihui) == 0
    database = open_database(str(tmp_path / "yihui.db"))
    give(database, Wish())  # somebody who was killed before sealing
    database.close()
    assert gap(yihui) == 1, "reading seals nothing"
    assert yihui("budgets", "change", *spent, "birthday-cake", "--amount", "199").code == 0
    assert gap(yihui) == 0
    assert json.loads(yihui("ledger", "seal", "--json").out)["batches"] == 0
