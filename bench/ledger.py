"""How many events a second the embedded runner turns into ledger rows, beside bare inserts of the same rows."""

import gc
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from bench.inserts import Inserts
from bench.measurement import Measurement, interleaved
from events import EventRunner
from rules import Library
from store import Database, migrate_database, open_database
from tools.sample_events import SEED, generate, write
from yihui.cli import GARBAGE_THRESHOLD
from yihui.services.rules import read_library

EVENTS = 20_000
ROUNDS = 5
GOAL = 0.35
NOW = datetime(2026, 12, 31, tzinfo=UTC)


def measure() -> list[Measurement]:
    """File to committed ledger: reading, checking, deciding, admitting and recording, one thread."""
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as name:
        return [_event_to_ledger(_Bench.prepare(Path(name)))]


@dataclass(frozen=True, slots=True)
class _Bench:
    folder: Path
    library: Library
    inserts: Inserts

    @classmethod
    def prepare(cls, folder: Path) -> "_Bench":
        write(generate(SEED, events=EVENTS, planted=False), folder / "events.jsonl")
        empty = open_database(str(folder / "empty.db"))
        migrate_database(empty)
        empty.close()
        bench = cls(folder, read_library(), Inserts())
        with bench.fresh() as database:
            bench.inserts.watch(database)
            bench.run(database)
        gc.set_threshold(GARBAGE_THRESHOLD)  # as in any command
        gc.collect()
        gc.freeze()  # what other measurements have left in memory is not looked through again and again
        return bench

    @contextmanager
    def fresh(self) -> Iterator[Database]:
        """A database that is migrated and empty."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            database = open_database(shutil.copy(self.folder / "empty.db", name))
            yield database
            database.close()

    def run(self, database: Database) -> None:
        runner = EventRunner(database, lambda _: self.library, lambda: NOW)
        handled = sum(outcomes.handled for _, outcomes in runner.run_file(self.folder / "events.jsonl"))
        assert handled == EVENTS, f"{handled} of {EVENTS} events were handled"

    def ours(self) -> None:
        with self.fresh() as database:
            self.run(database)

    def theirs(self) -> None:
        with self.fresh() as database:
            self.inserts.again(database)


def _event_to_ledger(bench: _Bench) -> Measurement:
    compared = interleaved(bench.ours, bench.theirs, rounds=ROUNDS, clock=perf_counter)
    rate, bare = EVENTS / compared.ours_s, EVENTS / compared.theirs_s
    ratio = 1 / compared.ratio
    return Measurement(
        name="ledger.event_to_ledger",
        value=rate,
        unit="events/s",
        ratio=ratio,
        op=">=",
        goal=GOAL,
        holds=ratio >= GOAL,
        detail=f"{EVENTS} events of a file through rules into a SQLite ledger; bare inserts of the same rows through the same store: {bare:,.0f} events/s",
    )
