"""An officer finds a member by what the member says: at the search, and in fields; addresses and faults hold none of it."""

import pytest

from core.faults import Fault, FaultError
from members.persons import PersonalData
from tests.yihui.http.desk.officers import acts_of
from tests.yihui.http.two_districts import FOREIGN, HERE, OWN, TwoDistricts, officer
from tests.yihui.services.joining_people import id_number
from tools.servers.desk import Officers, text_of
from yihui.access.roles import Role
from yihui.cases.cards.own import issue_member_card
from yihui.runtime.language import load_language
from yihui.services.members.erasure import erase_member_data
from yihui.services.members.finding import find_members, name_persons, resolve_member
from yihui.services.members.vault import store_known_persons

NAME, PHONE = "欧阳春花", "13800000001"
WIDE = "".join(chr(ord(digit) + 0xFEE0) for digit in PHONE)
AGENT = "hotline_agent/inside"
INSIDE, ABOVE = officer(Role.CASE_WORKER, "inside"), officer(Role.CASE_WORKER, "ancestor")


@pytest.fixture(scope="module")
def union(union: TwoDistricts) -> TwoDistricts:
    """A union of whom two members have the same name, one in each district."""
    persons = {
        OWN: PersonalData(name=NAME, phone=PHONE, id_number=id_number(1)),
        FOREIGN: PersonalData(name=NAME, phone="13800000002", id_number=id_number(2)),
    }
    store_known_persons(union.wiring, persons)
    return union


def test_each_thing_that_a_member_says_finds_her_and_nobody_of_another_subtree(union: TwoDistricts) -> None:
    card = issue_member_card(union.wiring, OWN).card.number
    tail = id_number(1)[-6:]
    for said in (
        NAME,
        "欧阳　春花",
        "歐陽春花",
        PHONE,
        "+86 138-0000-0001",
        WIDE,
        card,
        tail,
        tail.lower(),
    ):
        assert [one.id for one in find_members(union.wiring, INSIDE, said)] == [OWN], said
        assert resolve_member(union.wiring, INSIDE, said) == OWN, said
    for said in ("欧阳", "春花", PHONE[:8], id_number(2), "13800000002", "", "  ", "%", "（）"):
        assert find_members(union.wiring, INSIDE, said) == [], said
    (found,) = find_members(union.wiring, INSIDE, PHONE)
    assert found.name == "欧阳**" and PHONE not in f"{found.choice}{found.detail}"
    assert resolve_member(union.wiring, INSIDE, found.choice) == OWN


def test_of_two_of_one_name_the_officer_chooses_and_the_fault_tells_no_name(union: TwoDistricts) -> None:
    with pytest.raises(FaultError) as several:
        resolve_member(union.wiring, ABOVE, NAME)
    assert several.value.code == "finding.several"
    told = str(several.value.faults)
    assert "欧阳**" in told and "春花" not in told
    with pytest.raises(FaultError) as nobody:
        resolve_member(union.wiring, INSIDE, "13900000009")
    assert nobody.value.code == "finding.nobody" and "13900000009" not in str(nobody.value.faults)


def test_who_is_found_at_the_search_counts_as_read_and_leads_to_a_case(
    site: Officers, union: TwoDistricts
) -> None:
    before, others = len(acts_of(union.wiring, OWN)), acts_of(union.wiring, FOREIGN)
    told = site.post("/desk/search", AGENT, q=PHONE)
    assert f'href="/desk/members/{OWN}"' in told.text and "欧阳**" in told.text and NAME not in told.text
    assert acts_of(union.wiring, OWN)[before:] == [("li.min", "members.read")]
    assert acts_of(union.wiring, FOREIGN) == others
    member = site.open(f"/desk/members/{OWN}", AGENT).text
    assert "欧阳** " in text_of(site.open(f"/desk/members/{OWN}", AGENT))
    form = f"/desk/hotline/cases/open?member={OWN}"
    assert f'href="{form}"' in member and 'value="欧阳** 工会' in site.open(form, AGENT).text
    sent = {"organisation": HERE, "category": "benefit", "summary": "没有收到券"}
    opened = site.send(form, "/desk/hotline/cases/open", AGENT, **sent, member=f" {PHONE} ")
    page = site.open(opened.headers["location"], AGENT)
    assert "欧阳**" in text_of(page) and f'href="/desk/members/{OWN}"' in page.text
    offered = site.post("/desk/choices/members?field=member", AGENT, member=NAME)
    assert offered.text.count("<option") == 1 and "欧阳**" in offered.text
    refused = site.send(form, "/desk/hotline/cases/open", AGENT, **sent, member="13800000002")
    assert refused.status_code == 422 and "none of your members" in text_of(refused)


def test_a_refusal_names_the_officers_members_alone_and_counts_as_reading_them(union: TwoDistricts) -> None:
    before, others = len(acts_of(union.wiring, OWN)), acts_of(union.wiring, FOREIGN)
    faults = [Fault("{value} can't", "", field="member", value=id_) for id_ in (OWN, FOREIGN)]
    own, foreign = name_persons(union.wiring, INSIDE, faults, load_language("zh"))
    assert (own.params["value"][:4], foreign.params["value"]) == ("欧阳**", FOREIGN)
    assert [act for _, act in acts_of(union.wiring, OWN)[before:]] == ["members.read"]
    assert acts_of(union.wiring, FOREIGN) == others


def test_an_erased_member_is_found_no_more(union: TwoDistricts) -> None:
    erase_member_data(union.wiring, FOREIGN, "li.min", "本人要求")
    assert find_members(union.wiring, ABOVE, id_number(2)[-6:]) == []
