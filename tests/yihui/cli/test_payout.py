"""Payments on the command line: what officers read, and what they are told when something is wrong."""

import json
from pathlib import Path

import pytest

from store import migrate_database, open_database
from tests.yihui.commands import Command, Done
from tests.yihui.files.bank.paying import PAYEES, TERMS
from tools.servers.deciding import Wish, give


@pytest.fixture
def payout(yihui: Command, tmp_path: Path) -> Command:
    """`yihui payout` over a database with two open cash benefits and the bank's configuration beside it."""
    database = open_database(str(tmp_path / "yihui.db"))
    migrate_database(database)
    give(database, Wish("m-1", amount_fen=20_000), Wish("m-2", amount_fen=7), Wish("m-9"))
    database.close()
    (tmp_path / "bank.yaml").write_text(TERMS, "utf-8")
    (tmp_path / "payees.csv").write_text(PAYEES, "utf-8")

    def call(*arguments: object, lang: str = "zh") -> Done:
        return yihui("payout", *arguments, lang=lang)

    return call


def files(folder: Path) -> tuple[object, ...]:
    return ("--payees", folder / "payees.csv", "--bank", folder / "bank.yaml")


def test_what_may_not_be_done_is_told_without_a_trace(payout: Command, tmp_path: Path) -> None:
    for arguments, said in (
        (("release", "PB000009", "--as", "gh-017"), "没有批次"),
        (("export", "PB000001", "--as", "gh-017", "--to", "out.csv"), "未放行"),
        (("release", "PB000001", "--as", "张三"), "不是经办人代号"),
        (("prepare", "--as", "li.min"), "没有可付的"),
        (("prepare", "--as", "li.min", "--reason", "手机 13800138000"), "个人"),
        (("prepare", "--as", "li.min", "--until", "2026-13-01"), "日期"),
    ):
        payout("prepare", *files(tmp_path), "--as", "li.min")
        before = payout("list", "--json").out
        given = [tmp_path / a if a == "out.csv" else a for a in arguments]
        done = payout(*given, *files(tmp_path))
        assert done.code in (1, 2)
        assert said in done.err
        assert payout("list", "--json").out == before
        assert not (tmp_path / "out.csv").exists()


def test_a_batch_is_cancelled_and_what_fits_of_a_return_file_is_taken(
    payout: Command, tmp_path: Path
) -> None:
    payout("prepare", *files(tmp_path), "--as", "li.min")
    assert "已取消" in payout("cancel", "PB000001", "--as", "gh-017", "--reason", "账号更正").out
    payout("prepare", *files(tmp_path), "--as", "li.min")
    payout("release", "PB000002", *files(tmp_path), "--as", "gh-017")
    order = json.loads(payout("show", "PB000002", "--json").out)["list"][0]
    lines = f"{order['reference']},{order['amount_fen'] / 100:.2f},成功,,\nPB000009-000001,1,成功,,\n"
    (tmp_path / "r.csv").write_text("附言,金额,状态,原因,日期\n" + lines, "utf-8")
    arguments = ("import-return", tmp_path / "r.csv", "--bank", tmp_path / "bank.yaml", "--as", "li.min")
    refused = json.loads(payout(*arguments, "--json").out)["errors"]
    assert [(e["row"], e["field"]) for e in refused] == [(3, "unknown_reference")]
    assert payout("show", "PB000002").out.count("在途") == 2, "nothing was taken"
    partly = payout(*arguments, "--partly", "--json")
    assert (partly.code, json.loads(partly.out)["paid"]) == (1, 1), "what is left is a finding"


def test_an_export_never_overwrites_what_it_reads(payout: Command, tmp_path: Path) -> None:
    payout("prepare", *files(tmp_path), "--as", "li.min")
    payout("release", "PB000001", *files(tmp_path), "--as", "gh-017")
    for name in ("payees.csv", "bank.yaml", "yihui.db"):
        before = (tmp_path / name).read_bytes()
        done = payout("export", "PB000001", *files(tmp_path), "--as", "li.min", "--to", tmp_path / name)
        assert done.code == 1
        if name != "yihui.db":
            assert (tmp_path / name).read_bytes() == before
