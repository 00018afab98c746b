"""A station's page at the desk: found by its name, its hours mended, and its history in people's words."""

import re
from collections.abc import Iterator

import pytest

from core.civil_time import civil_date
from geo.hours import USUAL_HOURS
from geo.messages import Inspected
from geo.registry import change_by_hand, issue_keeper_key, load_live_summaries
from geo.registry.corrections import KEEPER as KEEPERS
from geo.registry.placings import record_inspection
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


def test_an_officer_sets_the_hours_of_days_seen_first_and_takes_them_back(
    site: Officers, union: TwoDistricts
) -> None:
    def live() -> str:
        with union.wiring.database.read() as connection:
            found = load_live_summaries(connection, union.wiring.now(), station="here").get("here")
        return "".join(f"{one.start:%m%d}{one.hours_text}" for one in found.spells) if found else ""

    def send(act: str, *, is_previewed: bool = False, **typed: str) -> str:
        form = site.open(PAGE, KEEPER).text.split(f'action="{PAGE}/{act}"')[1].split("</form>")[0]
        typed |= {
            one: re.findall(rf'name="{one}" value="([^"]+)"', form)[0] for one in ("form_key", "version")
        }
        if is_previewed:
            shown = site.post(f"{PAGE}/{act}", KEEPER, **typed, step="preview")
            typed["previewed"] = "".join(re.findall(r'name="previewed" value="([\w.]+)"', shown.text))
            assert live() == ""
        answer = site.post(f"{PAGE}/{act}", KEEPER, **typed)
        return "" if answer.status_code == 303 else text_of(answer)

    refused = send("announce", text="今天 25:99")
    assert "25:99" in refused and live() == ""
    assert send("announce", is_previewed=True, text="今天 10:00-15:00", reason="培训") == ""
    assert "10:00-15:00" in live()
    form = site.open(PAGE, KEEPER).text.partition(f'action="{PAGE}/withdraw"')[2].partition("</form>")[0]
    (number,) = re.findall(r'name="notice" type="radio" value="(\d+)"', form)
    assert send("withdraw", notice=number) == ""
    assert live().endswith(USUAL_HOURS)
    assert "/withdraw" not in site.open(PAGE, KEEPER).text
