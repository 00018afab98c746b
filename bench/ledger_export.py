"""Benchmark verifying an export of the ledger without a database: by Yihui, and by the stranger's verifier."""

import gc
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import process_time

from sqlalchemy import select

from bench.ledger import NOW
from bench.measurement import Measurement
from benefits import Move, Transaction, canonical_export_lines, post_moves, seal_batches, verify_export
from benefits.ledger.positions import read_grant_positions
from benefits.model.moves import ALLOWED_MOVES
from benefits.tables.decisions import grants
from events import EventRunner
from store import Database, migrate_database, open_database
from yihui.__main__ import GARBAGE_THRESHOLD
from yihui.samples.events import SEED, generate_event_lines, write_event_lines
from yihui.services.rules.rules import SHIPPED_RULES, read_library

EVENTS = 10_000
ROUNDS = 3
GOAL_POSTINGS_PER_S, GOAL_SEALED_PER_S = 100_000.0, 60_000.0  # a core; docs/capacity.md says why
GOAL_STRANGER_POSTINGS_PER_S = 20_000.0
_STRANGER = Path(__file__).parents[1] / "docs" / "verify_ledger.py"
_LIFE = ("issue", "redeem", "settle")
_BATCH = 500


def measure() -> list[Measurement]:
    """Measure in one thread; every grant of the sample was issued, redeemed and settled."""
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as name:
        path, sealed = _export(Path(name))
        gc.set_threshold(GARBAGE_THRESHOLD)  # as in any command
        postings = verify_export(path).postings
        rates = [postings / _verify(path) for _ in range(ROUNDS)]
        verify_export(sealed)
        of_sealed = [postings / _verify(sealed) for _ in range(ROUNDS)]
        strangers = [postings / _verify_by_stranger(sealed) for _ in range(ROUNDS)]
        lines = path.read_bytes().count(b"\n")
    detail = f"an export of {lines} lines, refusals and all; processor time"
    return [
        _measurement("ledger.verify_export", rates, GOAL_POSTINGS_PER_S, detail),
        _measurement(
            "ledger.verify_export_sealed", of_sealed, GOAL_SEALED_PER_S, "the same ledger with its seals"
        ),
        _measurement(
            "ledger.stranger_verifier",
            strangers,
            GOAL_STRANGER_POSTINGS_PER_S,
            "docs/verify_ledger.py on the same ledger with seals; processor time of python -I",
        ),
    ]


def _measurement(name: str, rates: list[float], goal: float, detail: str) -> Measurement:
    return Measurement.at_least(name, median(rates), "postings/s", goal, detail)


def _verify(path: Path) -> float:
    begin = process_time()
    found = verify_export(path)
    assert found.disagreements == (), found.disagreements[:3]
    return process_time() - begin


def _verify_by_stranger(path: Path) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", _STRANGER, path], check=True, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _export(folder: Path) -> tuple[Path, Path]:
    """Write an export without seals, and one with them."""
    write_event_lines(generate_event_lines(SEED, events=EVENTS, planted=False), folder / "events.jsonl")
    database = open_database(str(folder / "a.db"))
    migrate_database(database)
    library = read_library([SHIPPED_RULES])
    for _ in EventRunner(database, lambda _: library, lambda: NOW).run_file(folder / "events.jsonl"):
        pass
    _redeem_all(database)
    plain, sealed = folder / "export.jsonl", folder / "sealed.jsonl"
    with database.write() as connection:
        while seal_batches(connection, NOW).rows:
            pass
        for path in (plain, sealed):
            with path.open("w", encoding="utf-8") as file:
                lines = canonical_export_lines(connection, seals=path == sealed)
                file.writelines(line + "\n" for line in lines)
    database.close()
    return plain, sealed


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
