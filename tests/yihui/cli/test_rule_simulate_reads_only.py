"""A simulation out of a database: it begins where the ledger stands, comes to what a real run comes to, writes nothing."""

import hashlib
import json
import os
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import insert, select

from benefits import set_budget
from benefits.tables.decisions import counters, grants
from events.tables import journal
from store import Database, DatabaseReadOnly, inbox
from tests.benefits.deciding import TREASURER
from tests.store.later_version import FIRST, upgrade_program
from tests.yihui.commands import Command
from tests.yihui.simulating import draft, event, events, year
from yihui.bootstrap import build_wiring, load_settings
from yihui.services.rules.rules import SHIPPED_RULES
from yihui.services.rules.simulation import SimulationRequest, SimulationRun, run_simulation
from yihui.services.rules.simulation_sources import open_existing_database

NOW = "2026-12-01T00:00+08:00"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YIHUI_NOW", NOW)
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_RULES", str(SHIPPED_RULES))


def simulated(target: str, order: SimulationRequest) -> SimulationRun:
    given = {"YIHUI_DATA_FOLDER": "/nonexistent", "YIHUI_RULES": os.environ["YIHUI_RULES"]}
    wiring = build_wiring(load_settings(given, target))
    return run_simulation(wiring, order)


def contents(database: Database) -> str:
    """A digest of every row of every table that a run changes."""
    with database.read() as connection:
        rows = [
            repr(row)
            for table in (inbox, journal, counters, grants)
            for row in connection.execute(select(table))
        ]
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()


def granted_fen(database: Database) -> int:
    with database.read() as connection:
        return sum(row.amount_fen for row in connection.execute(select(grants)))


def test_the_very_connection_of_a_simulation_refuses_a_write(database: Database, target: str) -> None:
    reading = build_wiring(load_settings({"YIHUI_DATA_FOLDER": "/nonexistent"}, target))
    reading.settings = reading.settings.__class__(target, Path("/nonexistent"), read_only=True)
    opened = open_existing_database(reading)
    assert opened is not None
    for begin in (opened.read, opened.write):
        with pytest.raises(DatabaseReadOnly), begin() as connection:
            connection.execute(insert(counters), [{"key": "budget/quiz", "used": 1, "ceiling": None}])
    reading.close()


def test_a_whole_simulation_runs_on_connections_that_refuse_writes(
    database: Database, target: str, yihui_on: Command, tmp_path: Path
) -> None:
    file = events(tmp_path)
    yihui_on("run", file)
    before = contents(database)
    done = yihui_on("rules", "simulate", draft(tmp_path))
    assert done.code == 0, done.err
    assert contents(database) == before


def test_replaying_what_the_database_keeps_comes_to_what_it_booked(
    database: Database, target: str, yihui_on: Command, tmp_path: Path
) -> None:
    """The shipped rules over their own events: what is in force, simulated, is what stands in the ledger."""
    yihui_on("run", events(tmp_path))
    done = simulated(target, SimulationRequest((draft(tmp_path),)))
    assert done.replay.handled == len(year())
    assert done.simulation.present_totals.cost.amount_fen == granted_fen(database) > 0
    assert done.unkept == 0


def test_new_events_begin_where_the_ledger_stands(
    database: Database, target: str, yihui_on: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a year for real with the rule; the other half simulated, then run: the same to the fen."""
    rules = tmp_path / "rules"
    rules.mkdir()
    draft(rules)
    monkeypatch.setenv("YIHUI_RULES", str(rules))
    with database.write() as connection:
        set_budget(connection, "quiz", 300_000, TREASURER)
    lines = year()
    first, second = lines[:80], lines[80:]
    yihui_on("run", events(tmp_path, first))
    before = granted_fen(database)
    order = SimulationRequest((rules / "draft.yaml",), events=events(tmp_path, second))
    foreseen = simulated(target, order).simulation.proposed_totals
    yihui_on("run", tmp_path / "events.jsonl")
    assert granted_fen(database) - before == foreseen.cost.amount_fen
    with database.read() as connection:
        used = connection.execute(select(counters.c.used).where(counters.c.key == "budget/quiz")).scalar_one()
    assert foreseen.funds["budget/quiz"].used == used
    assert foreseen.funds["budget/quiz"].runs_out_on is not None


def test_a_file_that_was_run_before_is_replayed_as_if_it_had_not(
    database: Database, target: str, yihui_on: Command, tmp_path: Path
) -> None:
    """Its own effects are left out: the same figures as on an empty database."""
    file = events(tmp_path)
    fresh = simulated(str(tmp_path / "none.db"), SimulationRequest((draft(tmp_path),), events=file))
    yihui_on("run", file)
    again = simulated(target, SimulationRequest((draft(tmp_path),), events=file))
    assert again.simulation.proposed_totals == fresh.simulation.proposed_totals
    assert again.simulation.present_totals == fresh.simulation.present_totals


def test_a_window_begins_with_what_was_granted_before_it(
    database: Database, target: str, yihui_on: Command, tmp_path: Path
) -> None:
    """A birthday cake in January is the year's: a window from June gives no second one."""
    lines = [
        event(1, "member.imported", "m-1", "2025-01-01", organisation="370202001", joined_on="2020-01-01"),
        event(2, "member.birthday", "m-1", "2026-01-05", on="2026-01-05"),
        event(3, "member.birthday", "m-1", "2026-06-05", on="2026-06-05"),
    ]
    yihui_on("run", events(tmp_path, lines))
    done = json.loads(yihui_on("rules", "simulate", draft(tmp_path), "--from", "2026-06-01", "--json").out)
    assert (done["events"], done["present"]["granted"], done["present"]["refused"]) == (1, 0, 1)


@pytest.mark.tampers
def test_decisions_whose_events_are_not_kept_are_counted(
    database: Database, target: str, yihui_on: Command, tmp_path: Path
) -> None:
    yihui_on("run", events(tmp_path))
    with database.write() as connection:
        connection.execute(journal.delete().where(journal.c.sequence < 60))
    done = yihui_on("rules", "simulate", draft(tmp_path))
    assert "事件数据库没有留存，未重放" in done.out


def test_a_database_with_an_older_schema_is_left_alone(
    yihui_on: Command, migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Path(copy(migrated_file, tmp_path / "old.db"))
    before = old.read_bytes()
    upgrade_program(monkeypatch, tmp_path)
    done = yihui_on("--db", old, "rules", "simulate", draft(tmp_path), "--events", events(tmp_path))
    assert done.code == 1
    assert f"结构是旧版（{FIRST}），而试算什么都不改" in done.err
    assert old.read_bytes() == before


@pytest.fixture
def yihui_on(target: str, capsys: pytest.CaptureFixture[str]) -> Command:
    """Commands on the test's own database."""
    from tests.yihui.commands import commands_through

    call = commands_through(capsys)

    def on(*arguments: object, lang: str = "zh"):  # type: ignore[no-untyped-def]
        given = arguments if arguments[0] == "--db" else ("--db", target, *arguments)
        return call(*given, lang=lang)

    return on
