"""Cut off or killed (SIGKILL) at any statement, the ledger is as before the step or as after it, and goes on."""

import json
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from benefits import verify_ledger
from store import Database, open_database
from tests.events.lives import Step, everything, ledger_of, life
from tests.events.unplugging import Fragile, Unplugged
from tests.tiers import budget

IN_ONE_TEST = budget(40)
LENGTH = 4 + budget(8)


@dataclass
class Pair:
    """Two databases that live the same life, one of them undisturbed."""

    empty: Path
    calm: Fragile
    torn: Fragile

    def begin(self) -> None:
        for database in (self.calm, self.torn):
            database.plug_in()
            for end in ("-wal", "-shm"):
                Path(database.target + end).unlink(missing_ok=True)
            shutil.copy(self.empty, database.target)


@pytest.fixture(scope="module")
def pair(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("pair")
    return Pair(migrated_file, Fragile(str(folder / "calm.db")), Fragile(str(folder / "torn.db")))


def undisturbed(database: Fragile, step: Step) -> tuple[int, str]:
    """At how many places a step can be cut off, and what the database holds after it."""
    database.ticks = 0
    step.do(database)
    return database.ticks, everything(Path(database.target))


def cut_off(database: Fragile, step: Step, at: int) -> bool:
    """Do a step and cut it off; says whether it was."""
    database.plug_in(left=at)
    try:
        step.do(database)
        return False
    except Unplugged:
        return True
    finally:
        database.plug_in()


def assert_sound(database: Database) -> None:
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()


def live_through(pair: Pair, seed: int, *, everywhere: bool) -> int:
    """One life, each step cut off at one place or at every single one; gives how often."""
    pair.begin()
    chance, torn, cuts = random.Random(seed), Path(pair.torn.target), 0
    before = everything(torn)
    for number, step in enumerate(life(seed, LENGTH)):
        where = f"seed {seed}, step {number}: {step.name}"
        places, after = undisturbed(pair.calm, step)
        for at in range(1, places + 1) if everywhere else [chance.randint(1, places)]:
            assert cut_off(pair.torn, step, at), f"{where}: fewer than {at} places the second time"
            cuts += 1
            wanted = after if at == places else before
            assert everything(torn) == wanted, f"{where}, cut at {at} of {places}"
        step.do(pair.torn)
        assert everything(torn) == after, f"{where}: done again it changed something"
        before = after
    assert_sound(pair.torn)
    return cuts


@pytest.mark.deeper
@pytest.mark.parametrize("first", range(0, budget(4) * IN_ONE_TEST, IN_ONE_TEST))
def test_a_ledger_cut_off_in_every_step_loses_nothing_and_doubles_nothing(first: int, pair: Pair) -> None:
    cuts = [live_through(pair, seed, everywhere=False) for seed in range(first, first + IN_ONE_TEST)]
    assert min(cuts) == LENGTH


@pytest.mark.endure
@pytest.mark.parametrize("seed", range(100_000, 100_004))
def test_a_ledger_cut_off_at_every_statement_boundary_goes_on(seed: int, pair: Pair) -> None:
    assert live_through(pair, seed, everywhere=True) > 100


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
