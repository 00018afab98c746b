"""yihui ledger verify --heads, and the heads beside each backup and export."""

import json
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import pytest

from store import open_database
from tests.benefits.origins import receive_events
from tests.yihui.commands import Command
from tools.servers.deciding import Wish, give
from yihui.access.actor import CONSOLE
from yihui.access.audit import AuditEntry, append_audit_entry


@pytest.fixture
def ledger(yihui: Command, tmp_path: Path, migrated_file: Path) -> Path:
    """A ledger with one sealed grant."""
    path = Path(copy(migrated_file, tmp_path / "yihui.db"))
    database = open_database(str(path))
    give(database, Wish())
    with database.write() as connection:
        receive_events(connection)
    database.close()
    assert yihui("ledger", "seal").code == 0
    return path


def test_heads_lie_beside_each_backup_and_export_and_prove_them(
    yihui: Command, tmp_path: Path, ledger: Path
) -> None:
    made = yihui("backup", "--to", tmp_path / "monday.yihui", "--json")
    beside = tmp_path / "monday.yihui.heads.json"
    assert json.loads(made.out)["heads"] == str(beside)
    assert yihui("ledger", "export", "--seals", "--out", tmp_path / "ledger.jsonl").code == 0
    of_export = tmp_path / "ledger.jsonl.heads.json"
    of_both = [json.loads(file.read_text("utf-8"))["heads"] for file in (beside, of_export)]
    numbers = [[head["number"] for head in heads] for heads in of_both]
    assert numbers == [[2], [3]], "the entry of the backup itself is sealed after its heads were written"
    for file in (beside, of_export):
        assert yihui("ledger", "verify", "--heads", file).code == 0
        assert yihui("ledger", "verify", "--export", tmp_path / "ledger.jsonl", "--heads", file).code == 0
    noted = tmp_path / "noted.json"
    noted.write_text(yihui("ledger", "seal", "--json").out, encoding="utf-8")
    assert yihui("ledger", "verify", "--heads", noted).code == 0


def test_a_backup_that_its_heads_do_not_prove_is_told_when_it_is_restored(
    yihui: Command, tmp_path: Path, ledger: Path
) -> None:
    file, other = tmp_path / "monday.yihui", tmp_path / "other.db"
    assert yihui("backup", "--to", file).code == 0
    beside = tmp_path / "monday.yihui.heads.json"
    document = json.loads(beside.read_text("utf-8"))
    document["heads"][0]["hash"] = "0" * 64
    beside.write_text(json.dumps(document), encoding="utf-8")
    restored = json.loads(yihui("restore", file, "--db", other, "--json").out)
    assert (restored["sound"], restored["count"]) == (False, 1)


def _append_entries(path: Path) -> None:
    database = open_database(str(path))
    for reason in ("来电核对", "上门慰问"):
        with database.write() as connection:
            entry = AuditEntry("members.unmask", "member", "m-1", reason)
            append_audit_entry(connection, CONSOLE, entry, datetime(2026, 10, 3, tzinfo=UTC))
    database.close()


def test_heads_go_out_after_a_command_and_by_one(
    yihui: Command, tmp_path: Path, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert yihui("ledger", "heads", "send").code == 1
    monkeypatch.setenv("YIHUI_HEADS_TO", f"{tmp_path / 'log.jsonl'} {tmp_path / 'away'}")
    done = yihui("ledger", "heads", "send", "--json")
    assert done.code == 1
    assert [one["state"] for one in json.loads(done.out)] == ["sent", "failed"]
    (tmp_path / "away").mkdir()
    assert yihui("ledger", "heads", "send").code == 0
    assert yihui("ledger", "verify", "--heads", tmp_path / "log.jsonl").code == 0
    monkeypatch.setenv("YIHUI_NOW", "2026-10-04T23:10+08:00")
    _append_entries(ledger)
    assert yihui("budgets", "set", "x", "--amount", "5", "--as", "gh-1", "--reason", "预算").code == 0
    assert len([*(tmp_path / "away").iterdir()]) == 2, "the command sealed and sent"
