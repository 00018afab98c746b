"""Inspections on the officers' pages: planned, recorded, exported, and refused outside of one's districts."""

import re

import pytest

from tests.yihui.files.test_pictures import located_picture
from tests.yihui.http.desk.officers import acts_of, send_files
from tests.yihui.http.two_districts import TwoDistricts
from tools.servers.desk import Officers, text_of

LIST, REPAIRS = "/desk/inspections/plans", "/desk/inspections/repairs"
NEW = f"{LIST}/plan"
KEEPER, AUDITOR = "register_keeper/inside", "auditor/inside"


@pytest.fixture
def plan(site: Officers) -> str:
    """The page of an inspection that is planned; earlier ones of other tests are withdrawn."""
    for number in set(re.findall(rf'href="{LIST}/(\d+)"', site.open(LIST, KEEPER).text)):
        site.send(f"{LIST}/{number}", f"{LIST}/{number}/withdraw", KEEPER, reason="重新安排", version="1")
    return plan_inspection(site, "here")


def plan_inspection(site: Officers, station: str) -> str:
    sent = site.send(NEW, NEW, KEEPER, station=station, due="2027-01-31", remark="看看门口")
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"].partition("?")[0]


def answers_of(site: Officers, page: str, **found: str) -> dict[str, str]:
    """Answer every line of a checklist with yes, but for those given."""
    form = site.open(f"{page}/record", KEEPER).text
    lines = set(re.findall(r'type="radio"[^>]*? name="(\w+)"|name="(\w+)" type="radio"', form))
    names = {one or other for one, other in lines}
    assert "sign" in names and "gym" not in names
    return {**dict.fromkeys(names, "yes"), "version": "1", **found}


def test_an_inspector_records_and_everybody_entitled_sees_what_is_to_be_mended(
    site: Officers, plan: str, union: TwoDistricts
) -> None:
    fields = answers_of(site, plan, sign="no", clean="unseen")
    silent = site.send(f"{plan}/record", f"{plan}/record", KEEPER, **fields)
    assert silent.status_code == 422 and "don't say what is wrong" in text_of(silent)
    sent = site.send(f"{plan}/record", f"{plan}/record", KEEPER, **fields, sign_note="牌子掉了")
    assert sent.headers.get("location") == f"{plan}?done=record", text_of(sent)
    shown = text_of(site.open(sent.headers["location"], AUDITOR))
    assert "the inspection was recorded" in shown and "牌子掉了" in shown and "not looked at" in shown
    assert "牌子掉了" in text_of(site.open(REPAIRS, AUDITOR))
    assert "牌子掉了" in text_of(site.open("/desk/register/here", AUDITOR))
    number = plan.rpartition("/")[2]
    assert ("li.min", "stations.change.record_inspection") in acts_of(union.wiring, number)


def test_a_program_plans_and_withdraws_an_inspection(site: Officers) -> None:
    plans, headers = "/api/v1/inspections/plans", {"x-actor": KEEPER}
    made = site.client.post(plans, json={"station": "unplaced"}, headers=headers)
    assert made.status_code == 201, made.text
    path = f"{plans}/{made.json()['key']}/withdraw?version=1"
    ended = site.client.post(path, json={"reason": "重新安排"}, headers=headers).json()
    assert (ended["state"], [one["event"] for one in ended["events"]]) == (
        "withdrawn",
        ["withdrawn", "planned"],
    )


def test_a_photo_is_drawn_anew_and_sent_as_a_file_that_runs_nothing(site: Officers, plan: str) -> None:
    fields = {"title": "门口", "version": "1", "form_key": site.form_key(plan, KEEPER)}
    sent = send_files(site, f"{plan}/photo", KEEPER, {"picture": ("a.jpg", located_picture())}, **fields)
    assert sent.headers.get("location") == f"{plan}?done=photo", text_of(sent)
    [photo] = re.findall(rf'src="({plan}/papers/\d+/pages/1)"', site.open(plan, KEEPER).text)
    shown = site.open(photo, AUDITOR)
    assert shown.headers["content-type"] == "image/jpeg" and b"Exif" not in shown.content
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["cache-control"] == "no-store"
