"""Payments on the command line: what officers read, and what they are told when something is wrong."""

import json
from pathlib import Path

import pytest

from store import migrate_database, open_database
from tests.benefits.deciding import Wish, give
from tests.yihui.commands import Command, Done
from tests.yihui.files.bank.paying import PAYEES, TERMS


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


def test_a_return_file_that_differs_is_told_line_by_line_and_can_be_taken_in_part(
    payout: Command, tmp_path: Path
) -> None:
    payout("prepare", *files(tmp_path), "--as", "li.min")
    payout("release", "PB000001", *files(tmp_path), "--as", "gh-017")
    back = tmp_path / "r.csv"
    small, big = sorted(
        json.loads(payout("show", "PB000001", "--json").out)["list"], key=lambda order: order["amount_fen"]
    )
    lines = f"{big['reference']},200,成功,,\nPB000009-000001,1,成功,,\n{small['reference']},0.08,成功,,\n"
    back.write_text("附言,金额,状态,原因,日期\n" + lines, "utf-8")
    arguments = ("import-return", back, "--bank", tmp_path / "bank.yaml", "--as", "li.min")
    refused = payout(*arguments, "--json")
    assert refused.code == 1
    errors = json.loads(refused.out)["errors"]
    assert [(e["row"], e["field"]) for e in errors] == [(3, "unknown_reference"), (4, "other_amount")]
    assert payout("show", "PB000001").out.count("在途") == 2, "nothing was taken"
    partly = payout(*arguments, "--partly", "--json")
    assert partly.code == 1, "what is left is a finding"
    found = json.loads(partly.out)
    assert (found["paid"], len(found["differences"])) == (1, 2)
    assert payout(*arguments, "--batch", "PB000007").code == 1


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


def test_an_account_that_was_swapped_after_the_batch_was_prepared_stops_it(
    payout: Command, tmp_path: Path
) -> None:
    payout("prepare", *files(tmp_path), "--as", "li.min")
    swapped = PAYEES.replace("6222020200112230001", "6222020200119999999")
    (tmp_path / "payees.csv").write_text(swapped, "utf-8")
    refused = payout("release", "PB000001", *files(tmp_path), "--as", "gh-017")
    assert refused.code == 1
    assert "会与制单时不同" in refused.err
    (tmp_path / "payees.csv").write_text(PAYEES.splitlines()[0] + "\nm-1,6222020200112230001,张一\n", "utf-8")
    missing = payout("release", "PB000001", *files(tmp_path), "--as", "gh-017")
    assert "收款人文件里已经没有 m-2 的账号" in missing.err
    cancelled = payout("cancel", "PB000001", "--as", "gh-017", "--reason", "账号更正")
    assert "已取消" in cancelled.out
    assert payout("prepare", *files(tmp_path), "--as", "li.min").code == 0


def test_an_export_never_overwrites_what_it_reads(payout: Command, tmp_path: Path) -> None:
    payout("prepare", *files(tmp_path), "--as", "li.min")
    payout("release", "PB000001", *files(tmp_path), "--as", "gh-017")
    for name in ("payees.csv", "bank.yaml", "yihui.db"):
        before = (tmp_path / name).read_bytes()
        done = payout("export", "PB000001", *files(tmp_path), "--as", "li.min", "--to", tmp_path / name)
        assert done.code == 1
        if name != "yihui.db":
            assert (tmp_path / name).read_bytes() == before
