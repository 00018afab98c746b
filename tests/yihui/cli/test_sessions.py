"""A summer childcare term by draw, from its file to attendance, on both databases."""

import json
from pathlib import Path

import pytest

from tests.yihui.cli.conftest import Now, run_events
from tests.yihui.commands import Command
from tools.servers.sending import Sender

SESSION = """
id: summer-care-2027
title: 暑期托管班
kind: childcare
station: a
owner: "370000"
basis: [{kind: example, note: 测试用}]
from: 2027-07-05
until: 2027-07-30
weekdays: [1, 2, 3, 4, 5]
begins: "08:00"
ends: "17:30"
places: 2
enrolment: {mode: lottery, from: 2027-06-01, until: 2027-06-20}
"""
COURSE = (
    SESSION.replace("summer-care-2027", "yoga")
    .replace("childcare", "course")
    .replace("lottery", "first_come")
)
FAMILIES = ("m-1", "m-2", "m-3")
ROWS = "编号,名称,类型,经度,纬度,开放时间\na,工人文化宫,工人文化宫,116.6,35.4,24小时\n"


@pytest.fixture
def folder(yihui: Command, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: Now) -> Path:
    monkeypatch.setenv("YIHUI_DATABASE_URL", target)
    now("2027-05-20")
    (tmp_path / "care.yaml").write_text(SESSION, "utf-8")
    (tmp_path / "yoga.yaml").write_text(COURSE, "utf-8")
    (tmp_path / "stations.csv").write_text(ROWS, "utf-8")
    send = Sender()
    assert yihui("stations", "import", tmp_path / "stations.csv", "--datum", "wgs84").code == 0
    run_events(yihui, tmp_path, map(send.imported, FAMILIES))
    return tmp_path


def seats(yihui: Command, id: str) -> dict[str, str]:
    shown = json.loads(yihui("sessions", "show", id, "--json").out)
    return {one["member"]: one["state"] for one in shown["members"]}


def approved(yihui: Command, folder: Path, name: str, id: str) -> None:
    made = yihui("sessions", "create", folder / f"{name}.yaml", "--as", "li.min")
    assert made.code == 0, made.err
    done = yihui("rules", "approve", id, "--as", "gh-017")
    assert done.code == 0, done.err


def test_a_summer_term_by_draw_where_one_family_withdraws_and_the_next_moves_up(
    yihui: Command, folder: Path, now: Now
) -> None:
    approved(yihui, folder, "care", "summer-care-2027")
    id = "summer-care-2027"
    early = yihui("sessions", "enrol", id, "m-1")
    assert (early.code, "没有批准" in early.err) == (1, True), early.err

    now("2027-06-02")
    for member in (*FAMILIES, "m-1"):
        assert yihui("sessions", "enrol", id, member).code == 0
    assert seats(yihui, id) == dict.fromkeys(FAMILIES, "entered")

    now("2027-06-21")
    fix = ("draws", "fix", id, "--as", "li.min", "--draw-at", "2027-06-22T21:00+08:00")
    assert yihui(*fix, "--source", "排列5").code == 0
    now("2027-06-23")
    draw = ("draws", "draw", id, "--as", "li.min", "--number", "12345 67890 1234")
    assert yihui(*draw).code == 0
    drawn = seats(yihui, id)
    assert sorted(drawn.values()) == ["enrolled", "enrolled", "waiting"]
    (waiting,) = (member for member, state in drawn.items() if state == "waiting")
    first, second = (member for member, state in drawn.items() if state == "enrolled")

    gone = yihui("sessions", "cancel", id, first, "--reason", "家里有老人照看了")
    assert gone.code == 0, gone.err
    assert seats(yihui, id) == {second: "enrolled", waiting: "enrolled"}

    now("2027-07-05")
    assert "参加过：2027-07-05" in yihui("sessions", "attend", id, waiting).out
    assert yihui("sessions", "attend", id, waiting).code == 0
    refused = yihui("sessions", "attend", id, first)
    assert (refused.code, "没有名额" in refused.err) == (1, True), refused.err
    assert yihui("sessions", "attend", id, second, "--on", "2027-07-04").code == 1  # a Sunday
    assert yihui("sessions", "attend", id, second, "--on", "2027-07-06").code == 1  # tomorrow
    (shown,) = json.loads(yihui("sessions", "list", "--station", "a", "--json").out)
    assert (shown["places_left"], shown["waiting"]) == (0, 0)
    assert shown["this_week"] == [f"2027-07-0{n}" for n in range(5, 10)]
    told = yihui("stations", "show", "a").out
    assert "暑期托管班" in told and "余 0 个名额" in told

    for member in FAMILIES:
        why = yihui("benefits", "why", "--member", member, "--rule", id)
        assert why.code == 0 and "暑期托管班" in why.out, why.out
    assert "家里有老人照看了" in yihui("benefits", "why", "--member", first, "--rule", id).out
    assert "候补" in yihui("benefits", "why", "--member", waiting, "--rule", id).out
    assert yihui("sessions", "close", id, "--as", "li.min", "--reason", "老师病了").code == 0
    assert "已关闭" in yihui("sessions", "enrol", id, "m-1").err
    now("2027-08-01")
    assert json.loads(yihui("sessions", "list", "--json").out) == []
    assert [one["id"] for one in json.loads(yihui("sessions", "list", "--past", "--json").out)] == [id]
    verified = yihui("ledger", "verify")
    assert (verified.code, verified.err) == (0, ""), verified.out
