"""Runs a file of events in processes that are killed (SIGKILL) at counted statements.

    python -m tests.events.crashing EVENTS DATABASE KILLS SEED

Each process is forked from this one, so that nothing but the run itself costs time; it is killed
before or after a statement or a commit, whichever comes at its number. Prints, as JSON, for each
kill how many commits its process had done and how many bytes of the file had been committed by then.
"""

import json
import os
import random
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event, select

import yihui.schema  # noqa: F401
from events import EventRunner
from events.tables import positions
from rules import RuleLibrary
from store import Database, migrate_database, open_database
from yihui.services.rules.rules import SHIPPED_RULES, read_library

NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
BATCH = 100  # so that few events make several batches


class Bomb:
    """Counts statements and commits; kills its own process at one of them."""

    def __init__(self, database: Database, at: int) -> None:
        self.left = at
        event.listen(database.engine, "before_cursor_execute", self.tick)
        event.listen(database.engine, "after_cursor_execute", self.tick)
        event.listen(database.engine, "commit", self.tick)

    def tick(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def run(path: Path, target: str, library: RuleLibrary, kill_at: int | None) -> None:
    """The embedded runner, as ``yihui run`` starts it, with smaller batches."""
    database = open_database(target)
    migrate_database(database)
    if kill_at is not None:
        Bomb(database, kill_at)
    for _ in EventRunner(database, lambda _: library, lambda: NOW, BATCH).run_file(path):
        pass
    database.close()


def killed(path: Path, target: str, library: RuleLibrary, kill_at: int) -> bool:
    """Run in a process of its own; says whether it was killed (and did not reach the end)."""
    process = os.fork()
    if process == 0:
        run(path, target, library, kill_at)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the run failed by itself"
    return False


def committed_bytes(target: str) -> int:
    """How far the file was committed."""
    database = open_database(target)
    with database.read() as connection:
        position = connection.execute(select(positions.c.position)).scalar()
    database.close()
    return position or 0


def main(path: Path, target: str, kills: int, seed: int) -> None:
    library = read_library([SHIPPED_RULES])
    migrate_database(open_database(target))
    chance = random.Random(seed)
    ticks = statements_of_one_run(path, library, Path(target).with_suffix(".dry"))
    where = [
        committed_bytes(target)
        for _ in range(kills)
        if killed(path, target, library, chance.randint(1, 2 * ticks // (kills + 2)))
    ]
    run(path, target, library, None)
    sys.stdout.write(json.dumps({"committed": where, "size": path.stat().st_size, "ticks": ticks}))


def statements_of_one_run(path: Path, library: RuleLibrary, dry: Path) -> int:
    """How many ticks an undisturbed run has; its database is what the killed one must come to."""
    database = open_database(str(dry))
    migrate_database(database)
    bomb = Bomb(database, 0)
    for _ in EventRunner(database, lambda _: library, lambda: NOW, BATCH).run_file(path):
        pass
    database.close()
    return -bomb.left


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
