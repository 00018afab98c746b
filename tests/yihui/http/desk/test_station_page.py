"""A station's page at the desk: found by its name, its hours mended, and its history in people's words."""

import re
from collections.abc import Iterator

import pytest

from core.civil_time import civil_date
from geo.hours import USUAL_HOURS
from geo.messages import Inspected
from geo.registry.corrections import KEEPER as KEEPERS
from geo.registry.hand_changes import change_by_hand
from geo.registry.inspections import record_inspection
from geo.registry.keys import issue_keeper_key
from geo.registry.statements import load_live_summaries
from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import open_desk, plant_stations
from tests.yihui.http.two_districts import TwoDistricts
from tools.servers.desk import Officers, text_of

KEEPER, PAGE = "register_keeper/inside", "/desk/register/here"


@pytest.fixture
def site(union: TwoDistricts) -> Iterator[Officers]:
    plant_stations(union.wiring)
    with open_desk(union.wiring) as opened:
        yield opened


def test_hours_are_mended_in_three_loads_from_the_search(site: Officers) -> None:
    found = site.post("/desk/search", KEEPER, q="泉边")
    assert (found.status_code, found.headers["location"]) == (303, PAGE)
    page = site.open(PAGE, KEEPER)
    form = page.text.split(f'action="{PAGE}/hours"')[1].split("</form>")[0]
    key, version = (re.findall(rf'name="{one}" value="([^"]+)"', form)[0] for one in ("form_key", "version"))
    sent = {"hours": "7:00-23:00", "form_key": key, "version": version}
    week = site.post(f"{PAGE}/hours", KEEPER, **sent, step="preview")
    assert "07:00–23:00" in text_of(week)
    seen = re.findall(r'name="previewed" value="([\w.]+)"', week.text)[0]
    stored = site.post(f"{PAGE}/hours", KEEPER, **sent, previewed=seen)
    assert stored.status_code == 303 and "7:00-23:00" in text_of(site.open(PAGE, KEEPER))


def test_several_stations_are_listed_to_choose_from(site: Officers) -> None:
    assert site.post("/desk/search", KEEPER, q="驿站").status_code == 200


def test_the_history_says_days_as_people_do_and_the_keeper_without_the_keys_id(
    site: Officers, union: TwoDistricts
) -> None:
    with union.wiring.database.write() as connection:
        id_ = issue_keeper_key(connection, "here", NOW).key.id
        change_by_hand(connection, "here", {"note": "门在北侧"}, KEEPERS + id_, NOW)
        inspected = Inspected(station="here", on=civil_date(NOW), meets_standard=True)
        record_inspection(connection, inspected, NOW, ("/keepers", "czib-yj5t"), NOW)
    told = text_of(site.open(PAGE, KEEPER, "zh"))
    assert "人工改动 站点管理员 ·" in told and id_ not in told
    assert "czib" not in told
    assert "新增 ·" not in told  # an import was nobody's act
    assert not re.search(r"\d{4}-\d\d-\d\d", told), told


def live(union: TwoDistricts) -> str:
    """Return the days and hours that hold beside the regular ones, as riders' pages have them."""
    with union.wiring.database.read() as connection:
        found = load_live_summaries(connection, union.wiring.now(), station="here").get("here")
    return "".join(f"{one.start:%m%d}{one.hours_text}" for one in found.spells) if found else ""


def open_form(site: Officers, act: str) -> str:
    return site.open(PAGE, KEEPER).text.partition(f'action="{PAGE}/{act}"')[2].partition("</form>")[0]


def send(site: Officers, act: str, form: str = "", **typed: str) -> str:
    """Send a form of the page, with its preview if it has one; return what refuses it."""
    form = form or open_form(site, act)
    typed |= {one: re.findall(rf'name="{one}" value="([^"]+)"', form)[0] for one in ("form_key", "version")}
    if act == "announce":
        shown = site.post(f"{PAGE}/{act}", KEEPER, **typed, step="preview")
        typed["previewed"] = "".join(re.findall(r'name="previewed" value="([\w.]+)"', shown.text))
    answer = site.post(f"{PAGE}/{act}", KEEPER, **typed)
    return "" if answer.status_code == 303 else text_of(answer)


def withdraw(site: Officers) -> str:
    """Take the one announcement back that the page names."""
    form = open_form(site, "withdraw")
    (number,) = re.findall(r'name="notice" type="radio" value="(\d+)"', form)
    return send(site, "withdraw", form, notice=number)


def test_an_officer_sets_the_hours_of_days_seen_first_and_takes_them_back(
    site: Officers, union: TwoDistricts
) -> None:
    refused = send(site, "announce", text="今天 25:99")
    assert "25:99" in refused and live(union) == ""
    assert send(site, "announce", text="今天 10:00-15:00", reason="培训") == ""
    assert "10:00-15:00" in live(union)
    told = text_of(site.open(PAGE, KEEPER, "zh"))
    assert "工会公告" in told and "培训" in told
    assert withdraw(site) == ""
    assert live(union).endswith(USUAL_HOURS)
    assert "/withdraw" not in site.open(PAGE, KEEPER).text


def test_each_of_three_announcements_is_taken_back_once(site: Officers, union: TwoDistricts) -> None:
    for hours in ("10:00-15:00", "关门", "关门"):
        assert send(site, "announce", text=f"明天 {hours}") == ""
    assert live(union).endswith("None")
    assert withdraw(site) == "" and live(union).endswith("10:00-15:00")
    assert withdraw(site) == "" and live(union).endswith(USUAL_HOURS)


def test_of_two_officers_with_the_same_page_the_second_is_told_of_the_first(
    site: Officers, union: TwoDistricts
) -> None:
    forms = [open_form(site, "announce") for _ in range(2)]
    assert send(site, "announce", forms[0], text="明天 关门") == ""
    assert send(site, "announce", forms[1], text="明天 10:00-15:00") != ""
    assert live(union).endswith("None")
