"""Benchmark every page of the officers' desk: ``python -m bench.desk`` on the demo, enlarged to a province's size.

Each page is opened with ids that are there, by an officer without bounds, one of the province and one of a
district. What counts is the processor time of this process, in which SQLite works too; a busy machine lengthens
the wall clock alone. ``--folder`` says where the database lies, which a later run uses again; ``--pages``
chooses pages by a pattern. Ten million postings take about five minutes and 11 GB.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time

from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import event, text

from bench.desk_addresses import UNOPENED, list_addresses
from bench.desk_rooms import plant_rooms
from bench.desk_town import TownSize, build_demo, enlarge
from store import database_revision, open_database, restore_backup, write_backup
from tools.servers.desk import Officers
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.desk.rights import officer_page_rights
from yihui.http.startup import relieve_garbage_collector

GOAL_MS, GOAL_KB = 150.0, 150.0
NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)  # the demo's
FOLDER = Path("build/bench-desk")
VISITORS = ("demo", "370000", "370202")  # without bounds; the province; a district
_ROUNDS = 3
_LINKED = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js)[^"]*)"')


@dataclass(frozen=True, slots=True)
class PageFigure:
    """What a page took, of all its addresses and visitors: milliseconds, statements and bytes; the most of them."""

    page: str
    visitor: str
    status: int
    processor_ms: float
    wall_ms: float
    statements: int
    page_bytes: int
    first_load_bytes: int
    slowest: str

    def format_line(self) -> str:
        mark = "" if self.processor_ms <= GOAL_MS and self.first_load_bytes <= GOAL_KB * 1e3 else "  OVER"
        return (
            f"{self.page:46} {self.visitor:7} {self.status} {self.processor_ms:8.1f} ms of the processor"
            f" {self.wall_ms:8.1f} ms {self.statements:4} statements {self.page_bytes / 1e3:7.1f} kB"
            f" {self.first_load_bytes / 1e3:7.1f} kB at first{mark}  {self.slowest}"
        )


def find_visitor(request: Request) -> Actor | None:
    """Return who sends a request: the demo's user, or an officer with every role for the organisation named."""
    sent = request.headers["x-actor"]
    if sent == "demo":
        return Actor(sent, sent, ActorKind.DEMO)
    roles = tuple(Assignment(role, sent, date(2026, 1, 1), None, None) for role in Role)
    return Actor("li.min", "subject-1", ActorKind.OFFICER, roles, NOW)


@contextmanager
def open_site(
    folder: Path, *, database: str | None = None, runs_jobs: bool = False
) -> Iterator[tuple[Wiring, Officers]]:
    """Yield the site of a folder, or of another database; without ``runs_jobs`` nothing works beside the requests."""
    sender = f"file:{folder / 'codes'}"
    target = database or str(folder / "yihui.db")
    settings = Settings(target, folder, rules=(folder / "my-rules",), code_sender=sender)
    wiring = build_wiring(settings, now=lambda: NOW)
    app = create_app(wiring, actor_finder=find_visitor)
    client = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
    with client if runs_jobs else nullcontext():
        yield wiring, Officers(client)
    wiring.close()


class StatementCount:
    """How many statements the databases were given since it was last set to zero."""

    def __init__(self, wiring: Wiring) -> None:
        self.count = 0
        for database in {id(one): one for one in (wiring.database, wiring.vault_database)}.values():
            event.listen(database.engine, "before_cursor_execute", self._add)

    def _add(self, *_: object) -> None:
        self.count += 1


@dataclass(frozen=True, slots=True)
class ProcessorClock:
    """The processor time of this process, and of the processes of PostgreSQL that serve it."""

    wiring: Wiring

    def read_s(self) -> float:
        database = self.wiring.database
        if database.is_sqlite:
            return process_time()
        with database.read() as connection:
            query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            pids = connection.execute(query).scalars().all()
        stated = (Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii") for pid in pids)
        return process_time() + sum(int(one.split()[0]) for one in stated) / 1e9


@dataclass(slots=True)
class PageMeter:
    """Opens pages of a site and measures them."""

    wiring: Wiring
    site: Officers
    statements: StatementCount
    clock: ProcessorClock
    linked: dict[str, int] = field(default_factory=dict)

    def measure(self, template: str, visitor: str) -> PageFigure | None:
        """Measure a page at all its addresses; None if there is nothing that it could show."""
        figures = [self._measure(template, visitor, one) for one in list_addresses(self.wiring, template)]
        if not figures:
            return None
        slowest = max(figures, key=lambda one: one.processor_ms)
        return replace(
            slowest,
            status=max(one.status for one in figures),
            wall_ms=max(one.wall_ms for one in figures),
            statements=max(one.statements for one in figures),
            page_bytes=max(one.page_bytes for one in figures),
            first_load_bytes=max(one.first_load_bytes for one in figures),
        )

    def _measure(self, template: str, visitor: str, address: str) -> PageFigure:
        page = self.site.open(address, visitor, "zh")  # fills caches, imports what the page needs
        processor, wall = [], []
        for _ in range(_ROUNDS):
            begun, start = self.clock.read_s(), perf_counter()
            self.statements.count = 0
            page = self.site.open(address, visitor, "zh")
            statements = self.statements.count
            wall.append((perf_counter() - start) * 1e3)
            processor.append((self.clock.read_s() - begun) * 1e3)
        size = len(page.content)
        return PageFigure(
            template,
            visitor,
            page.status_code,
            max(processor),
            max(wall),
            statements,
            size,
            size + sum(map(self._linked_bytes, set(_LINKED.findall(page.text)))),
            address,
        )

    def _linked_bytes(self, link: str) -> int:
        if link not in self.linked:
            self.linked[link] = len(self.site.client.get(link).content)
        return self.linked[link]


def prepare_town(folder: Path, size: TownSize) -> Path:
    """Return the data folder of the enlarged demo; build it where it isn't there yet."""
    town = folder / "yihui-demo"
    if not town.exists():
        folder.mkdir(exist_ok=True, parents=True)
        build_demo(folder)
        with open_site(town, runs_jobs=True) as (wiring, site):
            plant_rooms(wiring, site)
        rows = enlarge(str(town / "yihui.db"), size)
        sys.stdout.write(", ".join(f"{table} {count:,}" for table, count in rows.items()) + "\n")
    return town


def fill_postgres(town: Path, target: str) -> None:
    """Write the rows of a town into an empty PostgreSQL database; leave one that has a schema as it is."""
    source, database = open_database(str(town / "yihui.db")), open_database(target)
    try:
        with database.read() as connection:
            if database_revision(connection) is not None:
                return
        backup = town / "town.yihui"
        backup.unlink(missing_ok=True)
        write_backup(source, backup, NOW)
        restore_backup(database, backup)
        backup.unlink()
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    finally:
        source.close()
        database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure every page of the officers' desk at full size.")
    for name, number in asdict(TownSize()).items():
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--pages", default="", help="a regular expression")
    parser.add_argument("--visitors", default=",".join(VISITORS))
    parser.add_argument("--postgres", help="the address of a database of this machine")
    options = parser.parse_args()
    size = TownSize(**{name: getattr(options, name) for name in asdict(TownSize())})
    times: list[float] = []
    missing: list[str] = []  # what isn't there is answered fast
    town = prepare_town(options.folder, size)
    if options.postgres:
        fill_postgres(town, options.postgres)
    with open_site(town, database=options.postgres) as (wiring, site):
        site.open("/", "demo", "zh")
        relieve_garbage_collector()  # as a site does once it answers
        meter = PageMeter(wiring, site, StatementCount(wiring), ProcessorClock(wiring))
        for template in sorted(path for method, path in officer_page_rights() if method == "GET"):
            if not re.search(options.pages, template) or template in UNOPENED:
                continue
            for visitor in options.visitors.split(","):
                figure = meter.measure(template, visitor)
                is_page = figure is not None and figure.status == 200
                times += [figure.processor_ms] if figure and is_page else []
                missing += [template] if visitor == VISITORS[0] and not is_page else []
                line = figure.format_line() if figure else f"{template}: nothing there"
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    p95 = quantiles(times, n=20)[-1] if len(times) > 1 else 0.0
    sys.stdout.write(f"p95 of {len(times)} pages: {p95:.1f} ms of the processor, goal {GOAL_MS:g}\n")
    if missing:
        sys.exit(f"nothing was measured at: {', '.join(missing)}")


if __name__ == "__main__":
    main()
