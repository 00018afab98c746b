"""Benchmark admitting and recording 500 decisions beside a bare insert of the rows they produce."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from time import perf_counter, process_time

import psycopg

import yihui.schema  # noqa: F401
from bench.inserts import InsertRecorder
from bench.measurement import Measurement, compare_interleaved
from benefits import admit_and_record
from rules import Decision, EventFacts, FactValue, RuleLibrary, evaluate_rules
from store import Database, migrate_database, open_database
from tools.servers import postgres
from yihui.services.rules.rules import SHIPPED_RULES, read_library

BATCH_SIZE = 500
BATCHES = 10
ROUNDS = 7
GOAL_RATIO = 0.5
NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = date(2026, 5, 1)
_MEMBER = {"member.status": "active", "member.organisation": "370202001-00017", "member.district": "370202"}
DecidedEvents = list[tuple[EventFacts, Decision]]


def measure() -> Iterator[Measurement]:
    """Measure on both databases; PostgreSQL only if it is installed."""
    library = read_library([SHIPPED_RULES])
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as name:
        yield _beside_inserts("ledger.record_sqlite", f"{name}/ledger.db", f"{name}/bare.db", library)
    if postgres.is_at_hand():
        with _two_databases() as (ours, theirs):
            yield _beside_inserts("ledger.record_postgresql", ours, theirs, library)


@contextmanager
def _two_databases() -> Iterator[tuple[str, str]]:
    with postgres.cluster() as url:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            for name in ("ours", "theirs"):
                connection.execute(f"CREATE DATABASE {name}")
        yield f"{url}/ours", f"{url}/theirs"


def decide_birthdays(library: RuleLibrary, first: int, number: int, day: date = DAY) -> DecidedEvents:
    """Return decisions on ``number`` birthdays of one day, each of a different member."""
    return [
        (event, decision)
        for member in range(first, first + number)
        for event in [_birthday(member, day)]
        for decision in evaluate_rules(event, _MEMBER, library)
    ]


def _birthday(member: int, day: date) -> EventFacts:
    facts: dict[str, FactValue] = {"calendar": "solar", "year": day.year}
    return EventFacts("/bench", f"e-{member:08}", "member.birthday", NOW, day, f"m-{member:08}", facts)


@dataclass(slots=True)
class _Sides:
    """Both sides of the comparison.

    Each round uses new members, so that no row is inserted twice; both tables grow alike.
    """

    ours: Database
    theirs: Database
    library: RuleLibrary
    numbers: "count[int]" = field(default_factory=lambda: count(0, BATCH_SIZE))
    waiting: list[DecidedEvents] = field(default_factory=list)
    inserts: InsertRecorder = field(default_factory=InsertRecorder)

    def prepare(self, rounds: int) -> None:
        for _ in range(rounds * BATCHES):
            self.waiting.append(decide_birthdays(self.library, next(self.numbers), BATCH_SIZE))

    def admit(self) -> None:
        self.inserts.batches.clear()
        for batch in [self.waiting.pop() for _ in range(BATCHES)]:
            with self.ours.write() as connection:
                admit_and_record(connection, batch, NOW)

    def insert(self) -> None:
        self.inserts.replay_into(self.theirs)


def _beside_inserts(name: str, ours: str, theirs: str, library: RuleLibrary) -> Measurement:
    databases = open_database(ours), open_database(theirs)
    for database in databases:
        migrate_database(database)
    sides = _Sides(*databases, library)
    sides.prepare(ROUNDS + 1)
    sides.inserts.record_from(databases[0])
    clock: Callable[[], float] = process_time if databases[0].is_sqlite else perf_counter
    compared = compare_interleaved(sides.admit, sides.insert, rounds=ROUNDS, clock=clock)
    rows = sides.inserts.row_counts[0]
    for database in databases:
        database.close()
    detail = (
        f"batches of {BATCH_SIZE} decisions admitted and recorded ({rows} rows each); the driver's executemany"
        f" of the same rows: {BATCHES * BATCH_SIZE / compared.theirs_s:,.0f} grants/s"
    )
    rate = BATCHES * BATCH_SIZE / compared.ours_s
    return Measurement.at_least(name, rate, "grants/s", GOAL_RATIO, detail, 1 / compared.ratio)
