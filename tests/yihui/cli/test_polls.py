"""yihui polls, and the chart of a poll's result."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from tests.members.test_polls import GOOD
from tests.yihui.cli.conftest import run_events
from tests.yihui.commands import Command
from tests.yihui.polls import answer_poll
from tools.servers.sending import Sender
from yihui.bootstrap import Wiring, build_wiring, choose_clock, load_settings
from yihui.http.app import create_app

NAMED = GOOD.replace("anonymous: true", "anonymous: false").replace(
    "title: 最美驿站投票", "title: '满意 <b>度'"
)


@pytest.fixture
def known(yihui: Command, tmp_path: Path) -> Command:
    """Eight members, and a poll file; today is 3 October."""
    send = Sender()
    run_events(yihui, tmp_path, [send.imported(f"m-{n}") for n in range(8)])
    (tmp_path / "poll.yaml").write_text(GOOD, encoding="utf-8")
    return yihui


def created(known: Command, folder: Path, content: str = GOOD) -> Command:
    (folder / "poll.yaml").write_text(content, encoding="utf-8")
    assert known("polls", "create", "--file", folder / "poll.yaml", "--as", "gh-1").code == 0
    return known


def open_wiring(folder: Path) -> Wiring:
    environ = {"YIHUI_DATA_FOLDER": str(folder), "YIHUI_NOW": "2026-10-03T23:10+08:00"}
    return build_wiring(load_settings(environ), choose_clock(environ, folder))


def test_the_command_creates_lists_closes_and_draws_a_poll(known: Command, tmp_path: Path) -> None:
    created(known, tmp_path)
    (listed,) = json.loads(known("polls", "list", "--json").out)
    assert (listed["id"], listed["state"], listed["participants"]) == ("best-station", "open", "hidden")
    wiring = open_wiring(tmp_path)
    for number in range(7):
        answer_poll(wiring, "best-station", f"m-{number}", best="泉城路", score=4)
    last = {"best": "大明湖", "score": 1, "needs": ["热水", "充电"], "why": "近"}
    answer_poll(wiring, "best-station", "m-7", **last)
    wiring.close()
    chart = tmp_path / "chart.svg"
    assert "封存到 2026-11-01" in known("polls", "chart", "best-station", chart).err
    told = known("polls", "close", "best-station", "--as", "gh-1").out
    assert "泉城路；大明湖" in told and "不足 5" in told
    assert known("polls", "chart", "best-station", chart).code == 0
    picture = chart.read_text("utf-8")
    ElementTree.fromstring(picture)
    assert "script" not in picture and "不足 5" in picture
    assert json.loads(known("run", "--json").out)["handled"] == 8


def test_the_site_shows_the_result_as_a_chart(known: Command, tmp_path: Path) -> None:
    created(known, tmp_path, NAMED)
    wiring = open_wiring(tmp_path)
    answers = {"best": "泉城路", "score": 5, "needs": ["热水"]}
    answer_poll(wiring, "best-station", "m-1", **answers)
    with TestClient(create_app(wiring), base_url="http://127.0.0.1") as client:
        (first, *_) = client.get("/api/v1/polls/best-station").json()["results"]
        assert (first["label"], first["count"]) == ("泉城路", 1)
        chart = client.get("/api/v1/polls/best-station/results.svg")
        assert chart.headers["content-type"].startswith("image/svg+xml")
        assert "&lt;b&gt;" in chart.text and "<b>" not in chart.text
    wiring.close()
