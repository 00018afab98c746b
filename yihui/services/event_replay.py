"""A replay as a command asks for it: into the real ledger, or into a scratch one that is then compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING

from core.faults import Fault, InputFaults
from yihui.bootstrap import Wiring
from yihui.services.rules_in_force import Rulebook

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from events import Tally
    from events.replaying import Replaying, Source
    from rules import Library

N_ = str  # marks a text for the message catalogue

_FILLED_WHEN_NEW = frozenset({"alembic_version", "rulebook", "spatial_ref_sys"})
_SHOWN = 400  # characters of a line of the ledger


@dataclass(frozen=True, slots=True)
class Difference:
    """The first line in which two ledgers differ; None where one of them has ended."""

    line: int
    real: str | None
    scratch: str | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a replay. ``difference`` is None where the ledgers are equal or were not compared."""

    tally: Tally
    stations_left_out: int = 0
    is_compared: bool = False
    difference: Difference | None = None


class _Borrowed(Rulebook):
    """The rules of another database."""

    def __init__(self, library: Library) -> None:
        super().__init__((), lambda _: None)
        self._library = library

    def for_batch(self, connection: Connection) -> Library:
        return self._library

    def in_force(self, connection: Connection) -> Library:
        return self._library


@dataclass
class Scratch(Wiring):
    """A ledger to try in: the real one's rules and clock, a database of its own."""

    borrowed: Library | None = None

    @cached_property
    def rulebook(self) -> Rulebook:
        assert self.borrowed is not None
        return _Borrowed(self.borrowed)


def replay(wiring: Wiring, source: Source) -> Replayed:
    """Into the real ledger: what was handled before changes nothing."""
    from events.replaying import Replaying

    replaying = Replaying(wiring.runner)
    return Replayed(_run(wiring, wiring, replaying, source))


def replay_into(wiring: Wiring, target: str, source: Source, *, is_whole: bool) -> Replayed:
    """Into a scratch ledger with the real one's rules and budgets; compared where all was replayed.

    *Raises*: InputFaults, where the database holds anything else.
    """
    from events.replaying import Replaying
    from yihui.services.upkeep import keep_up

    scratch = _opened(wiring, target, source)
    try:
        replaying = Replaying(scratch.runner, with_stations=False)
        tally = _run(wiring, scratch, replaying, source)
        if not is_whole:
            return Replayed(tally, replaying.stations_left_out)
        keep_up(scratch)
        return Replayed(tally, replaying.stations_left_out, True, first_difference(wiring, scratch))
    finally:
        scratch.close()


def _run(wiring: Wiring, into: Wiring, replaying: Replaying, source: Source) -> Tally:
    from events import Tally
    from yihui.runtime.progress import progress
    from yihui.services.sealing import sealed

    tally = Tally()
    with progress(wiring.say(N_("replaying")), source.total) as advance:
        for done, outcomes in sealed(into, replaying.run(source)):
            tally.add(outcomes)
            advance(done)
    return tally


def _opened(wiring: Wiring, target: str, source: Source) -> Scratch:
    from events.replaying import begin, is_under_way

    with wiring.database.read() as connection:
        library = wiring.rulebook.in_force(connection)
    scratch = Scratch(replace(wiring.settings, database=target), wiring.now, library)
    with scratch.database.write() as connection:
        if not is_under_way(connection, source):
            if _holds_anything(connection):
                raise InputFaults([_not_empty(scratch.database.target)])
            _copy_budgets(wiring, connection)
            begin(connection, source)
    return scratch


def _holds_anything(connection: Connection) -> bool:
    """Whether there is a row in any table but those that have one in every new database."""
    from sqlalchemy import inspect, select, table

    names = set(inspect(connection).get_table_names()) - _FILLED_WHEN_NEW
    rows = (connection.execute(select(1).select_from(table(name)).limit(1)).first() for name in sorted(names))
    return any(row is not None for row in rows)


def _copy_budgets(wiring: Wiring, into: Connection) -> None:
    """Officers set them, no event does; without them everything would be granted."""
    from benefits import budgets, set_budget
    from yihui.services.rule_life import officer

    acting = officer(wiring, "replay", "as in the ledger that is replayed")
    with wiring.database.read() as connection:
        found = budgets(connection)
    for budget in found:
        if budget.ceiling_fen is not None:
            set_budget(into, budget.id, budget.ceiling_fen, acting)


def first_difference(wiring: Wiring, scratch: Wiring) -> Difference | None:
    """Where the canonical exports differ; None where they are equal, byte for byte."""
    from benefits import canonical_lines

    with wiring.database.read() as real, scratch.database.read() as other:
        pairs = zip_longest(canonical_lines(real), canonical_lines(other))
        for number, (first, second) in enumerate(pairs, 1):
            if first != second:
                return Difference(number, first, second)
    return None


def difference_lines(difference: Difference, wiring: Wiring) -> Iterator[str]:
    """The two lines, as far as they can be told apart."""
    told = N_("the ledgers differ, first in line {line}")
    yield wiring.say(told, line=difference.line)
    for template, line in (
        (N_("real: {line}"), difference.real),
        (N_("scratch: {line}"), difference.scratch),
    ):
        yield "  " + wiring.say(template, line=line[:_SHOWN] if line else wiring.say(N_("no such line")))


def replayed_json(replayed: Replayed) -> dict[str, object]:
    """What goes beside the tally."""
    difference = replayed.difference
    return {
        "stations_left_out": replayed.stations_left_out,
        "same_ledger": difference is None if replayed.is_compared else None,
        "first_difference": None
        if difference is None
        else {
            "line": difference.line,
            "real": json.loads(difference.real) if difference.real else None,
            "scratch": json.loads(difference.scratch) if difference.scratch else None,
        },
    }


def _not_empty(target: str) -> Fault:
    return Fault(
        N_("{value} holds something already"),
        N_("name a database that isn't there yet, or an empty one"),
        field="--into",
        value=target,
    )
