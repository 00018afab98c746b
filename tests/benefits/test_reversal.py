"""What was issued wrongly is taken back as one act: nothing is updated, all is given back, once."""

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

import benefits
from benefits import (
    ActRefused,
    Officer,
    ReversalCriteria,
    ReversalResult,
    apply_reversal,
    list_budgets,
    set_budget,
    verify_ledger,
)
from benefits.lifecycle.reversible_grants import find_ended_grants
from benefits.tables.decisions import counters, decisions, grants, limit_slots, postings
from benefits.tables.rulebook import reversals, rule_acts
from events import process_batch
from store import Database, outbox
from tests.benefits.counters import assert_sound
from tests.benefits.machines import new_database
from tests.benefits.polls import NOW, imported, library, poll
from tests.guards import lift_guards
from tests.tiers import budget
from tests.transactions import read_in, rows_in, write_in
from tests.yihui.refusals import faults_of
from tools.servers.deciding import TREASURER

RULES = library()


def officer(reason: str = "标准写错了") -> Officer:
    return Officer("gh-017", NOW, NOW.date(), reason)


def take_back(
    database: Database, rule: str = "a-voucher", reason: str = "标准写错了", **which: object
) -> ReversalResult:
    with database.write() as connection:
        return apply_reversal(connection, officer(reason), ReversalCriteria(rule, **which))  # type: ignore[arg-type]


def send(database: Database, *polls: tuple[str, str, date]) -> None:
    """Each poll as an event of its own: member, poll, day."""
    with database.write() as connection:
        number = connection.execute(select(func.count()).select_from(decisions)).scalar_one()
        items = [poll(member, f"p-{number}-{n}", name, day) for n, (member, name, day) in enumerate(polls)]
        process_batch([*[imported(m) for m in sorted({p[0] for p in polls})], *items], connection, RULES, NOW)


def used(database: Database) -> dict[str, int]:
    return {row.key: row.used for row in rows_in(database, select(counters)) if row.used}


MAY = date(2026, 5, 1)


@pytest.mark.both_databases
def test_all_that_was_used_is_given_back_and_can_be_granted_again(database: Database) -> None:
    write_in(database, set_budget, "shared", 600, TREASURER)
    send(database, ("m-1", "x", MAY), ("m-1", "x", MAY), ("m-1", "x", MAY))
    assert used(database)["budget/shared"] == 600
    done = take_back(database, version=RULES.versions("a-voucher")[0].hash)
    assert (done.grants, done.members, done.amount_fen) == (2, 1, 600)
    assert used(database) == {}
    with database.read() as connection:
        slots = connection.execute(select(limit_slots.c.limit_key)).scalars().all()
        assert not [key for key in slots if key.startswith("a-voucher")]
        assert list_budgets(connection)[0].ceiling_fen == 600
        assert verify_ledger(connection).promised_fen == 600, "promised, and taken back"
    assert_sound(database)
    send(database, ("m-1", "x", MAY))
    assert used(database)["budget/shared"] == 300
    assert_sound(database)


def test_a_correction_is_a_transaction_of_its_own_and_changes_no_row(database: Database) -> None:
    send(database, ("m-1", "y", MAY))
    with database.read() as connection:
        before = {t.name: connection.execute(select(t)).all() for t in (decisions, grants, postings)}
    take_back(database, rule="b-cash", since=MAY)
    with database.read() as connection:
        after = {t.name: connection.execute(select(t)).all() for t in (decisions, grants, postings)}
    assert after["decisions"] == before["decisions"]
    assert after["grants"] == before["grants"]
    assert after["postings"][: len(before["postings"])] == before["postings"]
    added = after["postings"][len(before["postings"]) :]
    assert [(p.account, p.amount) for p in added] == [
        ("promised/b-cash", -450),
        ("reversed/b-cash", 450),
        ("returned/b-cash", -450),
        ("budget/shared", 450),
    ]


def test_the_world_and_the_member_hear_of_it(database: Database) -> None:
    send(database, ("m-1", "y", MAY))
    take_back(database, rule="b-cash", since=MAY)
    with database.read() as connection:
        [told] = connection.execute(select(outbox).where(outbox.c.type == "benefit.reversed")).all()
        [why] = [w for w in benefits.explain_decisions(connection, "m-1") if w.rule_id == "b-cash"]
        [grant] = [g for g in benefits.list_member_grants(connection, "m-1") if g.rule_id == "b-cash"]
    assert (told.key, json.loads(told.data)["reason"]) == ("m-1", "标准写错了")
    assert (why.outcome, why.reasons[-1].params["reason"]) == ("reversed", "标准写错了")
    assert grant.taken_back is not None and grant.taken_back.reason == "标准写错了"


def test_repeating_the_act_changes_nothing(database: Database) -> None:
    send(database, ("m-1", "y", MAY), ("m-2", "y", MAY))
    first = take_back(database, since=MAY)
    with database.read() as connection:
        before = list(benefits.canonical_export_lines(connection)), benefits.list_acts(connection)
    assert take_back(database, since=MAY) == ReversalResult(None, 0, 0, 0)
    with database.read() as connection:
        assert (list(benefits.canonical_export_lines(connection)), benefits.list_acts(connection)) == before
    assert first.act == before[1][-1].sequence
    assert before[1][-1].detail["grants"] == first.grants


def test_only_what_is_meant_is_taken_back(database: Database) -> None:
    send(database, ("m-1", "y", MAY), ("m-2", "y", date(2026, 6, 1)), ("m-3", "z", date(2026, 7, 1)))
    assert take_back(database, since=date(2026, 6, 1), until=date(2026, 6, 30)).grants == 1
    assert take_back(database, version="0" * 64).grants == 0
    assert take_back(database, rule="c-item", since=MAY).grants == 3, "things are taken back as well"
    assert_sound(database)


def test_all_parts_of_a_benefit_are_taken_back_and_a_rolling_limit_has_room_again(database: Database) -> None:
    parts = library(
        pair="""
benefit:
  - {kind: cash, amount_fen: 300}
  - {kind: item, unit: 份, quantity: 2, amount_fen: 100}
limit: [{times: 1, per: [member], every: rolling 30 days}, {times: 2, per: [member], every: rule_lifetime}]
budget: shared
caps: [goods]
"""
    )
    with database.write() as connection:
        process_batch([imported("m-1"), poll("m-1", "p-1")], connection, parts, NOW)
    assert used(database) == {"budget/shared": 400, "cap/goods/2026/m-1": 400}
    done = take_back(database, rule="pair", since=MAY)
    assert (done.grants, done.members, done.amount_fen) == (2, 1, 400)
    assert used(database) == {}
    assert_sound(database)
    with database.write() as connection:
        process_batch([poll("m-1", "p-2")], connection, parts, NOW)
    assert used(database)["budget/shared"] == 400
    assert_sound(database)


def test_without_a_reason_nothing_is_taken_back(database: Database) -> None:
    send(database, ("m-1", "y", MAY))
    with pytest.raises(ActRefused):
        take_back(database, since=MAY, reason=" ")
    assert "budget/shared" in used(database)


ACTS = st.one_of(
    st.tuples(
        st.sampled_from(["m-1", "m-2"]),
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from([MAY, date(2026, 5, 31), date(2026, 6, 1), date(2026, 7, 1)]),
    ),
    st.sampled_from(["a-voucher", "b-cash", "c-item"]),
)


@pytest.mark.tampers
@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (update(postings).where(postings.c.amount == -450, postings.c.account == "promised/b-cash").values(amount=-449), "leaves"),
        (update(counters).where(counters.c.key == "budget/shared").values(used=1), "budget/shared"),
        (postings.delete().where(postings.c.transaction_id.in_(select(reversals.c.id))), "no postings"),
    ],
)  # fmt: skip
def test_a_reversal_that_was_tampered_with_is_named(harm: object, told: str, database: Database) -> None:
    send(database, ("m-1", "y", MAY))
    take_back(database, rule="b-cash", since=MAY)
    with database.write() as connection:
        connection.execute(harm)  # type: ignore[call-overload]
    found = [d.message.format_map(d.params) for d in read_in(database, verify_ledger).disagreements]
    assert [text for text in found if told in text], found


@pytest.mark.parametrize("text", ["{", "[]", '{"since": null}'])
def test_criteria_of_an_act_that_were_changed_name_the_act(database: Database, text: str) -> None:
    send(database, ("m-1", "y", MAY))
    take_back(database, rule="b-cash", since=MAY)
    with database.write() as connection:
        lift_guards(connection)
        connection.execute(update(rule_acts).where(rule_acts.c.act == "reversed").values(detail=text))
        (act,) = connection.execute(
            select(rule_acts.c.sequence).where(rule_acts.c.act == "reversed")
        ).scalars()
        taken = connection.execute(select(reversals.c.grant_id)).scalars().all()
    fault, *more = faults_of(lambda: read_in(database, find_ended_grants, taken))
    assert (fault.code, fault.value, more) == ("stored_row.unreadable", str(act), [])


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(25), suppress_health_check=list(HealthCheck))
@given(acts=st.lists(ACTS, min_size=4, max_size=16))
def test_the_ledger_stays_sound_and_counts_what_still_stands(
    acts: list[tuple[str, str, date] | str],
) -> None:
    """Against the obvious: add up the grants that nobody took back."""
    database = new_database()
    for act in acts:
        if isinstance(act, str):
            take_back(database, rule=act, since=date(2026, 5, 15))
        else:
            send(database, act)
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        gone = select(reversals.c.grant_id)
        standing = connection.execute(select(grants).where(grants.c.id.not_in(gone))).all()
        slots = connection.execute(select(limit_slots.c.grant_id)).scalars().all()
    assert used(database).get("budget/shared", 0) == sum(
        g.amount_fen for g in standing if g.rule_id != "c-item"
    )
    assert sorted(slots) == sorted(g.id for g in standing)
    database.close()
