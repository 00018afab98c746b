"""yihui mutual-aid, as officers of a county type it."""

import json
from pathlib import Path

from tests.yihui.commands import Command

FIRST, SECOND = ("--as", "li.min"), ("--as", "wang.fang")
TABLE = ("--deductible", "1000", "--bands", "1000-10000=50%; 10000-=60%", "--claim-cap", "8000", "--year-cap", "10000")  # fmt: skip
BILL = (
    "--from", "2026-03-01", "--to", "2026-03-10", "--total", "12000", "--insurance", "6000", "--other", "500",
    "--self-paid", "5500", "--receipt", "LX-2026-000123",
)  # fmt: skip


def aid(county: Command, *words: object) -> object:
    done = county("mutual-aid", *words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def policy(county: Command, tmp_path: Path) -> str:
    written = aid(
        county, "policies", "write", "--organisation", "370102", "--year", "2026", *TABLE, "--contribution", "20",
        "--document", "职工医疗互助办法", "--clause", "第九条", *FIRST,
    )  # fmt: skip
    number = str(written["key"])  # type: ignore[index]
    assert county("mutual-aid", "policies", "approve", number, *FIRST).code == 1
    aid(county, "policies", "approve", number, *SECOND)
    listed = tmp_path / "members.txt"
    listed.write_bytes(b"PK\xff\xfe")
    enrol = (
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
    assert "UTF-8" in county("mutual-aid", *enrol).err
    listed.write_text("\ufeffm-1\r\nm-2\r\n", "utf-8")
    enrolled = aid(county, *enrol)
    assert enrolled["enrolled"] == 2 and enrolled["contributions_fen"] == 4_000  # type: ignore[index]
    return number


def test_a_claim_from_the_policy_to_the_proof_and_the_reversal(county: Command, tmp_path: Path) -> None:
    number = policy(county, tmp_path)
    assert "历下区总工会" in county("mutual-aid", "policies", "list").out
    shown = county("mutual-aid", "policies", "show", number).out
    assert "1,000 元至 10,000 元之间部分报销 50 %" in shown and "第九条" in shown
    assert "m-2" in county("mutual-aid", "enrolments", "list").out
    submit = ("mutual-aid", "policies", "submit", number, "--member", "m-1", *BILL, *FIRST)
    previewed = county(*submit, "--preview")
    assert "2,250" in previewed.out, previewed.err
    assert aid(county, "claims", "list") == []
    claim = str(aid(county, "policies", "submit", number, "--member", "m-1", *BILL, *FIRST)["key"])  # type: ignore[index]
    same = county("mutual-aid", "claims", "approve", claim, *FIRST)
    assert same.code == 1 and "li.min" in same.err
    approved = county("mutual-aid", "claims", "approve", claim, *SECOND)
    assert approved.code == 0 and "已核准" in approved.out, approved.err
    why = county("mutual-aid", "claims", "show", claim)
    assert why.code == 0, why.err
    assert "账上一致" in why.out and "职工医疗互助报销" in why.out
    assert "职工医疗互助办法" in why.out and "wang.fang" in why.out and "000123" not in why.out
    proof = aid(county, "claims", "show", claim)
    assert proof["payable_fen"] == 225_000 and proof["postings"]  # type: ignore[index]
    assert "2,250" in county("benefits", "list", "--member", "m-1").out
    assert county("ledger", "verify").code == 0
    assert county("mutual-aid", "claims", "reverse", claim, "--reason", "单据有误", *FIRST).code == 0
    assert len(aid(county, "claims", "list", "--state", "reversed")) == 1  # type: ignore[arg-type]
    assert aid(county, "claims", "show", claim)["state"] == "reversed"  # type: ignore[index]
    assert county("ledger", "verify").code == 0
