"""Payments by bank at the desk: from the to-do to the bank's file in five loads, each button once, and what is kept."""

from collections.abc import Iterator
from pathlib import Path
from re import findall, search

import httpx
import pytest
from sqlalchemy import select

from benefits import list_payout_batches, verify_ledger
from benefits.tables.transactions import grant_balances
from tests.core.sheets.sheets import SheetContent, xlsx
from tests.yihui.http.desk.money_of_districts import build_failures, grant_of
from tests.yihui.http.desk.officers import acts_of, open_desk, send_files
from tests.yihui.money.payouts.office import answer_file, batch_of, open_office
from tools.servers.desk import DEMO, Officers, text_of
from yihui.bootstrap import Wiring

PAYOUTS, PAYMENTS = "/desk/money/payouts", "/desk/money/payments"
FINANCE, ABOVE = "finance_preparer/inside", "finance_preparer/ancestor"
PAYEES = "会员代号,账号,户名\nhere-1,6222020200112230001,张一\nthere-1,6222020200112230002,李二\n"


@pytest.fixture
def wiring(tmp_path: Path, migrated_file: Path) -> Iterator[Wiring]:
    made = build_failures(tmp_path, migrated_file)
    open_office(made)
    yield made
    with made.database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
    made.close()


@pytest.fixture
def site(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring) as opened:
        yield opened


def confirm(site: Officers, page: httpx.Response, path: str, who: str, **fields: str) -> httpx.Response:
    """Send a form again whose preview was shown, with all that the page kept."""
    hidden = dict(findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    return send_files(site, path, who, {}, **{**hidden, "step": "", **fields})


def prepare(
    site: Officers, who: str, payees: str | bytes = PAYEES, name: str = "p.csv", **fields: str
) -> httpx.Response:
    """Prepare a batch with its preview; return the answer to the second form."""
    path = f"{PAYOUTS}/prepare"
    files = {"payees": (name, payees)}
    shown = send_files(site, path, who, files, form_key=site.form_key(path, who), step="preview", **fields)
    assert shown.status_code == 200 and "previewed" in shown.text, text_of(shown)
    return confirm(site, shown, path, who, **fields)


def count_batches(wiring: Wiring) -> int:
    with wiring.database.read() as connection:
        return len(list_payout_batches(connection))


def test_a_batch_is_prepared_from_what_was_shown_and_released_once(site: Officers, wiring: Wiring) -> None:
    rows = [f"{line},核对".split(",") for line in f"{PAYEES}合计,,2户".splitlines()]
    book = xlsx(SheetContent(rows, hidden_rows=(2,), hidden_columns=(3,)))
    done = prepare(site, FINANCE, book, "a.xlsx", reason="更正账号", hidden_rows="take")
    assert done.status_code == 303, text_of(done)
    page = done.headers["location"].partition("?")[0]
    key = page.rpartition("/")[2]
    assert [one.member_id for one in batch_of(wiring, key).orders] == ["here-1"], "the subtree's alone"
    assert ("li.min", "money.prepare.payout.prepare") in acts_of(wiring, key)
    own = site.open(page, "finance_releaser/inside").text
    assert "You prepared this batch" in own and "Release 1 person" not in own


def test_a_preview_stores_nothing_and_an_error_keeps_the_file(site: Officers, wiring: Wiring) -> None:
    path, before = f"{PAYOUTS}/prepare", count_batches(wiring)
    key = site.form_key(path, FINANCE)
    sent = {"form_key": key, "until": "2026-13-01"}
    refused = send_files(site, path, FINANCE, {"payees": ("p.csv", PAYEES)}, **sent)
    assert refused.status_code in (400, 422) and "2026-13-01" in refused.text
    kept = search(r'name="payees_upload" value="(\w+)"', refused.text)
    assert kept and "6222" not in refused.text
    shown = send_files(site, path, FINANCE, {}, form_key=key, payees_upload=kept[1], step="preview")
    assert "here-1" not in text_of(shown) or shown.status_code == 200
    assert count_batches(wiring) == before
    done = confirm(site, shown, path, FINANCE)
    again = confirm(site, shown, path, FINANCE)
    assert done.status_code == again.status_code == 303
    assert done.headers["location"] == again.headers["location"]
    assert count_batches(wiring) == before + 1


def test_who_may_not_pay_is_offered_nothing(site: Officers) -> None:
    assert site.open(PAYOUTS, "case_worker/inside").status_code == 403
    reader = site.open(PAYOUTS, "auditor/ancestor").text
    assert f"{PAYOUTS}/prepare" not in reader
    payment = search(rf'href="({PAYMENTS}/[^"]+)"', site.open(f"{PAYMENTS}?state=failed", ABOVE).text)
    assert payment
    assert "/mend" not in site.open(payment[1], "auditor/ancestor").text
    assert "/desk/money/bank/write" not in site.open("/desk/money/bank", FINANCE).text
    assert "/desk/money/bank/write" in site.open("/desk/money/bank", ABOVE).text


def test_an_officer_sees_and_counts_the_payments_of_the_own_subtree_alone(site: Officers) -> None:
    for who, count in ((FINANCE, 1), (ABOVE, 2)):
        page = site.open(f"{PAYMENTS}?state=failed", who).text
        assert page.count("/desk/money/payments/PB000001-") == count
        home = text_of(site.open("/desk", who))
        assert (
            f"payments that the bank refused ({count})" in home
            or f"payments that the bank refused {count}" in home
        )


def test_an_ended_payment_is_back_in_its_budget_and_leaves_the_list(site: Officers, wiring: Wiring) -> None:
    links = findall(rf'href="({PAYMENTS}/[^"]+)"', site.open(f"{PAYMENTS}?state=failed", ABOVE).text)
    page = findall(rf'href="({PAYMENTS}/[^"]+)"', site.open(f"{PAYMENTS}?state=failed", FINANCE).text)[0]
    [other] = {one for one in links if one != page}
    assert site.open(other, FINANCE).status_code == 403
    empty = site.send(page, f"{page}/end", FINANCE, version="2", reason="")
    assert empty.status_code in (400, 422)
    done = site.send(page, f"{page}/end", FINANCE, version="2", reason="重复发放")
    assert done.status_code == 303, text_of(done)
    assert "its money is back" in text_of(site.open(done.headers["location"], FINANCE))
    grant = grant_of(wiring, "here-1")
    assert ("li.min", "money.reverse.payout.end") in acts_of(wiring, grant)
    with wiring.database.read() as connection:
        held = connection.execute(select(grant_balances).where(grant_balances.c.grant_id == grant)).one()
    assert (held.issued, held.reversed) == (0, 10_000)


def test_from_the_to_do_to_the_banks_file_in_five_loads_and_each_button_counts_once(
    site: Officers, wiring: Wiring
) -> None:
    prepare(site, ABOVE, reason="更正账号")
    batch = "PB000002"
    page = f"{PAYOUTS}/{batch}"
    assert batch in site.open("/desk", DEMO).text  # 1
    shown = site.open(page, DEMO)  # 2
    assert "Release 2 persons · 200 yuan" in shown.text, text_of(shown)
    key = search(r'name="form_key" value="([^"]+)"', shown.text)
    assert key
    fields = {"form_key": key[1], "version": "1"}
    done = [site.post(f"{page}/release", DEMO, **fields) for _ in range(2)]  # 3, and the button again
    assert [one.status_code for one in done] == [303, 303], text_of(done[0])
    stale = site.post(f"{page}/release", DEMO, form_key=site.form_key(page, DEMO), version="1")
    assert stale.status_code in (409, 422)
    after = site.open(done[0].headers["location"], DEMO)  # 4
    file = site.post(f"{page}/export", DEMO, form_key=site.form_key(page, DEMO))  # 5
    assert 'filename="PB000002.csv"' in file.headers["content-disposition"] and after.status_code == 200
    assert "6222020200112230001,张一,100.00" in file.content.decode("gb18030")
    assert [act for _, act in acts_of(wiring, batch)].count("money.release.payout.release") == 1
    answers = answer_file(batch_of(wiring, batch))
    path = f"{page}/answer"
    told = send_files(
        site,
        path,
        ABOVE,
        {"answer": ("r.csv", answers.content)},
        form_key=site.form_key(path, ABOVE),
        version="2",
        step="preview",
    )
    assert confirm(site, told, path, ABOVE).status_code == 303
    assert "paid by the bank" in text_of(site.open(page, ABOVE))
