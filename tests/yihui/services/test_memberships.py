"""Acts on memberships under concurrency, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text

from core.faults import FaultError
from members.standing import MembershipAct
from tests.members.organisations.acting import codes_of, event_of, handle
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.members.memberships import record_membership_act

A, B = "370202001-00001", "370202001-00002"
NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build_wiring(Settings(target, tmp_path / "data"), lambda: NOW)
    acts = [event_of("organisation.founded", code, "2020-01-01", name="示例工会") for code in (A, B)]
    acts.append(event_of("member.joined", "m-1", "2026-03-01", organisation=A, joined_on="2026-03-01"))
    with made.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    yield made
    made.database.close()


@pytest.mark.both_databases
@pytest.mark.parametrize("keys", [("key-0001", "key-0001"), ("key-0001", "key-0002"), (None, None)])
def test_of_two_transfers_at_once_one_takes_effect(
    wiring: Wiring, keys: tuple[str | None, str | None]
) -> None:
    together = Barrier(2)

    def transfer(key: str | None) -> str:
        together.wait()
        act = MembershipAct("transfer", "m-1", date(2026, 10, 3), "li.min", B)
        try:
            return "new" if record_membership_act(wiring, act, key).is_new else "repeated"
        except FaultError as refused:
            return ",".join(fault.short_code for fault in refused.faults)

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(transfer, keys))
    assert outcomes == ["new", "repeated" if keys == ("key-0001", "key-0001") else "own"]
    with wiring.database.read() as connection:
        count = "SELECT count(*) FROM member_changes WHERE type = 'member.transferred'"
        assert connection.execute(text(count)).scalar() == 1
