"""yihui run: where a run of past events ends makes no difference, and the clock ends what no event does."""

import json
from pathlib import Path

import pytest

from tests.events.sending import Sender
from tests.yihui.commands import Command

RULE = """
id: small-cake
title: 生日小蛋糕
basis: [{kind: example, note: 测试用}]
owner: "370000"
in_force: {from: 2024-01-01}
on: member.birthday
benefit: {kind: voucher, amount_fen: 1000, unit: 张}
limit: {times: 1, per: [member], every: calendar_year}
budget: small-cake
claim: {within: P7D}
expires: P30D
"""
BUDGET = ("small-cake", "300", "--as", "gh-001", "--reason", "年度预算")


@pytest.fixture
def town(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "small-cake.yaml").write_text(RULE, encoding="utf-8")
    monkeypatch.setenv("YIHUI_RULES", str(tmp_path / "rules"))
    return yihui


def _birthdays(days: list[str]) -> list[str]:
    send = Sender()
    members = [f"m-{n}" for n in range(len(days))]
    return [send.imported(one) for one in members] + [
        send.birthday(one, day) for one, day in zip(members, days, strict=True)
    ]


def _run(town: Command, folder: Path, name: str, parts: list[list[str]]) -> tuple[list[str], int]:
    """The ledger after one run for each part, and the number of grants of the small cake."""
    database = ("--db", folder / f"{name}.db")
    assert town("ledger", "budget", *BUDGET, *database).code == 0
    for number, lines in enumerate(parts):
        file = folder / f"{name}-{number}.jsonl"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert town("run", file, *database).code == 0
    export = town("ledger", "export", *database).out.splitlines()
    rows = [json.loads(line) for line in export]
    return export, sum(row["table"] == "grants" and row["rule_id"] == "small-cake" for row in rows)


@pytest.mark.parametrize(
    ("days", "granted"),
    [
        pytest.param(["2026-05-01"] * 90, 30, marks=pytest.mark.endure),
        ([f"2026-05-{1 + n // 10:02}" for n in range(90)], 40),
    ],
    ids=["on-one-day", "on-nine-days"],
)
def test_past_events_in_one_run_and_in_three_give_the_same_ledger(
    town: Command, tmp_path: Path, days: list[str], granted: int
) -> None:
    """300 yuan are 30 cakes; on the ninth day, the 10 of the first day have lapsed."""
    lines = _birthdays(days)
    whole = _run(town, tmp_path, "whole", [lines])
    split = _run(town, tmp_path, "split", [lines[:100], lines[100:141], lines[141:]])
    assert whole[1] == granted
    assert split == whole


def test_a_run_says_what_fell_due_by_the_days_of_its_events(town: Command, tmp_path: Path) -> None:
    file = tmp_path / "e.jsonl"
    file.write_text("\n".join(_birthdays(["2026-05-01", "2026-05-09"])) + "\n", encoding="utf-8")
    assert town("ledger", "budget", *BUDGET).code == 0
    done = town("run", file, "--json")
    told = json.loads(done.out)
    assert [(change["kind"], change["count"]) for change in told["upkeep"]] == [("lapsed", 1)]
    assert told["reminded"] == 0  # both ended months ago: the clock says 3 October


def test_the_clock_lets_lapse_what_no_event_does_and_a_later_replay_does_it_again(
    town: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "e.jsonl"
    file.write_text("\n".join(_birthdays(["2026-05-01", "2026-05-02"])) + "\n", encoding="utf-8")
    assert town("ledger", "budget", *BUDGET).code == 0
    assert town("run", file).code == 0
    assert json.loads(town("waiting", "move", "--json").out)["lapsed"] == 2
    monkeypatch.setenv("YIHUI_NOW", "2027-02-01T09:00+08:00")
    done = town("events", "replay", "--journal", "--into", tmp_path / "scratch.db", "--json")
    told = json.loads(done.out)
    assert (done.code, told["same_ledger"], told["differences"], told["acts_refused"]) == (0, True, [], 0)
