"""yihui benefits why, as officers and hotline agents type them; and over HTTP."""

import json
import os
from pathlib import Path

import pytest

from tests.members.organisations.acting import event_of
from tests.yihui.commands import Command, Done, commands_in, copy_folder
from tests.yihui.nouns import do_own
from yihui.bootstrap import build_wiring, choose_clock, load_settings
from yihui.cases.appeals.own import LODGE

PACK = """
id: pack
title: =新会员礼包
basis: [{kind: document, document: 《示例办法》, clause: 第三条}]
owner: "370200"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: poll.completed
among: member.trade != '教师'
require: [{that: "member.trade == '外卖配送'", else: 只发给骑手, remedy: 请工会更正工种}]
benefit: {kind: cash, amount_fen: 30000}
budget: packs
"""


def line(kind: str, member: str, at: str, **data: str) -> str:
    return event_of(kind, member, at, **data).event.text


def enrolled(member: str, trade: str, organisation: str = "370202001-00017") -> str:
    return line(
        "member.imported",
        member,
        "2020-01-01",
        organisation=organisation,
        joined_on="2020-01-01",
        trade=trade,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    (folder / "rules").mkdir()
    (folder / "rules" / "pack.yaml").write_text(PACK, "utf-8")
    polls = [line("poll.completed", m, "2026-05-01", poll="y") for m in ("rider", "guard", "teacher", "far")]
    people = [
        enrolled("rider", "外卖配送"), enrolled("guard", "保安"), enrolled("teacher", "教师"),
        enrolled("far", "外卖配送", "370302001-00001"), enrolled("quiet", "外卖配送"),
    ]  # fmt: skip
    with commands_in(folder, YIHUI_RULES=str(folder / "rules")) as yihui:
        budget = ("budgets", "set", "packs", "--amount", "1000", "--as", "gh-001", "--reason", "年度预算")
        assert yihui(*budget).code == 0
        assert run(yihui, folder, *people, *polls).code == 0
    return folder


@pytest.fixture
def db(built: Path, tmp_path: Path, yihui: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy_folder(built, tmp_path)
    monkeypatch.setenv("YIHUI_RULES", str(tmp_path / "rules"))
    return tmp_path


def run(yihui: Command, folder: Path, *lines: str) -> Done:
    file = folder / f"events-{len(list(folder.glob('events-*')))}.jsonl"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return yihui("run", file)


def why(yihui: Command, member: str, *more: str) -> list[dict[str, object]]:
    """What was decided, or else why nothing was."""
    done = yihui("benefits", "why", "--member", member, "--rule", "pack", *more, "--json")
    assert done.code == (1 if member == "nobody" else 0)
    answer = json.loads(done.out)
    return answer["decisions"] or answer["not_looked"]  # type: ignore[no-any-return]


def test_the_whole_answer_names_version_document_clause_budget_then_and_now(yihui: Command, db: Path) -> None:
    (before,) = why(yihui, "rider")
    assert run(
        yihui,
        db,
        enrolled("second", "外卖配送"),
        line("poll.completed", "second", "2026-06-01", poll="y"),
    )
    (told,) = why(yihui, "rider", "--at", "2026-05-01")
    assert before["version"] == told["version"]
    assert told["version"]["basis"][0]["clause"] == "第三条"  # type: ignore[index]
    assert told["version"]["hash"] == told["rule"]["hash"]  # type: ignore[index]
    assert told["conditions"][0]["values"] == {"member.trade": "外卖配送"}  # type: ignore[index]
    (bound,) = told["bounds"]  # type: ignore[misc]
    assert (bound["key"], bound["used_then"], bound["used_now"]) == ("budget/packs", 30000, 60000)
    text = yihui("benefits", "why", "--member", "rider", "--rule", "pack").out
    assert "《示例办法》" in text and "当时占用 300 / 1,000 元，现在 600 / 1,000 元" in text


def test_conditions_are_said_in_words_and_their_code_only_with_the_option(yihui: Command, db: Path) -> None:
    asked = ("benefits", "why", "--member", "guard", "--rule", "pack")
    plain, coded = yihui(*asked).out, yihui(*asked, "--code").out
    assert "✗ 工种为外卖配送   （工种 = 保安）" in plain and "member." not in plain
    assert "✗ 工种为外卖配送" in coded and "member.trade == '外卖配送'" in coded
    (told,), (whole,) = why(yihui, "guard"), why(yihui, "guard", "--code")
    assert told["conditions"][0]["words"] == "工种为外卖配送" and "that" not in told["conditions"][0]  # type: ignore[index]
    assert whole["conditions"][0]["that"] == "member.trade == '外卖配送'"  # type: ignore[index]


def test_the_version_that_decided_is_told_after_its_file_is_gone(yihui: Command, db: Path) -> None:
    (db / "rules" / "pack.yaml").write_text(PACK.replace("第三条", "第九条").replace("30000", "1"), "utf-8")
    (told,) = why(yihui, "rider")
    assert told["version"]["basis"][0]["clause"] == "第三条"  # type: ignore[index]


def test_a_rule_that_did_not_look_says_why(yihui: Command, db: Path) -> None:
    for member, more, code in (
        ("teacher", (), "not-among"),
        ("far", (), "out-of-scope"),
        ("quiet", (), "no-event"),
        ("rider", ("--at", "2026-05-02"), "no-event"),
        ("nobody", (), "no-member"),
    ):
        assert why(yihui, member, *more)[0]["code"] == code
        agent = yihui("benefits", "why", "--member", member, "--rule", "pack", *more, "--agent")
        assert len(agent.out.strip().split("\n")) == 3 and agent.out.count("。") == 3


def test_a_mistyped_member_is_no_member_whom_no_rule_looked_at(yihui: Command, db: Path) -> None:
    for command in (("why",), ("why", "--at", "2026-05-02"), ("list",), ("entries",)):
        known = yihui("benefits", *command, "--member", "quiet")
        assert (known.code, known.err) == (0, "")
        for more in ((), ("--json",)):
            unknown = yihui("benefits", *command, "--member", "nobody", *more)
            assert unknown.code == 1
            assert "会员 nobody 不在任何名册上" in unknown.err
            assert "members import" in unknown.err


def test_a_day_outside_the_rule_is_told(yihui: Command, db: Path) -> None:
    run(yihui, db, line("poll.completed", "quiet", "2023-05-01", poll="z"))
    assert why(yihui, "quiet")[0]["code"] == "not-in-force"


def test_what_a_member_wrote_in_an_appeal_is_deleted(yihui: Command, db: Path) -> None:
    (told,) = why(yihui, "guard")
    wiring = build_wiring(load_settings(os.environ), choose_clock(os.environ))
    do_own(wiring, "guard", LODGE, str(told["decision"]), text="我是骑手")
    wiring.close()
    assert "我是骑手" in yihui("benefits", "why", "--member", "guard").out
    assert yihui("benefits", "forget-appeal").code == 2
    assert yihui("benefits", "forget-appeal", "--member", "guard").code == 0
    assert "我是骑手" not in yihui("benefits", "why", "--member", "guard").out
    assert yihui("ledger", "verify").code == 0
