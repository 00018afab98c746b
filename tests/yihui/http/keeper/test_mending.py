"""A keeper changes the register by plain forms: hours seen as a week first, all else at once, and riders read it."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from httpx import Response
from PIL import Image

from geo.registry.hand_changes import change_by_hand
from geo.registry.keys import add_device, record_reading, revoke_keeper_key
from geo.registry.photos import list_photos, show_photo
from geo.registry.stations import load_station_history
from geo.status.devices import DeviceReading
from tests.yihui.http.conftest import STATIONS, import_into
from tests.yihui.http.keeper_pages import Desk, app_of, as_rider, mend, send_photo
from yihui.services.stations.keepers import Kept, check_act


def mend_hours(desk: Desk, hours: str) -> int:
    """Type hours and store them as they were shown back; return how many pages that loaded."""
    loads = mend(desk, "hours", hours=hours)
    seen = re.search(r'name="seen" value="([^"]*)"', desk.page)
    assert seen is not None, desk.words
    return loads + mend(desk, "hours", hours=seen[1], seen=seen[1])


def test_hours_are_mended_in_three_loads_and_a_rider_reads_them_at_once(desk: Desk) -> None:
    loads = 1 + mend_hours(desk, "周一至周五 8:00-20:00，周末休息")
    assert loads <= 3
    assert "骑手从现在起看到" in desk.done and "8:00-20:00" in desk.done
    assert desk.seen == "开到 20:00"
    assert as_rider(desk)["hours_text"] == "周一至周五 8:00-20:00，周末休息"
    assert desk.nearest(at="2026-11-20T19:30+08:00")["quancheng"] == "open"


def take_back(desk: Desk) -> Response:
    """Tap the button that takes back what was just stored."""
    form = desk.page.partition('id="done"')[2].partition("</form>")[0]
    assert 'action="/keep/mend' in form, desk.words
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return desk._seen(desk.client.post("/keep/mend", data=sent, headers=desk.headers))


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("hours", {"hours": "9:00-21:00", "seen": "9:00-21:00"}),
        ("phone", {"phone": "0531-88881234"}),
        ("facilities", {"facilities": ["toilet"]}),
        ("note", {"note": "门在北侧"}),
        ("point", {"point": "117.022,36.6695", "datum": "wgs84"}),
    ],
)
def test_a_change_is_taken_back_with_one_tap_and_a_second_tap_does_no_harm(
    desk: Desk, act: str, fields: dict[str, str | list[str]]
) -> None:
    before = as_rider(desk)
    assert mend(desk, act, **fields) == 1
    assert as_rider(desk) != before
    offered = desk.page
    take_back(desk)
    assert desk.done.startswith("已撤销") and "撤销" not in desk.done.removeprefix("已撤销")
    assert as_rider(desk) == before
    told, desk.page = desk.done, offered
    assert take_back(desk).status_code == 200
    assert (desk.done, as_rider(desk)) == (told, before)
    with desk.wiring.database.read() as connection:
        *_, stored, revoked = load_station_history(connection, "quancheng")
    assert (stored.after, stored.before) == (revoked.before, revoked.after)
    assert revoked.cause == stored.cause == f"keeper:{desk.key[:8]}"  # type: ignore[attr-defined]


def test_a_photo_is_taken_back_until_an_officer_has_shown_it(desk: Desk) -> None:
    for is_shown in (False, True):
        send_photo(desk)
        with desk.wiring.database.write() as connection:
            (photo,) = list_photos(connection, "quancheng")
            if is_shown:
                show_photo(connection, "quancheng", photo.number, "li.min", desk.clock.now)
        assert take_back(desk).status_code == (422 if is_shown else 200)
        with desk.wiring.database.read() as connection:
            assert len(list_photos(connection, "quancheng")) == is_shown


def test_only_her_own_change_that_still_holds_is_taken_back(desk: Desk) -> None:
    with desk.wiring.database.write() as connection:
        change_by_hand(connection, "quancheng", {"note": "门在南侧"}, "li.min", desk.clock.now)
        officers = load_station_history(connection, "quancheng")[-1].sequence
    assert mend(desk, "revoke", change=str(officers)) == 0
    mend(desk, "phone", phone="0531-88881234")
    offered = desk.page
    mend(desk, "phone", phone="0531-88885678")
    desk.page = offered
    assert take_back(desk).status_code == 422
    assert (as_rider(desk)["note"], as_rider(desk)["phone"]) == ("门在南侧", "0531-88885678")


def test_a_change_says_which_reports_it_answers_and_what_the_reporter_reads(desk: Desk) -> None:
    with app_of(desk.wiring, "10.0.1.1") as rider:
        said = {"observation": "locked"}
        number = rider.post("/api/v1/stations/quancheng/reports", json=said).json()["number"]
    for change, told in (
        (lambda: mend_hours(desk, "9:00-21:00"), "corrected"),
        (lambda: take_back(desk), "restored"),
    ):
        change()
        followed = desk.client.get(f"/api/v1/reports/{number}").json()
        assert followed["answers"][-1]["answer"] == told
        assert "门锁着" in desk.done and followed["words"][-1] in desk.done
    mend(desk, "note", note="门在北侧")
    assert "门锁着" not in desk.done


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("每天 ９：００－２１：００", "每天 9:00-21:00"),
        ("周一至周五 9:00-21:00\r\n周末 10:00-16:00", "周一至周五 9:00-21:00\n周末 10:00-16:00"),
    ],
)
def test_hours_in_wide_signs_and_in_two_lines_are_stored_as_riders_read_hours(
    desk: Desk, typed: str, stored: str
) -> None:
    mend_hours(desk, typed)
    assert as_rider(desk)["hours_text"] == stored


def test_no_code_of_a_form_is_told_to_a_keeper(desk: Desk) -> None:
    mend(desk, "sauna")
    told = desk.words
    assert desk.says("sauna").status_code == 422
    remedy = "请重新打开页面"
    assert remedy in told and remedy in desk.words
    assert "sauna" not in told + desk.words


def test_the_week_is_shown_and_nothing_is_stored_before_it_was_seen(desk: Desk) -> None:
    mend(desk, "hours", hours="周一至周五 8:00-20:00，周末休息")
    assert "星期一至星期五：08:00–20:00 星期六至星期日：全天关门" in desk.words
    desk.clock.later(hours=-60 * 24)
    mend(desk, "hours", hours="8:00-20:00，国庆节 10:00-16:00")
    desk.clock.later(hours=60 * 24)
    assert "2026年10月1日（星期四）：10:00–16:00" in desk.words
    mend(desk, "hours", hours="24小时", seen="周一至周五 8:00-20:00，周末休息")
    assert desk.seen == "开到 18:00"


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ("周一至周五 8:30—11:30；周六日 9:00-16:00，节假日照常", "放假日：照常"),
        ("周一至周五 8:30—11:30；周六日 9:00-16:00，法定节假日除外", "放假日：全天关门"),
        ("周一至周五 8:30—11:30；周六日 9:00-16:00", "放假日：没写清"),
    ],
)
def test_before_hours_are_stored_one_line_says_what_holds_on_days_off_and_no_past_day_is_listed(
    desk: Desk, hours: str, told: str
) -> None:
    mend(desk, "hours", hours=hours)
    assert told in desk.words
    assert "2026年5月1日" not in desk.words


@pytest.mark.parametrize("hours", ["9:00-17:00，春节休息", "周一至周五 9:00-17:00；节假日以通知为准"])
def test_words_for_holidays_that_would_settle_nothing_are_not_offered(desk: Desk, hours: str) -> None:
    mend(desk, "hours", hours=hours)
    offered = re.findall(r'name="hours" value="([^"]*；节假日..)"', desk.page)
    for one in offered:
        mend(desk, "hours", hours=one)
        assert "放假日：没写清" not in desk.words
    assert len(offered) < 2


@pytest.mark.parametrize(("words", "told"), [("照常", "放假日：照常"), ("休息", "放假日：全天关门")])
def test_hours_that_leave_holidays_open_are_completed_by_one_press(desk: Desk, words: str, told: str) -> None:
    mend(desk, "hours", hours="周一至周五 8:30-18:00；周六日 9:00-16:00")
    completed = re.search(rf'name="hours" value="([^"]*；节假日{words})"', desk.page)
    assert completed
    mend(desk, "hours", hours=completed[1])
    assert told in desk.words
    assert "节假日开不开" not in desk.words


def test_telephone_facilities_note_and_position_are_stored_at_once(desk: Desk) -> None:
    mend(desk, "phone", phone="0531-88881234")
    mend(desk, "facilities", facilities=["toilet", "wifi"])
    assert "设施：+ Wi-Fi；− 饮水" in desk.done
    mend(desk, "note", note="门在北侧")
    before = as_rider(desk)
    point = f"{float(str(before['lon'])) + 0.002},{float(str(before['lat'])) + 0.0005}"
    mend(desk, "point", point=point, datum="wgs84")
    assert "位置：移动了 187 米" in desk.done
    stored = ("电话 0531-88881234", "设施 卫生间、Wi-Fi", "给骑手的说明 门在北侧")  # beside the folded forms
    assert [text for text in stored if text not in desk.words] == []
    after = as_rider(desk)
    assert (after["phone"], after["note"], set(after["facilities"])) == (  # type: ignore[call-overload]
        "0531-88881234",
        "门在北侧",
        {"toilet", "wifi"},
    )
    assert after["lon"] == pytest.approx(float(str(before["lon"])) + 0.002)
    with desk.wiring.database.read() as connection:
        causes = {entry.cause for entry in load_station_history(connection, "quancheng")[1:]}
    assert causes == {f"keeper:{desk.key[:8]}"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("act", "fields", "told"),
    [
        ("hours", {"hours": "随缘"}, "“随缘”："),
        ("phone", {"phone": "13812345678"}, "请写站点自己的电话"),
        ("phone", {"phone": "053112345"}, "少了几位"),
        ("note", {"note": "找老王13812345678"}, "身份证号"),
        ("note", {"note": "电话一三八一二三四五六七八"}, "请写站点自己的电话"),
        ("note", {"note": "门禁密码1234#"}, "请去掉密码"),
        ("point", {"point": "117.9,36.9", "datum": "wgs84"}, "约 82.6 公里；您最多可以改 500 米"),
        ("point", {"point": "12,13"}, "指南针"),
    ],
)
def test_what_is_wrong_is_said_and_stays_in_the_form(
    desk: Desk, act: str, fields: dict[str, str], told: str
) -> None:
    before = as_rider(desk)
    assert mend(desk, act, **fields) == 0
    assert told in desk.words
    assert all(value in desk.page for value in fields.values())
    assert leads_to(desk) == act
    assert as_rider(desk) == before


def leads_to(desk: Desk) -> str:
    """The field to which the box with what is wrong leads, and beside which it is said again."""
    field = re.search(r'class="problems".*?href="#wrong-(\w+)"', desk.page, re.DOTALL)
    assert field is not None, desk.words
    assert desk.page.count(f'id="wrong-{field[1]}"') == desk.page.count(f'id="why-{field[1]}"') == 1
    return field[1]


@pytest.mark.parametrize(
    ("act", "fields", "field"),
    [
        ("hours", {"hours": "10:00-15:00"}, "days"),
        ("hours", {"hours": "13月1日：10:00-15:00"}, "hours"),
        ("hours", {"days": "tomorrow", "hours": "随缘"}, "hours"),
        ("inspected", {"all": "yes"}, "all"),
    ],
)
def test_a_refused_act_leads_to_its_field(desk: Desk, act: str, fields: dict[str, str], field: str) -> None:
    assert desk.says(act, **fields).status_code == 422
    assert leads_to(desk) == field


def test_a_refused_answer_keeps_its_words_and_leads_to_them(desk: Desk) -> None:
    desk.clock.later(hours=10)
    with app_of(desk.wiring, "10.0.1.1") as rider:
        said = {"observation": "closed"}
        number = rider.post("/api/v1/stations/quancheng/reports", json=said).json()["number"]
    desk.says("answered", report=number, answer="thanks", note="电话13812345678")
    assert (leads_to(desk), "13812345678" in desk.page) == ("note", True)
    desk.says("answered", report=number, answer="open_now", until="19:00")
    assert (leads_to(desk), 'value="19:00"' in desk.page) == ("until", True)


def test_small_steps_lead_no_farther_than_one(desk: Desk) -> None:
    lon, lat = (float(str(as_rider(desk)[name])) for name in ("lon", "lat"))
    assert mend(desk, "point", point=f"{lon + 0.004},{lat}", datum="wgs84") == 1
    assert mend(desk, "point", point=f"{lon + 0.008},{lat}", datum="wgs84") == 0


def test_a_revoked_key_changes_nothing_and_is_told_whom_to_ask(desk: Desk) -> None:
    with desk.wiring.database.write() as connection:
        revoke_keeper_key(connection, desk.key[:8], desk.clock.now)  # type: ignore[attr-defined]
    assert mend(desk, "note", note="门在北侧") == 0
    assert "12351" in desk.words
    assert as_rider(desk)["note"] != "门在北侧"


def test_one_gets_in_now_asks_until_when_and_becomes_todays_exception(desk: Desk) -> None:
    desk.clock.later(hours=10)  # 20:00, two hours after it closed
    desk.looks()
    assert desk.seen.startswith("关")
    desk.says("let_in")
    assert "今天能进到几点" in desk.words and desk.nearest()["quancheng"] != "open"
    assert desk.says("let_in", until="19:00").status_code == 422
    desk.says("let_in", until="22:30")
    assert desk.seen.startswith("开到 22:30")
    assert desk.nearest(at="2026-11-20T22:00+08:00")["quancheng"] == "open"
    assert desk.nearest(at="2026-11-20T22:31+08:00")["quancheng"] != "open"
    tomorrow = desk.nearest(at="2026-11-21T20:30+08:00")["quancheng"]
    assert tomorrow != "open", "the regular hours stay"


def test_the_next_morning_is_undone_with_its_evening(desk: Desk) -> None:
    desk.clock.later(hours=13.5)  # 23:30
    desk.says("let_in", until="01:00")
    assert desk.seen.startswith("开到 明天 01:00")
    assert desk.nearest(at="2026-11-21T00:30+08:00")["quancheng"] == "open"
    desk.undoes()
    for at in ("2026-11-20T23:45+08:00", "2026-11-21T00:30+08:00"):
        assert desk.nearest(at=at)["quancheng"] != "open"


def test_before_its_hours_the_rest_of_the_day_stays_as_it_is(desk: Desk) -> None:
    desk.clock.later(hours=-3)  # 7:00
    desk.says("let_in", until="7:30")
    assert desk.nearest(at="2026-11-20T07:20+08:00")["quancheng"] == "open"
    assert desk.nearest(at="2026-11-20T07:45+08:00")["quancheng"] != "open"
    assert desk.nearest(at="2026-11-20T12:00+08:00")["quancheng"] == "open"


def test_an_answer_that_one_gets_in_asks_until_when(desk: Desk) -> None:
    desk.clock.later(hours=10)
    with app_of(desk.wiring, "10.0.1.1") as rider:
        said = {"observation": "closed"}
        number = rider.post("/api/v1/stations/quancheng/reports", json=said).json()["number"]
    desk.says("answered", report=number, answer="open_now")
    assert "今天能进到几点" in desk.words and f'value="{number}"' in desk.page
    desk.says("answered", report=number, answer="open_now", until="21:00")
    assert desk.seen.startswith("开到 21:00")
    assert [one["answer"] for one in desk.client.get(f"/api/v1/reports/{number}").json()["answers"]] == [
        "open_now"
    ]


def test_a_program_too_is_asked_until_when(desk: Desk) -> None:
    desk.clock.later(hours=10)
    with app_of(desk.wiring, "10.0.1.1") as rider:
        number = rider.post("/api/v1/stations/quancheng/reports", json={"observation": "closed"}).json()[
            "number"
        ]
    sender = {"Authorization": f"Bearer {desk.key}"}  # type: ignore[attr-defined]
    for said in ({"act": "let_in"}, {"act": "answered", "report": number, "answer": "open_now"}):
        asked = desk.client.post("/api/v1/stations/quancheng/keep", json=said, headers=sender)
        assert (asked.status_code, asked.json()["errors"][0]["field"]) == (422, "until")
        (hours,) = check_act(desk.wiring, Kept(**said, until="21:00"), "quancheng")
        assert hours.hours_text == "08:00–18:00、20:00–21:00"


def test_a_door_that_a_device_states_is_the_devices_to_say(desk: Desk) -> None:
    desk.clock.later(hours=10)
    with desk.wiring.database.write() as connection:
        device, _ = add_device(connection, "quancheng", "门锁", desk.clock.now)
        reading = DeviceReading(desk.clock.now - timedelta(minutes=5), "closed")
        record_reading(connection, device.id, reading, desk.clock.now)
    desk.says("let_in")
    assert "今天能进到几点" not in desk.words
    assert desk.seen.startswith("关")


def test_a_photo_is_public_after_an_officers_look_and_holds_pixels_alone(desk: Desk) -> None:
    assert "工会看过以后" in send_photo(desk).text
    for sent in (b"%PDF-", b"PK\3\4", b""):
        files = {"picture": ("a.pdf", sent)}
        document = desk._seen(desk.client.post("/keep/photo", files=files, headers=desk.headers))
        assert document.status_code == 422
        assert "请重新拍一张照片" in desk.words
    with desk.wiring.database.read() as connection:
        (photo,) = list_photos(connection, "quancheng")
    assert desk.client.get(f"/photos/{photo.number}").status_code == 404
    assert "/photos/" not in desk.client.get("/?station=quancheng").text
    with desk.wiring.database.write() as connection:
        show_photo(connection, "quancheng", photo.number, "li.min", desk.clock.now)
    picture = desk.client.get(f"/photos/{photo.number}").content
    assert b"secret" not in picture
    assert Image.open(BytesIO(picture)).size == (1200, 600)
    assert f'src="/photos/{photo.number}"' in desk.client.get("/?station=quancheng").text
    import_into(desk.wiring, [one for one in STATIONS if one.id != "quancheng"])
    assert desk.client.get(f"/photos/{photo.number}").status_code == 404


def test_the_first_confirmation_takes_back_the_same_values_stored_anew(desk: Desk) -> None:
    before = as_rider(desk)["phone"]
    mend(desk, "phone", phone="0531-88881234")
    offered = desk.page
    take_back(desk)
    mend(desk, "phone", phone="0531-88881234")
    desk.page = offered
    assert take_back(desk).status_code == 200
    assert desk.done.startswith("已撤销") and as_rider(desk)["phone"] == before


def test_a_change_that_was_taken_back_before_another_is_not_said_to_be_taken_back_again(desk: Desk) -> None:
    mend(desk, "phone", phone="0531-88881234")
    offered = desk.page
    take_back(desk)
    mend(desk, "phone", phone="0531-88885678")
    desk.page = offered
    assert take_back(desk).status_code == 422
    assert as_rider(desk)["phone"] == "0531-88885678"


@pytest.mark.parametrize("number", ["²", "9" * 30, "x"])
def test_a_confirmation_of_no_number_is_none(desk: Desk, number: str) -> None:
    answer = desk.client.get("/keep", params={"mended": number}, headers=desk.headers)
    assert answer.status_code == 200 and 'id="done"' not in answer.text
