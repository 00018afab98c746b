"""Payments that didn't arrive, at the desk: by batch and reason, prepared again in one act, or ended with a reason."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from benefits import (
    FailedPayment,
    PayoutBatch,
    list_failed_payments,
    list_payout_batches,
    verify_ledger,
)
from benefits.tables.transactions import grant_balances
from tests.core.sheets.sheets import SheetContent, xlsx
from tests.yihui.files.bank.paying import TERMS
from tests.yihui.http.desk.money_of_districts import build_failures, grant_of
from tests.yihui.http.desk.officers import acts_of, open_desk, send_files
from tools.servers.desk import Officers, text_of
from yihui.bootstrap import Wiring

FAILED = "/desk/money/failed"
FINANCE, ABOVE = "finance_preparer/inside", "finance_preparer/ancestor"
PAYEES = "会员代号,账号,户名\nhere-1,6222020200112230001,张一\nthere-1,6222020200112230002,李二\n"


@pytest.fixture
def wiring(tmp_path: Path, migrated_file: Path) -> Iterator[Wiring]:
    made = build_failures(tmp_path, migrated_file)
    yield made
    with made.database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
    made.close()


@pytest.fixture
def site(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring) as opened:
        yield opened


def failures(wiring: Wiring) -> dict[str, FailedPayment]:
    with wiring.database.read() as connection:
        return {one.member_id: one for one in list_failed_payments(connection, "failed")}


def batches(wiring: Wiring) -> list[PayoutBatch]:
    with wiring.database.read() as connection:
        return list_payout_batches(connection)


def send(
    site: Officers,
    who: str,
    *payments: str,
    payees: str | bytes = PAYEES,
    name: str = "payees.csv",
    key: str = "",
    **fields: str,
) -> httpx.Response:
    """Send the form that prepares payments again, with the bank's files."""
    filled = {"form_key": key or site.form_key(FAILED, who), "checked": "yes", "reason": "更正账号", **fields}
    files = {"bank": ("bank.yaml", TERMS), "payees": (name, payees)}
    return send_files(site, FAILED, who, files, payment=list(payments), **filled)


def test_an_officer_sees_and_counts_the_payments_of_the_own_subtree_alone(site: Officers) -> None:
    page = site.open(FAILED, FINANCE).text
    assert "here-1" in page and "here-2" in page and "there-" not in page
    for who, count in ((FINANCE, 1), (ABOVE, 2)):
        home = text_of(site.open("/desk", who))
        assert f"payments that the bank refused {count}" in home
        assert f"payments without an answer of the bank {count}" in home
    assert site.open(FAILED, "case_worker/inside").status_code == 403
    reader = site.open(FAILED, "auditor/ancestor").text
    assert "there-1" in reader and 'name="payment"' not in reader and 'name="reference"' not in reader


def test_selected_payments_become_a_new_batch_that_another_officer_releases(
    site: Officers, wiring: Wiring
) -> None:
    mine = failures(wiring)["here-1"]
    key = site.form_key(FAILED, FINANCE)
    rows = [f"{line},核对".split(",") for line in f"{PAYEES}合计,,2户".splitlines()]
    book = xlsx(SheetContent(rows, hidden_rows=(2,), hidden_columns=(3,)))
    sent = send(site, FINANCE, mine.reference, payees=book, name="a.xlsx", key=key, hidden_rows="take")
    assert sent.status_code == 303, text_of(sent)
    told = text_of(site.open(sent.headers["location"], FINANCE))
    for note in ("totals or notes were left out: 4.", "rows of the file were taken: 3.", "were read: d."):
        assert note in told
    page, batch = sent.headers["location"].partition("?")[0], batches(wiring)[0]
    assert (page, batch.orders, batch.amount_fen) == (f"/desk/money/payouts/{batch.id}", 1, 10_000)
    assert (batch.state, batch.reason, batch.prepared_by) == ("prepared", "更正账号", "li.min")
    assert ("li.min", "money.prepare.prepare-again") in acts_of(wiring, batch.id)
    assert "You prepared this batch" in site.open(page, "finance_releaser/inside").text, "the same person"
    assert set(failures(wiring)) == {"there-1"}
    assert (
        send(site, FINANCE, mine.reference, payees=f"{PAYEES}合计,,2户\n", key=key).headers["location"]
        == sent.headers["location"]
    )
    again = send(site, ABOVE, mine.reference)
    assert again.status_code == 422 and "is not among those that failed" in text_of(again)
    assert len(batches(wiring)) == 2


def test_all_of_a_list_are_selected_only_while_they_are_as_shown(site: Officers, wiring: Wiring) -> None:
    shown = unescape(site.open(FAILED, ABOVE).text).split('name="all" value="')[1].partition('"')[0]
    assert shown == "2:20000"
    unchecked = send(site, ABOVE, all=shown, checked="")
    assert unchecked.status_code == 422 and 'name="all" value="2:20000" checked' in unchecked.text
    end = site.send(
        FAILED, f"{FAILED}/end", ABOVE, reference=failures(wiring)["there-1"].reference, reason="已去世"
    )
    assert end.status_code == 303, text_of(end)
    refused = send(site, ABOVE, all=shown)
    assert refused.status_code == 422 and "now it holds 1 payment, 100 yuan" in text_of(refused)
    assert refused.text.count('name="checked" value="yes" checked') == 1, "of the refused form alone"
    assert send(site, ABOVE, all="1:10000").status_code == 303
    assert batches(wiring)[0].orders == 1 and failures(wiring) == {}
    assert "no payment that the bank refused is open" in text_of(site.open(FAILED, ABOVE))


def test_an_ended_payment_is_back_in_its_budget_and_leaves_the_list(site: Officers, wiring: Wiring) -> None:
    mine, other = (failures(wiring)[f"{name}-1"].reference for name in ("here", "there"))
    form = site.open(f"{FAILED}?end={mine}", FINANCE).text
    assert f'maxlength="32" value="{mine}"' in form
    for fields in (
        {"reference": mine, "reason": ""},
        {"reference": other, "reason": "x"},
        {"reference": "x", "reason": "x"},
    ):
        refused = site.send(FAILED, f"{FAILED}/end", FINANCE, **fields)
        assert refused.status_code == 422, text_of(refused)
    ended = site.send(FAILED, f"{FAILED}/end", FINANCE, reference=mine, reason="重复发放")
    assert ended.status_code == 303, text_of(ended)
    assert "its money is back" in text_of(site.open(ended.headers["location"], FINANCE))
    assert set(failures(wiring)) == {"there-1"}
    grant = grant_of(wiring, "here-1")
    assert ("li.min", "money.reverse.end") in acts_of(wiring, grant)
    with wiring.database.read() as connection:
        held = connection.execute(select(grant_balances).where(grant_balances.c.grant_id == grant)).one()
    assert (held.issued, held.reversed) == (0, 10_000)


def test_a_selection_that_is_wrong_or_of_another_subtree_prepares_nothing(
    site: Officers, wiring: Wiring
) -> None:
    before = failures(wiring)
    for who, member, more, status, told in (
        (FINANCE, "", {}, 422, "no payment is selected"),
        (FINANCE, "PB999999-000001", {}, 422, "is not among those that failed"),
        (FINANCE, "there-1", {}, 422, "is not among those that failed"),
        (FINANCE, "here-1", {"payees": PAYEES.replace("here-1", "m-1")}, 422, "no account of here-1"),
        (FINANCE, "here-1", {"batch": "PB000009"}, 422, "is not among those that failed"),
        (FINANCE, "here-1", {"all": "nonsense"}, 422, "the list has changed"),
        ("finance_releaser/inside", "here-1", {}, 403, ""),
    ):
        payment = before[member].reference if member in before else member
        refused = send(site, who, *[payment] * bool(payment), key=site.form_key(FAILED, FINANCE), **more)
        assert refused.status_code == status and told in text_of(refused), (who, member, text_of(refused))
        assert failures(wiring) == before and len(batches(wiring)) == 1
