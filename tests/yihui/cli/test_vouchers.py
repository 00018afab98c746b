"""yihui vouchers and yihui benefits expire, as their users run them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benefits import format_code
from tests.benefits.counters import BAKERY, NOON, VOUCHER, granted
from tests.benefits.origins import receive_events
from tests.yihui.commands import Command
from tests.yihui.own_benefits import give_code
from tests.yihui.shops import open_shop
from yihui.bootstrap import Wiring, build_wiring, load_settings

HEAD = "请求号,券码,使用时间,数量\n"


@pytest.fixture(autouse=True)
def first_of_may(yihui: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHUI_NOW", "2026-05-01T12:00+08:00")


@pytest.fixture
def wiring(yihui: Command, tmp_path: Path, first_of_may: None) -> Iterator[Wiring]:
    """The installation of the commands."""
    made = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}), lambda: NOON)
    yield made
    made.close()


@pytest.fixture
def number(wiring: Wiring) -> str:
    """A voucher of 200 yuan, which a merchant may redeem."""
    open_shop(wiring, BAKERY)
    with wiring.database.write() as connection:
        made = granted(connection, VOUCHER)
        receive_events(connection)
    return made


@pytest.fixture
def code(wiring: Wiring, number: str) -> str:
    return format_code(give_code(wiring, "m-1", number))


def test_an_officer_voids_with_a_reason(yihui: Command, number: str) -> None:
    assert yihui("vouchers", "void", number, "--as", "li.min").code == 1
    voided = yihui("vouchers", "void", number, "--as", "li.min", "--reason", "重复发放")
    assert voided.code == 0 and "已收回" in voided.out


def test_a_batch_is_handed_in_once_with_a_result_file(yihui: Command, tmp_path: Path, code: str) -> None:
    file, out = tmp_path / "五月.csv", tmp_path / "result.csv"
    file.write_text(
        f"{HEAD}=1+1,{code},2026-05-01 11:00,\nb,{code},2026-05-01 10:00,\n", encoding="utf-8-sig"
    )
    done = yihui("vouchers", "batch", file, "--merchant", BAKERY.id, "--out", out)
    assert done.code == 1 and "收下 1 笔" in done.out and "以先用的为准" in done.out
    rows = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert [row[:3] for row in rows[1:]] == [["2", "'=1+1", "未收"], ["3", "b", "收下"]]
    again = yihui("vouchers", "batch", file, "--merchant", BAKERY.id, "--json")
    assert json.loads(again.out)["already"] is True


def test_all_faults_of_a_batchs_form_are_told_at_once_and_nothing_is_handed_in(
    yihui: Command, tmp_path: Path, code: str
) -> None:
    file, merchant = tmp_path / "bad.csv", ("--merchant", BAKERY.id)
    rows = [f"a,{code},2026-05-01 11:00,", f"a,{code},2026-05-01 11:00,", ",,昨天,半个"]
    file.write_text(HEAD + "\n".join(rows) + "\n")
    done = yihui("vouchers", "batch", file, *merchant)
    assert done.code == 1
    for said in ("昨天", "半个", "第 2 行也出现过", "request_key", "bad.csv:4"):
        assert said in done.err
    assert json.loads(yihui("benefits", "list", "--member", "m-1", "--json").out)[0]["state"] == "handed_out"
    file.write_text("号码\n1\n")
    assert yihui("vouchers", "batch", file, *merchant).err.count("缺少列") == 3
    assert yihui("vouchers", "batch", file).code == 2
    assert yihui("vouchers", "batch", tmp_path / "none.csv", *merchant).code == 3


@pytest.mark.usefixtures("number")
def test_what_expires_is_ended_by_command_and_with_every_run(yihui: Command) -> None:
    assert yihui("benefits", "expire").out == "提醒 0 笔，到期 0 笔：退回 0 元\n"
    done = yihui("benefits", "expire", "--on", "2026-05-30", "--json")
    assert json.loads(done.out) == {"reminded": 1, "ended": 0, "ended_fen": 0}
    assert yihui("benefits", "expire", "--on", "2026-06-01").out == "提醒 0 笔，到期 1 笔：退回 200 元\n"
    assert yihui("ledger", "verify").code == 0
