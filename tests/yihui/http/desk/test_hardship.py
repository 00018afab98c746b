"""Case files on the officers' pages: from opening one to the receipt of a visit, and what is refused."""

import re

import httpx
import pytest

from tests.yihui.files.test_pictures import picture
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, send_files
from tests.yihui.http.desk.test_mutual_aid import send_act
from tests.yihui.http.two_districts import HERE, OWN, THERE, TwoDistricts
from tools.servers.desk import DEMO, Officers, text_of
from yihui.cases.hardship.files import HISTORY

LIST = "/desk/hardship/files"
OPENED = {
    "organisation": HERE,
    "level": "深度困难",
    "causes": "illness",
    "plan": "申请大病救助",
    "member": OWN,
    "income": "2000",
    "name": "张三",
    "others.0.relation": "",
    "others.1.relation": "child",
    "others.1.name": "张小一",
    "others.1.income": "0",
}
REVIEW = {"level": "深度困难", "reason": "已核对"}
VISIT = {"member": OWN, "on": "2026-10-03", "amount": "500", "purpose": "国庆慰问"}


def seen(site: Officers, page: str) -> dict[str, str]:
    """Return the version that a case file is at, as its forms send it."""
    found = re.search(r'name="version" value="(\d+)"', site.open(page, DEMO).text)
    assert found is not None
    return {"version": found[1]}


@pytest.fixture(scope="module")
def file(site: Officers) -> str:
    """The page of a case file that one officer opened and another one put on file."""
    page = send_act(site, f"{LIST}/open", CASE_WORKER, **OPENED)
    shown = site.open(page, CASE_WORKER).text
    assert "You wrote this file down" in shown and f'action="{page}/review"' not in shown
    assert "1 member" in site.open(page, DEMO).text
    send_act(site, f"{page}/review", DEMO, version="1", **REVIEW)
    return page


def send_file(site: Officers, page: str, act: str, content: bytes, **fields: str) -> httpx.Response:
    path = f"{page}/{act}"
    sent = {"form_key": site.form_key(path, CASE_WORKER), **seen(site, page), **fields}
    return send_files(site, path, CASE_WORKER, {"picture": ("r.jpg", content)}, **sent)


def test_money_goes_to_a_household_by_two_officers_and_a_receipt(site: Officers, file: str) -> None:
    send_act(site, f"{file}/plan-visit", CASE_WORKER, **seen(site, file), **VISIT)
    assert "You planned this visit" in site.open(file, CASE_WORKER).text
    shown = site.open(file, DEMO).text
    assert "Release 500 yuan out of the budget" in shown and "10/3 国庆慰问" in shown
    release = {"visit": "1", "checked": "yes"}
    refused = site.send(
        f"{file}/release-visit", f"{file}/release-visit", CASE_WORKER, **seen(site, file), **release
    )
    assert refused.status_code == 422 and "did the first step" in text_of(refused)
    send_act(site, f"{file}/release-visit", DEMO, **seen(site, file), **release)
    said = {"visit": "1", "kind": "photographed"}
    empty = send_file(site, file, "hand-over", b"", **said)
    assert empty.status_code == 422 and "photograph or scan of the receipt is missing" in text_of(empty)
    assert send_file(site, file, "hand-over", picture(), **said).status_code == 303
    assert "handed over" in text_of(site.open(file, CASE_WORKER))
    grant = re.search(r'"(/desk/money/vouchers/[^"]+)"', site.open(file, DEMO).text)
    assert grant is not None
    told = text_of(site.open(grant[1], DEMO))
    assert "given to the officers in cash for a visit" in told and "bank" not in told


def test_a_line_of_income_is_decided_within_the_subtree_and_seen_below(site: Officers, file: str) -> None:
    page = "/desk/hardship/income-lines"
    fields = {"organisation": HERE, "line": "900", "since": "2026-01-01", "document": "示例〔2026〕3号"}
    assert "no line of income is decided" in text_of(site.open(page, CASE_WORKER))
    send_act(site, f"{page}/decide", CASE_WORKER, **fields)
    other = send_act(site, f"{page}/decide", DEMO, **{**fields, "organisation": THERE, "line": "777"})
    own, whole = (text_of(site.open(page, who)) for who in (CASE_WORKER, DEMO))
    assert "900 yuan" in own and "777" not in own and "777" in whole
    assert site.open(other, CASE_WORKER).status_code == 403
    assert "line of income 900 yuan" in text_of(site.open(file, CASE_WORKER))


def test_names_are_masked_and_each_reading_is_recorded(
    site: Officers, file: str, union: TwoDistricts
) -> None:
    shown = site.open(file, CASE_WORKER).text
    assert "张*" in shown and "张三" not in shown
    begun = " ".join(site.open(f"{file}/persons", CASE_WORKER).text.split())
    assert 'name="income" type="text" value="2,000"' in begun or 'value="2000"' in begun
    child = {"others.0.relation": "child", "others.0.income": "0"}
    rows = {**child, "income": "1800", "reason": "收入变化"}
    send_act(site, f"{file}/persons", CASE_WORKER, **seen(site, file), **rows)
    assert "张**" in site.open(file, CASE_WORKER).text, "a person who stays keeps the name"
    number = file.rpartition("/")[2]
    assert acts_of(union.wiring, number)[-1] == ("li.min", "hardship.read")
    with union.wiring.database.read() as connection:
        assert HISTORY.require(connection, int(number)).persons[0].monthly_income_fen == 180_000
    unmasked = site.send(f"{file}/unmask", f"{file}/unmask", CASE_WORKER, reason="打印慰问表")
    assert "张小一" in unmasked.text and acts_of(union.wiring, number)[-2:] == [
        ("li.min", "hardship.unmask"),
        ("li.min", "hardship.read"),
    ]
