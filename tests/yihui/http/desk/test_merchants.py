"""Merchants, their keys and their invoices: for officers of the whole union; a key is shown once."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.yihui.http.desk.money_of_districts import build_money
from tests.yihui.http.desk.officers import ORIGIN, Officers, acts_of, open_desk, text_of
from yihui.bootstrap import Wiring
from yihui.services.benefits.merchants import list_merchant_accounts
from yihui.services.benefits.vouchers import identify_merchant

PAGE, INVOICE, LOST = "/desk/merchants", "/desk/money/reconciliation", "/desk/money/lost-codes"
ADMIN, COUNTY = "administrator/ancestor", "administrator/inside"
FINANCE = "finance_preparer/ancestor"
NOODLES = {"merchant": "noodles", "name": "泉边面馆"}


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Wiring]:
    made = build_money(tmp_path_factory.mktemp("merchants"), migrated_file)
    yield made
    made.close()


@pytest.fixture(scope="module")
def site(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring) as opened:
        yield opened


def key_of(page: httpx.Response) -> str:
    found = re.search(r"<p><code>([^<]+)</code></p>", page.text)
    assert page.status_code == 200 and found, page.text
    return found[1]


def test_a_key_is_shown_once_and_counts_until_it_is_revoked(site: Officers, wiring: Wiring) -> None:
    form = site.form_key(PAGE, ADMIN)
    text = key_of(site.send(PAGE, PAGE, ADMIN, key=form, **NOODLES))
    again = site.send(PAGE, PAGE, ADMIN, key=form, **NOODLES)
    assert again.headers["location"] == f"{PAGE}?done=issued"
    shown = site.open(PAGE, ADMIN)
    assert text not in shown.text and text[:8] in shown.text
    assert identify_merchant(wiring, text).id == "noodles"
    assert ("li.min", "keys.issue.add") in acts_of(wiring, "noodles")
    second = key_of(site.send(PAGE, f"{PAGE}/noodles/key", ADMIN, until="2026-12-31"))
    assert identify_merchant(wiring, second).id == "noodles"
    assert site.send(PAGE, f"{PAGE}/noodles/key", ADMIN, overlap="x").status_code == 422
    assert site.send(PAGE, f"{PAGE}/nobody/key", ADMIN).status_code in (404, 422)
    revoked = site.send(PAGE, f"{PAGE}/keys/{text[:8]}/revoke", ADMIN)
    assert revoked.headers.get("location") == f"{PAGE}?done=revoked", text_of(revoked)
    live = [key.id for one in list_merchant_accounts(wiring) for key in one.keys if key.revoked_at is None]
    assert live == [second[:8]]


def compare(site: Officers, content: bytes, who: str = FINANCE, **fields: str) -> httpx.Response:
    fields["form_key"] = site.form_key(INVOICE, FINANCE)
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    files = {"invoice": ("../面馆.csv", content)}
    return site.client.post(INVOICE, data=fields, files=files, headers=headers)


ROWS = "券码,金额,日期\nABCD-EFGH-JKLM,12.00,2026-09-01\nABCD-EFGH-JKLM,12.00,2026-09-01\n".encode()


def test_every_difference_of_an_invoice_is_shown(site: Officers, wiring: Wiring) -> None:
    page = compare(site, ROWS)
    told = text_of(page)
    assert page.status_code == 200 and "there are differences to settle" in told, told
    assert (told.count("abcd-efgh-jklm") >= 2 and "no redemption" in told) or "unknown reference" in told
    with wiring.database.read() as connection:
        acts = connection.exec_driver_sql("select act from audit_entries where object_kind = 'invoice'")
        assert {act for (act,) in acts} == {"money.prepare.reconcile"}
    book = compare(site, ROWS, form="xlsx")
    assert book.headers["content-disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert "ABCD-EFGH-JKLM" in parts.read("xl/sharedStrings.xml").decode()


def test_merchants_of_the_union_are_not_a_countys(site: Officers) -> None:
    assert site.open(PAGE, COUNTY).status_code == 403
    for page in (LOST, INVOICE):
        assert site.open(page, "finance_preparer/inside").status_code == 403
        assert site.open(page, FINANCE).status_code == 200
