"""Benchmark finding and publishing the birthdays of one day, beside a bare indexed scan and bare inserts.

``BENCH_MEMBERS=10000000`` measures the size of a province; the default is smaller, with the same share.

python -m bench.schedule [--members 1000000] finds, publishes, decides and records the birthdays of so many members,
all on one day, as the schedule and the embedded runner do. ``make bench-long`` does.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, repeat
from time import perf_counter, process_time
from typing import TypeVar

import yihui.schema  # noqa: F401
from bench.measurement import Measurement, compare_interleaved, peak_mb, slowdown_measurement
from events import EventRunner
from events.schedule.jobs import ScheduleTerms
from events.schedule.running import DayRun, ScheduleRunner
from members import MemberChange, find_birthdays, record_member_changes
from members.birthdays import _lunar_births, _solar_births
from store import Database, migrate_database, open_database
from yihui.services.rules.rules import SHIPPED_RULES, read_library

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "200000"))
DAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 4, tzinfo=UTC)
ROUNDS = 5
GOAL_SLOWDOWN = 2.2
GOAL_OF_SINK = 0.045
PROVINCE, GOAL_MINUTES = 10_000_000, 60.0
_BATCH = 5_000
_BIRTHS = 365 * 40
T = TypeVar("T")
_LUNAR_EVERY = 10
"""Of so many members one keeps the birthday by the moon."""


def measure() -> Iterator[Measurement]:
    """Measure on a SQLite file that holds one change of each member."""
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as name:
        path = f"{name}/members.db"
        database = _with_members(path, _births(), lunar_every=_LUNAR_EVERY)
        yield _finding(database, path)
        yield _publishing(database)


def _with_members(path: str, births: Iterable[date], *, lunar_every: int | None) -> Database:
    """Create a database with one imported member for each day of birth; one of ``lunar_every`` lives by the moon."""
    database = open_database(path)
    migrate_database(database)
    for part in _batches(_changes(births, lunar_every), _BATCH):
        with database.write() as connection:
            record_member_changes(connection, part, NOW)
    return database


def _births() -> Iterator[date]:
    for number in range(MEMBERS):
        yield date(1960, 1, 1) + timedelta(days=number * 7_919 % _BIRTHS)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while part := list(islice(waiting, size)):
        yield part


def _changes(births: Iterable[date], lunar_every: int | None) -> Iterator[MemberChange]:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    for number, born in enumerate(births):
        values = {"status": "active", "organisation": "370202001-00017", "joined_on": "2020-01-01"}
        values["birthday"] = born.isoformat()
        if lunar_every and number % lunar_every == 0:
            values["birthday_calendar"] = "lunar"
        yield MemberChange(f"m-{number:08}", at, "member.imported", "/bench", f"e-{number:08}", values)


def _finding(database: Database, path: str) -> Measurement:
    bare = sqlite3.connect(path)
    dates = sorted(day.isoformat() for day in _solar_births([DAY]) | _lunar_births([DAY]))
    statement = (
        "SELECT member_id, effective_at, changes FROM member_changes"
        f" WHERE json_extract(changes, '$.birthday') IN ({','.join('?' * len(dates))})"
        " AND json_extract(changes, '$.birthday') IS NOT NULL"
    )

    def find() -> int:
        with database.read() as connection:
            return sum(len(found) for _, found in find_birthdays(connection, [DAY]))

    def scan() -> int:
        return len(bare.execute(statement, dates).fetchall())

    compared = compare_interleaved(find, scan, rounds=ROUNDS)
    found, scanned = find(), scan()
    bare.close()
    return slowdown_measurement(
        "schedule.find_birthdays",
        compared,
        GOAL_SLOWDOWN,
        per=1,
        unit="ms",
        detail=f"{found:,} birthdays of a day among {MEMBERS:,} members; the driver's indexed scan of the"
        f" {scanned:,} rows with such a date of birth",
    )


def _publishing(database: Database) -> Measurement:
    library = read_library([SHIPPED_RULES])
    runner = ScheduleRunner(database, lambda _: ScheduleTerms(library), lambda: NOW, 10**9)
    for _ in runner.run_day(DayRun("birthday", DAY - timedelta(days=1)), lambda: False):
        pass  # what is imported and compiled at the first event
    before = peak_mb()
    begin = process_time()
    *_, last = runner.run_day(DayRun("birthday", DAY), lambda: False)
    rate = last.published / (process_time() - begin)
    grown_mb = peak_mb() - before
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT event, accepted_at FROM ingress").all()
        slots = connection.exec_driver_sql("SELECT * FROM schedule_slots").all()
    sink = _insert_bare(database, [tuple(row) for row in rows], [tuple(row) for row in slots])
    detail = (
        f"{last.published:,} found, checked and stored with their slots, {grown_mb:.0f} MB more memory; the"
        f" driver's inserts of the same rows, 500 a transaction: {sink:,.0f} events/s"
    )
    name = "schedule.publish_birthdays"
    return Measurement.at_least(name, rate, "events/s", GOAL_OF_SINK, detail, rate / sink)


def _insert_bare(
    database: Database, rows: list[tuple[object, ...]], slots: list[tuple[object, ...]]
) -> float:
    """Insert the rows into empty copies of both tables by the driver; return the rate."""
    bare = sqlite3.connect(database.target, isolation_level=None)
    bare.execute("PRAGMA synchronous=FULL")
    for table in ("ingress", "schedule_slots"):
        (shape,) = bare.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        bare.execute(shape.replace(table, f"bare_{table}").replace("pk_", "pk_bare_"))
    begin = process_time()
    for some, own in zip(_batches(rows, 500), _batches(slots, 500), strict=True):
        bare.execute("BEGIN")
        bare.executemany("INSERT INTO bare_ingress (event, accepted_at) VALUES (?, ?)", some)
        bare.executemany("INSERT INTO bare_schedule_slots VALUES (?, ?, ?, ?, ?)", own)
        bare.execute("COMMIT")
    taken = process_time() - begin
    bare.close()
    return len(rows) / taken


# --- the whole batch


def measure_batch(members: int) -> Measurement:
    """Measure a day on which all members have their birthday by the sun, from the search to the sealed ledger."""
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as name:
        database = _with_members(
            f"{name}/members.db", repeat(DAY.replace(year=1990), members), lunar_every=None
        )
        library = read_library([SHIPPED_RULES])
        schedule = ScheduleRunner(database, lambda _: ScheduleTerms(library), lambda: NOW, 10**9)
        runner = EventRunner(database, lambda _: library, lambda: NOW)
        begin = perf_counter()
        *_, last = schedule.run_day(DayRun("birthday", DAY), lambda: False)
        published_s = perf_counter() - begin
        handled = sum(outcomes.handled for outcomes in runner.run_ingress())
        taken_s = perf_counter() - begin
        database.close()
    assert handled == last.published, f"{handled} of {last.published} birthdays were handled"
    minutes = taken_s / handled * PROVINCE / 60
    detail = (
        f"{PROVINCE:,} birthdays, extrapolated from {handled:,} in one process on SQLite: found, published and stored "
        f"in {published_s:.0f} s, decided and recorded in {taken_s - published_s:.0f} s"
    )
    return Measurement.at_most("schedule.birthdays", minutes, "min", GOAL_MINUTES, detail)


def main() -> None:
    parser = argparse.ArgumentParser(description="birthdays of many members on one day")
    parser.add_argument("--members", type=int, default=1_000_000)
    found = measure_batch(parser.parse_args().members)
    sys.stdout.write(
        f"{found.name}: {found.value:.1f} {found.unit} ({found.detail}); goal of {found.goal:.0f} min met: {found.holds}\n"
    )


if __name__ == "__main__":
    main()
