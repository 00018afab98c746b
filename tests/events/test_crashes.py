"""Killed at any moment and run again, the embedded runner ends with the same ledger."""

import json
import subprocess
import sys
from pathlib import Path

from sqlalchemy import func, select

from benefits import verify_ledger
from store import inbox, open_database
from tests.events.sending import ledger
from yihui.samples.events import SEED, generate_event_lines, write_event_lines

ROOT = Path(__file__).parents[2]
EVENTS, KILLS = 100_000, 50


def test_fifty_kills_in_a_hundred_thousand_events_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    path, target = tmp_path / "events.jsonl", tmp_path / "killed.db"
    write_event_lines(generate_event_lines(SEED, events=EVENTS), path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.events.crashing", str(path), str(target), str(KILLS), "20261120"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    between = [position for position in told["committed"] if 0 < position < told["size"]]
    assert len(told["committed"]) == KILLS
    assert len(between) >= 40
    killed, undisturbed = open_database(str(target)), open_database(str(target.with_suffix(".dry")))
    assert ledger(killed) == ledger(undisturbed)
    with killed.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        seen = connection.execute(select(func.count()).select_from(inbox)).scalar_one()
    with undisturbed.read() as connection:
        assert seen == connection.execute(select(func.count()).select_from(inbox)).scalar_one()
    assert seen > EVENTS - 20
