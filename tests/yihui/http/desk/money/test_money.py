"""Money of two districts at the desk: its report, merchants with keys and invoices, reversals and debts."""

import io
import re
import zipfile
from html import unescape

import httpx
import pytest

from benefits import list_debts
from core.faults import FaultError
from tests.yihui.http.desk.money_of_districts import grant_of
from tests.yihui.http.desk.officers import acts_of, send_files
from tests.yihui.http.two_districts import HERE, THERE, UNION
from tools.servers.desk import Officers, text_of
from yihui.bootstrap import Wiring
from yihui.services.benefits.vouchers import identify_merchant

REPORTS, MOVES = "/desk/money/reports/benefits", "/desk/money/reports/moves"
MERCHANTS, INVOICES = "/desk/merchants", "/desk/money/invoices"
VOUCHERS = "/desk/money/vouchers"
DEBTS, LOST = "/desk/money/debts", "/desk/money/lost-codes"
FINANCE, CHIEF = "finance_preparer/inside", "finance_preparer/ancestor"
ADMIN, COUNTY = "administrator/ancestor", "administrator/inside"


@pytest.mark.parametrize(
    ("query", "own", "foreign"),
    [
        ("", "gift-here", "gift-there"),
        ("by=organisation", HERE, THERE),
        (f"by=organisation&organisation={UNION}", HERE, THERE),
    ],
)
def test_an_officer_sees_the_figures_of_the_own_subtree(
    site: Officers, query: str, own: str, foreign: str
) -> None:
    told = text_of(site.open(f"{REPORTS}?{query}", FINANCE))
    assert own in told and foreign not in told and "370202" not in told
    if f"organisation={UNION}" not in query:
        assert foreign in text_of(site.open(f"{REPORTS}?{query}", CHIEF))


def test_the_workbook_holds_the_same(site: Officers) -> None:
    book = site.open(f"{REPORTS}.xlsx?by=programme", FINANCE)
    assert book.headers["content-disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert "gift-here" in texts and "gift-there" not in texts


def test_a_countys_officer_reaches_the_persons_of_each_figure_of_her_own_alone(
    site: Officers, wiring: Wiring
) -> None:
    page = site.open(REPORTS, FINANCE)
    links = [unescape(one) for one in re.findall(rf'href="({MOVES}\?[^"]*)"', page.text)]
    assert len(links) > 4 and page.text.count("<svg") == 2
    (granted, *_) = (one for one in links if "figure=granted" in one)
    assert "300 yuan · 3 heads" in text_of(page)
    read = acts_of(wiring, "here-1")
    listed = site.open(granted, FINANCE)
    assert (
        "in all: 3" in text_of(listed) and f"/desk/members/grants/{grant_of(wiring, 'here-1')}" in listed.text
    )
    assert grant_of(wiring, "there-1") not in site.open(MOVES, FINANCE).text
    assert acts_of(wiring, "here-1") == [*read, *2 * [("li.min", "benefits.read")]], "whose data it shows"
    assert site.open(f"{MOVES}?organisation={THERE}", FINANCE).status_code == 403
    assert (
        site.open(f"{MOVES}?figure=granted&rule=gift-there", FINANCE).text.count("/desk/members/grants/") == 0
    )


@pytest.mark.parametrize("page", [REPORTS, DEBTS])
def test_no_page_leads_beside_itself_to_what_its_officer_may_not_open(site: Officers, page: str) -> None:
    def list_tabs(who: str) -> list[str]:
        (tabs,) = re.findall('<ul class="(?:tabs|sections)">(.*?)</ul>', site.open(page, who).text)
        return re.findall('href="(.*?)"', tabs)

    beside = list_tabs(FINANCE)
    assert {path: site.open(path, FINANCE).status_code for path in beside} == dict.fromkeys(beside, 200)
    assert {*list_tabs(CHIEF)} - {*beside} == {LOST, INVOICES}


def test_what_is_not_ones_own_is_refused(site: Officers) -> None:
    for path in (REPORTS, f"{REPORTS}.xlsx"):
        assert site.open(f"{path}?organisation={THERE}", FINANCE).status_code == 403


def key_of(page: httpx.Response) -> str:
    found = re.search(r"\b([a-z2-7]{8}-[a-z2-7]{32})\b", page.text)
    assert page.status_code == 200 and found, text_of(page)
    return found[1]


def test_a_key_is_shown_once_and_counts_until_it_is_revoked(site: Officers, wiring: Wiring) -> None:
    made = site.send(f"{MERCHANTS}/add", f"{MERCHANTS}/add", ADMIN, name="泉边面馆")
    page, _, done = made.headers["location"].partition("?")
    assert done == "done=add", text_of(made)
    form, last = site.form_key(page, ADMIN), {"until": "2026-12-31"}
    text = key_of(site.send(page, f"{page}/key", ADMIN, key=form, **last))
    again = site.send(page, f"{page}/key", ADMIN, key=form, **last)
    assert again.status_code == 422 and "shown then" in text_of(again)
    shown = site.open(page, ADMIN)
    assert text not in shown.text and text[:8] in shown.text
    merchant = identify_merchant(wiring, text)
    assert merchant.name == "泉边面馆"
    assert acts_of(wiring, merchant.id) == [("li.min", "keys.issue.add"), ("li.min", "keys.issue.key")]
    second = key_of(site.send(page, f"{page}/key", ADMIN, overlap="0", version="2"))
    with pytest.raises(FaultError):
        identify_merchant(wiring, text)  # it ended at once, as no day of overlap was wanted
    for key, status in ((text, 422), (second, 303)):
        revoked = site.send(page, f"{page}/revoke", ADMIN, which=key[:8], version="3")
        assert revoked.status_code == status, text_of(revoked)
    with pytest.raises(FaultError):
        identify_merchant(wiring, second)
    assert site.open(MERCHANTS, COUNTY).status_code == 403


def compare(site: Officers, content: bytes, **fields: str) -> httpx.Response:
    files = {"invoice": ("../面馆.csv", content)}
    path = f"{INVOICES}/compare"
    return send_files(site, path, CHIEF, files, form_key=site.form_key(path, CHIEF), **fields)


ROWS = "券码,金额,日期\nABCD-EFGH-JKLM,12.00,2026-09-01\nABCD-EFGH-JKLM,12.00,2026-09-01\n".encode()


def test_every_difference_of_an_invoice_is_shown(site: Officers, wiring: Wiring) -> None:
    page = compare(site, ROWS)
    told = text_of(page)
    assert page.status_code == 200 and "there are differences to settle" in told, told
    assert told.count("abcd-efgh-jklm") == 2 and "not in the ledger" in told
    with wiring.database.read() as connection:
        acts = connection.exec_driver_sql("select act from audit_entries where object_kind = 'invoice'")
        assert {act for (act,) in acts} == {"money.prepare"}
    book = compare(site, ROWS, step="workbook")
    assert book.headers["content-disposition"].endswith('.xlsx"') and book.content.startswith(b"PK")
    unread = compare(site, "甲,乙\nA,5\n".encode())
    assert unread.status_code == 422 and "say which one does" in text_of(unread)
    assert 'name="invoice_upload"' in unread.text, "the file is kept"


def test_merchants_of_the_union_are_not_a_countys(site: Officers) -> None:
    for page in (LOST, INVOICES):
        assert site.open(page, FINANCE).status_code == 403
        assert site.open(page, CHIEF).status_code == 200


def test_what_is_left_of_one_benefit_is_ended_in_three_pages(site: Officers, wiring: Wiring) -> None:
    own, foreign = grant_of(wiring, "here-1"), grant_of(wiring, "there-1")
    there = [site.open(f"{VOUCHERS}/{grant}", FINANCE) for grant in (foreign, "0" * 40)]
    assert [one.status_code for one in there] == [404, 404]
    for grant in (foreign, "0" * 40):
        sent = site.send(f"{VOUCHERS}/{own}", f"{VOUCHERS}/{grant}/void", FINANCE, reason="示例", version="9")
        assert sent.status_code == 404
    found = site.post("/desk/search", FINANCE, q=own)
    page = f"{VOUCHERS}/{own}"
    assert found.headers["location"] == page
    shown = site.open(page, FINANCE)
    assert "100 yuan" in text_of(shown) and "its place is free again" in text_of(shown)
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version
    done = site.send(page, f"{page}/void", FINANCE, reason="示例", version=version[1])
    assert done.headers.get("location") == f"{page}?done=void", text_of(done)
    assert ("li.min", "money.reverse.void") in acts_of(wiring, own)
    assert f"{page}/void" not in site.open(page, FINANCE).text, "nothing is left to be voided"


def test_debts_are_those_of_the_own_rules(site: Officers, wiring: Wiring) -> None:
    with wiring.database.read() as connection:
        (own,), (foreign,) = (list_debts(connection, member_id=f"{name}-gone") for name in ("here", "there"))
    read, unread = acts_of(wiring, "here-gone"), acts_of(wiring, "there-gone")
    listed = site.open(DEBTS, FINANCE).text
    assert own.id in listed and foreign.id not in listed
    assert acts_of(wiring, "here-gone") == [*read, ("li.min", "money.read")], "whose data the list shows"
    assert acts_of(wiring, "there-gone") == unread
    assert foreign.id not in site.open(f"{DEBTS}?state=all&member=there-gone", FINANCE).text
    assert foreign.id in site.open(DEBTS, "auditor/ancestor").text
    assert site.open(f"{DEBTS}/{foreign.id}", FINANCE).status_code == 403
    assert site.open(DEBTS, "case_worker/inside").status_code == 403


def test_a_debt_is_paid_in_part_and_the_rest_is_waived(site: Officers, wiring: Wiring) -> None:
    with wiring.database.read() as connection:
        (debt,) = list_debts(connection, member_id="here-gone")
    page = f"{DEBTS}/{debt.id}"
    refused = site.send(page, f"{page}/settle", FINANCE, reason="已交回", amount="一百零一", version="1")
    assert refused.status_code in (400, 422) and left_of(wiring) == 10_000
    paid = site.send(page, f"{page}/settle", FINANCE, reason="已交回", amount="40", version="1")
    assert paid.headers.get("location") == f"{page}?done=settle", text_of(paid)
    assert left_of(wiring) == 6_000
    waived = site.send(page, f"{page}/waive", FINANCE, reason="生活困难", version="2")
    assert waived.headers.get("location") == f"{page}?done=waive", text_of(waived)
    assert left_of(wiring) == 0
    assert "nobody owes anything" in text_of(site.open(DEBTS, FINANCE))
    assert acts_of(wiring, debt.id) == [("li.min", "money.prepare.settle"), ("li.min", "money.reverse.waive")]


def left_of(wiring: Wiring) -> int:
    with wiring.database.read() as connection:
        (debt,) = list_debts(connection, member_id="here-gone")
    return debt.left_fen
