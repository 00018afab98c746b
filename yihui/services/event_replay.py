"""Run a replay for a command: into the real ledger, or into a scratch ledger that is then compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.services.rules_in_force import Rulebook

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from events import RunTally
    from events.replaying import LedgerReplay, ReplaySource
    from rules import RuleLibrary


_FILLED_WHEN_NEW = frozenset({"alembic_version", "rulebook", "spatial_ref_sys"})
REPLAY_FAULTS = FaultTable(
    "replay",
    {
        "target_not_empty": (
            N_("{value} holds something already"),
            N_("name a database that isn't there yet, or an empty one"),
        ),
    },
)
_SHOWN = 400  # characters shown of a ledger line


@dataclass(frozen=True, slots=True)
class LedgerDifference:
    """The first line in which two ledgers differ. A side is None if that ledger has already ended."""

    line: int
    real: str | None
    scratch: str | None


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The result of a replay. ``difference`` is None if the ledgers are equal or were not compared."""

    tally: RunTally
    stations_left_out: int = 0
    is_compared: bool = False
    difference: LedgerDifference | None = None


class _Borrowed(Rulebook):
    """A rulebook that always returns the library of another database."""

    def __init__(self, library: RuleLibrary) -> None:
        super().__init__((), lambda _: None)
        self._library = library

    def for_batch(self, connection: Connection) -> RuleLibrary:
        return self._library

    def in_force(self, connection: Connection) -> RuleLibrary:
        return self._library


@dataclass
class ScratchWiring(Wiring):
    """The wiring of a scratch ledger: the real ledger's rules and clock, with a separate database."""

    borrowed: RuleLibrary | None = None

    @cached_property
    def rulebook(self) -> Rulebook:
        assert self.borrowed is not None
        return _Borrowed(self.borrowed)


def replay_into_ledger(wiring: Wiring, source: ReplaySource) -> ReplayResult:
    """Replay into the real ledger. Events that were processed before change nothing."""
    from events.replaying import LedgerReplay

    replaying = LedgerReplay(wiring.runner)
    return ReplayResult(_run(wiring, wiring, replaying, source))


def replay_into_scratch(wiring: Wiring, target: str, source: ReplaySource, *, is_whole: bool) -> ReplayResult:
    """Replay into a scratch ledger with the real rules and budgets.

    The two ledgers are compared if all events were replayed.

    *Raises*: FaultError if the database already holds other data.
    """
    from events.replaying import LedgerReplay
    from yihui.services.upkeep import run_upkeep

    scratch = _opened(wiring, target, source)
    try:
        replaying = LedgerReplay(scratch.runner, with_stations=False)
        tally = _run(wiring, scratch, replaying, source)
        if not is_whole:
            return ReplayResult(tally, replaying.stations_left_out)
        run_upkeep(scratch)
        return ReplayResult(tally, replaying.stations_left_out, True, first_difference(wiring, scratch))
    finally:
        scratch.close()


def _run(wiring: Wiring, into: Wiring, replaying: LedgerReplay, source: ReplaySource) -> RunTally:
    from events import RunTally
    from yihui.runtime.progress import show_progress
    from yihui.services.sealing import seal_after_batches

    tally = RunTally()
    with show_progress(wiring.render(N_("replaying")), source.total) as advance:
        for done, outcomes in seal_after_batches(into, replaying.run(source)):
            tally.add(outcomes)
            advance(done)
    return tally


def _opened(wiring: Wiring, target: str, source: ReplaySource) -> ScratchWiring:
    from events.replaying import begin_replay, is_replay_under_way

    with wiring.database.read() as connection:
        library = wiring.rulebook.in_force(connection)
    scratch = ScratchWiring(replace(wiring.settings, database=target), wiring.now, library)
    with scratch.database.write() as connection:
        if not is_replay_under_way(connection, source):
            if _holds_anything(connection):
                held = scratch.database.target
                raise FaultError(REPLAY_FAULTS.build("target_not_empty", field="--into", value=held))
            _copy_budgets(wiring, connection)
            begin_replay(connection, source)
    return scratch


def _holds_anything(connection: Connection) -> bool:
    """Return whether any table has a row, except for the tables that are filled in every new database."""
    from sqlalchemy import inspect, select, table

    names = set(inspect(connection).get_table_names()) - _FILLED_WHEN_NEW
    rows = (connection.execute(select(1).select_from(table(name)).limit(1)).first() for name in sorted(names))
    return any(row is not None for row in rows)


def _copy_budgets(wiring: Wiring, into: Connection) -> None:
    """Copy the budgets: officers set them, so no event would. Without budgets every grant would be approved."""
    from benefits import Officer, list_budgets, set_budget
    from core.civil_time import civil_date

    now = wiring.now()
    acting = Officer("replay", now, civil_date(now), "as in the ledger that is replayed")
    with wiring.database.read() as connection:
        found = list_budgets(connection)
    for budget in found:
        if budget.ceiling_fen is not None:
            set_budget(into, budget.id, budget.ceiling_fen, acting)


def first_difference(wiring: Wiring, scratch: Wiring) -> LedgerDifference | None:
    """Return the first difference of the canonical exports, or None if they are equal byte for byte."""
    from benefits import canonical_export_lines

    with wiring.database.read() as real, scratch.database.read() as other:
        pairs = zip_longest(canonical_export_lines(real), canonical_export_lines(other))
        for number, (first, second) in enumerate(pairs, 1):
            if first != second:
                return LedgerDifference(number, first, second)
    return None


def ledger_difference_lines(difference: LedgerDifference, wiring: Wiring) -> Iterator[str]:
    """Yield the message and the two differing lines, each cut to 400 characters."""
    told = N_("the ledgers differ, first in line {line}")
    yield wiring.render(told, line=difference.line)
    for template, line in (
        (N_("real: {line}"), difference.real),
        (N_("scratch: {line}"), difference.scratch),
    ):
        yield "  " + wiring.render(
            template, line=line[:_SHOWN] if line else wiring.render(N_("no such line"))
        )


def replay_result_json(replayed: ReplayResult) -> dict[str, object]:
    """Return the JSON data that is printed beside the tally."""
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
