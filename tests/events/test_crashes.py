"""Killed at any moment and run again, the embedded runner ends with the same ledger."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from benefits import verify_ledger
from store import inbox, open_database
from tools.servers.sending import ledger
from yihui.samples.events import SEED, generate_event_lines, write_event_lines

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("events", "kills"), [(500, 1), pytest.param(30_000, 30, marks=pytest.mark.endure)])
def test_kills_amid_many_events_lose_nothing_and_double_nothing(
    events: int, kills: int, tmp_path: Path
) -> None:
    path, target = tmp_path / "events.jsonl", tmp_path / "killed.db"
    write_event_lines(generate_event_lines(SEED, events=events), path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.events.crashing", str(path), str(target), str(kills), "20261120"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    between = [position for position in told["committed"] if 0 < position < told["size"]]
    assert len(told["committed"]) == kills
    assert len(between) >= 0.8 * kills
    killed, undisturbed = open_database(str(target)), open_database(str(target.with_suffix(".dry")))
    assert ledger(killed) == ledger(undisturbed)
    with killed.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        seen = connection.execute(select(func.count()).select_from(inbox)).scalar_one()
    with undisturbed.read() as connection:
        assert seen == connection.execute(select(func.count()).select_from(inbox)).scalar_one()
    assert seen > events - 20
