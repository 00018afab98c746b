"""yihui audit and /api/v1/audit: who reads which entries, in pages, and files that spreadsheets open safely."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import Database, open_database
from tests.yihui.commands import Command
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry

NOW = datetime(2026, 10, 3, 15, 0, tzinfo=UTC)
FORMULA = "=HYPERLINK(1)"


def fill(database: Database) -> None:
    entries = [
        AuditEntry("members.unmask", "member", "m-1", "核对", "370202001"),
        AuditEntry("members.change", "member", "m-2", FORMULA, "370202"),
        AuditEntry("money.release", "payout_batch", "b-1", "", "370100", after={"state": "released"}),
        AuditEntry("operation.back_up", "database", "main"),
    ]
    for days, entry in enumerate(entries):
        actor = Actor("li.min" if days % 2 else "wang", "s", ActorKind.OFFICER)
        with database.write() as connection:
            append_audit_entry(connection, actor, entry, NOW - timedelta(days=3 - days))


@pytest.fixture
def logged(yihui: Command, tmp_path: Path) -> Command:
    assert yihui("ledger", "verify").code == 0
    opened = open_database(str(tmp_path / "yihui.db"))
    fill(opened)
    opened.close()
    return yihui


def ids(answer: object) -> list[str]:
    assert isinstance(answer, dict)
    return [entry["object_id"] for entry in answer["entries"]]


def test_entries_are_listed_newest_first_in_pages(logged: Command) -> None:
    first = json.loads(logged("audit", "list", "--limit", "3", "--json").out)
    assert ids(first) == ["main", "b-1", "m-2"] and first["before"] == 2
    rest = json.loads(logged("audit", "list", "--before", "2", "--json").out)
    assert ids(rest) == ["m-1"] and rest["before"] is None
    shown = logged("audit", "list", "--limit", "2")
    assert "payout_batch b-1" in shown.out and "状态：released" in shown.out
    assert "--before 3" in shown.err


def test_a_list_is_filtered(logged: Command) -> None:
    for options, found in (
        (("--actor", "wang"), ["b-1", "m-1"]),
        (("--actor", "nobody"), []),
        (("--act", "members"), ["m-2", "m-1"]),
        (("--act", "members.unmask"), ["m-1"]),
        (("--act", "member"), []),
        (("--act", "%"), []),
        (("--kind", "member", "--object", "m-2"), ["m-2"]),
        (("--organisation", "370202"), ["m-2", "m-1"]),
        (("--organisation", "370000"), ["main", "b-1", "m-2", "m-1"]),
        (("--organisation", "370300"), []),
        (("--from", "2026-10-02"), ["main", "b-1"]),
        (("--until", "2026-10-01", "--from", "2026-10-01"), ["m-2"]),
    ):
        assert ids(json.loads(logged("audit", "list", *options, "--json").out)) == found


def test_a_wrong_filter_is_refused_in_words(logged: Command) -> None:
    for options, said in (
        (("--object", "m-1"), "种类"),
        (("--from", "2026-10-02", "--until", "2026-10-01"), "对调"),
        (("--organisation", "青岛"), "组织代码"),
        (("--from", "2026-02-30"), "2026-02-30"),
    ):
        done = logged("audit", "list", *options)
        assert done.code in (1, 2) and said in done.err and done.out == ""


def test_an_export_for_spreadsheets_runs_no_formula(logged: Command, tmp_path: Path) -> None:
    table, lines = tmp_path / "log.CSV", tmp_path / "log.jsonl"
    assert logged("audit", "export", "--to", str(table)).code == 0
    assert logged("audit", "export", "--to", str(lines), "--actor", "wang").code == 0
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert [row["object_id"] for row in rows] == ["m-1", "m-2", "b-1", "main", "csv"]
    assert rows[1]["reason"] == "'" + FORMULA
    assert [json.loads(line)["object_id"] for line in lines.read_text().splitlines()] == ["m-1", "b-1"]
    recorded = json.loads(logged("audit", "list", "--act", "audit.read", "--json").out)["entries"]
    assert [(one["object_id"], one["act"]) for one in recorded] == [
        ("jsonl", "audit.read.export"),
        ("csv", "audit.read.export"),
    ]
    assert '"wang"' in json.dumps(recorded[0]) and recorded[0]["actor"].startswith("console:")
    refused = logged("audit", "export", "--to", str(tmp_path / "log.xlsx"))
    assert refused.code == 1 and "log.xlsx" in refused.err and not (tmp_path / "log.xlsx").exists()
