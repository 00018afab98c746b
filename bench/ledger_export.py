"""How fast an export of the ledger is looked through without a database."""

import tempfile
from pathlib import Path
from statistics import median
from time import process_time

from sqlalchemy import select

from bench.ledger import NOW
from bench.measurement import Measurement
from benefits import Move, Transaction, canonical_export_lines, post_moves, verify_export
from benefits.model.moves import ALLOWED_MOVES
from benefits.tables.decisions import grants
from events import EventRunner
from store import Database, migrate_database, open_database
from tools.sample_events import SEED, generate, write
from yihui.services.rules import read_library

EVENTS = 10_000
ROUNDS = 5
GOAL = 200_000.0  # postings a second
_LIFE = ("issue", "redeem", "settle")
_AT_ONCE = 500


def measure() -> list[Measurement]:
    """One thread; every grant of a sample was issued, used and settled."""
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
            goal=GOAL,
            holds=rate >= GOAL,
            detail=f"an export of {lines} lines, refusals and all; processor time",
        )
    ]


def _rate(path: Path) -> float:
    begin = process_time()
    found = verify_export(path)
    assert found.disagreements == (), found.disagreements[:3]
    return found.postings / (process_time() - begin)


def _export(folder: Path) -> Path:
    write(generate(SEED, events=EVENTS, planted=False), folder / "events.jsonl")
    database = open_database(str(folder / "a.db"))
    migrate_database(database)
    library = read_library()
    for _ in EventRunner(database, lambda _: library, lambda: NOW).run_file(folder / "events.jsonl"):
        pass
    _live(database)
    with database.read() as connection, (folder / "export.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in canonical_export_lines(connection))
    database.close()
    return folder / "export.jsonl"


def _live(database: Database) -> None:
    """Every grant that is worth something is issued, used and settled, on its own day."""
    with database.read() as connection:
        worth = select(grants.c.id, grants.c.granted_on).where(grants.c.amount_fen > 0)
        rows = connection.execute(worth.order_by(grants.c.id)).all()
    for kind in _LIFE:
        ((from_, to),) = ALLOWED_MOVES[kind]  # type: ignore[index]
        for first in range(0, len(rows), _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            moves = [Move(kind, g.id, None, from_, to, f"{kind}/{g.id}", g.granted_on) for g in some]  # type: ignore[arg-type]
            with database.write() as connection:
                for result in post_moves(connection, moves, NOW):
                    assert isinstance(result, Transaction), result
