"""Grow a ledger of years: a base of real decisions, then months, each filled with copies of the base."""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg

import yihui.schema  # noqa: F401
from bench import years_copies
from bench.years_copies import PlannedCopy, Session
from bench.years_rounds import seal_all
from events import EventRunner
from rules import RuleLibrary
from store import Database, migrate_database, open_database
from store.monthly_tables import MONTHLY_TABLES, open_month, partition_name, read_open_month
from yihui.samples.events import generate_event_lines

BASE_EVENTS, DECISIONS_OF_A_MEMBER = 72_000, 10
FIRST_YEAR = 2025  # of the months; those of the base's events, and of the measured ones, say nothing of them
_MONTH_OF_BASE = date(FIRST_YEAR - 1, 12, 1)
_BASE_NOW = datetime(2026, 10, 3, tzinfo=UTC)
_SESSIONS = 2
_SEALED_IF_LEAN = 1_000_000


def log(line: str) -> None:
    """Print a line with the time."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class GrowingLedger:
    """A database that grows to ``until`` decisions in so many months; ``data`` is for files.

    ``locate`` returns its address, which changes when the server is restarted.
    """

    locate: Callable[[], str]
    data: Path
    until: int
    months: int
    base_events: int = BASE_EVENTS
    is_lean: bool = False  # seals for the first million only, old messages at the end only: 10 GB less

    @contextmanager
    def connect(self) -> Iterator[Session]:
        with psycopg.connect(self.locate(), autocommit=True) as session:
            years_copies.prepare_session(session)
            yield session

    def month_at(self, decisions: int) -> date:
        """Return the month that is open at a size."""
        number = min(decisions * self.months // self.until, self.months - 1)
        return date(FIRST_YEAR + number // 12, number % 12 + 1, 1)


def make_base(ledger: GrowingLedger, library: RuleLibrary) -> None:
    """Handle a year of events through the pipeline, seal it, and set it aside for copying."""
    with ledger.connect() as session:
        if years_copies.is_prepared(session):
            return
        begin, path = time.monotonic(), ledger.data / "base.jsonl"
        path.write_text("".join(f"{line}\n" for line in _base_lines(ledger.base_events)), encoding="utf-8")
        database = open_database(ledger.locate())
        migrate_database(database)
        _begin_in(session, _MONTH_OF_BASE)
        for _, outcomes in EventRunner(database, lambda _: library, lambda: _BASE_NOW).run_file(path):
            assert not outcomes.dead_letters, f"{outcomes.dead_letters[0]}"
        seal_all(database, _BASE_NOW)
        database.close()
        years_copies.set_base_aside(session)
        log(f"{ledger.base_events:,} real events in {time.monotonic() - begin:.0f} s")


def _begin_in(session: Session, month: date) -> None:
    """Let rows belong to a month of the past: a migration opens the month of the clock, and no earlier one is opened."""
    for table in MONTHLY_TABLES:
        name = partition_name(table, month)
        session.execute(f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES IN ('{month}')".encode())
        session.execute(f"ALTER TABLE {table} ALTER COLUMN month SET DEFAULT '{month}'".encode())


def _base_lines(number: int) -> Iterator[str]:
    """Yield a year of events; members have pseudonyms without an order."""
    for line in generate_event_lines(1, events=number, planted=False):
        member = line.partition('"subject":"')[2].partition('"')[0]
        yield line.replace(member, sha256(member.encode()).hexdigest()[:32])


def count_decisions(session: Session) -> int:
    """Return how many decisions there are: the base's and those of the copies."""
    row = session.execute("SELECT count(*) FROM bench.s_decisions").fetchone()
    assert row is not None
    return int(str(row[0])) + years_copies.read_copies(session).decisions


def count_members(session: Session) -> int:
    """Return how many members there are."""
    row = session.execute("SELECT count(*) FROM bench.first_changes").fetchone()
    assert row is not None
    return int(str(row[0])) * (1 + years_copies.read_copies(session).populations)


def grow(ledger: GrowingLedger, stop: int) -> None:
    """Copy the base until there are so many decisions; each month is opened when its time comes."""
    with ledger.connect() as session, ledger.connect() as second, ThreadPoolExecutor(_SESSIONS) as pool:
        _write_full_pages(session, "off")
        begin, first = time.monotonic(), count_decisions(session)
        while (stood := count_decisions(session)) < stop:
            _open(ledger, session, ledger.month_at(stood))
            rate, members = (stood - first) / (time.monotonic() - begin), count_members(session)
            plans = _plan_next(ledger, session, stood, stop)
            list(pool.map(years_copies.copy_base, (session, second), plans))
            log(f"… {stood:,} decisions of {members:,} members, {plans[0].month:%Y-%m}; {rate:,.0f} a second")
        years_copies.end_growth(session)
        _write_full_pages(session, "on")


def _write_full_pages(session: Session, state: str) -> None:
    """Turn the log's copies of whole pages off while the base is copied: most of the log would be these."""
    session.execute(f"ALTER SYSTEM SET full_page_writes = {state}".encode())
    session.execute("SELECT pg_reload_conf()")


def _plan_next(ledger: GrowingLedger, session: Session, stood: int, stop: int) -> list[PlannedCopy]:
    """Plan the next copies: a population first if there are fewer members than belong to so many decisions."""
    month = ledger.month_at(stood)
    share = stood * ledger.months / ledger.until % 1
    at = datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(days=27 * share)
    populations = years_copies.read_copies(session).populations
    needed = count_members(session) * DECISIONS_OF_A_MEMBER < stood or not populations
    measured = ledger.until if ledger.is_lean else stop
    with_outbox = measured - stood <= ledger.until // ledger.months
    with_seals = not ledger.is_lean or stood < _SEALED_IF_LEAN
    new = populations + 1 if needed else None
    plan = PlannedCopy(month, at, new, populations, with_outbox, with_seals)
    return [plan, replace(plan, population=None)] if populations else [plan]


def _open(ledger: GrowingLedger, session: Session, month: date) -> None:
    database = open_database(ledger.locate())
    with database.read() as connection:
        opened = read_open_month(connection)
    if opened < month:
        try_to_open(database, month)
        years_copies.end_month(session, month)
    database.close()


def try_to_open(database: Database, month: date) -> list[float]:
    """Open a month, as often as others are in the way; return the seconds of each try."""
    tries: list[float] = []
    is_open = False
    while not is_open:
        begin = time.perf_counter()
        with database.write() as connection:
            is_open = open_month(connection, month)
        tries.append(time.perf_counter() - begin)
    return tries
