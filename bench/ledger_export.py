"""Benchmark verifying an export of the ledger without a database."""

import tempfile
from pathlib import Path
from statistics import median
from time import process_time

from sqlalchemy import select

from bench.ledger import NOW
from bench.measurement import Measurement
from benefits import ALLOWED_MOVES, Move, Transaction, canonical_export_lines, post_moves, verify_export
from benefits.ledger.positions import read_grant_positions
from benefits.tables.decisions import grants
from events import EventRunner
from store import Database, migrate_database, open_database
from yihui.samples.events import SEED, generate_event_lines, write_event_lines
from yihui.services.rules.rules import SHIPPED_RULES, read_library

EVENTS = 10_000
ROUNDS = 5
GOAL_POSTINGS_PER_S = 200_000.0  # postings a second
_LIFE = ("issue", "redeem", "settle")
_BATCH = 500


def measure() -> list[Measurement]:
    """Measure in one thread; every grant of the sample was issued, redeemed and settled."""
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as name:
        path = _export(Path(name))
        verify_export(path)
        rates = [_rate(path) for _ in range(ROUNDS)]
        lines = path.read_bytes().count(b"\n")
    rate = median(rates)
    return [
        Measurement(
            name="ledger.verify_export",
            value=rate,
            unit="postings/s",
            ratio=None,
            op=">=",
            goal=GOAL_POSTINGS_PER_S,
            holds=rate >= GOAL_POSTINGS_PER_S,
            detail=f"an export of {lines} lines, refusals and all; processor time",
        )
    ]


def _rate(path: Path) -> float:
    begin = process_time()
    found = verify_export(path)
    assert found.disagreements == (), found.disagreements[:3]
    return found.postings / (process_time() - begin)


def _export(folder: Path) -> Path:
    write_event_lines(generate_event_lines(SEED, events=EVENTS, planted=False), folder / "events.jsonl")
    database = open_database(str(folder / "a.db"))
    migrate_database(database)
    library = read_library([SHIPPED_RULES])
    for _ in EventRunner(database, lambda _: library, lambda: NOW).run_file(folder / "events.jsonl"):
        pass
    _redeem_all(database)
    with database.read() as connection, (folder / "export.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in canonical_export_lines(connection))
    database.close()
    return folder / "export.jsonl"


def _redeem_all(database: Database) -> None:
    """Issue, redeem and settle every grant with an amount that hasn't expired, each on its own day."""
    with database.read() as connection:
        worth = select(grants.c.id, grants.c.granted_on).where(grants.c.amount_fen > 0)
        found = connection.execute(worth.order_by(grants.c.id)).all()
        standing = read_grant_positions(connection, [row.id for row in found])
    rows = [row for row in found if any(position.promised for position in standing[row.id].values())]
    for kind in _LIFE:
        ((from_, to),) = ALLOWED_MOVES[kind]  # type: ignore[index]
        for first in range(0, len(rows), _BATCH):
            some = rows[first : first + _BATCH]
            moves = [Move(kind, g.id, None, from_, to, f"{kind}/{g.id}", g.granted_on) for g in some]  # type: ignore[arg-type]
            with database.write() as connection:
                for result in post_moves(connection, moves, NOW):
                    assert isinstance(result, Transaction), result
