"""A planner makes a scenario, ticks stations, sees what it is worth before it is stored, and begins one from proposals."""

import json
import re
from urllib.parse import urlencode

import httpx
import pytest

from geo.registry.diff import Register
from geo.registry.planning import UPLOADED_DEMAND, DemandFile, record_demand_file
from geo.registry.stations import import_stations
from geo.station import Kind, Station
from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import PLANNER, PLANNER_ABOVE, acts_of, plant_stations
from tests.yihui.http.desk.test_planning_analyses import compute
from tests.yihui.http.two_districts import CITY, HERE, PROVINCE, TwoDistricts
from tools.servers.desk import ORIGIN, Officers, text_of

RUNS_JOBS = True
PAGE = "/desk/planning/scenarios"
EVENING = "2026-10-09 21:00"


def make(site: Officers, name: str, **fields: str) -> str:
    form = f"{PAGE}/create"
    sent = site.send(form, form, PLANNER, name=name, area=HERE, at=EVENING, **fields)
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"].partition("?")[0]


def tick(site: Officers, path: str, *pairs: tuple[str, str], **more: str) -> httpx.Response:
    """Send ticks as a browser does: a name for each box."""
    headers = {"x-actor": PLANNER, "origin": ORIGIN, "accept": "text/html", "accept-language": "en", **more}
    headers["content-type"] = "application/x-www-form-urlencoded"
    return site.client.post(path, content=urlencode([("until", "22:00"), *pairs]), headers=headers)


def values_of(page: str, field: str) -> list[str]:
    return re.findall(rf'name="added\.\d+\.{field}" value="([^"]*)"', page)


def figures_of(site: Officers, page: str) -> dict[str, int]:
    shown = site.client.get(f"/api/v1{page.removeprefix('/desk')}", headers={"x-actor": PLANNER}).json()
    return {name: shown[name] for name in ("before", "after", "gained", "lost")}


def test_what_is_ticked_is_worth_the_same_before_and_after_it_is_stored(
    site: Officers, union: TwoDistricts
) -> None:
    page = make(site, "一处新站")
    assert figures_of(site, page)["gained"] == 0
    board = f"{page}/stations"
    listed = re.findall(r'name="late" value="([^"]+)"', site.open(board, PLANNER).text)
    added = [("added.0.lon", "117.05"), ("added.0.lat", "36.66"), ("closed", listed[0])]
    shown = tick(site, board, *added)
    assert shown.status_code == 200 and figures_of(site, page)["gained"] == 0, "nothing is stored yet"
    key = ("form_key", site.form_key(board, PLANNER))
    stored = tick(site, f"{page}/change", *added, ("name", "一处新站"), ("version", "1"), key)
    assert stored.status_code == 303, text_of(stored)
    worth = figures_of(site, page)
    assert worth["gained"] > 0 and worth["after"] - worth["before"] == worth["gained"] - worth["lost"]
    assert f"{worth['after']:,}" in text_of(shown)
    assert ("li.min", "planning.run.change") in acts_of(union.wiring, page.rpartition("/")[2])
    sheet = re.search(r'src="([^"]+/sheet/[^"]+)"', site.open(page, PLANNER).text)
    assert sheet, "its page has the sheet"
    drawn = site.open(sheet[1], PLANNER).text
    assert drawn.startswith("<svg") and "一处新站" in drawn and f"→ {worth['after']:,}" in drawn
    other = make(site, "照旧")
    beside = tick(site, f"{other}/stations", ("beside", page.rpartition("/")[2]))
    assert f"{worth['gained']:,}" in text_of(beside), "what the other one gains is lost without it"


def test_a_scenario_speaks_of_no_other_years_and_nearer_places_than_the_analyses(site: Officers) -> None:
    form = f"{PAGE}/create"
    wrong = {"at": "1926-09-30T10:00", "radius_m": "5"}
    for sent in (
        site.send(form, form, PLANNER, name="百年前", area=HERE, **wrong),
        tick(site, f"{make(site, '如今')}/stations", *wrong.items()),
    ):
        assert sent.status_code in (400, 422)
        assert "choose a year from 2020 to 2035" in text_of(sent) and "must be at least 50" in text_of(sent)
        assert 'value="1926-09-30T10:00"' in sent.text and 'value="5"' in sent.text


def test_a_scenario_is_measured_at_another_instant_and_radius_and_deleted(site: Officers) -> None:
    page = make(site, "换个时刻")
    board = f"{page}/stations"
    asked = [("at", "2026-10-09T10:00"), ("radius_m", "700"), ("name", "换个时刻"), ("version", "1")]
    shown = tick(site, board, *asked)
    assert shown.status_code == 200 and "at=2026-10-09T10%3A00" in shown.text
    was = figures_of(site, page)["before"]
    stored = tick(site, f"{page}/change", *asked, ("form_key", site.form_key(board, PLANNER)))
    assert stored.status_code == 303, text_of(stored)
    now = figures_of(site, page)["before"]
    assert now > 0 and now != was
    drawn = site.client.get(f"{page}/drawn.json?radius_m=500", headers={"x-actor": PLANNER}).json()
    assert drawn["reach"]["metres"] == 500 and drawn["places"]["ids"] and drawn["week"]
    assert ">700<" in site.open(PAGE, PLANNER).text, "scenarios of one name are told apart by it"
    crumbs = re.search(rf'href="{PAGE}">[^<]*</a> › ([^<]*)<', site.open(page, PLANNER).text)
    assert crumbs and crumbs[1] == "换个时刻", "a reader knows its name, not its number"
    gone = site.send(page, f"{page}/delete", PLANNER, version="2")
    assert (gone.status_code, gone.headers["location"]) == (303, f"{PAGE}?done=delete")
    assert not site.open(page, PLANNER).is_success
    assert "换个时刻" not in site.open(gone.headers["location"], PLANNER).text


def test_a_scenario_is_measured_by_a_file_of_its_area_and_by_no_other(
    site: Officers, union: TwoDistricts
) -> None:
    page, homes = make(site, "按订单"), b"lon,lat,orders\n117.0501,36.66,70\n117.09,36.66,30\n"
    for id_, area in (("a" * 32, HERE), ("b" * 32, CITY)):
        options = {"demand_datum": "wgs84"}
        file = DemandFile(id_, area, "li.min", area, "orders.csv", options, {}, len(homes), NOW)
        with union.wiring.database.write() as connection:
            record_demand_file(connection, file, homes)
    board, own = f"{page}/stations", f"{UPLOADED_DEMAND}{'a' * 32}"
    for forged in (f"{UPLOADED_DEMAND}{'b' * 32}", "/etc/passwd"):
        asked = [("demand", forged), ("name", "按订单"), ("version", "1")]
        assert tick(site, board, *asked).status_code == 422
        sent = tick(site, f"{page}/change", *asked, ("form_key", site.form_key(board, PLANNER)))
        assert sent.status_code == 422
        assert not site.client.get(
            f"{page}/drawn.json?demand={forged}", headers={"x-actor": PLANNER}
        ).is_success
    assert f'value="{own}"' in site.open(board, PLANNER).text
    asked = [("demand", own), ("added.0.lon", "117.05"), ("added.0.lat", "36.66")]
    asked += [("name", "按订单"), ("version", "1")]
    stored = tick(site, f"{page}/change", *asked, ("form_key", site.form_key(board, PLANNER)))
    assert stored.status_code == 303, text_of(stored)
    figures = figures_of(site, page)
    assert figures == {"before": 0, "after": 70, "gained": 70, "lost": 0}
    drawn = site.client.get(f"{page}/drawn.json?demand={own}", headers={"x-actor": PLANNER})
    assert drawn.is_success


def test_a_city_has_scenarios_too_and_stations_are_found_by_name(site: Officers) -> None:
    form = f"{PAGE}/create"
    sent = site.send(form, form, PLANNER_ABOVE, name="全市", area=CITY, at=EVENING)
    assert sent.status_code == 303, text_of(sent)
    board = f"{sent.headers['location'].partition('?')[0]}/stations"
    refused = site.send(form, form, PLANNER_ABOVE, name="全省", area=PROVINCE, at=EVENING)
    assert refused.status_code in (403, 404, 422), text_of(refused)
    listed = re.findall(r'name="late" value="([^"]+)"', site.open(board, PLANNER_ABOVE).text)
    assert listed == ["here"]
    for ticked, found in (([], []), ([("closed", "here")], ["here"])):
        shown = tick(site, board, *ticked, ("find", "没有这个名字"), **{"x-actor": PLANNER_ABOVE})
        assert re.findall(r'name="late" value="([^"]+)"', shown.text) == found, "what is ticked stays listed"


def test_a_station_can_t_open_longer_and_be_closed(site: Officers) -> None:
    board = f"{make(site, '两样都勾')}/stations"
    one = re.findall(r'name="late" value="([^"]+)"', site.open(board, PLANNER).text)[0]
    assert tick(site, board, ("late", one), ("closed", one)).status_code == 422
    assert tick(site, board, ("added.0.lon", "117.05"), ("added.0.lat", "北")).status_code == 422


def test_what_was_typed_stays_after_a_fault_and_counts_once_a_row_is_whole(site: Officers) -> None:
    board = f"{make(site, '边填边算')}/stations"
    typed = [(f"added.{place}.name", f"新站{place}") for place in range(6)]
    whole = [("added.1.lon", "117.05"), ("added.1.lat", "36.66")]
    refused = tick(site, board, *typed, *whole)
    assert refused.status_code == 422
    assert [one for one in values_of(refused.text, "name") if one] == [text for _, text in typed]
    shown = tick(site, board, *typed, *whole, **{"hx-request": "true"})
    assert shown.status_code == 200, text_of(shown)
    drawn = re.search(r'id="drawn">(.*?)</script>', shown.text)
    assert drawn and [one for one in json.loads(drawn[1])["stations"] if one["id"] == "scenario-1"]
    assert '"scenario-2"' not in drawn[1]


@pytest.mark.endure
def test_proposals_of_a_siting_become_a_scenario(site: Officers) -> None:
    job = compute(site, "sites", p="2", grid="900")
    link = re.search(rf'href="({PAGE}/create[^"]+)"', site.open(job, PLANNER).text)
    assert link
    page = make(site, "选址", sites=job.rpartition("/")[2])
    shown = site.client.get(f"/api/v1{page.removeprefix('/desk')}", headers={"x-actor": PLANNER}).json()
    assert [one["what"] for one in shown["changes"]].count("added") == 2
    assert shown["gained"] > 0


@pytest.mark.endure
def test_longer_hours_at_an_hour_when_all_is_open_are_no_scenario(site: Officers) -> None:
    job = compute(site, "sites", at="2026-10-09T10:00", p="1", grid="900", extended_hours="yes")
    shown = site.open(job, PLANNER)
    assert "take=new" in shown.text and "take=longer" not in shown.text
    assert "no door that is shut" in text_of(shown)
    fields = {"name": "延长", "area": HERE, "sites": job.rpartition("/")[2], "take": "longer"}
    form = f"{PAGE}/create"
    assert site.send(form, form, PLANNER, **fields).status_code == 422


@pytest.mark.endure
def test_a_siting_that_asks_another_question_offers_no_scenario(site: Officers) -> None:
    job = compute(site, "sites", p="2", grid="900", fixed="none")
    assert f"{PAGE}/create" not in site.open(job, PLANNER).text
    form = f"{PAGE}/create"
    sent = site.send(form, form, PLANNER, name="选址", area=HERE, sites=job.rpartition("/")[2])
    assert sent.status_code == 422, text_of(sent)


@pytest.mark.endure
def test_proposals_whose_stations_have_left_the_register_are_refused(
    site: Officers, union: TwoDistricts
) -> None:
    job = compute(site, "sites", at="2026-10-09T21:00", p="1", grid="900", extended_hours="yes")
    form, register = f"{PAGE}/create", Register(name="test", source="test", file="test.csv", digest="2")
    other = Station(id="other", name="新驿站", kind=Kind.OUTDOOR_STATION, lon=120.38, lat=36.06)
    with union.wiring.database.write() as connection:
        import_stations(connection, register, [other], NOW, confirmed=True)
    fields = {"name": "延长", "area": HERE, "sites": job.rpartition("/")[2], "take": "longer"}
    sent = site.send(form, form, PLANNER, **fields)
    plant_stations(union.wiring)
    assert sent.status_code == 422, text_of(sent)
    assert site.send(form, form, PLANNER, **fields).status_code == 303


def test_those_that_gain_most_open_longer_at_once_but_not_what_is_closed(site: Officers) -> None:
    board, asked = f"{make(site, '五处延长')}/stations", (("all", "most"), ("most", "5"))
    late = re.compile(r'name="late" value="([^"]+)"[^>]* checked')
    assert late.findall(tick(site, board, *asked).text) == ["here"]
    assert late.findall(tick(site, board, *asked, ("closed", "here")).text) == []
    assert tick(site, board, ("all", "most"), ("most", "7")).status_code == 422


def test_all_stations_that_are_found_are_ticked_at_once_and_taken_back(
    site: Officers, union: TwoDistricts
) -> None:
    board, register = f"{make(site, '二十处')}/stations", Register("more", "test", "more.csv", "3")
    added = [
        Station(id=f"more-{n}", name=f"{n}号驿站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66)
        for n in range(12)
    ]
    with union.wiring.database.write() as connection:
        import_stations(connection, register, added, NOW, confirmed=True)
    named = ("find", "、".join(one.name for one in added[2:]) + "， 没有这一处")
    shown = tick(site, board, named, ("closed", "more-3"), ("all", "found"))
    late = re.findall(r'name="late" value="([^"]+)"[^>]* checked', shown.text)
    assert sorted(late) == sorted({one.id for one in added[2:]} - {"more-3"})
    back = tick(site, board, named, *(("late", one) for one in late), ("all", "none"))
    assert back.status_code == 200 and not re.search(r'name="(late|closed)"[^>]* checked', back.text)
