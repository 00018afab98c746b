"""Merchants: what a new one may redeem is said by the benefits' titles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benefits import has_voucher_key, load_merchant
from core.faults import FaultError
from tests.yihui.nouns import do, preview, show
from tests.yihui.own_benefits import HEAD, NOW, RULES, UNION, keep_rules, write_rules
from yihui.access.actor import CONSOLE
from yihui.bootstrap import PROVINCE_CODE, Settings, Wiring, build_wiring
from yihui.frame.fields import TypedFile
from yihui.money.merchants.acts import ADD
from yihui.money.merchants.invoices import COMPARE
from yihui.money.merchants.pages import NOUN


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    rules = {**RULES, "own-cake-again": RULES["own-cake"]}
    made = build_wiring(Settings(target, tmp_path, rules=(keep_rules(HEAD, rules),)), now=lambda: NOW)
    yield made
    made.close()


def test_a_merchant_redeems_every_rule_of_a_title_that_it_was_given(wiring: Wiring) -> None:
    made = do(wiring, CONSOLE, ADD, name="泉边面馆", benefits=[{"title": "示例蛋糕券"}])
    with wiring.database.read() as connection:
        assert sorted(load_merchant(connection, made).rules) == ["own-cake", "own-cake-again"]
    assert str(show(wiring, CONSOLE, NOUN, made)).count("示例蛋糕券") == 1


def test_a_title_of_several_unions_binds_the_rules_of_the_one_that_is_named(
    target: str, tmp_path: Path
) -> None:
    kept = tmp_path / "rules"
    kept.mkdir()
    write_rules(kept, HEAD, {**RULES, "their-cake": RULES["own-cake"]})
    theirs = kept / "their-cake.yaml"
    theirs.write_text(theirs.read_text("utf-8").replace(PROVINCE_CODE, UNION), "utf-8")
    wiring = build_wiring(Settings(target, tmp_path, rules=(kept,)), now=lambda: NOW)
    with pytest.raises(FaultError) as refused:
        do(wiring, CONSOLE, ADD, name="泉边面馆", benefits=[{"title": "示例蛋糕券"}])
    (fault,) = refused.value.faults
    assert (fault.code, fault.field) == ("merchant.several", "benefits.0.title")
    for name, title in (("泉边面馆", f"示例蛋糕券（{UNION}）"), ("新岛面馆", "their-cake")):
        made = do(wiring, CONSOLE, ADD, name=name, benefits=[{"title": title}])
        with wiring.database.read() as connection:
            assert load_merchant(connection, made).rules == ("their-cake",)
        assert show(wiring, CONSOLE, NOUN, made)["rules"] == [["示例蛋糕券", UNION]]
    wiring.close()


def test_a_preview_of_an_invoice_with_codes_records_no_key(wiring: Wiring) -> None:
    invoice = TypedFile("a.csv", "券码,金额\nABCD-EFGH-JKLM,12.00\n".encode())
    preview(wiring, CONSOLE, COMPARE, None, invoice=invoice)
    with wiring.database.read() as connection:
        assert not has_voucher_key(connection)
    assert not (wiring.data_folder / "voucher.key").exists()
