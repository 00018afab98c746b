"""The keeper's page by plain forms: what is said there, and what riders are told then."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest

from geo.registry.hand_changes import change_by_hand
from geo.registry.keys import revoke_keeper_key
from tests.yihui.http.conftest import Clock
from tests.yihui.http.keeper_pages import Desk, app_of
from yihui.bootstrap import Wiring
from yihui.http.keeper import page as keeper_page


def report(desk: Desk, address: str, **said: str) -> str:
    with app_of(desk.wiring, address) as rider:
        answer = rider.post("/api/v1/stations/quancheng/reports", json=said)
    assert answer.status_code == 202
    return str(answer.json()["number"])


def test_closed_today_holds_at_once_and_opening_again_brings_back_what_was_before(desk: Desk) -> None:
    said = desk.says("closed_today", reason="停电")
    assert [r.status_code for r in said.history] == [303]
    assert desk.done.startswith("已告知：今天关门。明天以前不再把骑手引到这里。")
    assert "今天关门：停电（站点管理员 10:00）" in desk.seen
    assert desk.nearest()["quancheng"] == "今天关门：停电（站点管理员 10:00）"
    desk.looks()
    assert "今天恢复开放" in desk.words
    which = desk.which("undo")
    for _ in range(2):
        desk.says("undo", which=which)
        assert desk.done == "已撤销：今天关门。骑手现在看到： 2026年11月20日（星期五）：08:00–18:00"
    assert desk.seen == "开到 18:00"
    assert desk.nearest()["quancheng"] == "open"


def test_what_is_undone_is_named_with_what_holds_now(desk: Desk) -> None:
    desk.says("broken", facility="water")
    desk.undoes()
    assert desk.done == "已撤销：饮水坏了。 已告知：饮水恢复使用。"
    desk.says("hours", hours="11月21日：10:00-15:00")
    desk.says("usual", which=desk.which("usual"))
    assert desk.done == (
        "已撤销：2026年11月21日（星期六） 10:00-15:00。骑手现在看到： 2026年11月21日（星期六）：08:00–18:00"
    )


def read_card(desk: Desk, station: str) -> list[str]:
    """What a rider's card says of the door, line by line."""
    with app_of(desk.wiring, "10.9.9.9") as rider:
        page = rider.get("/", params={"station": station}, headers=desk.headers).text
    card = page.partition('data-of="opening"')[2].partition('<div class="acts">')[0]
    lines = re.findall(r'data-of="(?:opening|reason|ask|news)">(.*?)</p>', f'data-of="opening"{card}')
    return [unescape(line) for line in lines]


WEEKDAYS_ALONE = "周一至周五 8:00-18:00，周末时间另行通知"


@pytest.mark.parametrize(
    ("at", "hours", "announced", "is_doubtful"),
    [
        ("2026-11-20T10:00+08:00", "8:00-18:00", "", False),  # open
        ("2026-11-20T20:00+08:00", "8:00-18:00", "", False),  # closed
        ("2026-11-20T20:00+08:00", WEEKDAYS_ALONE, "", True),  # unknown tomorrow
        ("2026-11-20T10:00+08:00", "", "", True),  # unknown now
        ("2026-11-20T10:00+08:00", "8:00-18:00", "11月20日到11月26日：关门", False),
        ("2026-11-20T10:00+08:00", "8:00-18:00", "11月23日：10:00-15:00", False),
        ("2026-10-01T10:00+08:00", "8:00-18:00", "", True),
    ],
)
def test_the_keeper_reads_the_lines_of_the_riders_card_and_then_what_to_do(
    desk: Desk, at: str, hours: str, announced: str, is_doubtful: bool
) -> None:
    desk.clock.now = datetime.fromisoformat(at)
    set_hours(desk, "quancheng", hours)
    if announced:
        desk.says("hours", hours=announced)
    desk.looks()
    card = " ".join(read_card(desk, "quancheng"))
    assert card and desk.seen.startswith(card)
    assert bool(desk.seen.removeprefix(card)) is is_doubtful


def set_hours(desk: Desk, station: str, hours: str) -> None:
    with desk.wiring.database.write() as connection:
        change_by_hand(connection, station, {"hours_text": hours}, "li.min", desk.clock.now)


def test_spring_festival_hours_in_one_line_are_read_back_and_change_the_answer(desk: Desk) -> None:
    asked = {"hours": "除夕到初三：10:00–15:00", "act": "hours"}
    read_back = desk.client.get("/keep/hours", params=asked, headers=desk.headers).text
    assert "2027年2月5日（星期五）至 2027年2月8日（星期一）：10:00–15:00" in read_back
    desk.says("hours", hours=asked["hours"])
    assert "骑手会看到： 2027年2月5日（星期五）至 2027年2月8日（星期一）：10:00–15:00" in desk.done
    assert desk.nearest(at="2027-02-06T15:30+08:00")["quancheng"].startswith("2027-02-05 至 2027-02-08")
    desk.says("usual", which=desk.which("usual"))
    assert desk.nearest(at="2027-02-06T15:30+08:00")["quancheng"] == "open"
    assert "已公布" not in desk.words


def test_hours_that_replace_announced_ones_are_stored_once_the_keeper_has_seen_which(desk: Desk) -> None:
    desk.says("hours", hours="11月21日：10:00-15:00")
    wider = "11月20日到11月22日：9:00-12:00"
    desk.says("hours", hours=wider)
    assert "会取代您已经公布的： 2026年11月21日（星期六）：10:00-15:00" in desk.words
    assert desk.nearest(at="2026-11-21T14:30+08:00")["quancheng"] == "open"
    desk.says("hours", hours=wider, replaces="yes")
    assert desk.nearest(at="2026-11-21T14:30+08:00")["quancheng"] != "open"
    desk.says("hours", hours=wider)
    assert "会取代" not in desk.words, "nothing changes"
    assert "骑手会看到： 11月20日至22日：09:00–12:00" in desk.done


def test_an_inspection_line_by_line_names_what_is_missing_and_what_else_is_broken(desk: Desk) -> None:
    codes = ("room", "water", "microwave", "seats", "medicine", "aircon", "toilet")
    lines = {f"is_{code}": "yes" for code in codes}
    assert all(f'name="{line}"' in desk.page for line in lines)
    assert "不少于 12 平方米" in desk.words
    assert not re.search(r'name="is_[^>]*checked', desk.page), "each line is hers to answer"
    said = desk.says("inspected", **{**lines, "is_room": "no", "is_microwave": "no", "is_toilet": "no"})
    assert said.status_code == 200
    assert "上次检查：11月20日，缺：面积、微波炉" in desk.words
    assert "微波炉：缺" in desk.seen
    assert "面积" not in desk.seen, "riders look for facilities, not for a standard"
    assert "卫生间：坏了" in desk.seen or "厕所：坏了" in desk.seen
    del lines["is_water"]
    refused = desk.says("inspected", **lines)
    assert (refused.status_code, "“饮水”还没有选是或否" in desk.words) == (422, True)


def test_one_tap_for_the_whole_inspection_is_offered_where_nothing_is_missing_and_says_what_it_ends(
    desk: Desk,
) -> None:
    offer = 'name="all"'
    assert offer not in desk.page, "by the register most of it is missing"
    assert desk.says("inspected", all="yes").status_code == 422
    usual = ["water", "microwave", "seats", "medicine", "aircon", "charging", "toilet"]
    with desk.wiring.database.write() as connection:
        change_by_hand(connection, "quancheng", {"facilities": frozenset(usual)}, "li.min", desk.clock.now)
    report(desk, "10.0.1.1", observation="locked")
    report(desk, "10.0.2.1", observation="broken", facility="wifi")
    desk.looks()
    assert (offer in desk.page, 'name="is_wifi"' in desk.page) == (True, True)
    assert "骑手不再看到： Wi-Fi：1 人说坏了" in desk.words
    assert desk.says("inspected", all="yes", is_water="no").status_code == 422
    desk.says("broken", facility="microwave")
    assert offer not in desk.page
    assert desk.says("inspected", all="yes").status_code == 422
    assert "微波炉：坏了" in desk.seen


def test_a_report_waits_on_the_page_and_one_answer_reaches_all_who_said_the_same(desk: Desk) -> None:
    numbers = [report(desk, f"10.0.{n}.1", observation="locked") for n in (1, 2)]
    desk.looks()
    assert desk.seen.startswith("关")
    assert "门锁着 10:00 · 2 条" in desk.words
    assert all(f'value="{number}"' in desk.page for number in numbers)
    desk.says("answered", report=numbers, answer="open_now", note="刚才去打水")
    assert "已答复" in desk.done
    assert "10:00 已答复：现在能进（刚才去打水）" in desk.words
    assert desk.seen == "开到 18:00"
    assert "没有等待答复的反馈" in desk.words
    for number in numbers:
        followed = desk.client.get(f"/api/v1/reports/{number}").json()
        assert [(a["answer"], a["note"]) for a in followed["answers"]] == [("open_now", "刚才去打水")]


def test_a_report_of_another_station_can_not_be_answered_here(desk: Desk) -> None:
    with app_of(desk.wiring, "10.0.1.1") as rider:
        other = rider.post("/api/v1/stations/night/reports", json={"observation": "locked"}).json()["number"]
    desk.looks()
    assert other not in desk.page
    assert desk.says("answered", report=other, answer="thanks").status_code == 422
    assert desk.client.get(f"/api/v1/reports/{other}").json()["answers"] == []


@pytest.fixture
def idle(wiring: Wiring, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A page whose site never starts, so that nothing handles what was accepted."""
    monkeypatch.setattr(keeper_page, "_MAX_WAIT_S", 0.1)
    return Desk(wiring, clock, app_of(wiring))


def test_what_nobody_has_handled_yet_is_said_to_be_accepted_and_not_to_hold(idle: Desk) -> None:
    idle.opens(idle.add_key("night"))
    idle.says("broken", facility="water")
    assert idle.done == "已收下，还没生效，请稍后再看。 再看一次"
    assert " data-waits>" in idle.page, "the page looks again by itself"
    assert '<noscript><p><a class="button" href="">' in idle.page, "without script by a tap"
    assert "饮水：坏了" not in idle.seen


def test_what_was_turned_away_after_all_is_said_to_have_had_no_effect(idle: Desk) -> None:
    key = idle.add_key("night")
    idle.opens(key)
    said = idle.says("broken", facility="water")
    with idle.wiring.database.write() as connection:
        revoke_keeper_key(connection, key[:8], idle.clock.now - timedelta(seconds=1))
    for _ in idle.wiring.runner.run_ingress():
        pass
    idle.opens(idle.add_key("night"))
    idle.looks(**dict(said.url.params))
    assert idle.done.startswith("这次没有生效")
    assert "饮水：坏了" not in idle.seen


def test_everything_is_escaped(desk: Desk) -> None:
    script = "<script>alert(1)</script>"
    desk.says("hours", hours=script, days="spring")
    assert script not in desk.page
    assert "&lt;script&gt;" in desk.page
    desk.opens(desk.add_key("hostile"))
    assert "<img src=x" not in desk.page
    assert "<img src=x onerror=alert(1)>" in desk.words
    desk.says("closed_today", reason='"><b>')
    assert "<b>" not in desk.page
