"""yihui hardship, as officers of a county type it."""

import json
from pathlib import Path

import pytest

from tests.members.organisations.acting import event_of
from tests.yihui.commands import Command
from tests.yihui.files.test_pictures import picture

FIRST, SECOND = ("--as", "li.min"), ("--as", "wang.fang")


@pytest.fixture
def office(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A county's union with one member, a key of the vault, and a line of 900 yuan."""
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(tmp_path / "yihui.db"))
    monkeypatch.setenv("YIHUI_HARDSHIP_LINE_YUAN", "900")
    founded = yihui(
        "organisations", "found", "370102", "--name", "历下区总工会", "--on", "2010-01-01", "--as", "li.min"
    )
    assert founded.code == 0, founded.err
    event = event_of("member.imported", "m-1", "2020-01-01", organisation="370102", joined_on="2020-01-01")
    (tmp_path / "roll.jsonl").write_text(event.event.text + "\n", "utf-8")
    assert yihui("run", tmp_path / "roll.jsonl").code == 0
    assert yihui("members", "vault", "create-key").code == 0
    return yihui


def opened(office: Command) -> str:
    done = office(
        "hardship", "open", "--organisation", "370102", "--level", "深度困难", "--cause", "illness",
        "--person", "relation=self,member=m-1,income=2000,name=张三", "--person", "relation=child,name=张小一",
        "--plan", "申请大病救助", *FIRST, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    return str(json.loads(done.out)["number"])


def test_a_file_from_opening_to_the_receipt_of_a_visit(office: Command, tmp_path: Path) -> None:
    assert office("hardship", "list").out == "没有档案\n"
    number = opened(office)
    assert "待首次核定" in office("hardship", "list", "--due").out
    same = office("hardship", "review", number, "--level", "深度困难", "--reason", "已核对", *FIRST)
    assert same.code == 1 and "li.min" in same.err
    done = office("hardship", "review", number, "--level", "深度困难", "--reason", "已核对", *SECOND)
    assert done.code == 0 and "在档" in done.out, done.err
    assert office("hardship", "list", "--due").out == "没有档案\n"
    assert office("hardship", "measure", number, "--kind", "job", "--text", "推荐岗位", *FIRST).code == 0
    planned = office("hardship", "visit", "plan", number, "--member", "m-1", "--yuan", "1000", "--purpose", "元旦慰问", *FIRST)  # fmt: skip
    assert planned.code == 0 and "已安排" in planned.out, planned.err
    assert office("hardship", "visit", "release", number, "1", *FIRST).code == 1
    released = office("hardship", "visit", "release", number, "1", *SECOND)
    assert released.code == 0 and "li.min" in released.out and "wang.fang" in released.out, released.err
    photo = tmp_path / "receipt.jpg"
    photo.write_bytes(picture())
    handed = office("hardship", "visit", "hand-over", number, "1", "--receipt", photo, "--kind", "photographed", *FIRST)  # fmt: skip
    assert handed.code == 0 and "已发放" in handed.out, handed.err
    assert "1,000" in office("benefits", "list", "--member", "m-1").out
    assert office("ledger", "verify").code == 0
    shown = office("hardship", "show", number).out
    assert "人均月收入 1,000 元，是标准线 900 元的 111 %，不低于标准线" in shown
    assert "张*" in shown and "张三" not in shown
    assert (
        office("hardship", "unmask", number, "--reason", "打印慰问表", *FIRST).out == "1. 张三\n2. 张小一\n"
    )
    assert office("hardship", "close", number, "--reason", "已脱困", *FIRST).code == 0
    assert "已销档" in office("hardship", "list", "--state", "closed").out
