"""yihui members export: all that is known of one person, and nothing of anybody else."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.yihui.commands import Command, commands_in
from tools.servers.sending import Sender

NUMBER = "11010519491231002X"
ROLL = f"姓名,手机号,身份证号,组织代码,入会日期\n阿依古丽•买买提,138-1234-5678,{NUMBER},370202,2020-05-01\n"
BY = ("--as", "li.min", "--reason", "本人申请")
# They mention members but hold no more of them than what other tables say; the export leaves them out.
NOT_EXPORTED = {"outbox", "rule_acts", "acts", "unsealed", "counters", "limit_slots", "account_balances"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two members with grants, an application and a letter that could not be handled; one is in the vault."""
    send, folder = Sender(), tmp_path_factory.mktemp("built")
    lines = [
        *(send.joined(member) for member in ("m-1", "m-12")),
        send.birthday("m-1"),
        send("application.submitted", "m-1", "2026-08-03T10:00:00+08:00", programme="金秋助学", year=2026),
        send("member.transferred", "m-1", "2026-08-04T10:00:00+08:00", organisation="no code"),
    ]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "roll.csv").write_text(ROLL, encoding="utf-8")
    with commands_in(folder) as yihui:
        assert yihui("members", "vault", "create-key").code == 0
        yihui("run", folder / "events.jsonl")
        assert yihui("members", "import", folder / "roll.csv").code == 0
    return folder


def exported(prepared: Command, folder: Path, member: str) -> Any:
    done = prepared(
        "members", "export", member, *BY, "--to", folder / "all.json", "--page", folder / "all.html"
    )
    assert done.code == 0, done.err
    return json.loads((folder / "all.json").read_text("utf-8"))


def test_every_row_that_mentions_the_member_is_in_the_export(prepared: Command, tmp_path: Path) -> None:
    content = exported(prepared, tmp_path, "m-1")
    assert {"member_changes", "journal", "decisions", "grants", "postings", "application_steps"} <= content[
        "rows"
    ].keys()
    assert "dead_letters" in content["rows"]
    connection = sqlite3.connect(tmp_path / "yihui.db")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in sorted(set(tables) - NOT_EXPORTED):
        rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        own = [row for row in rows if '"m-1"' in json.dumps([str(cell) for cell in row]).replace('\\"', '"')]
        assert len(content["rows"].get(table, [])) >= len(own), table
    connection.close()
    text = json.dumps(content)
    assert "m-12" not in text
    assert "salt" not in text


def test_name_and_numbers_are_in_clear_and_that_is_on_record(prepared: Command, tmp_path: Path) -> None:
    (found,) = json.loads(prepared("members", "unmaskings", "--json").out or "[]") or [None]
    assert found is None
    connection = sqlite3.connect(tmp_path / "yihui.db")
    ((member,),) = connection.execute("SELECT member_id FROM vault_persons").fetchall()
    connection.close()
    content = exported(prepared, tmp_path, member)
    assert content["person"] == {"name": "阿依古丽·买买提", "phone": "13812345678", "id_number": NUMBER}
    assert [one["field"] for one in content["unmaskings"]] == ["name", "phone", "id_number"]
    page = (tmp_path / "all.html").read_text("utf-8")
    for text in ("阿依古丽·买买提", "13812345678", NUMBER, "本人申请", "会籍和信息的变动"):
        assert text in page
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "all.json", tmp_path / "all.html")} == {0}


def test_who_is_unknown_has_no_export_and_without_a_reason_there_is_none(
    prepared: Command, tmp_path: Path
) -> None:
    assert prepared("members", "export", "m-9", *BY, "--to", tmp_path / "all.json").code == 1
    refused = prepared(
        "members", "export", "m-1", "--as", "li.min", "--reason", "", "--to", tmp_path / "all.json"
    )
    assert refused.code == 1
    assert not (tmp_path / "all.json").exists()


def test_without_a_key_an_export_holds_pseudonyms_alone(prepared: Command, tmp_path: Path) -> None:
    (tmp_path / "vault.key").unlink()
    content = exported(prepared, tmp_path, "m-1")
    assert (content["person"], content["has_vault"]) == ({}, False)


def test_after_an_erasure_only_the_books_are_left(prepared: Command, tmp_path: Path) -> None:
    prepared("members", "erase", "m-1", *BY)
    rows = exported(prepared, tmp_path, "m-1")["rows"]
    assert not rows.keys() & {"member_changes", "journal", "application_steps", "dead_letters"}
    assert "grants" in rows
