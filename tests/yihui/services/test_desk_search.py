"""The search finds an officer's own records however many of other subtrees come before them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from benefits.tables.decisions import decisions, grants
from benefits.tables.payout import payout_batches, payout_orders
from members.history import MemberChange, record_member_changes
from tests.members.organisations.acting import NOW, codes_of, event_of, handle
from tests.yihui.http.two_districts import GONE, HERE, OTHER_UNION, THERE, TODAY, UNION, found_two_districts
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.bootstrap import Wiring
from yihui.services.desk.search import search_records
from yihui.services.stations.texts import StationTexts

OTHERS = 450  # more than a search examines
ENDED = "370202001-00009"  # merged into OTHER_UNION
LAST, LEFT, UNPLACED = "m-z-last", "m-z-left", "m-z-unplaced"
OWN = (LAST, LEFT, UNPLACED)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = found_two_districts(target, tmp_path).wiring
    with made.database.write() as connection:
        _plant_members(connection)
        others = [(f"a-grant-{number:04}", f"m-a-{number:04}") for number in range(OTHERS)]
        _plant_payments(connection, [*others, *((f"a-grant-z-{member}", member) for member in OWN)])
    yield made
    made.close()


def _plant_members(connection: Connection) -> None:
    acts = [
        event_of("organisation.founded", f"370102001-1{number:04}", "2020-01-01", name=f"工会 {number:04}")
        for number in range(OTHERS)
    ]
    acts.append(event_of("organisation.founded", ENDED, "2020-01-01", name="工会 并入"))
    members = {f"m-a-{number:04}": UNION for number in range(OTHERS)} | {LAST: OTHER_UNION, LEFT: ENDED}
    acts += [
        event_of("member.joined", member, "2026-03-01", organisation=code, joined_on="2026-03-01")
        for member, code in members.items()
    ]
    acts.append(event_of("member.left", LEFT, "2026-05-01"))
    acts.append(event_of("organisation.merged", ENDED, "2026-06-01", into=OTHER_UNION))
    assert codes_of(handle(connection, *acts)) == []
    district = {"district": THERE}
    record_member_changes(
        connection, [MemberChange(UNPLACED, NOW, "member.profile_changed", "/test", "u-1", district)], NOW
    )


def _plant_payments(connection: Connection, owners: list[tuple[str, str]]) -> None:
    """Store a grant and a payment of each member."""
    decided = {"rule_id": "r", "rule_hash": "0", "source": "/test", "event_type": "member.joined",
               "occurred_on": TODAY, "outcome": "granted", "reasons": "[]", "explanation": "[]",
               "recorded_at": NOW}  # fmt: skip
    promised = {"part": "1", "rule_id": "r", "kind": "money", "title": "慰问金", "amount_fen": 1, "quantity": 1,
                "uses": 1, "granted_on": TODAY}  # fmt: skip
    ordered = {"batch_id": "PB1", "attempt": 1, "amount_fen": 1, "state": "open"}
    connection.execute(
        insert(decisions),
        [{"id": id, "member_id": member, "event_id": id, **decided} for id, member in owners],
    )
    connection.execute(
        insert(grants),
        [{"id": id, "decision_id": id, "member_id": member, **promised} for id, member in owners],
    )
    connection.execute(
        insert(payout_batches).values(
            id="PB1",
            number=1,
            state="prepared",
            orders=len(owners),
            amount_fen=len(owners),
            orders_digest="0",
            file_digest="0",
            terms_digest="0",
            prepared_by="li",
            prepared_at=NOW,
            prepared_on=TODAY,
            reason="月底",
        )
    )
    connection.execute(
        insert(payout_orders),
        [
            {"reference": f"PB1-{line:05}", "line": line, "grant_id": id, **ordered}
            for line, (id, _) in enumerate(owners, 1)
        ],
    )


def find(wiring: Wiring, role: Role, place: str, text: str) -> dict[str, list[str]]:
    """Return the ids of what an officer of an organisation finds, by kind."""
    held = (Assignment(role, place, date(2026, 1, 1)),)
    actor = Actor("li.min", "li.min", ActorKind.OFFICER, held)
    found = search_records(wiring, actor, text, lambda: StationTexts([]))
    return {group.kind: [hit.id for hit in group.hits] for group in found}


def test_records_of_a_later_subtree_are_found_and_those_of_others_are_not(wiring: Wiring) -> None:
    assert LAST in find(wiring, Role.CASE_WORKER, THERE, "m-")["member"]
    assert "m-a-0000" not in find(wiring, Role.CASE_WORKER, THERE, "m-a")
    grants_found = find(wiring, Role.CASE_WORKER, THERE, "a-grant")["grant"]
    assert grants_found == [f"a-grant-z-{member}" for member in OWN]
    payments = find(wiring, Role.FINANCE_PREPARER, THERE, "pb1")["payment"]
    assert payments == [f"PB1-{OTHERS + line:05}" for line in (1, 2, 3)]
    for text in ("37", "工会"):
        found = find(wiring, Role.CASE_WORKER, THERE, text)["organisation"]
        assert found == [GONE, THERE, "370202001", OTHER_UNION]
    for text in ("m-z", "a-grant-z", OTHER_UNION):
        assert find(wiring, Role.CASE_WORKER, HERE, text) == {}
