"""yihui mutual-aid, as officers of a county type it."""

import json
from pathlib import Path

import pytest

from tests.members.organisations.acting import event_of
from tests.yihui.commands import Command

FIRST, SECOND = ("--as", "li.min"), ("--as", "wang.fang")
TABLE = ("--deductible", "1000", "--bands", "1000-10000=50%; 10000-=60%", "--claim-cap", "8000", "--year-cap", "10000")  # fmt: skip
BILL = (
    "--from", "2026-03-01", "--to", "2026-03-10", "--total", "12000", "--insurance", "6000", "--other", "500",
    "--self-paid", "5500", "--receipt", "LX-2026-000123",
)  # fmt: skip


@pytest.fixture
def office(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A county's union with two members."""
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(tmp_path / "yihui.db"))
    found = (
        "organisations",
        "found",
        "--code",
        "370102",
        "--name",
        "历下区总工会",
        "--on",
        "2010-01-01",
        *FIRST,
    )
    assert yihui(*found).code == 0
    events = [
        event_of("member.imported", member, "2020-01-01", organisation="370102", joined_on="2020-01-01")
        for member in ("m-1", "m-2")
    ]
    (tmp_path / "roll.jsonl").write_text("\n".join(one.event.text for one in events) + "\n", "utf-8")
    assert yihui("run", tmp_path / "roll.jsonl").code == 0
    return yihui


def aid(office: Command, *words: object) -> object:
    done = office("mutual-aid", *words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def policy(office: Command, tmp_path: Path) -> str:
    written = aid(
        office, "policies", "write", "--organisation", "370102", "--year", "2026", *TABLE, "--contribution", "20",
        "--document", "职工医疗互助办法", "--clause", "第九条", *FIRST,
    )  # fmt: skip
    number = str(written["key"])  # type: ignore[index]
    assert office("mutual-aid", "policies", "approve", number, *FIRST).code == 1
    aid(office, "policies", "approve", number, *SECOND)
    listed = tmp_path / "members.txt"
    listed.write_text("\ufeffm-1\r\nm-2\r\n", "utf-8")
    enrolled = aid(
        office,
        "policies",
        "enrol",
        number,
        "--source",
        "list",
        "--on",
        "2026-01-01",
        "--members",
        listed,
        *FIRST,
    )
    assert enrolled["enrolled"] == 2 and enrolled["contributions_fen"] == 4_000  # type: ignore[index]
    return number


def test_a_claim_from_the_policy_to_the_proof_and_the_reversal(office: Command, tmp_path: Path) -> None:
    number = policy(office, tmp_path)
    assert "历下区总工会" in office("mutual-aid", "policies", "list").out
    shown = office("mutual-aid", "policies", "show", number).out
    assert "1,000 元至 10,000 元之间部分报销 50 %" in shown and "第九条" in shown
    assert "m-2" in office("mutual-aid", "enrolments", "list").out
    submit = ("mutual-aid", "policies", "submit", number, "--member", "m-1", *BILL, *FIRST)
    previewed = office(*submit, "--preview")
    assert "2,250" in previewed.out, previewed.err
    assert aid(office, "claims", "list") == []
    claim = str(aid(office, "policies", "submit", number, "--member", "m-1", *BILL, *FIRST)["key"])  # type: ignore[index]
    same = office("mutual-aid", "claims", "approve", claim, *FIRST)
    assert same.code == 1 and "li.min" in same.err
    approved = office("mutual-aid", "claims", "approve", claim, *SECOND)
    assert approved.code == 0 and "已核准" in approved.out, approved.err
    why = office("mutual-aid", "claims", "show", claim)
    assert why.code == 0, why.err
    assert "账上一致" in why.out and "职工医疗互助报销" in why.out
    assert "职工医疗互助办法" in why.out and "wang.fang" in why.out and "000123" not in why.out
    proof = aid(office, "claims", "show", claim)
    assert proof["payable_fen"] == 225_000 and proof["postings"]  # type: ignore[index]
    assert "2,250" in office("benefits", "list", "--member", "m-1").out
    assert office("ledger", "verify").code == 0
    assert office("mutual-aid", "claims", "reverse", claim, "--reason", "单据有误", *FIRST).code == 0
    assert len(aid(office, "claims", "list", "--state", "reversed")) == 1  # type: ignore[arg-type]
    assert aid(office, "claims", "show", claim)["state"] == "reversed"  # type: ignore[index]
    assert office("ledger", "verify").code == 0


def test_a_claim_is_sent_back_corrected_refused_and_withdrawn(office: Command, tmp_path: Path) -> None:
    number = policy(office, tmp_path)
    claim = str(aid(office, "policies", "submit", number, "--member", "m-1", *BILL, *FIRST)["key"])  # type: ignore[index]
    aid(office, "claims", "send-back", claim, "--reason", "金额不清", *SECOND)
    aid(office, "claims", "correct", claim, *BILL[:-2], "--reason", "补正", *FIRST)
    aid(office, "claims", "refuse", claim, "--reason", "不在保障范围", *SECOND)
    other = str(aid(office, "policies", "submit", number, "--member", "m-2", *BILL, *FIRST)["key"])  # type: ignore[index]
    aid(office, "claims", "withdraw", other, "--reason", "填错了人", *FIRST)
    draft = aid(office, "policies", "write", "--organisation", "370102", "--year", "2027", *TABLE, "--document", "办法", "--clause", "九", *FIRST)  # fmt: skip
    aid(office, "policies", "withdraw", draft["key"], "--reason", "重写", *FIRST)  # type: ignore[index]
    (tmp_path / "members.xlsx").write_bytes(b"PK\xff\xfe")
    binary = office(
        "mutual-aid",
        "policies",
        "enrol",
        number,
        "--source",
        "list",
        "--members",
        tmp_path / "members.xlsx",
        *FIRST,
    )
    assert binary.code == 1 and "UTF-8" in binary.err
