"""From votes to a draw and on: what an officer types, what a member sees, on both databases."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benefits import list_debts
from store import open_database
from tests.yihui.cli.conftest import Now
from tests.yihui.commands import Command
from tools.servers.sending import Sender
from yihui.bootstrap import build_wiring, choose_clock, load_settings
from yihui.services.operation.upkeep import move_up_and_seal

VERIFIER = Path(__file__).parents[3] / "docs" / "verify_lottery.py"
RULE = """
id: vote-draw
title: 示例投票抽奖
basis: [{kind: example, note: 测试用}]
owner: "370000"
in_force: {from: 2026-05-01, until: 2026-12-31}
on: poll.completed
benefit: {kind: voucher, amount_fen: 5000, unit: 张}
limit: {times: 1, per: [member], every: programme_period}
allocate: {mode: lottery, quota: 2, entries: {from: 2026-05-01, until: 2026-05-31}, waiting_list: true}
budget: vote-draw
claim: {within: P10D}
expires: P60D
"""
MEMBERS = [f"m-{n}" for n in range(1, 7)]
DRAW = ("draws", "draw", "vote-draw", "--as", "li.min", "--number", "12345 67890 1234")
PUBLISH = ("lottery", "publish", "vote-draw", "--to")
FIX = (
    "draws",
    "fix",
    "vote-draw",
    "--as",
    "li.min",
    "--draw-at",
    "2026-06-02T21:00+08:00",
    "--source",
    "排列5",
)


@pytest.fixture
def db(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: Now) -> Path:
    """Six members have voted; the rule lies in a folder."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "vote-draw.yaml").write_text(RULE, "utf-8")
    monkeypatch.setenv("YIHUI_DATABASE_URL", target)
    monkeypatch.setenv("YIHUI_RULES", str(folder))
    send = Sender()
    lines = [send.imported(member) for member in MEMBERS]
    lines += [
        send("poll.completed", member, "2026-05-20T09:00:00+08:00", poll="最美驿站", answers=5)
        for member in MEMBERS
    ]
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(lines) + "\n", "utf-8")
    now("2026-05-25")
    return events


def drawn_in(folder: Path) -> Any:
    """What was published of the draw."""
    (published,) = folder.glob("vote-draw-*-drawn.json")
    return json.loads(published.read_text("utf-8"))["draw"]


def listed(yihui: Command) -> dict[str, object]:
    """What the list says of the rule's draw."""
    found: list[dict[str, object]] = json.loads(yihui("draws", "list", "--json").out)
    return next(one for one in found if one["rule"] == "vote-draw")


def moved_up() -> tuple[int, int]:
    """How many claims lapse today, and how many members move up."""
    wiring = build_wiring(load_settings(os.environ), choose_clock(os.environ))
    done = move_up_and_seal(wiring)
    wiring.close()
    return done.count("lapsed"), done.count("moved_up")


@pytest.mark.both_databases
def test_from_votes_to_a_draw_and_to_who_moves_up(yihui: Command, db: Path, tmp_path: Path, now: Now) -> None:
    assert "报名 6" in yihui("run", db).out
    early = yihui(*FIX)
    assert (early.code, "报名到 2026-05-31 为止" in early.err) == (1, True)
    assert "已报名" in yihui("benefits", "list", "--member", "m-1").out

    now("2026-06-01")
    fixed = yihui(*FIX)
    assert fixed.code == 0, fixed.err
    (published,) = yihui(*PUBLISH, tmp_path).out.split()
    committed = Path(published)
    commitment = json.loads(committed.read_text("utf-8"))["commitment"]
    assert commitment in fixed.out
    assert "没有要做的了" in yihui(*FIX).err, "again: nothing new"
    assert "等待抽签" in yihui("benefits", "list", "--member", "m-1").out

    assert "要到 2026-06-02 才公布" in yihui(*DRAW).err
    now("2026-06-03")
    drawn = yihui(*DRAW)
    assert drawn.code == 0, drawn.err
    wrong = yihui(*DRAW[:-1], "99999999999999")
    assert (wrong.code, "没有要做的了" in wrong.err) == (1, True), (
        "a number that never counted is recorded nowhere"
    )
    taken = tmp_path / f"{committed.stem}-drawn.json"
    taken.write_text("{}", "utf-8")
    assert yihui(*PUBLISH, tmp_path).code != 0 and taken.read_text("utf-8") == "{}"
    taken.unlink()
    assert yihui(*PUBLISH, tmp_path).code == 0
    (published,) = tmp_path.glob("vote-draw-*-drawn.json")
    assert yihui("lottery", "verify", published, "--commitment", commitment).code == 0
    alone = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", str(VERIFIER), str(committed), str(published)],
        capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert (alone.returncode, alone.stdout.count(": ok")) == (0, 2)

    content = drawn_in(tmp_path)
    winners = [winner["pseudonym"] for winner in content["winners"]]
    first, second = content["waiting"][:2]
    assert "候补第 1 位，共 4 人候补" in yihui("benefits", "list", "--member", first).out
    assert "请在 2026-06-13 前" in yihui("benefits", "list", "--member", winners[0]).out
    (grant,) = json.loads(yihui("benefits", "list", "--member", winners[0], "--json").out)
    assert "已领取" in yihui("benefits", "claim", grant["id"], "--member", winners[0]).out
    assert yihui("benefits", "claim", grant["id"], "--member", winners[1]).code == 1

    now("2026-06-14")
    assert moved_up() == (1, 1)
    assert moved_up() == (0, 0)
    assert "已作废" in yihui("benefits", "list", "--member", winners[1]).out
    assert "请在 2026-06-24 前" in yihui("benefits", "list", "--member", first).out
    assert "候补第 1 位，共 3 人候补" in yihui("benefits", "list", "--member", second).out
    assert (listed(yihui)["state"], listed(yihui)["entered"]) == ("drawn", 6)
    assert "抽签并发放" in yihui("rules", "log", "vote-draw").out
    told = yihui("ledger", "verify")
    assert (told.code, told.err) == (0, ""), told.out


@pytest.mark.endure
def test_a_draw_that_comes_late_is_named_before_and_after_it(
    yihui: Command, db: Path, tmp_path: Path, now: Now
) -> None:
    assert yihui("run", db).code == 0
    now("2026-06-01")
    assert yihui(*FIX).code == 0
    now("2026-06-05")
    assert listed(yihui)["late"] is None
    now("2026-06-06")
    assert listed(yihui)["late"] == 4
    now("2026-06-12")
    assert yihui(*DRAW).code == 0
    now("2026-07-12")
    assert listed(yihui)["late"] == 10


CLAWBACK = "clawback: [{on: poll.completed, within: P30D, share_percent: 100, text: 再次投票即收回}]\n"


@pytest.mark.endure
def test_what_took_back_before_the_draw_was_written_takes_back_what_is_drawn(
    yihui: Command, db: Path, tmp_path: Path, now: Now
) -> None:
    (tmp_path / "rules" / "vote-draw.yaml").write_text(RULE + CLAWBACK, "utf-8")
    assert yihui("run", db).code == 0
    now("2026-06-01")
    assert yihui(*FIX).code == 0
    now("2026-06-17")
    send = Sender(count(1000))
    lines = [
        send("poll.completed", member, "2026-06-16T09:00:00+08:00", poll="y", answers=1) for member in MEMBERS
    ]
    db.write_text("\n".join(lines), "utf-8")
    assert yihui("run", db).code == 0
    now("2026-06-03")  # the officer's clock is behind the runner's
    assert yihui(*DRAW).code == 0 and yihui(*PUBLISH, tmp_path).code == 0
    with open_database(os.environ["YIHUI_DATABASE_URL"]).read() as connection:
        owing = sorted(debt.member_id for debt in list_debts(connection))
    assert owing == sorted(winner["pseudonym"] for winner in drawn_in(tmp_path)["winners"])
    now("2026-06-17")
    assert yihui("ledger", "verify").code == 0
