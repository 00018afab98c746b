"""make bench-long: measure years of decisions in PostgreSQL, by months, beside an empty database.

``python -m bench.years --until 20000000 --months 24`` makes a base of real decisions through the pipeline, opens the
months one after another and fills each with copies of the base (``bench.years_copies``). At every size it measures
events and answers to “why” (``bench.years_rounds``), in turn with an empty database on the same server. It goes on
where it was interrupted; the folder stays.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import md5
from pathlib import Path
from statistics import median
from threading import Event, Thread

import psycopg

from bench import years_copies
from bench.long import FIGURES_FILE
from bench.years_copies import Session
from bench.years_figures import YearsFigure, read_figures, render_growth, write_figures, write_opening
from bench.years_growth import (
    FIRST_YEAR,
    GrowingLedger,
    count_decisions,
    count_members,
    grow,
    log,
    make_base,
    try_to_open,
)
from bench.years_rounds import ROUND_EVENTS, EventCost, MeasuredLedger, measure_why, seal_all, wire
from bench.years_server import SETTINGS, YearsServer, run_server
from rules import RuleLibrary
from store import migrate_database, open_database
from store.monthly_tables import read_open_month
from store.table_room import read_database_room
from yihui.services.rules.rules import SHIPPED_RULES, read_library

_SHOWN, _WIDTH = 8, 90
_DIFFERENCES = """
SELECT regexp_replace(left(query, 400), '\\s+', ' ', 'g'),
  sum(calls) FILTER (WHERE datname = %(years)s),
  sum(total_exec_time + total_plan_time) FILTER (WHERE datname = %(years)s) AS here_ms,
  sum(total_exec_time + total_plan_time) FILTER (WHERE datname = %(empty)s) AS there_ms,
  sum(shared_blks_read) FILTER (WHERE datname = %(years)s),
  sum(jit_functions) FILTER (WHERE datname = %(years)s)
FROM pg_stat_statements JOIN pg_database AS d ON d.oid = dbid WHERE query NOT LIKE '%%bench.%%'
GROUP BY 1 ORDER BY coalesce(sum(total_exec_time + total_plan_time) FILTER (WHERE datname = %(years)s), 0)
  - coalesce(sum(total_exec_time + total_plan_time) FILTER (WHERE datname = %(empty)s), 0) DESC LIMIT %(shown)s
"""


def forget_statements(session: Session) -> None:
    """Begin to count anew, on the whole server."""
    session.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    session.execute("SELECT pg_stat_statements_reset()")


def render_statements(session: Session, years: str, empty: str) -> Iterator[str]:
    """Yield the statements whose time differs most between two databases, the largest difference first."""
    values = {"years": years, "empty": empty, "shown": _SHOWN}
    for query, calls, here_ms, there_ms, pages, compiled in session.execute(_DIFFERENCES.encode(), values):
        times = f"{float(str(here_ms or 0)):,.0f} ms, empty {float(str(there_ms or 0)):,.0f} ms"
        yield f"  {times}, {calls} calls, {pages} pages read, {compiled} compiled: {str(query)[:_WIDTH]}"


DEFAULT_UNTIL, DEFAULT_MONTHS = 20_000_000, 24
STOPS = (1_000_000, 5_000_000, 10_000_000, 20_000_000)
ROUNDS, WHY_QUERIES, COLD_QUERIES = 5, 1_000, 300
_YEARS, _EMPTY = "years", "empty"
_FIRST_DAY = date(2026, 12, 1)  # that is measured: of the year of the rules, after the base
_IDLE_WITHIN_S = 600
_VACUUMS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--until", type=int, default=DEFAULT_UNTIL, help="decisions")
    parser.add_argument("--months", type=int, default=DEFAULT_MONTHS)
    parser.add_argument("--folder", type=Path, default=FIGURES_FILE.parent / "years")
    parser.add_argument(
        "--lean", action="store_true", help="fewer seals and messages, which nothing here reads"
    )
    options = parser.parse_args()
    log(f"PostgreSQL with {', '.join(f'{name}={value}' for name, value in SETTINGS.items())}")
    with tempfile.TemporaryDirectory() as data, run_server(options.folder) as server:
        server.create(_YEARS)
        ledger = GrowingLedger(
            lambda: server.target(_YEARS), Path(data), options.until, options.months, is_lean=options.lean
        )
        is_good = _run(server, ledger)
    sys.exit(0 if is_good else 1)


def _run(server: YearsServer, ledger: GrowingLedger) -> bool:
    library = read_library([SHIPPED_RULES])
    make_base(ledger, library)
    figures = read_figures()
    for stop in [*(stop for stop in STOPS if stop < ledger.until), ledger.until]:
        grow(ledger, stop)
        if stop not in figures:
            figures[stop] = _measure(server, ledger, library)
            write_figures(figures)
        log(figures[stop].format_line())
    _measure_opening(ledger, library)
    for line in render_growth(figures):
        log(line)
    return figures[ledger.until].is_good


def _measure(server: YearsServer, ledger: GrowingLedger, library: RuleLibrary) -> YearsFigure:
    with ledger.connect() as session:
        decisions, members = count_decisions(session), count_members(session)
        _wait_for_vacuum(session)
        session.execute("CHECKPOINT")
        names = _list_members(session)
    day = _FIRST_DAY + timedelta(days=decisions // 1_000_000)
    chance = random.Random(time.time_ns())  # a second measurement of the same size takes other members
    years, empty = _open_both(server, ledger, library, day, names, chance)
    with ledger.connect() as session:
        forget_statements(session)
    rounds = [
        (years.measure_new(), empty.measure_new(), years.measure_known(), empty.measure_known())
        for _ in range(ROUNDS)
    ]
    with ledger.connect() as session:
        log("statements that take longer than in the empty database")
        for line in render_statements(session, _YEARS, _EMPTY):
            log(line)
    asked = [names.draw(chance) for _ in range(WHY_QUERIES)]
    why, again = (measure_why(years.wiring, asked) for _ in range(2))
    for one in (years, empty):
        seal_all(one.database, one.now)
        one.database.close()
    server.restart_cold()
    wiring = wire(ledger.locate(), ledger.data, day)
    measure_why(wiring, [names.draw(chance)])  # connects
    cold = measure_why(wiring, [names.draw(chance) for _ in range(COLD_QUERIES)])
    wiring.database.close()
    new, empty_new, known, empty_known = (_median_cost(side) for side in zip(*rounds, strict=True))
    with ledger.connect() as session:
        sizes = years_copies.read_sizes(session)
    return YearsFigure(
        decisions, _count_months(ledger, decisions), members, new, known, empty_new, empty_known,
        tuple(one[0].processor_us / one[1].processor_us for one in rounds),
        tuple(one[2].processor_us / one[3].processor_us for one in rounds),
        why, again, cold, years.locks, sizes,
    )  # fmt: skip


def _count_months(ledger: GrowingLedger, decisions: int) -> int:
    month = ledger.month_at(decisions - 1)
    return (month.year - FIRST_YEAR) * 12 + month.month


def _open_both(
    server: YearsServer,
    ledger: GrowingLedger,
    library: RuleLibrary,
    day: date,
    names: "_Members",
    chance: random.Random,
) -> tuple[MeasuredLedger, MeasuredLedger]:
    """Return the ledger of years, and a new one with nothing but the members whose birthdays come."""
    with psycopg.connect(f"{server.url}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {_EMPTY}".encode())
    server.create(_EMPTY)
    database = open_database(server.target(_EMPTY))
    migrate_database(database)
    database.close()
    targets = [wire(server.target(name), ledger.data, day) for name in (_YEARS, _EMPTY)]
    chosen = names.iter_active(chance)
    years = MeasuredLedger(targets[0], library, day, chosen, _YEARS)
    empty = MeasuredLedger(targets[1], library, day, iter(()), _EMPTY)
    empty.members = iter(empty.import_members((ROUNDS + 1) * ROUND_EVENTS))
    for one in (years, empty):
        one.prepare()
        one.import_members(ROUND_EVENTS)
        one.measure_known()  # what is read and planned first is read and planned
    return years, empty


def _median_cost(costs: tuple[EventCost, ...]) -> EventCost:
    names = ("clock_us", "whole_us", "own_us", "server_us", "granted_share")
    return EventCost(*(median(getattr(one, name) for one in costs) for name in names))


def _wait_for_vacuum(session: Session) -> None:
    """Wait until no worker of autovacuum is at work: what grew in minutes grows over months elsewhere."""
    end = time.monotonic() + _IDLE_WITHIN_S
    while session.execute(_VACUUMS).fetchone() != (0,) and time.monotonic() < end:
        time.sleep(1)  # PostgreSQL tells nobody when a worker of autovacuum ends


@dataclass(frozen=True, slots=True)
class _Members:
    """The members that copies have made: those of the base in each population."""

    base: list[str]
    active: list[str]
    populations: int

    def draw(self, chance: random.Random) -> str:
        return self._in_population(chance.choice(self.base), chance)

    def iter_active(self, chance: random.Random) -> Iterator[str]:
        """Yield members at random who are still members, each once."""
        drawn: set[str] = set()
        while True:
            member = self._in_population(chance.choice(self.active), chance)
            if member not in drawn:
                drawn.add(member)
                yield member

    def _in_population(self, member: str, chance: random.Random) -> str:
        return md5(f"{member}/{chance.randint(1, self.populations)}".encode()).hexdigest()


def _list_members(session: Session) -> _Members:
    base = session.execute("SELECT member_id FROM bench.first_changes ORDER BY 1")
    names = [str(row[0]) for row in base]
    still = session.execute("SELECT member_id FROM bench.s_memberships WHERE until IS NULL ORDER BY 1")
    return _Members(names, [str(row[0]) for row in still], years_copies.read_copies(session).populations)


# --- a month that is opened under load


def _measure_opening(ledger: GrowingLedger, library: RuleLibrary) -> None:
    """Open the next month while a worker handles events; print how long both waited, and VACUUM's state."""
    with ledger.connect() as session:
        names = _list_members(session)
    day = _FIRST_DAY + timedelta(days=ledger.until // 1_000_000 + 1)
    chance = random.Random(time.time_ns())
    wiring = wire(ledger.locate(), ledger.data, day)
    worker = MeasuredLedger(wiring, library, day, names.iter_active(chance), "opening")
    database = open_database(ledger.locate())
    with database.read() as connection:
        opened = read_open_month(connection)
    following = (opened + timedelta(days=31)).replace(day=1)
    is_over, slowest = Event(), [0.0]

    def work() -> None:
        while not is_over.is_set():
            slowest.append(worker.measure_slowest_batch())

    thread = Thread(target=work)
    thread.start()
    time.sleep(5)  # of load without an opening, to compare with
    before, tries = max(slowest), try_to_open(database, following)
    is_over.set()
    thread.join()
    with database.read() as connection:
        room = read_database_room(connection)
    database.close()
    wiring.database.close()
    assert room is not None
    found = {
        "tries": len(tries), "last_try_s": tries[-1], "all_s": sum(tries), "slowest_batch_before_s": before,
        "slowest_batch_s": max(slowest), "transaction_age": room.transaction_age,
        "bloated_tables": sum(one.is_bloated for one in room.tables),
    }  # fmt: skip
    write_opening(found)
    log(f"a month opened under load: {found}")
    for one in room.tables[:10]:
        log(f"{one.name}: {one.size_bytes / 1e9:.2f} GB, {one.live_rows:,} rows, {one.dead_rows:,} dead")


if __name__ == "__main__":
    main()
