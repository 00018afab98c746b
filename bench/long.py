"""make bench-long: measure the ledger as it grows, and 200 races of 32 processes for the last places.

``python -m bench.long --until 1000000 --target build/bench-long/ledger.db`` fills a ledger through its own
admission, and at every power of ten measures a grant and an answer to “why”. A later run continues where
this one ended: the target stays. Ten million grants take half an hour and 30 GB on a quiet machine with two cores.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import func, select, text

import yihui.schema  # noqa: F401
from bench.admission import NOW, decide_birthdays
from bench.measurement import processor_s
from benefits import admit_and_record, explain_decisions
from benefits.tables.decisions import grants
from rules import RuleLibrary
from store import Database, migrate_database, open_database
from tools.servers import postgres
from tools.servers.racing import PLACES, racers
from yihui.services.rules.rules import SHIPPED_RULES, read_library

FIRST_SIZE, DEFAULT_UNTIL = 10_000, 10_000_000
RACES = 200
FIGURES_FILE = Path("build/bench-long/figures.json")
GOAL_RATIO, GOAL_WHY_MS = 1 / 0.85, 50
_FILL, _BATCH, _MEASURED, _WHY_QUERIES = 2_000, 500, 30, 300
_FIRST_DAY, _A_DAY = date(2026, 1, 1), 28_000  # ten million members have their birthdays in one year


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--until", type=int, default=DEFAULT_UNTIL, help="grants")
    parser.add_argument("--races", type=int, default=RACES, help="rounds on each database; 0: none")
    parser.add_argument(
        "--target", action="append", help="a path or a URL; else a SQLite file and a PostgreSQL"
    )
    options = parser.parse_args()
    with _targets(options.target) as targets:
        held = [_grow(target, options.until) for target in targets]
        held += [_race(target, options.races) for target in targets if options.races]
    sys.exit(0 if all(held) else 1)


@contextmanager
def _targets(given: list[str] | None) -> Iterator[list[str]]:
    if given:
        yield given
        return
    folder = FIGURES_FILE.parent
    folder.mkdir(parents=True, exist_ok=True)
    if not postgres.is_at_hand():
        yield [str(folder / "ledger.db")]
        return
    with postgres.cluster() as url:
        yield [str(folder / "ledger.db"), f"{url}/postgres"]


def _log(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


def _grow(target: str, until: int) -> bool:
    """Fill the ledger and measure it; return whether the goals are met.

    The goals: a grant in the largest ledger takes at most 1.18 times as long as in the smallest, and “why” is quick.
    """
    database, library = open_database(target), read_library([SHIPPED_RULES])
    migrate_database(database)
    stood = _count_grants(database)
    figures = _figures(target) if stood else {}
    for size in (10**power for power in range(4, len(str(until)))):
        if size not in figures:
            stood = _fill(database, library, stood, size)
            spent, stood = _time_of_a_grant(database, library, stood)
            asked = _times_of_why(database, stood)
            figures[size] = GrowthFigure(spent.processor_s, spent.clock_s, median(asked), max(asked))
            _store_figures(target, figures)
        _log(f"{target}: {size:,} grants: {figures[size].format_line(figures[FIRST_SIZE])}")
    database.close()
    last = figures[max(figures)]
    return (
        last.processor_ms <= GOAL_RATIO * figures[FIRST_SIZE].processor_ms and last.slowest_ms < GOAL_WHY_MS
    )


@dataclass(frozen=True, slots=True)
class GrowthFigure:
    """Measurements at one ledger size: milliseconds for a grant, and for an answer to “why”."""

    processor_ms: float
    clock_ms: float
    why_ms: float
    slowest_ms: float

    def format_line(self, first: "GrowthFigure") -> str:
        return (
            f"{self.processor_ms:.4f} ms of the processor a grant ({self.processor_ms / first.processor_ms:.2f} ×),"
            f" {self.clock_ms:.4f} ms on the clock; why {self.why_ms:.1f} ms, slowest {self.slowest_ms:.1f} ms"
        )


def _figures(target: str) -> dict[int, GrowthFigure]:
    """Return the earlier measurements of the same database, by ledger size."""
    if not FIGURES_FILE.exists():
        return {}
    kept = json.loads(FIGURES_FILE.read_text(encoding="utf-8")).get(target, {})
    return {int(size): GrowthFigure(**figure) for size, figure in kept.items()}


def _store_figures(target: str, figures: dict[int, GrowthFigure]) -> None:
    FIGURES_FILE.parent.mkdir(parents=True, exist_ok=True)
    all_ = json.loads(FIGURES_FILE.read_text(encoding="utf-8")) if FIGURES_FILE.exists() else {}
    all_[target] = {size: asdict(figure) for size, figure in figures.items()}
    FIGURES_FILE.write_text(json.dumps(all_, indent=1) + "\n", encoding="utf-8")


def _count_grants(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(grants)).scalar_one())


def _fill(database: Database, library: RuleLibrary, stood: int, size: int) -> int:
    begin, first = time.monotonic(), stood
    while stood < size:
        _grant(database, library, stood, _FILL)
        stood += _FILL
        if stood % 100_000 < _FILL:
            _log(f"… {stood:,} grants, {(stood - first) / (time.monotonic() - begin):,.0f} a second")
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    return stood


@dataclass(frozen=True, slots=True, order=True)
class TimeSpent:
    """Processor seconds (this process and the database server), and wall-clock seconds."""

    processor_s: float = 0.0
    clock_s: float = 0.0


def _grant(database: Database, library: RuleLibrary, first: int, number: int) -> TimeSpent:
    """Admit and record ``number`` grants; return the time of that, without deciding."""
    decided = decide_birthdays(library, first, number, _FIRST_DAY + timedelta(days=first // _A_DAY))
    with database.write() as connection:
        server = None if database.is_sqlite else connection.connection.driver_connection
        pid = server.info.backend_pid if server else None
        served, begin = _served_s(pid), (time.process_time(), time.perf_counter())
        rulings = admit_and_record(connection, decided, NOW)
    end = time.process_time(), time.perf_counter()  # what waits for the end of the transaction is written
    assert all(ruling.outcome == "granted" for ruling in rulings), "a birthday was refused"
    return TimeSpent(end[0] - begin[0] + _served_s(pid) - served, end[1] - begin[1])


def _served_s(pid: int | None) -> float:
    """Return the processor seconds of a server's process; 0 without a server."""
    return 0.0 if pid is None else processor_s(pid)


def _time_of_a_grant(database: Database, library: RuleLibrary, stood: int) -> tuple[TimeSpent, int]:
    """Return the milliseconds of one grant, measured over several batches."""
    each = [_grant(database, library, stood + n * _BATCH, _BATCH) for n in range(_MEASURED)]
    processor_s = sum(spent.processor_s for spent in each) / _MEASURED
    clock_s = median(spent.clock_s for spent in each)
    per_ms = 1e3 / _BATCH
    return TimeSpent(processor_s * per_ms, clock_s * per_ms), stood + _MEASURED * _BATCH


def _times_of_why(database: Database, stood: int) -> list[float]:
    chance = random.Random(stood)
    times = []
    for _ in range(_WHY_QUERIES):
        member = f"m-{chance.randrange(stood):08}"
        begin = time.perf_counter()
        with database.read() as connection:
            told = explain_decisions(connection, member)
        times.append((time.perf_counter() - begin) * 1e3)
        assert told, f"nothing is known of {member}"
    return times


def _race(target: str, rounds: int) -> bool:
    """Return whether every race granted exactly as many times as there were places."""
    migrate_database(open_database(target))
    with racers(target) as crowd:
        for seed in range(rounds):
            granted = crowd.race(1_000_000 + seed)
            if granted != PLACES:
                _log(f"{target}: round {seed}: {granted} of {PLACES} places")
                return False
    _log(f"{target}: {rounds} races of 32 processes, {PLACES} places taken in each")
    return True


if __name__ == "__main__":
    main()
