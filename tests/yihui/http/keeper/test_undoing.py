"""What a keeper said and changed in the last day stands on her page, each with what takes it back and only that."""

import re

from geo.registry.hand_changes import change_by_hand
from geo.registry.photos import list_photos
from geo.registry.reports import load_announcements
from tests.yihui.http.keeper_pages import Desk, app_of, as_rider, mend, send_photo
from yihui.services.events.events import process_events
from yihui.services.stations.reports import build_station_event


def list_recent(desk: Desk) -> list[dict[str, str]]:
    """The forms that take her last changes back, as the page opened anew has them."""
    desk.looks()
    forms = desk.page.partition('id="recent"')[2].partition("</ul>")[0].split("<form")[1:]
    return [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in forms]


def test_for_a_day_the_page_lists_her_changes_that_still_hold_each_with_what_takes_it_back(
    desk: Desk,
) -> None:
    before = as_rider(desk)
    mend(desk, "phone", phone="0531-88881234")
    mend(desk, "note", note="门在北侧")
    desk.says("broken", facility="water")
    desk.says("hours", hours="11月21日：10:00-15:00")
    send_photo(desk)
    found = list_recent(desk)
    assert len(found) == 5
    for sent in found:
        path = "say" if sent["act"] == "undo" else "mend"
        desk._seen(desk.client.post(f"/keep/{path}", data=sent, headers=desk.headers))
        assert desk.done.startswith("已撤销")
    assert as_rider(desk) == before
    assert desk.nearest(at="2026-11-21T15:30+08:00")["quancheng"] == "open"
    with desk.wiring.database.read() as connection:
        assert not list_photos(connection, "quancheng")


def test_what_another_changed_since_or_is_a_day_old_or_not_hers_is_not_listed(desk: Desk) -> None:
    mend(desk, "phone", phone="0531-88881234")
    desk.says("broken", facility="water")
    desk.says("hours", hours="11月21日：10:00-15:00")
    assert len(list_recent(desk)) == 3
    mine, colleague = desk.key, desk.add_key()  # type: ignore[attr-defined]
    desk.opens(colleague)
    assert list_recent(desk) == []
    desk.says("repaired", facility="water")
    desk.says("hours", hours="11月21日：11:00-15:00", replaces="yes")
    with desk.wiring.database.write() as connection:
        change_by_hand(connection, "quancheng", {"phone": "0531-12351"}, "li.min", desk.clock.now)
    desk.opens(mine)
    assert list_recent(desk) == []
    mend(desk, "note", note="门在北侧")
    assert len(list_recent(desk)) == 1
    desk.clock.later(hours=25)
    assert list_recent(desk) == []


def undo(desk: Desk, form: dict[str, str]) -> int:
    return desk._seen(desk.client.post("/keep/say", data=form, headers=desk.headers)).status_code


def test_what_was_undone_does_not_come_back_when_the_words_before_it_are_undone(desk: Desk) -> None:
    desk.clock.later(hours=10)
    desk.says("let_in", until="22:30")
    desk.says("closed_today", reason="停水")
    desk.undoes()
    assert desk.seen.startswith("开到 22:30")
    (form,) = [one for one in list_recent(desk) if one["act"] == "undo"]
    assert undo(desk, form) == 200
    assert "停水" not in desk.seen and desk.nearest(at="2026-11-21T10:00+08:00")["quancheng"] == "open"


def test_a_stale_undo_and_one_of_anothers_word_change_nothing(desk: Desk) -> None:
    desk.says("broken", facility="water")
    (form,) = list_recent(desk)
    mine, colleague = desk.key, desk.add_key()  # type: ignore[attr-defined]
    desk.opens(colleague)
    assert undo(desk, form) == 422
    desk.says("repaired", facility="water")
    desk.says("broken", facility="water")
    desk.opens(mine)
    assert undo(desk, form) == 422
    assert "饮水：坏了" in desk.seen and not desk.done


def test_an_undone_crowd_answers_no_rider(desk: Desk) -> None:
    desk.says("crowded")
    desk.clock.later(minutes=5)
    with app_of(desk.wiring, "10.0.1.1") as rider:
        said = {"observation": "locked"}
        number = rider.post("/api/v1/stations/quancheng/reports", json=said).json()["number"]
    (form,) = list_recent(desk)
    assert undo(desk, form) == 200 and desk.done.startswith("已撤销")
    assert list_recent(desk) == [], "nothing of the crowd holds"
    followed = desk.client.get(f"/api/v1/reports/{number}").json()
    assert (followed["answers"], followed["settled_at"]) == ([], None)


def test_a_repair_is_undone_where_it_ended_an_official_word_alone(desk: Desk) -> None:
    with app_of(desk.wiring, "10.0.1.1") as rider:
        said = {"observation": "broken", "facility": "water"}
        rider.post("/api/v1/stations/quancheng/reports", json=said)
    desk.says("repaired", facility="water")
    assert "撤销" not in desk.done and list_recent(desk) == []
    desk.says("broken", facility="water")
    desk.says("repaired", facility="water")
    (form,) = list_recent(desk)
    assert undo(desk, form) == 200
    assert "饮水：坏了" in desk.seen


def test_broken_is_taken_back_only_where_nobody_had_said_so_before(desk: Desk) -> None:
    with app_of(desk.wiring, "10.0.1.1") as rider:
        said = {"observation": "broken", "facility": "water"}
        rider.post("/api/v1/stations/quancheng/reports", json=said)
    desk.says("broken", facility="water")
    assert "撤销" not in desk.done and list_recent(desk) == [], "“works again” would answer the rider"
    desk.says("repaired", facility="water")
    desk.says("broken", facility="water")
    assert list_recent(desk)


def test_what_an_officer_announced_is_not_the_keepers_to_take_back(desk: Desk) -> None:
    now = desk.clock.now
    day = {"station": "quancheng", "first": "2026-11-20", "last": "2026-11-21"}
    event = build_station_event("/notices", "station.exception_set", day, (now, now))
    with desk.wiring.database.write() as connection:
        process_events(desk.wiring, connection, [event], now)
        (word,) = load_announcements(connection, "quancheng")
    desk.looks()
    assert desk.seen.startswith("关") and "（工会 10:00）" in desk.words and "工会发的公告" in desk.words
    assert f'name="which" value="{word.id}"' not in desk.page
    for act in ("undo", "usual"):
        assert desk.says(act, which=word.id).status_code == 422
