"""A real process, killed (SIGKILL) again and again while it grants, redeems, pays and seals, on both databases."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benefits import verify_ledger
from store import open_database
from tests.events.lives import ledger_of
from tests.tiers import budget

ROOT = Path(__file__).parents[2]
KILLS = budget(60)


@pytest.mark.deeper
def test_a_process_killed_at_counted_statements_loses_nothing_and_doubles_nothing(
    target: str, tmp_path: Path
) -> None:
    calm = tmp_path / "calm.db"
    done = subprocess.run(
        [sys.executable, "-m", "tests.events.killing", target, str(calm), str(KILLS), "20261120"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert len(told["cut"]) == KILLS
    # So few statements lie between two kills that of many kills several fall on the same one.
    assert len(set(told["cut"])) > min(KILLS, 40) // 2, "all were killed at the same place"
    killed, undisturbed = open_database(target), open_database(str(calm))
    assert ledger_of(killed) == ledger_of(undisturbed)
    for database in (killed, undisturbed):
        with database.read() as connection:
            found = verify_ledger(connection)
        assert found.disagreements == ()
        assert found.grants > 10
        database.close()
