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
