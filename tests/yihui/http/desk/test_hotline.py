"""The hotline's pages: a case from the call to the call-back, and the knowledge base beside it."""

import re
from collections.abc import Iterator

import pytest

from tests.yihui.http.desk.officers import acts_of
from tests.yihui.http.two_districts import (
    FOREIGN,
    HERE,
    OWN,
    THERE,
    TwoDistricts,
)
from tools.servers.desk import Officers, text_of
from yihui.services.members.vault_upkeep import create_vault_key

AGENT, PROVINCE_AGENT = "hotline_agent/inside", "hotline_agent/ancestor"
NEW = "/desk/hotline/cases/open"
LIST = "/desk/hotline/cases"
CALL = {
    "organisation": HERE,
    "channel": "call",
    "category": "station",
    "summary": "驿站没有热水",
    "name": "张三",
    "phone": "13800001234",
    "text": "热水机坏了三天",
}
ARTICLE = {
    "kind": "question",
    "title": "会员怎样申请法律援助",
    "text": "向所在单位的工会提出，七个工作日内答复。",
    "source": "示例工会办事指南",
    "valid_from": "2026-01-01",
}


@pytest.fixture(scope="module", autouse=True)
def vault_key(union: TwoDistricts) -> Iterator[None]:
    if not union.wiring.vault_key_store.has_keys:
        create_vault_key(union.wiring)
    yield


def open_case(site: Officers, who: str = AGENT, **fields: str) -> str:
    """Open a case and return the path of its page."""
    opened = site.send(NEW, NEW, who, **{**CALL, **fields})
    assert opened.status_code == 303, text_of(opened)
    return opened.headers["location"].partition("?")[0]


def version_of(site: Officers, page: str, who: str = AGENT) -> str:
    found = re.search(r'name="version" value="(\d+)"', site.open(page, who).text)
    assert found
    return found[1]


def act(site: Officers, page: str, name: str, who: str = AGENT, **fields: str) -> str:
    """Carry out an act with the version that the page shows; return what the next page says."""
    sent = site.send(page, f"{page}/{name}", who, version=version_of(site, page, who), **fields)
    if sent.status_code == 303:
        return text_of(site.open(sent.headers["location"], who))
    return text_of(sent)


def test_a_case_goes_from_the_call_to_the_call_back(site: Officers) -> None:
    page = open_case(site)
    shown = text_of(site.open(page, AGENT))
    assert "张*" in shown and "138****1234" in shown and "张三" not in shown and "热水机坏了" not in shown
    assert "the case was dispatched." in act(site, page, "dispatch", unit=HERE)
    assert f'value="{HERE}" checked' in site.open(page, AGENT).text, "its only unit is chosen"
    assert "the case was accepted." in act(site, page, "accept", unit=HERE)
    suspended = act(site, page, "suspend", reason="等厂家配件", until="2026-10-09")
    assert "up to and with 2026-10-09 等厂家配件" in suspended
    assert "the case was resumed." in act(site, page, "resume")
    assert "closed" in act(site, page, "close", unit=HERE, answer="已经修好")
    assert "驿站没有热水" in text_of(site.open(f"{LIST}?state=to_call_back", AGENT))
    assert "satisfied" in act(site, page, "call-back", outcome="satisfied")
    assert "100.0 % (1/1)" in text_of(site.open("/desk/hotline/rates?month=2026-10", AGENT))


def test_why_did_i_not_get_it_is_answered_in_sentences_that_the_agent_has_seen_and_edited(
    site: Officers, union: TwoDistricts
) -> None:
    page = open_case(site, category="benefit", summary="没有收到生日蛋糕券", member=OWN)
    assert f'href="{page}/why"' in site.open(page, AGENT).text
    why = text_of(site.open(f"{page}/why", AGENT))
    assert "why did i not get it" in why and "nothing was decided about the member" in why
    assert ("li.min", "hotline.read_decisions") in acts_of(union.wiring, OWN)
    begun = site.open(f"{page}/why?rule=birthday-cake", AGENT)
    proposed = re.search(r"(?s)<textarea[^>]*>(.+?)</textarea>", begun.text)
    assert proposed and "生日" in proposed[1], "the sentences of the ledger stand in the form"
    edited = {"rule": "birthday-cake", "answer": "您还没有登记生日。\n\n请带身份证来登记。"}
    shown = act(site, page, "answer", **edited, step="preview")
    assert "请带身份证来登记" in shown and "没有收到生日蛋糕券" in shown
    assert f'href="{page}/why"' in site.open(page, AGENT).text, "nothing was sent yet"
    for nothing in ("", "\u3000\n", "\u200b\n\u2060"):
        assert "the answer is empty" in act(site, page, "answer", rule="birthday-cake", answer=nothing)
    answered = act(site, page, "answer", **edited)
    assert "the case was answered from the ledger and closed." in answered
    assert "请带身份证来登记" in answered and "closed" in answered
    unknown = open_case(site, category="benefit", summary="没有收到券", member=OWN)
    assert "no-such-rule" in act(site, unknown, "answer", rule="no-such-rule", answer="见办法")


def test_an_agent_learns_nothing_by_naming_a_member_of_another_subtree_or_nobody(site: Officers) -> None:
    answers = []
    for named in (FOREIGN, "m-nobody"):
        refused = site.send(NEW, NEW, AGENT, **{**CALL, "member": named})
        answers.append((refused.status_code, text_of(refused).replace(named, "…")))
    strangers = [re.sub(r"[\w-]{20,}", "", text) for _, text in answers]
    assert answers[0][0] == answers[1][0] >= 400 and strangers[0] == strangers[1]


def test_a_case_is_found_by_its_number_a_member_and_words_within_the_own_subtree(site: Officers) -> None:
    page = open_case(site, summary="楼梯间的饮水机坏了", member=OWN)
    other = open_case(site, PROVINCE_AGENT, organisation=THERE, summary="楼梯间的灯坏了", member=FOREIGN)
    for sought in (page.rpartition("/")[2], OWN, "饮水机", "楼梯间"):
        found = site.post("/desk/search", AGENT, q=sought).text
        assert f'href="{page}"' in found, sought
        assert f'href="{other}"' not in found, sought
    for sought in (other.rpartition("/")[2], FOREIGN, "灯坏了"):
        assert f'href="{other}"' not in site.post("/desk/search", AGENT, q=sought).text, sought
        assert f'href="{other}"' in site.post("/desk/search", PROVINCE_AGENT, q=sought).text, sought
    for sought in ("call", "station", "%", "_", "张三", "13800001234"):
        assert f'href="{page}"' not in site.post("/desk/search", AGENT, q=sought).text, sought
    assert f'href="{page}"' not in site.post("/desk/search", "finance_preparer/inside", q="饮水机").text
