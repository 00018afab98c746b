"""Benefits follow a member to another organisation; only places held unused go back, once."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from benefits import (
    Move,
    MoveRefused,
    Officer,
    ReversalCriteria,
    apply_reversal,
    post_moves,
    record_claim,
    seal_batches,
)
from benefits.tables.decisions import counters, decisions, entries, grants, limit_slots, waiting_list
from benefits.tables.draws import returned_places
from benefits.tables.rulebook import is_taken_back
from benefits.tables.transactions import grant_balances
from benefits.verification.verify import verify_ledger
from rules import OrganisationTransfer, RuleLibrary
from store import Database, outbox
from tests.benefits.polls import library
from tests.members.organisations.acting import NOW, codes_of, event_of, handle
from tests.profile import SLOW
from tests.tiers import budget

A, B, C = "370202001-00001", "370202001-00002", "370203001-00001"
ORGANISATIONS, PEOPLE = (A, B, C), ("m-1", "m-2", "m-3")
BEGIN = date(2026, 3, 1)


def rules() -> RuleLibrary:
    """Places by organisation, by subtree, by fact, for all; claimed, expiring, waited for, drawn."""
    return library(
        a_own=f"""
benefit: {{kind: voucher, amount_fen: 300, unit: 张}}
limit: {{times: 1, per: [member, event.poll], every: calendar_year}}
allocate: {{mode: first_come, quotas: {{"{A}": 2, "{B}": 1, "370203": 1, "370200": 4}}, every: calendar_year, waiting_list: true}}
budget: shared
expires: P20D
""",
        b_fact="""
benefit: {kind: cash, amount_fen: 450}
limit: {times: 2, per: [member], every: calendar_year}
allocate: {mode: first_come, quota: 2, quota_per: [member.organisation], every: quarter}
budget: shared
""",
        c_claim=f"""
benefit: {{kind: item, quantity: 2, unit: 份}}
limit: {{times: 1, per: [member], every: calendar_year}}
allocate: {{mode: first_come, quotas: {{"{A}": 1, "{B}": 1}}, every: calendar_year}}
claim: {{within: P7D}}
""",
        d_all="""
benefit: {kind: points, quantity: 5}
limit: {times: 1, per: [member, event.poll], every: calendar_year}
allocate: {mode: first_come, quota: 9, every: calendar_year}
""",
        e_draw=f"""
benefit: {{kind: cash, amount_fen: 50}}
limit: {{times: 1, per: [member], every: calendar_year}}
allocate: {{mode: lottery, quotas: {{"{A}": 1, "{B}": 1}}, every: calendar_year, entries: {{from: 2026-03-01, until: 2026-04-30}}}}
""",
    )


@dataclass
class Held:
    """All that the ledger holds, as plain rows."""

    grants: dict[str, tuple[object, ...]]
    positions: set[tuple[object, ...]]
    slots: set[tuple[object, ...]]
    entries: set[tuple[object, ...]]
    waiting: set[tuple[object, ...]]
    quotas: dict[str, int]


def held(connection: Connection) -> Held:
    def rows(table: object) -> set[tuple[object, ...]]:
        return {tuple(row) for row in connection.execute(select(table))}  # type: ignore[call-overload]

    used = {key: n for key, n, *_ in connection.execute(select(counters.c.key, counters.c.used))}
    return Held(
        {row.id: tuple(row) for row in connection.execute(select(grants))},
        rows(grant_balances),
        rows(limit_slots),
        rows(entries),
        rows(waiting_list),
        {key: n for key, n in used.items() if key.startswith("quota/")},
    )


def expected_returns(connection: Connection, member: str, before: str, after: str) -> list[str]:
    """The slow oracle: look at each grant of the member alone, and at each place that it took."""
    found = []
    granted = select(decisions).where(decisions.c.member_id == member, decisions.c.outcome == "granted")
    for row in connection.execute(granted.order_by(decisions.c.id)).mappings():
        if connection.execute(
            select(is_taken_back(decisions.c.id)).where(decisions.c.id == row["id"])
        ).scalar():
            continue
        stages = connection.execute(
            select(grant_balances).where(
                grant_balances.c.grant_id.in_(select(grants.c.id).where(grants.c.decision_id == row["id"]))
            )
        ).mappings()
        lines = list(stages)
        if any(line["redeemed"] or line["settled"] for line in lines):
            continue
        if lines and not any(line["promised"] or line["issued"] for line in lines):
            continue
        for key in sorted(json.loads(row["explanation"])["uses"]):
            group = key.split("/", 3)[3] if key.count("/") >= 3 else ""
            mine = group in (before, f"member.organisation={before}") or (group == "370203" and before == C)
            done = select(returned_places).where(
                returned_places.c.grant_id == row["id"], returned_places.c.key == key
            )
            if key.startswith("quota/") and mine and not connection.execute(done).all():
                found.append(key)
    return sorted(found)


@dataclass
class Town:
    connection: Connection
    day: date = BEGIN
    number: int = 0
    at: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PEOPLE, A))

    def begin(self) -> None:
        joined = [
            event_of("member.joined", who, "2020-01-01", organisation=A, joined_on="2020-01-01")
            for who in PEOPLE
        ]
        assert codes_of(handle(self.connection, *joined, library=RULES)) == []

    def step(self, op: str, who: str, n: int) -> None:
        self.number += 1
        ids = sorted(self.connection.execute(select(grants.c.id).where(grants.c.member_id == who)).scalars())
        chosen = ids[n % len(ids)] if ids else None
        if op == "ask":
            event = event_of("poll.completed", who, self.day, poll="xyz"[n % 3])
            assert codes_of(handle(self.connection, event, library=RULES)) == []
        elif op == "day":
            self.day += timedelta(days=n)
        elif op == "transfer":
            self.transfer(who, ORGANISATIONS[n % 3])
        elif chosen and op == "claim":
            with suppress(MoveRefused):
                record_claim(self.connection, chosen, NOW, self.day)
        elif chosen and op == "reverse":
            rule = self.connection.execute(select(grants.c.rule_id).where(grants.c.id == chosen)).scalar_one()
            decided = select(grants.c.decision_id).where(grants.c.id == chosen)
            wrong = ReversalCriteria(rule, decision=self.connection.execute(decided).scalar_one())
            apply_reversal(self.connection, Officer("gh-017", NOW, self.day, "示例"), wrong)
        elif chosen and op in ("issue", "redeem", "pay", "settle", "bounce", "refund"):
            kind, *part = (op, 1) if n % 2 else (op, None)
            with suppress(MoveRefused):
                stages = {
                    "issue": ("promised", "issued"), "redeem": ("issued", "redeemed"), "pay": ("issued", "redeemed"),
                    "settle": ("redeemed", "settled"), "bounce": ("redeemed", "issued"), "refund": ("redeemed", "issued"),
                }[op]  # fmt: skip
                post_moves(
                    self.connection,
                    [Move(kind, chosen, part[0], *stages, f"test/{self.number}", self.day)],  # type: ignore[arg-type]
                    NOW,
                )

    def transfer(self, who: str, to: str) -> None:
        before, origin = held(self.connection), self.at[who]
        event = event_of("member.transferred", who, self.day, organisation=to)
        # What falls due by this day ends first, by an event that changes nothing else.
        handle(self.connection, event_of("campaign.entered", who, self.day, campaign="c"), library=RULES)
        before = held(self.connection)
        back = expected_returns(self.connection, who, origin, to) if origin != to else []
        assert codes_of(handle(self.connection, event, library=RULES)) == []
        self.at[who], after = to, held(self.connection)
        new = [after.grants[id_] for id_ in after.grants.keys() - before.grants.keys()]
        assert before.grants.items() <= after.grants.items()
        assert {row for row in after.positions if any(map(bool, row[2:]))} >= {
            row for row in before.positions if any(map(bool, row[2:]))
        }
        assert before.slots <= after.slots and before.entries == after.entries
        assert before.waiting == after.waiting
        rows = self.connection.execute(
            select(returned_places.c.key).where(returned_places.c.event_id == event.event.id)
        )
        assert sorted(rows.scalars()) == back
        taken: dict[str, int] = {}
        for row in new:  # only who waited for a place that became free
            moved = (
                self.connection.execute(select(decisions).where(decisions.c.id == row[0])).mappings().one()
            )
            assert moved["source"] == "/waiting"
            for key in json.loads(moved["explanation"])["uses"]:
                taken[key] = taken.get(key, 0) + 1
        for key, used in after.quotas.items():
            assert used == before.quotas.get(key, 0) - back.count(key) + taken.get(key, 0), key


RULES = rules()
OPS = ("ask", "ask", "ask", "transfer", "transfer", "day", "claim", "issue", "redeem", "pay", "settle", "bounce", "refund", "reverse")  # fmt: skip
steps = st.lists(
    st.tuples(st.sampled_from(OPS), st.sampled_from(PEOPLE), st.integers(0, 11)), min_size=4, max_size=30
)


class _Undone(Exception):
    """Takes a life back, so that the next one begins in an empty database."""


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(40), suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture])  # fmt: skip
@given(told=steps)
def test_a_transfer_at_any_point_loses_and_doubles_nothing(
    told: list[tuple[str, str, int]], database: Database
) -> None:
    with suppress(_Undone), database.write() as connection:
        town = Town(connection)
        town.begin()
        for op, who, n in told:
            town.step(op, who, n)
        assert verify_ledger(connection).disagreements == ()
        raise _Undone


def begun(connection: Connection) -> Town:
    town = Town(connection)
    town.begin()
    return town


def test_both_organisations_are_told_unless_nothing_changes(database: Database) -> None:
    with database.write() as connection:
        town = begun(connection)
        town.transfer("m-1", A)
        town.transfer("m-1", B)
        told = select(outbox.c.key, outbox.c.type, outbox.c.data).where(outbox.c.type.like("membership.%"))
        rows = [(row.key, row.type, json.loads(row.data)) for row in connection.execute(told)]
        assert rows == [
            (A, "membership.ended", {"member": "m-1", "on": "2026-03-01", "to": B}),
            (B, "membership.begun", {"member": "m-1", "on": "2026-03-01", "before": A}),
        ]


def test_a_late_transfer_gives_back_nothing_of_the_present_organisation(
    database: Database,
) -> None:
    with database.write() as connection:
        town = begun(connection)
        town.day = date(2026, 4, 1)
        handle(connection, event_of("member.transferred", "m-1", "2026-03-20", organisation=B), library=RULES)
        handle(connection, event_of("member.transferred", "m-1", "2026-03-25", organisation=A), library=RULES)
        town.step("ask", "m-1", 0)
        late = event_of("member.transferred", "m-1", "2026-03-10", organisation=C)
        assert codes_of(handle(connection, late, library=RULES)) == []
        assert connection.execute(text("SELECT count(*) FROM returned_places")).scalar() == 0


@pytest.mark.parametrize(
    ("group", "leaves"),
    [
        ("", False),
        ("none", False),
        (A, True),
        (B, False),
        ("370202001", False),
        ("370200", False),
        (f"member.organisation={A}", True),
        (f"member.organisation={B}", False),
        (f"member.trade=快递员&member.organisation={A}", True),
        ("member.trade=快递员", False),
        (f"member.employer=member.organisation%3D{A}", False),
    ],
)
def test_only_places_for_the_organisation_before_are_left_behind(group: str, leaves: bool) -> None:
    assert OrganisationTransfer(A, B).leaves(group) is leaves
    assert OrganisationTransfer(A, A).leaves(group) is False


@pytest.mark.tampers
@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE returned_places SET key = 'quota/other/2026'",
        "UPDATE returned_places SET event_id = 'other'",
        "UPDATE returned_places SET source = 'other'",
        "UPDATE returned_places SET returned_on = '2026-01-01'",
        "DELETE FROM returned_places",
    ],
)
def test_a_forged_return_of_a_place_is_found(database: Database, forgery: str) -> None:
    with database.write() as connection:
        town = begun(connection)
        town.step("ask", "m-1", 0)
        town.transfer("m-1", B)
        while seal_batches(connection, NOW).rows:
            pass
        assert verify_ledger(connection).disagreements == ()
        ids = connection.execute(select(returned_places.c.id)).scalars().all()
        connection.execute(text(forgery))
        told = "".join(str(fault.params) for fault in verify_ledger(connection).disagreements)
        assert all(id_ in told for id_ in ids)
