"""yihui vouchers and yihui benefits expire, as their users run them."""

import csv
import json
from pathlib import Path

import pytest

from tests.benefits.counters import VOUCHER, granted
from tests.benefits.origins import receive_events
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, load_settings

HEAD = "请求号,券码,使用时间,数量\n"


@pytest.fixture(autouse=True)
def first_of_may(yihui: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHUI_NOW", "2026-05-01T12:00+08:00")


def grant(tmp_path: Path, due: object = VOUCHER) -> str:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}))
    with wiring.database.write() as connection:
        made = granted(connection, due)  # type: ignore[arg-type]
        receive_events(connection)
    wiring.close()
    return made


@pytest.fixture
def code(yihui: Command, tmp_path: Path) -> str:
    return str(json.loads(yihui("vouchers", "issue", grant(tmp_path), "--json").out)["code"])


@pytest.fixture
def key(yihui: Command, code: str) -> str:
    added = yihui("vouchers", "merchants", "add", "xindao", "--name", "新岛面包房", "--json")
    return str(json.loads(added.out)["key"])


def test_a_code_is_shown_again_and_drawn_for_its_owner_only(
    yihui: Command, tmp_path: Path, code: str
) -> None:
    shown = yihui("vouchers", "show", "--member", "m-1")
    assert code in shown.out and "余 200 元" in shown.out
    (owned,) = json.loads(yihui("vouchers", "show", "--member", "m-1", "--json").out)
    picture = tmp_path / "code.svg"
    assert yihui("vouchers", "issue", owned["grant"], "--qr", picture).out.strip() == code
    assert picture.read_text().startswith("<svg") and picture.stat().st_mode & 0o777 == 0o600


def test_a_till_redeems_and_refunds(yihui: Command, code: str, key: str) -> None:
    done = yihui("vouchers", "redeem", code, "--request", "1", "--key", key, "--amount", "5000", "--json")
    number = json.loads(done.out)["redemption"]
    again = yihui("vouchers", "redeem", code, "--request", "1", "--key", key, "--amount", "5000")
    assert again.out.startswith("此前已核销：蛋糕券 50 元，余 150 元")
    back = yihui("vouchers", "refund", number, "--request", "b", "--key", key)
    assert back.out == "已退 50 元，会员可以再用；这次核销还剩 0 元\n"
    assert yihui("vouchers", "redeem", code, "--request", "2", "--key", key, "--check").code == 0
    assert yihui("ledger", "verify").code == 0


def test_an_officer_voids_with_a_reason(yihui: Command, tmp_path: Path, key: str) -> None:
    number = grant(tmp_path)
    assert yihui("vouchers", "void", number, "--as", "li.min").code == 1
    voided = yihui("vouchers", "void", number, "--as", "li.min", "--reason", "重复发放")
    assert voided.out == "已作废：退回 200 元\n"
    assert yihui("vouchers", "issue", number).code == 1


def test_a_batch_is_handed_in_once_with_a_result_file(
    yihui: Command, tmp_path: Path, code: str, key: str
) -> None:
    file, out = tmp_path / "五月.csv", tmp_path / "result.csv"
    file.write_text(
        f"{HEAD}=1+1,{code},2026-05-01 11:00,\nb,{code},2026-05-01 10:00,\n", encoding="utf-8-sig"
    )
    done = yihui("vouchers", "batch", file, "--key", key, "--out", out)
    assert done.code == 1 and "收下 1 笔" in done.out and "以先用的为准" in done.out
    rows = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert [row[:3] for row in rows[1:]] == [["2", "'=1+1", "未收"], ["3", "b", "收下"]]
    again = yihui("vouchers", "batch", file, "--merchant", "xindao", "--json")
    assert json.loads(again.out)["already"] is True


def test_all_faults_of_a_batchs_form_are_told_at_once_and_nothing_is_handed_in(
    yihui: Command, tmp_path: Path, code: str, key: str
) -> None:
    file = tmp_path / "bad.csv"
    rows = [f"a,{code},2026-05-01 11:00,", f"a,{code},2026-05-01 11:00,", ",,昨天,半个"]
    file.write_text(HEAD + "\n".join(rows) + "\n")
    done = yihui("vouchers", "batch", file, "--key", key)
    assert done.code == 1
    for said in ("昨天", "半个", "第 2 行也出现过", "request_key", "bad.csv:4"):
        assert said in done.err
    assert yihui("vouchers", "redeem", code, "--request", "1", "--key", key).code == 0
    file.write_text("号码\n1\n")
    assert yihui("vouchers", "batch", file, "--key", key).err.count("缺少列") == 3
    assert yihui("vouchers", "batch", file).code == 2
    assert yihui("vouchers", "batch", tmp_path / "none.csv", "--key", key).code == 3


def test_keys_are_revoked_and_listed_but_never_shown_again(yihui: Command, code: str, key: str) -> None:
    listed = yihui("vouchers", "merchants", "list")
    assert key[:8] in listed.out and key not in listed.words
    assert yihui("vouchers", "merchants", "revoke", "xindao").code == 0
    assert yihui("vouchers", "redeem", code, "--request", "1", "--key", key).code == 1
    assert yihui("vouchers", "merchants", "revoke", "nobody").code == 1
    (merchant,) = [
        m for m in json.loads(yihui("vouchers", "merchants", "list", "--json").out) if m["id"] == "xindao"
    ]
    assert merchant["keys"][0]["revoked_at"]


def test_what_expires_is_ended_by_command_and_with_every_run(yihui: Command, tmp_path: Path) -> None:
    number = grant(tmp_path)
    assert yihui("benefits", "expire").out == "提醒 0 笔，到期 0 笔：退回 0 元\n"
    done = yihui("benefits", "expire", "--on", "2026-05-30", "--json")
    assert json.loads(done.out) == {"reminded": 1, "ended": 0, "ended_fen": 0}
    assert yihui("benefits", "expire", "--on", "2026-06-01").out == "提醒 0 笔，到期 1 笔：退回 200 元\n"
    assert yihui("vouchers", "issue", number).code == 1
    assert yihui("ledger", "verify").code == 0


def test_an_officer_sees_the_offline_use_of_a_code_that_was_reported_lost(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, file = grant(tmp_path), tmp_path / "late.csv"
    code = json.loads(yihui("vouchers", "issue", number, "--json").out)["code"]
    key = json.loads(yihui("vouchers", "merchants", "add", "xindao", "--name", "新岛", "--json").out)["key"]
    assert yihui("vouchers", "lost").out == "没有挂失后才提交的离线使用\n"
    monkeypatch.setenv("YIHUI_NOW", "2026-05-04T12:00+08:00")
    assert yihui("vouchers", "issue", number, "--anew").code == 0
    file.write_text(f"{HEAD}a,{code},2026-05-02 11:00,\n", encoding="utf-8")
    done = yihui("vouchers", "batch", file, "--key", key)
    assert done.code == 0 and "此券码已于 2026-05-04 挂失" in done.out
    assert "2026-05-02" in yihui("vouchers", "lost").out
    (use,) = json.loads(yihui("vouchers", "lost", "--json").out)
    assert (use["merchant"], use["request_key"], use["lost_on"]) == ("xindao", "a", "2026-05-04")
