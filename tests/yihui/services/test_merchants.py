"""A merchant's keys: each has its last day, and a further one may end the others."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from benefits import verify_ledger
from core.civil_time import start_of_day
from core.faults import FaultError
from tests.benefits.counters import BAKERY, NOON
from yihui.bootstrap import Settings, build_wiring
from yihui.services.benefits.merchants import (
    add_merchant_with_key,
    issue_further_key,
    list_merchant_accounts,
)


def test_a_further_key_ends_the_others_after_an_overlap(target: str, tmp_path: Path) -> None:
    wiring = build_wiring(Settings(target, tmp_path / "data"), lambda: NOON)
    first = add_merchant_with_key(wiring, BAKERY, date(2026, 5, 20)).key
    assert first.expires_at == start_of_day(date(2026, 5, 21))
    second = issue_further_key(wiring, BAKERY.id, date(2027, 5, 20), 3).key
    (account,) = list_merchant_accounts(wiring)
    assert {key.id: key.expires_at for key in account.keys} == {
        first.id: NOON + timedelta(days=3),
        second.id: start_of_day(date(2027, 5, 21)),
    }
    with pytest.raises(FaultError, match="would have ended already"):
        issue_further_key(wiring, BAKERY.id, NOON.date() - timedelta(days=1))
    with wiring.database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
    wiring.close()
