"""Case files on the officers' pages: from opening one to the receipt of a visit, and what is refused."""

import re

import httpx
import pytest

from tests.yihui.files.test_pictures import located_picture, picture
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of
from tests.yihui.http.two_districts import HERE, OWN, THERE, TwoDistricts
from tools.servers.desk import DEMO, ORIGIN, Officers, text_of
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
    assert site.send(page, f"{page}/acts", DEMO, **review).status_code == 303
    return page


def send_file(site: Officers, page: str, path: str, content: bytes, **fields: str) -> httpx.Response:
    sent = {"form_key": site.form_key(page, CASE_WORKER), "checked": "yes", **fields}
    headers = {"x-actor": CASE_WORKER, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    return site.client.post(path, data=sent, files={"file": ("r.jpg", content)}, headers=headers)


def test_money_goes_to_a_household_by_two_officers_and_a_receipt(site: Officers, file: str) -> None:
    fields = {"member": OWN, "on": "2026-10-03", "yuan": "500", "purpose": "国庆慰问"}
    assert site.send(file, f"{file}/visits", CASE_WORKER, **fields).status_code == 303
    visit = f"{file}/visits/1"
    assert "You planned this visit" in site.open(file, CASE_WORKER).text
    assert site.send(file, visit, DEMO, step="release").headers["location"] == f"{file}?done=released"
    empty = send_file(site, file, f"{visit}/receipt", b"", kind="photographed")
    assert empty.status_code == 422 and "no file was chosen" in text_of(empty)
    assert send_file(site, file, f"{visit}/receipt", picture(), kind="photographed").status_code == 303
    assert "handed over (visit)" in text_of(site.open(file, CASE_WORKER))
    grant = re.search(r'"(/desk/members/grants/[^"]+)"', site.open(file, DEMO).text)
    assert grant is not None
    told = text_of(site.open(grant[1], DEMO))
    assert "given to the officers in cash for a visit" in told and "bank" not in told


def test_a_photograph_is_stored_shown_and_downloaded_within_the_subtree(site: Officers, file: str) -> None:
    sent = send_file(site, file, f"{file}/photos", located_picture(), title="客厅", reason="入户")
    assert sent.status_code == 303
    address = re.search(rf'"({file}/files/\d+)">客厅', site.open(file, CASE_WORKER).text)
    assert address is not None
    assert site.open(address[1], CASE_WORKER).text.count("<img") == 1
    for rest in ("/pages/1", "/download"):
        answer = site.open(address[1] + rest, CASE_WORKER)
        assert answer.content[:3] == b"\xff\xd8\xff" and b"SecretPhone" not in answer.content
        assert "sandbox" in answer.headers["content-security-policy"]
    number = address[1].rpartition("/")[2]
    assert site.open(f"/desk/applications/attachments/{number}", CASE_WORKER).status_code == 404
    assert site.open(f"{address[1]}/pages/2", CASE_WORKER).status_code == 404
    deleted = site.send(address[1], f"{address[1]}/deletion", CASE_WORKER, reason="拍到邻居")
    assert deleted.headers["location"] == f"{file}?done=deleted"
    assert "客厅" not in text_of(site.open(file, CASE_WORKER))
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
