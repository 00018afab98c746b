"""Case files on the officers' pages: from opening one to the receipt of a visit, and what is refused."""

import re

import httpx
import pytest

from tests.yihui.files.test_pictures import located_picture, picture
from tests.yihui.http.desk.officers import CASE_WORKER, DEMO, ORIGIN, Officers, acts_of, text_of
from tests.yihui.http.two_districts import HERE, OWN, THERE, TwoDistricts
from yihui.services.hardship.lists import require_file

LIST = "/desk/hardship"
OPENED = {
    "organisation": HERE,
    "level": "深度困难",
    "cause": "illness",
    "plan": "申请大病救助",
    "relation-1": "self",
    "member-1": OWN,
    "income-1": "2000",
    "name-1": "张三",
    "relation-2": "child",
    "name-2": "张小一",
}


@pytest.fixture(scope="module")
def file(site: Officers) -> str:
    """The page of a case file that one officer opened and another one put on file."""
    opened = site.send(LIST, LIST, CASE_WORKER, **OPENED)
    assert opened.status_code == 303, text_of(opened)
    page = opened.headers["location"].partition("?")[0]
    review = {"act": "review", "level": "深度困难", "reason": "已核对"}
    own = site.send(page, f"{page}/acts", CASE_WORKER, **review)
    assert own.status_code == 422 and "can't do the second" in text_of(own)
    assert site.send(page, f"{page}/acts", DEMO, **review).status_code == 303
    return page


def send_receipt(
    site: Officers, page: str, visit: int, content: bytes, who: str = CASE_WORKER
) -> httpx.Response:
    fields = {"form_key": site.form_key(page, who), "checked": "yes", "kind": "photographed"}
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    path = f"{page}/visits/{visit}/receipt"
    return site.client.post(path, data=fields, files={"file": ("r.jpg", content)}, headers=headers)


def planned(site: Officers, page: str, yuan: str = "500") -> int:
    """Plan a visit as the case worker and return its number."""
    fields = {"member": OWN, "on": "2026-10-03", "yuan": yuan, "purpose": "国庆慰问"}
    assert site.send(page, f"{page}/visits", CASE_WORKER, **fields).status_code == 303
    return max(map(int, re.findall(r'id="visit-(\d+)"', site.open(page, CASE_WORKER).text)))


def test_money_goes_to_a_household_by_two_officers_and_a_receipt(site: Officers, file: str) -> None:
    number = planned(site, file)
    visits = f"{file}/visits/{number}"
    own = site.send(file, visits, CASE_WORKER, step="release")
    assert own.status_code == 422 and "can't do the second" in text_of(own)
    assert "You planned this visit" in site.open(file, CASE_WORKER).text
    released = site.send(file, visits, DEMO, step="release")
    assert released.headers["location"] == f"{file}?done=released"
    again = site.send(file, visits, DEMO, step="release")
    assert again.status_code == 409 and "money released" in text_of(again)
    empty = send_receipt(site, file, number, b"")
    assert empty.status_code == 422 and "no file was chosen" in text_of(empty)
    assert send_receipt(site, file, number, picture()).status_code == 303
    shown = text_of(site.open(file, CASE_WORKER))
    assert "handed over (visit)" in shown and "photograph of the receipt" in shown
    grant = re.search(r'"(/desk/members/grants/[^"]+)"', site.open(file, DEMO).text)
    assert grant is not None
    told = text_of(site.open(grant[1], DEMO))
    assert "given to the officers in cash for a visit" in told and "the receipt is recorded" in told
    assert "bank" not in told, "nothing of it went by bank"
    other = planned(site, file)
    assert site.send(file, f"{file}/visits/{other}", DEMO, step="release").status_code == 303
    used = send_receipt(site, file, other, picture())
    assert used.status_code == 409 and "another visit" in text_of(used)
    ended = site.send(file, f"{file}/visits/{other}", CASE_WORKER, step="end", reason="家中无人")
    assert ended.status_code == 303 and "money returned" in text_of(site.open(file, CASE_WORKER))


def test_a_photograph_is_stored_shown_and_downloaded_within_the_subtree(site: Officers, file: str) -> None:
    fields = {
        "form_key": site.form_key(file, CASE_WORKER),
        "checked": "yes",
        "title": "客厅",
        "reason": "入户",
    }
    headers = {"x-actor": CASE_WORKER, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}

    photo = {"file": ("张三.jpg", located_picture())}
    assert site.client.post(f"{file}/photos", data=fields, files=photo, headers=headers).status_code == 303
    address = re.search(rf'"({file}/files/\d+)">客厅', site.open(file, CASE_WORKER).text)
    assert address is not None
    viewer = site.open(address[1], CASE_WORKER)
    assert viewer.status_code == 200 and viewer.text.count("<img") == 1
    shown, whole = (site.open(address[1] + rest, CASE_WORKER) for rest in ("/pages/1", "/download"))
    for answer in (shown, whole):
        assert answer.content[:3] == b"\xff\xd8\xff" and b"SecretPhone" not in answer.content
        assert "sandbox" in answer.headers["content-security-policy"]
    assert "attachment;" in whole.headers["content-disposition"]
    for nobody in ("case_worker/ended", "hotline_agent/inside"):
        assert site.open(f"{address[1]}/download", nobody).status_code == 403
    assert (
        site.open(f"/desk/applications/attachments/{address[1].rpartition('/')[2]}", CASE_WORKER).status_code
        == 404
    )
    assert site.open(f"{address[1]}/pages/2", CASE_WORKER).status_code == 404
    assert "deletion" not in site.open(address[1], "auditor/inside").text
    deletion = f"{address[1]}/deletion"
    deleted = site.send(address[1], deletion, CASE_WORKER, reason="拍到邻居")
    assert deleted.headers["location"] == f"{file}?done=deleted"
    left = text_of(site.open(file, CASE_WORKER))
    assert "客厅" not in left and "delete a photograph" in left and "拍到邻居" in left
    assert site.open(address[1], CASE_WORKER).status_code == 404


def test_a_line_of_income_is_decided_within_the_subtree_and_seen_below(site: Officers, file: str) -> None:
    page = f"{LIST}/income-lines"
    fields = {"organisation": HERE, "yuan": "900", "since": "2026-01-01", "document": "示例〔2026〕3号"}
    assert "no line of income is decided" in text_of(site.open(page, CASE_WORKER))
    assert site.send(page, page, CASE_WORKER, **fields).status_code == 303
    assert site.send(page, page, DEMO, **{**fields, "organisation": THERE, "yuan": "777"}).status_code == 303
    own, whole = (text_of(site.open(page, who)) for who in (CASE_WORKER, DEMO))
    assert "900" in own and "777" not in own and "777" in whole
    assert "line of 900 yuan" in text_of(site.open(file, CASE_WORKER))
    assert "<form method" not in site.open(page, "auditor/inside").text.split("<main", 1)[1]


def test_names_are_masked_and_each_reading_is_recorded(
    site: Officers, file: str, union: TwoDistricts
) -> None:
    shown = site.open(file, CASE_WORKER).text
    assert "张*" in shown and "张三" not in shown
    persons = {
        f"{name}-{place}": OPENED.get(f"{name}-{place}", "")
        for name in ("relation", "member")
        for place in (1, 2)
    }
    changed = site.send(file, f"{file}/acts", CASE_WORKER, act="persons", reason="收入变化", **persons, **{"income-1": "1800"})  # fmt: skip
    assert changed.status_code == 303, text_of(changed)
    assert "张*" in site.open(file, CASE_WORKER).text, "a person who stays keeps the name"
    number = file.rpartition("/")[2]
    assert acts_of(union.wiring, number)[-1] == ("li.min", "hardship.read")
    with union.wiring.database.read() as connection:
        assert require_file(connection, int(number)).persons[0].monthly_income_fen == 180_000
