"""Points by command: earned by a course, shown, spent once per request, explained and verified, apart from money."""

import json
from pathlib import Path

import pytest

from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command
from tools.servers.sending import Sender


@pytest.fixture
def earned(yihui: Command, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_DATABASE_URL", target)
    monkeypatch.setenv("YIHUI_NOW", "2026-05-20T10:00:00+08:00")
    send = Sender()
    lines = [send.imported(), send.imported("m-2")]
    lines += [
        send("course.completed", course=name, score=90, at=f"2026-05-{day}T09:00:00+08:00")
        for name, day in (("急救", "02"), ("消防", "03"))
    ]
    run_events(yihui, tmp_path, [*lines, send.birthday()])
    return yihui


def test_points_are_earned_spent_once_explained_and_verified(earned: Command, tmp_path: Path) -> None:
    yihui = earned
    report = yihui("report", "benefits", "--json")
    account = json.loads(yihui("points", "show", "m-1", "--json").out)
    assert (account["points"], [lot["expires_on"] for lot in account["lots"]]) == (10, ["2027-12-31"] * 2)
    for is_new in (True, False):
        spent = yihui("points", "spend", "m-1", "7", "--for", "电影票一张", "--request", "k-1", "--json")
        assert spent.code == 0
        assert (json.loads(spent.out)["left"], json.loads(spent.out)["is_new"]) == (3, is_new)
    shown = yihui("points", "show", "m-1").out
    assert "可用 3 积分" in shown and "-7  使用  电影票一张" in shown and "+5  获得  练兵积分" in shown
    why = yihui("benefits", "why", "--member", "m-1", "--rule", "training-points").out
    assert "电影票一张" in why and "已用 2 分，还剩 3 分" in why and "元" not in why
    part = next(lot["grant"] for lot in account["lots"][1:])
    assert "已用 2 分，还剩 3 分" in yihui("vouchers", "show", part).out
    assert yihui("ledger", "verify").code == 0
    assert yihui("ledger", "seal").code == 0
    out = tmp_path / "ledger.jsonl"
    assert yihui("ledger", "export", "--out", out, "--seals").code == 0
    assert '"table":"point_spendings"' in out.read_text("utf-8")
    assert yihui("ledger", "verify", "--export", out).code == 0
    assert yihui("report", "benefits", "--json").out == report.out  # of money: points change none of it
