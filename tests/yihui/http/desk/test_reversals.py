"""Reversals and debts at the desk: one grant at once, many by a second person, and nothing of another subtree."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benefits import list_debts, verify_ledger
from tests.yihui.http.desk.money_of_districts import build_money, grant_of
from tests.yihui.http.desk.officers import Officers, acts_of, open_desk, text_of
from yihui.bootstrap import Wiring

REVERSALS, DEBTS = "/desk/money/reversals", "/desk/money/debts"
FINANCE = "finance_preparer/inside"
WISH = {"rule": "gift-here", "since": "2026-09-02", "until": "2026-09-02", "reason": "重复发放"}


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Wiring]:
    made = build_money(tmp_path_factory.mktemp("money"), migrated_file)
    yield made
    with made.database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
    made.close()


@pytest.fixture(scope="module")
def site(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring) as opened:
        yield opened


def debt_of(wiring: Wiring, member: str) -> tuple[str, int]:
    with wiring.database.read() as connection:
        (debt,) = list_debts(connection, member_id=member)
    return debt.id, debt.left_fen


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({**WISH, "since": "", "until": ""}, 422, "neither a version nor a first day"),
        ({**WISH, "reason": ""}, 422, "reason is empty"),
        ({**WISH, "since": "gestern"}, 400, "gestern"),
        ({**WISH, "version": "abcdefgh"}, 422, "abcdefgh"),
        ({**WISH, "checked": ""}, 422, "not ticked"),
        ({**WISH, "rule": "gift-there"}, 403, "don't include this"),
        ({**WISH, "rule": "no-such-rule"}, 403, "don't include this"),
    ],
)
def test_a_reversal_that_is_wrong_or_of_another_subtree_changes_nothing(
    site: Officers, fields: dict[str, str], status: int, told: str
) -> None:
    refused = site.send(REVERSALS, REVERSALS, FINANCE, **fields)
    assert refused.status_code == status and told in text_of(refused)
    assert "none was proposed" in text_of(site.open(REVERSALS, FINANCE))


def test_one_grant_is_taken_back_at_once_and_once(site: Officers, wiring: Wiring) -> None:
    key = site.form_key(REVERSALS, FINANCE)
    for _ in range(2):
        done = site.send(REVERSALS, REVERSALS, FINANCE, key=key, **WISH)
        assert done.headers.get("location") == f"{REVERSALS}?done=reversed", text_of(done)
    assert acts_of(wiring, "gift-here") == [("li.min", "money.reverse.reverse")]
    again = site.send(REVERSALS, REVERSALS, FINANCE, **WISH)
    assert again.headers["location"] == f"{REVERSALS}?done=nothing"


def test_many_grants_wait_for_a_second_person(site: Officers) -> None:
    wish = {"rule": "gift-there", "since": "2026-09-01", "reason": "资格有误"}
    proposed = site.send(REVERSALS, REVERSALS, "finance_preparer/ancestor", **wish)
    assert proposed.headers.get("location") == "/desk/approvals?done=proposed", text_of(proposed)
    proposals = "reversals of many grants"
    listed = text_of(site.open(REVERSALS, "finance_preparer/ancestor")).partition(proposals)[2]
    assert "示例慰问 gift-there" in listed
    own = text_of(site.open(REVERSALS, FINANCE)).partition(proposals)[2]
    assert "示例慰问" not in own and "none was proposed" in own


def test_what_is_left_of_one_benefit_is_ended(site: Officers, wiring: Wiring) -> None:
    own, foreign = grant_of(wiring, "here-1"), grant_of(wiring, "there-1")
    path = f"{REVERSALS}/void"
    for grant in (foreign, "0" * 40):
        assert site.send(REVERSALS, path, FINANCE, grant=grant, reason="示例").status_code == 403
    done = site.send(REVERSALS, path, FINANCE, grant=own, reason="示例")
    assert done.headers.get("location") == f"{REVERSALS}?done=void", text_of(done)
    assert ("li.min", "money.reverse.void") in acts_of(wiring, own)


def test_debts_are_those_of_the_own_rules(site: Officers) -> None:
    own = text_of(site.open(DEBTS, FINANCE))
    assert "here-gone" in own and "there-gone" not in own and "still owed: 100 yuan" in own
    assert "there-gone" not in text_of(site.open(f"{DEBTS}?all=1&member=there-gone", FINANCE)).replace(
        'value="there-gone"', ""
    )
    assert "there-gone" in text_of(site.open(DEBTS, "auditor/ancestor"))
    assert site.open(DEBTS, "case_worker/inside").status_code == 403


def test_a_debt_is_paid_in_part_and_the_rest_is_waived(site: Officers, wiring: Wiring) -> None:
    id_, left = debt_of(wiring, "here-gone")
    assert left == 10_000
    refused = site.send(DEBTS, f"{DEBTS}/{id_}/settle", FINANCE, reason="已交回", yuan="一百零一")
    assert refused.status_code in (400, 422) and debt_of(wiring, "here-gone")[1] == 10_000
    too_much = site.send(DEBTS, f"{DEBTS}/{id_}/settle", FINANCE, reason="已交回", yuan="100.01")
    assert too_much.status_code == 422 and debt_of(wiring, "here-gone")[1] == 10_000
    paid = site.send(DEBTS, f"{DEBTS}/{id_}/settle", FINANCE, reason="已交回", yuan="40")
    assert paid.headers.get("location") == f"{DEBTS}?done=settled", text_of(paid)
    assert debt_of(wiring, "here-gone")[1] == 6_000
    waived = site.send(DEBTS, f"{DEBTS}/{id_}/waive", FINANCE, reason="生活困难")
    assert waived.headers.get("location") == f"{DEBTS}?done=waived", text_of(waived)
    assert debt_of(wiring, "here-gone")[1] == 0
    assert "nobody owes anything" in text_of(site.open(DEBTS, FINANCE))
