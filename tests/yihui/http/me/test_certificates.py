"""A member hands in a certificate, an officer records it with her file as the proof, and the fact is mended."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from members import facts_on, read_member_changes
from members.corrections import list_corrections
from rules import FACT_CATALOGUE
from tests.yihui.applying import photo
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, open_desk
from tests.yihui.http.me.members import MemberPhone, build_phone, hidden_of
from tests.yihui.http.me.test_own_benefits import words
from tests.yihui.http.two_districts import (
    FOREIGN,
    HERE,
    OWN,
    THERE,
    TODAY,
    TwoDistricts,
)
from tools.servers.desk import Officers, text_of
from yihui.cases.benefits.own_decision_texts import find_remedy
from yihui.cases.hotline.own_texts import open_line
from yihui.runtime.language import LANGUAGES, load_language
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.certificates import (
    CERTIFICATE_TITLES,
    CERTIFIED_FACTS,
    list_waiting_certificates,
)
from yihui.services.members.open_things import OpenThing, list_open_things

PAGE, FORM = "/me/certificates", "/me/certificates/hand-in"
SENT = {"certificate": "skill_level:高级工", "on": "2026-09-01"}


@pytest.fixture
def phone(fresh_union: TwoDistricts) -> MemberPhone:
    return build_phone(fresh_union.wiring).log_in(OWN)


@pytest.fixture
def desk(fresh_union: TwoDistricts) -> Iterator[Officers]:
    with open_desk(fresh_union.wiring) as opened:
        yield opened


def check(phone: MemberPhone, file: bytes | None, **fields: str) -> tuple[int, str]:
    return phone.check(FORM, file, **{**SENT, **fields})


def hand_in(phone: MemberPhone, desk: Officers, **fields: str) -> tuple[str, str]:
    """Hand in a certificate; return the officers' page of its case, and the number of the file."""
    assert phone.hand_in(FORM, photo(), **{**SENT, **fields}) == f"{PAGE}?done=hand-in"
    case = re.search(r"/me/help/(\d+)", phone.get(PAGE))
    assert case
    page = f"/desk/hotline/cases/{case[1]}"
    file = re.search(r"papers/(\d+)/pages", desk.open(page, "hotline_agent/inside").text)
    assert file
    return page, file[1]


def fact(fresh_union: TwoDistricts, name: str) -> object:
    with fresh_union.wiring.database.read() as connection:
        return facts_on(read_member_changes(connection, [OWN])[OWN], TODAY)[f"member.{name}"]


def list_open(fresh_union: TwoDistricts) -> list[OpenThing]:
    with fresh_union.wiring.database.read() as connection:
        return list_open_things(connection, OWN)


@pytest.mark.parametrize(
    ("name", "chosen", "value", "since", "held"),
    [
        ("skill_level", "skill_level:高级工", "高级工", "2026-09-01", "高级工"),
        ("honours", "honours:劳模", "劳模", "2026-05-01", ("劳模",)),
    ],
)
def test_the_remedy_of_a_missing_certificate_mends_the_fact_by_its_file(
    phone: MemberPhone, desk: Officers, fresh_union: TwoDistricts,
    name: str, chosen: str, value: str, since: str, held: object,
) -> None:  # fmt: skip
    remedy = find_remedy({f"member.{name}": None}, lambda path: path == PAGE)
    assert remedy is not None and remedy.path == PAGE
    case, file = hand_in(phone, desk, certificate=chosen, on=since)
    page = f"/desk/corrections/{OWN}.{name}"
    paper = f"{page}/papers/{file}/pages/1"
    agent = desk.open(case, "hotline_agent/inside")
    assert value in text_of(agent) and f"papers/{file}/pages/1" in agent.text
    assert f'href="{page}"' not in agent.text
    for place in ("/desk", "/desk/corrections"):
        assert page in desk.open(place, CASE_WORKER).text
    assert desk.open(paper, CASE_WORKER).content[:3] == b"\xff\xd8\xff"
    form = desk.open(f"{page}/correct", CASE_WORKER).text
    assert paper in form and f'value="{file}" checked' in form
    assert "Your union is comparing it" in words(phone.get(PAGE))
    version = form.partition('name="version" value="')[2].partition('"')[0]
    fields = {"paper": file, "value": value, "since": since, "reason": "与证书核对", "version": version}
    told = desk.send(f"{page}/correct", f"{page}/correct", CASE_WORKER, **fields, step="preview")
    assert "not known" in text_of(told) or name == "honours"
    done = desk.send(f"{page}/correct", f"{page}/correct", CASE_WORKER, **fields)
    assert done.status_code == 303 and fact(fresh_union, name) == held
    with fresh_union.wiring.database.read() as connection:
        (record,) = list_corrections(connection, OWN)
    assert str(record.attachment) == file
    assert ("li.min", "members.correct.correct") in acts_of(fresh_union.wiring, OWN)
    assert page not in desk.open("/desk", CASE_WORKER).text
    assert "recorded on Sat 10/3" in words(phone.get(PAGE)) and phone.get(f"/me/files/{file}")


def test_a_certificate_without_file_day_or_name_is_refused_and_opens_nothing(
    phone: MemberPhone, desk: Officers
) -> None:
    offered = set(re.findall(r'value="((?:skill_level|honours):[^"]+)"', phone.get(FORM)))
    known = {one: FACT_CATALOGUE[f"member.{one}"].allowed for one in CERTIFIED_FACTS}
    assert offered == {f"{fact}:{value}" for fact, values in known.items() for value in values}
    status, page = check(phone, None)
    assert status == 422 and "no photo of the certificate is attached" in page
    assert '<option value="skill_level:高级工" selected>' in page and 'value="2026-09-01"' in page
    status, page = check(phone, None, on="2026-10-04")
    assert status == 422 and "10/4 is still to come" in page
    for wrong in ("skill_level:大师", "", "birthday:1990-01-01"):
        assert check(phone, None, certificate=wrong)[0] == 422
    for wrong in ("下周", ""):
        assert check(phone, None, on=wrong)[0] == 422
    assert check(phone, b"<svg/>")[0] == 422
    assert re.search(r"/me/help/\d", phone.get(PAGE)) is None


def test_a_certificate_sent_twice_is_one_case_that_no_other_member_sees(
    phone: MemberPhone, desk: Officers, fresh_union: TwoDistricts
) -> None:
    status, page = check(phone, photo())
    sent = hidden_of(page, FORM)
    assert {phone.send(FORM, **sent, act="send") for _ in range(2)} == {f"{PAGE}?done=hand-in"}
    (case,) = set(re.findall(r"/me/help/(\d+)", phone.get(PAGE)))
    shown = desk.open(f"/desk/hotline/cases/{case}", "hotline_agent/inside").text
    (file,) = set(re.findall(r"papers/(\d+)/pages", shown))
    assert f'href="/me/files/{file}"' in phone.get(f"/me/help/{case}")
    assert re.search(r"of Sat 10/3 .*by \w{3} \d+/\d+", words(phone.get(PAGE))), "her day, and the union's"
    message = words(phone.get("/me/messages"))
    assert "The union has what you sent" in message and "高级工" in message and "question" not in message
    home = phone.get("/me")
    assert "Your union is comparing it" in home and f'href="{PAGE}"' in home
    for language in LANGUAGES:
        template = load_language(language).translate(CERTIFICATE_TITLES["skill_level"])
        title = template.partition("{value}")[0] + "高级工"
        for place in ("/me", PAGE, "/me/help", f"/me/help/{case}", "/me/messages"):
            assert title in phone.get(f"{place}?lang={language}"), (place, language)
    other = build_phone(fresh_union.wiring).log_in(FOREIGN)
    other.get(f"/me/files/{file}", 404)
    assert "高级工，" not in other.get(PAGE) and f"/me/files/{file}" not in other.get(PAGE)
    for scope, count in (({HERE}, 1), ({THERE}, 0)):
        with fresh_union.wiring.database.read() as connection:
            found = list_waiting_certificates(connection, OfficerScope(frozenset(scope), TODAY))
        assert len(found) == count
    (thing,) = (one for one in list_open(fresh_union) if one.kind == "certificate")
    english = load_language("en")
    assert "by" in open_line(thing, TODAY, english).until
    assert "should have been done by" in open_line(thing, TODAY + timedelta(days=30), english).until
    assert open_line(replace(thing, due=None), TODAY, english).until == "of Sat 10/3"
    foreign, own = (f"/desk/corrections/{one}.skill_level" for one in (FOREIGN, OWN))
    assert desk.open(f"{foreign}/papers/{file}/pages/1", "case_worker/ancestor").status_code == 404
    sent = {"value": "技师", "reason": "与证书核对", "version": "1"}
    for page, paper, status in ((foreign, file, 404), (own, "99999", 404), (own, "x", 422)):
        refused = desk.send(f"{page}/correct", f"{page}/correct", "case_worker/ancestor", **sent, paper=paper)
        assert refused.status_code == status
