"""Separate operating-system processes that race for the last places, round after round.

The processes are made once; a round lets all of them go at one moment. What each asks for, in which
portions and whether out of a budget as well, follows from the round's seed.
"""

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier

from sqlalchemy import Connection, func, select

from benefits import Ruling, set_budget
from benefits.tables.decisions import grants
from events.retries import run_in_transaction
from store import Database, open_database
from tools.servers.deciding import TREASURER, Wish, give_in

CROWD = 32
PLACES = 100
AMOUNT_FEN = 700
_EACH = 5  # places that a process asks for: in all there are not enough
_PATIENCE_S = 300


def rule_of(seed: int) -> str:
    return f"race-{seed}"


def portions(seed: int, number: int) -> Iterator[list[Wish]]:
    """What one process asks for in one round, transaction by transaction."""
    chance = random.Random(f"{seed} {number}")
    budget = f"purse-{seed}" if seed % 2 else None
    asked = 0
    while asked < _EACH:
        size = min(chance.randint(1, 3), _EACH - asked)
        yield [_wish(seed, f"m-{number}-{asked + n}", budget) for n in range(size)]
        asked += size


def _wish(seed: int, member: str, budget: str | None) -> Wish:
    """By places, or by a budget that has room for as many and some fen more."""
    name = f"race-{seed}-{member}"
    quota = None if budget else (PLACES, "lifetime")
    return Wish(member, rule_of(seed), AMOUNT_FEN, event=name, quota=quota, budget=budget)


@dataclass(frozen=True)
class Racers:
    """The processes, and the gate at which all meet."""

    database: Database
    gate: Barrier
    pipes: list[Pipe]

    def race(self, seed: int) -> int:
        """One round; says how many were granted, as the processes were told and as the ledger says."""
        if seed % 2:
            with self.database.write() as connection:
                set_budget(connection, f"purse-{seed}", PLACES * AMOUNT_FEN + AMOUNT_FEN - 1, TREASURER)
        for pipe in self.pipes:
            pipe.send(seed)
        told = [pipe.recv() for pipe in self.pipes]
        with self.database.read() as connection:
            query = select(func.count()).select_from(grants).where(grants.c.rule_id == rule_of(seed))
            written = int(connection.execute(query).scalar_one())
        assert sum(told) == written, f"round {seed}: told {sum(told)}, written {written}"
        return written


@contextmanager
def racers(target: str) -> Iterator[Racers]:
    """Make the processes; they end with the block."""
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(CROWD)
    ends = [context.Pipe() for _ in range(CROWD)]
    crowd = [
        context.Process(target=_run, args=(target, number, gate, theirs))
        for number, (_, theirs) in enumerate(ends)
    ]
    for process in crowd:
        process.start()
    database = open_database(target)
    try:
        yield Racers(database, gate, [ours for ours, _ in ends])
        for ours, _ in ends:
            ours.send(None)
        for process in crowd:
            process.join(_PATIENCE_S)
        assert [process.exitcode for process in crowd] == [0] * CROWD
    finally:
        for process in crowd:
            process.kill()
        database.close()


def _run(target: str, number: int, gate: Barrier, pipe: Pipe) -> None:
    database = open_database(target)
    while (seed := pipe.recv()) is not None:
        waiting = list(portions(seed, number))
        gate.wait(_PATIENCE_S)
        granted = 0
        for wishes in waiting:
            rulings = run_in_transaction(database, partial(_give, wishes))
            granted += sum(ruling.outcome == "granted" for ruling in rulings)
        pipe.send(granted)
    database.close()


def _give(wishes: list[Wish], connection: Connection) -> list[Ruling]:
    return give_in(connection, *wishes)
