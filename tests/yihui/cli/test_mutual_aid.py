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
    aid(county, "policies", "approve", number, *SECOND)
    listed = tmp_path / "members.txt"
    listed.write_bytes(b"PK\xff\xfe")
    enrol = ("policies", "enrol", number, "--source", "list", "--on", "2026-01-01", "--members", listed, *FIRST)  # fmt: skip
    assert "UTF-8" in county("mutual-aid", *enrol).err
    listed.write_text("\ufeffm-1\r\nm-2\r\n", "utf-8")
    enrolled = aid(county, *enrol)
    assert enrolled["enrolled"] == 2 and enrolled["contributions_fen"] == 4_000  # type: ignore[index]
    return number


def test_a_claim_is_previewed_submitted_and_proven(county: Command, tmp_path: Path) -> None:
    number = policy(county, tmp_path)
    assert "第九条" in county("mutual-aid", "policies", "show", number).out
    assert "m-2" in county("mutual-aid", "enrolments", "list").out
    submit = ("policies", "submit", number, "--member", "m-1", *BILL, *FIRST)
    previewed = county("mutual-aid", *submit, "--preview")
    assert "2,250" in previewed.out, previewed.err
    assert aid(county, "claims", "list") == []
    claim = str(aid(county, *submit)["key"])  # type: ignore[index]
    approved = county("mutual-aid", "claims", "approve", claim, *SECOND)
    assert approved.code == 0 and "已核准" in approved.out, approved.err
    shown = county("mutual-aid", "claims", "show", claim).out
    assert "账上一致" in shown and "职工医疗互助办法" in shown and "000123" not in shown
    assert aid(county, "claims", "show", claim)["payable_fen"] == 225_000  # type: ignore[index]
