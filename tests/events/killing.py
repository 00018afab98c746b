"""Lives a ledger's life in processes that are killed (SIGKILL) at counted places, on any database.

    python -m tests.events.killing TARGET CALM KILLS SEED

Each process is forked from this one, says after each step that it is done, and is killed before or after a
statement or a commit. The next one goes on with the first step of which nothing was heard: it may be done
already. Prints, as JSON, which steps were cut.
"""

import json
import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import event, text

import yihui.schema  # noqa: F401
from store import Database, migrate_database, open_database
from tests.events.lives import Step, life

STEPS_FOR_A_KILL = 3
_END_OTHERS = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


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


def live(target: str, steps: Sequence[tuple[int, Step]], kill_at: int | None, told: int) -> None:
    """Do the steps; each is told when it is done."""
    database = open_database(target)
    if kill_at is not None:
        Bomb(database, kill_at)
    for number, step in steps:
        step.do(database)
        os.write(told, number.to_bytes(4))
    database.close()


def killed(target: str, steps: Sequence[tuple[int, Step]], kill_at: int) -> tuple[bool, int]:
    """Live on in a process of its own; says whether it was killed, and the first step not heard of."""
    heard, told = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(heard)
        live(target, steps, kill_at, told)
        os._exit(0)
    os.close(told)
    with os.fdopen(heard, "rb") as pipe:
        numbers = pipe.read()
    _, status = os.waitpid(process, 0)
    _end_sessions(target)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the process failed by itself"
    assert not os.WIFSIGNALED(status) or os.WTERMSIG(status) == signal.SIGKILL
    done = int.from_bytes(numbers[-4:]) + 1 if numbers else steps[0][0]
    return os.WIFSIGNALED(status), done


def _end_sessions(target: str) -> None:
    """End what PostgreSQL still does for a dead process: the next one skips slots whose rows that one has locked."""
    database = open_database(target)
    if not database.is_sqlite:
        with database.read() as connection:
            connection.execute(_END_OTHERS).all()
    database.close()


def places_of(target: str, steps: Sequence[tuple[int, Step]]) -> int:
    """At how many places an undisturbed life can be cut; its database is what the killed one must come to."""
    database = open_database(target)
    migrate_database(database)
    bomb = Bomb(database, 0)
    for _, step in steps:
        step.do(database)
    database.close()
    return -bomb.left


def main(target: str, calm: Path, kills: int, seed: int) -> None:
    steps = list(enumerate(life(seed, STEPS_FOR_A_KILL * kills)))
    migrate_database(open_database(target))
    chance = random.Random(seed)
    most = places_of(str(calm), steps) // kills
    at, cut = 0, []
    while len(cut) < kills and at < len(steps):
        # A step of more statements than lie between two kills is cut again and again: the next life is longer.
        again = cut.count(at)
        was_killed, at = killed(target, steps[at:], chance.randint(1, most * (1 + again)))
        if was_killed:
            cut.append(at)
    with Path(os.devnull).open("wb") as nobody:
        live(target, steps[at:], None, nobody.fileno())
    sys.stdout.write(json.dumps({"cut": cut, "steps": len(steps)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
