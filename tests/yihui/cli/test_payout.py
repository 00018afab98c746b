"""Payments on the command line: what officers read, and what they are told when something is wrong."""

import json
from pathlib import Path

import pytest

from store import migrate_database, open_database
from tests.yihui.commands import Command, Done
from tests.yihui.money.payouts.paying import PAYEES, TERMS
from tools.servers.deciding import Wish, give


@pytest.fixture
def payout(yihui: Command, tmp_path: Path) -> Command:
    """`yihui payout` over a database with two open cash benefits, the bank's layout and the vault's key."""
    database = open_database(str(tmp_path / "yihui.db"))
    migrate_database(database)
    give(database, Wish("m-1", amount_fen=20_000), Wish("m-2", amount_fen=7), Wish("m-9"))
    database.close()
    (tmp_path / "bank.yaml").write_text(TERMS, "utf-8")
    (tmp_path / "payees.csv").write_text(PAYEES, "utf-8")
    assert yihui("members", "vault", "create-key").code == 0

    def call(*arguments: object, lang: str = "zh") -> Done:
        return yihui("payout", *arguments, lang=lang)

    layout = ("layout", "write", "--file", tmp_path / "bank.yaml", "--as", "li.min")
    assert call(*layout).code == 0
    return call


def test_what_may_not_be_done_is_told_without_a_trace(payout: Command, tmp_path: Path) -> None:
    payees = ("--payees", tmp_path / "payees.csv")
    assert payout("prepare", *payees, "--as", "li.min").code == 0
    before = payout("list", "--json").out
    for arguments, said in (
        (("release", "PB000009", "--as", "gh-017"), "没有批次"),
        (("export", "PB000001", "--as", "gh-017", "--to", tmp_path / "out.csv"), "未放行"),
        (("release", "PB000001", "--as", "张三"), "不是经办人代号"),
        (("release", "PB000001", "--as", "Li.Min"), "不能"),
        (("prepare", *payees, "--as", "li.min"), "没有可付的"),
        (("prepare", *payees, "--as", "li.min", "--reason", "手机 13800138000"), "电话"),
        (("prepare", *payees, "--as", "li.min", "--until", "2026-13-01"), "日期"),
    ):
        done = payout(*arguments)
        assert done.code in (1, 2) and said in done.err, (arguments, done.err)
    assert payout("list", "--json").out == before
    assert not (tmp_path / "out.csv").exists()


def test_programs_read_whom_a_batch_leaves_out(payout: Command, tmp_path: Path) -> None:
    wanted = ("prepare", "--payees", tmp_path / "payees.csv", "--as", "li.min", "--json", "--key", "once-1")
    made = json.loads(payout(*wanted).out)
    assert (made["key"], [one["member"] for one in made["left_out"]]) == ("PB000001", ["m-9"])
    assert json.loads(payout(*wanted).out)["key"] == "PB000001", "sent again it is the same"


def test_what_fits_of_a_return_file_is_taken(payout: Command, tmp_path: Path) -> None:
    payout("prepare", "--payees", tmp_path / "payees.csv", "--as", "li.min")
    payout("release", "PB000001", "--as", "gh-017")
    order = json.loads(payout("show", "PB000001", "--json").out)["rows"][0]
    lines = f"{order['reference']},{order['amount_fen'] / 100:.2f},成功,,\nPB000001-000009,1,成功,,\n"
    (tmp_path / "r.csv").write_text("附言,金额,状态,原因,日期\n" + lines, "utf-8")
    arguments = ("answer", "PB000001", "--answer", tmp_path / "r.csv", "--as", "li.min")
    refused = json.loads(payout(*arguments, "--json").out)["errors"]
    assert [(e["row"], e["field"]) for e in refused] == [(3, "unknown_reference")]
    assert len(json.loads(payout("payments", "list", "--state", "paid", "--json").out)) == 0
    done = payout(*arguments, "--partly", "--key", "once-1")
    assert done.code == 0 and "PB000001-000009" in done.out
    again = payout(*arguments, "--partly", "--key", "once-1", "--json")
    assert again.code == 0 and "left_out" not in json.loads(again.out)
    assert len(json.loads(payout("payments", "list", "--state", "paid", "--json").out)) == 1


def test_the_banks_file_is_compared_with_what_was_released(payout: Command, tmp_path: Path) -> None:
    payout("prepare", "--payees", tmp_path / "payees.csv", "--as", "li.min")
    payout("release", "PB000001", "--as", "gh-017")
    assert payout("export", "PB000001", "--as", "gh-017", "--to", tmp_path / "yihui.db").code == 1
    to = tmp_path / "out.csv"
    assert payout("export", "PB000001", "--as", "gh-017", "--to", to).code == 0
    assert to.stat().st_mode & 0o077 == 0, "only its owner can read it"
    compare = ("compare", "PB000001", "--of", to, "--as", "gh-017")
    assert payout(*compare).code == 0
    to.write_bytes(to.read_bytes().replace(b"200.00", b"900.00"))
    assert payout(*compare).code == 1
