"""yihui rules simulate, as an officer uses and misuses it: from where the ledger stands, to the fen, writing nothing."""

import hashlib
import json
from datetime import date
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import select

from benefits import set_budget
from benefits.tables.decisions import counters, grants
from events.tables import journal
from store import Database, inbox
from tests.store.later_version import FIRST, upgrade_program
from tests.transactions import rows_in, value_in, write_in
from tests.yihui.commands import Command, Done, commands_through
from tests.yihui.simulating import draft, events
from tools.servers.deciding import TREASURER
from yihui.bootstrap import build_wiring, load_settings
from yihui.services.rules.rules import SHIPPED_RULES
from yihui.services.rules.simulation import SimulationRequest, SimulationRun, run_simulation
from yihui.services.rules.simulation_drafts import read_draft_texts

NOW = "2026-12-01T00:00+08:00"


@pytest.fixture
def yihui_on(
    target: str,
    database: Database,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    """Commands on the test's own database."""
    monkeypatch.setenv("YIHUI_NOW", NOW)
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_RULES", str(SHIPPED_RULES))
    call = commands_through(capsys)

    def on(*arguments: object) -> Done:
        given = arguments if arguments[0] == "--db" else ("--db", target, *arguments)
        return call(*given)

    return on


@pytest.fixture
def filled(yihui_on: Command, tmp_path: Path) -> Command:
    """Commands on a database that has handled a year of events."""
    assert yihui_on("run", events(tmp_path)).code == 0
    return yihui_on


def simulated(target: str, file: Path, rules: Path = SHIPPED_RULES, **terms: object) -> SimulationRun:
    wiring = build_wiring(
        load_settings({"YIHUI_DATA_FOLDER": "/nonexistent", "YIHUI_RULES": str(rules)}, target)
    )
    return run_simulation(wiring, SimulationRequest(read_draft_texts([file]), **terms))  # type: ignore[arg-type]


def contents(database: Database) -> str:
    """A digest of every row of every table that a run changes."""
    with database.read() as connection:
        rows = [
            repr(row)
            for table in (inbox, journal, counters, grants)
            for row in connection.execute(select(table))
        ]
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()


def granted_fen(database: Database, since: date = date.min) -> int:
    rows = rows_in(database, select(grants).where(grants.c.granted_on >= since))
    return sum(row.amount_fen for row in rows)


def test_it_writes_nothing_and_chooses_days_by_from_and_until(
    database: Database, filled: Command, tmp_path: Path
) -> None:
    before = contents(database)
    done = filled("rules", "simulate", draft(tmp_path), "--from", "2026-03-01", "--until", "2026-04-30")
    assert done.code == 0, done.err
    assert "网上练兵（quiz），2026-01-01 … 2026-12-31" in done.out
    assert "2026-04" in done.out and "2026-05" not in done.out
    assert contents(database) == before


def test_a_draft_for_next_year_says_so_unless_it_is_backdated(filled: Command, tmp_path: Path) -> None:
    later = draft(tmp_path, **{"from: 2026-01-01, until: 2026-12-31": "from: 2027-01-01"})
    assert "加 --backdate 可当作一直有效来试算" in filled("rules", "simulate", later).out
    told = json.loads(filled("rules", "simulate", later, "--backdate", "--json").out)
    assert not any(one["is_untouched"] for one in told["drafts"])
    assert told["gained_fen"] == sum(one["proposed_fen"] - one["present_fen"] for one in told["members"]) > 0


def test_wrong_arguments_are_told_with_a_remedy(yihui_on: Command, tmp_path: Path) -> None:
    for arguments, code, words in (
        (["--from", "2026-02-30"], 2, "--from 不能是 2026-02-30"),
        ([], 1, "没有会员事件"),
    ):
        done = yihui_on("rules", "simulate", draft(tmp_path), *arguments)
        assert (done.code, done.out) == (code, "")
        assert words in done.err
        assert "→" in done.err


def test_two_drafts_of_one_id_clash(yihui_on: Command, tmp_path: Path) -> None:
    one = draft(tmp_path)
    two = tmp_path / "two.yaml"
    two.write_bytes(one.read_bytes())
    done = yihui_on("rules", "simulate", one, two)
    assert done.code == 1
    assert "two.yaml" in done.err


def test_a_window_begins_where_the_ledger_stood(
    database: Database, target: str, yihui_on: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year for real with the rule; its later months simulated: the same to the fen."""
    rules = tmp_path / "rules"
    rules.mkdir()
    file = draft(rules)
    monkeypatch.setenv("YIHUI_RULES", str(rules))
    write_in(database, set_budget, "quiz", 300_000, TREASURER)
    yihui_on("run", events(tmp_path))
    since = date(2026, 3, 1)
    foreseen = simulated(target, file, rules, since=since).simulation.proposed_totals
    assert 0 < foreseen.amount_fen == granted_fen(database, since) < granted_fen(database)
    used = value_in(database, select(counters.c.used).where(counters.c.key == "budget/quiz"))
    assert foreseen.funds["budget/quiz"].used == used
    assert foreseen.funds["budget/quiz"].runs_out_on is not None


def test_a_database_with_an_older_schema_is_left_alone(
    yihui_on: Command, migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Path(copy(migrated_file, tmp_path / "old.db"))
    before = old.read_bytes()
    upgrade_program(monkeypatch, tmp_path)
    done = yihui_on("--db", old, "rules", "simulate", draft(tmp_path))
    assert done.code == 3
    assert FIRST in done.err
    assert old.read_bytes() == before
