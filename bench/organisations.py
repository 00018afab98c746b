"""Benchmark questions to a tree of 156,000 organisations: all ids below a county, and all above an enterprise.

The product stores a path with each organisation. The peer is a recursive query over parents, for the same county on
the same database.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import text

import yihui.schema  # noqa: F401
from bench.measurement import Measurement
from members import OrganisationSpan, list_subtree, load_lineages, parent_code
from members.organisations.storage import write_spans
from members.organisations.tree import path_of_code
from store import Database, migrate_database, open_database
from tools.servers import postgres

CITIES, COUNTIES, TOWNSHIPS, ENTERPRISES = 5, 10, 20, 155
GOAL_MS = 5.0
DAY, SINCE = date(2026, 1, 1), date(1950, 1, 1)
COUNTY = "370502"
_ROUNDS = 15
_RECURSIVE = text(
    "WITH RECURSIVE below(code) AS (VALUES (CAST(:code AS varchar)) UNION ALL"
    " SELECT s.code FROM organisation_spans s JOIN below ON s.parent = below.code WHERE s.until IS NULL)"
    " SELECT code FROM below"
)


def list_codes() -> Iterator[str]:
    """Yield the codes of a made-up province, each after its parent."""
    yield "370000"
    for city in range(1, CITIES + 1):
        yield f"37{city:02}00"
        for county in range(1, COUNTIES + 1):
            yield (area := f"37{city:02}{county:02}")
            for town in range(1, TOWNSHIPS + 1):
                yield f"{area}{town:03}"
                yield from (f"{area}{town:03}-{number:05}" for number in range(1, ENTERPRISES + 1))


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _measure_database("sqlite", str(Path(folder) / "yihui.db"))
    if postgres.is_at_hand():
        with (
            postgres.cluster() as url,
            postgres.temporary_database(url, "bench", "TEMPLATE template0") as target,
        ):
            yield from _measure_database("postgresql", target)


def _measure_database(name: str, target: str) -> list[Measurement]:
    with _filled(target) as database, database.read() as connection:
        ours = set(list_subtree(connection, COUNTY, DAY))

        def ask_recursively() -> list[str]:
            return list(connection.execute(_RECURSIVE, {"code": COUNTY}).scalars().all())

        assert set(ask_recursively()) == ours
        recursive_ms = _ms(ask_recursively)
        path_ms = _ms(lambda: list_subtree(connection, COUNTY, DAY))
        leaf = f"{COUNTY}007-00042"
        above_ms = _ms(lambda: load_lineages(connection, [leaf]).lineage(leaf, DAY))
    below = f"{len(ours):,} ids below a county of 156,000 organisations"
    subtree = f"{below}, by path; recursive query {recursive_ms:.1f} ms"
    ancestors = "the organisations above an enterprise, on a day"
    return [
        Measurement.at_most(f"organisations.subtree_{name}", path_ms, "ms", GOAL_MS, subtree),
        Measurement.at_most(f"organisations.ancestors_{name}", above_ms, "ms", GOAL_MS, ancestors),
    ]


@contextmanager
def _filled(target: str) -> Iterator[Database]:
    database = open_database(target)
    migrate_database(database)
    spans = {
        code: [
            OrganisationSpan(code, SINCE, None, f"工会{code}", "union", parent_code(code), path_of_code(code))
        ]
        for code in list_codes()
    }
    with database.write() as connection:
        write_spans(connection, spans)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    try:
        yield database
    finally:
        database.close()


def _ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_ROUNDS):
        start = perf_counter()
        work()
        taken.append((perf_counter() - start) * 1_000)
    return median(taken)
