"""Benchmark the embedded runner, from events to ledger rows, beside bare inserts of the same rows."""

import gc
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import yihui.schema  # noqa: F401
from bench.inserts import InsertRecorder
from bench.measurement import Measurement, compare_interleaved
from events import EventRunner
from rules import RuleLibrary
from store import Database, migrate_database, open_database
from tools.servers.sending import Sender
from yihui.__main__ import GARBAGE_THRESHOLD
from yihui.samples.events import SEED, generate_event_lines, write_event_lines
from yihui.services.rules.rules import SHIPPED_RULES, read_library

EVENTS = 20_000
ROUNDS = 2
GOALS = {"event_to_ledger": 0.2, "event_to_ledger_of_a_day": 0.3}  # docs/capacity.md says why not 0.45
NOW = datetime(2026, 12, 31, tzinfo=UTC)


def measure() -> Iterator[Measurement]:
    """Measure from a file to the committed ledger: read, check, decide, admit and record, in one thread."""
    year = generate_event_lines(SEED, events=EVENTS, planted=False)
    yield _event_to_ledger(
        "ledger.event_to_ledger", year, "a year of few members: half of the time is days that pass"
    )
    yield _event_to_ledger(
        "ledger.event_to_ledger_of_a_day", generate_birthday_lines(EVENTS), "members and their birthdays"
    )


def generate_birthday_lines(events: int) -> Iterator[str]:
    """Yield the lines of members who are imported and have their birthday, all on the same day."""
    send = Sender()
    for number in range(events // 2):
        yield send.imported(f"m-{number}")
        yield send.birthday(f"m-{number}")


@dataclass(frozen=True, slots=True)
class _Bench:
    folder: Path
    library: RuleLibrary
    inserts: InsertRecorder

    @classmethod
    def prepare(cls, folder: Path, lines: Iterator[str]) -> "_Bench":
        write_event_lines(lines, folder / "events.jsonl")
        empty = open_database(str(folder / "empty.db"))
        migrate_database(empty)
        empty.close()
        bench = cls(folder, read_library([SHIPPED_RULES]), InsertRecorder())
        with bench.fresh() as database:
            bench.inserts.record_from(database)
            bench.run(database)
        gc.set_threshold(GARBAGE_THRESHOLD)  # as in any command
        gc.collect()
        gc.freeze()  # the collector then skips what earlier measurements left in memory
        return bench

    @contextmanager
    def fresh(self) -> Iterator[Database]:
        """Yield a database that is migrated and empty."""
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
            self.inserts.replay_into(database)


def _event_to_ledger(name: str, lines: Iterator[str], what: str) -> Measurement:
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as folder:
        bench = _Bench.prepare(Path(folder), lines)
        compared = compare_interleaved(bench.ours, bench.theirs, rounds=ROUNDS, clock=perf_counter)
    rate, bare = EVENTS / compared.ours_s, EVENTS / compared.theirs_s
    detail = (
        f"{EVENTS} events of a file ({what}) through rules into a SQLite ledger, in one process; bare inserts of the "
        f"same rows through the same store: {bare:,.0f} events/s"
    )
    goal = GOALS[name.partition(".")[2]]
    return Measurement.at_least(name, rate, "events/s", goal, detail, 1 / compared.ratio)
