"""What a rule takes back by its own terms: once, to the fen, and what was used becomes a debt."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from benefits import (
    ActRefused,
    Debt,
    Move,
    Officer,
    PayoutCriteria,
    PreparedBatch,
    create_payout_batch,
    list_debts,
    load_decision_records,
    post_move,
    read_grant_positions,
    settle_debt,
    verify_ledger,
    waive_debt,
)
from benefits.tables.decisions import counters, grants
from events import InboundEvent, process_batch
from rules import RuleLibrary
from store import Database, outbox
from tests.benefits import drawing
from tests.benefits.polls import heard, imported, library
from tests.guards import lift_guards
from tests.transactions import read_in, value_in, write_in
from tests.yihui.refusals import faults_of

NOW = datetime(2028, 1, 1, tzinfo=UTC)
TERMS = """
benefit: {kind: cash, amount_fen: 1001}
budget: shared
clawback: [{on: member.left, within: P365D, share_percent: %d, text: 一年内离会，按比例退回}]
"""
OFFICER = Officer("gh-017", NOW, date(2028, 1, 1), "已交回工会财务")


def rules(share: int = 100, **more: str) -> RuleLibrary:
    return library(pack=TERMS % share, **more)


def event(kind: str, member: str, at: str, data: dict[str, str]) -> InboundEvent:
    return heard(kind, member, at, f"{kind}-{member}-{at}", data, NOW)


def joined(member: str = "m-1") -> InboundEvent:
    return imported(member)


def poll(member: str = "m-1", at: str = "2026-05-01T12:00:00") -> InboundEvent:
    return event("poll.completed", member, at, {"poll": "y"})


def left(member: str = "m-1", at: str = "2026-06-01T12:00:00") -> InboundEvent:
    return event("member.left", member, at, {})


def send(database: Database, *items: InboundEvent, using: RuleLibrary | None = None) -> None:
    with database.write() as connection:
        process_batch(items, connection, using or rules(), NOW)


def owed(database: Database) -> list[Debt]:
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        return list_debts(connection)


def move(database: Database, *steps: tuple[str, str, str]) -> None:
    with database.write() as connection:
        (grant,) = connection.execute(select(grants.c.id)).scalars()
        for number, (kind, from_, to) in enumerate(steps):
            key = f"test/{kind}/{number}"
            post_move(connection, Move(kind, grant, None, from_, to, key, date(2026, 5, 2)), NOW)  # type: ignore[arg-type]


def pay_and_leave(database: Database) -> None:
    """The member was paid, then left."""
    send(database, joined(), poll())
    move(database, ("issue", "promised", "issued"), ("pay", "issued", "redeemed"))
    send(database, left())


def budget_used(database: Database) -> int:
    return int(value_in(database, select(counters.c.used).where(counters.c.key == "budget/shared")))


def test_what_was_not_used_goes_back_to_its_budget_at_once(database: Database) -> None:
    send(database, joined(), poll())
    assert budget_used(database) == 1001
    send(database, left())
    (one,) = owed(database)
    assert (one.reversed_fen, one.amount_fen, one.left_fen) == (1001, 0, 0)
    assert budget_used(database) == 0


@pytest.mark.parametrize("percent", [1, 33, 50, 99])
def test_a_share_is_rounded_down_to_the_fen(database: Database, percent: int) -> None:
    send(database, joined(), poll(), left(), using=rules(percent))
    (one,) = owed(database)
    assert one.reversed_fen == 1001 * percent // 100
    assert budget_used(database) == 1001 - one.reversed_fen


def test_what_was_paid_becomes_a_debt_and_is_never_taken_silently(database: Database) -> None:
    send(database, joined(), poll())
    move(
        database,
        ("issue", "promised", "issued"),
        ("pay", "issued", "redeemed"),
        ("settle", "redeemed", "settled"),
    )
    send(database, left(), using=rules(50))  # the terms are those of the grant, not of today's rule
    (one,) = owed(database)
    assert (one.reversed_fen, one.amount_fen, one.left_fen) == (0, 1001, 1001)
    assert budget_used(database) == 1001
    with database.read() as connection:
        assert read_grant_positions(connection, [one.grant_id])[one.grant_id]["fen"].settled == 1001
        (told,) = connection.execute(select(outbox.c.data).where(outbox.c.type == "benefit.owed")).scalars()
    assert json.loads(told)["amount_fen"] == 1001


@pytest.mark.both_databases
def test_an_officer_settles_a_part_and_waives_the_rest(database: Database) -> None:
    pay_and_leave(database)
    (one,) = owed(database)
    assert write_in(database, settle_debt, OFFICER, one.id, 401).left_fen == 600
    assert budget_used(database) == 600
    done = write_in(database, waive_debt, OFFICER, one.id)
    assert [(act.kind, act.amount_fen, act.who) for act in done.acts] == [
        ("settled", 401, "gh-017"),
        ("waived", 600, "gh-017"),
    ]
    assert owed(database)[0].left_fen == 0
    assert read_in(database, list_debts, open_only=True) == []
    for end in (settle_debt, waive_debt):
        with pytest.raises(ActRefused), database.write() as connection:
            end(connection, OFFICER, one.id)


@pytest.mark.parametrize("amount", [0, -1, 1002, 2**63])
def test_no_more_than_is_owed_can_be_settled(database: Database, amount: int) -> None:
    pay_and_leave(database)
    (one,) = owed(database)
    for end in (settle_debt, waive_debt):
        with pytest.raises(ActRefused), database.write() as connection:
            end(connection, OFFICER, one.id, amount)
    assert owed(database)[0].left_fen == 1001


def test_what_the_bank_sent_back_is_set_off_first(database: Database) -> None:
    pay_and_leave(database)
    move(database, ("bounce", "redeemed", "issued"))
    (one,) = owed(database)
    (act,) = write_in(database, settle_debt, OFFICER, one.id).acts
    assert act.kind == "set_off"
    assert budget_used(database) == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)], ids=["granted first", "left first"])
@pytest.mark.parametrize("batches", ["one", "many"])
def test_it_does_not_matter_which_arrived_first(
    database: Database, order: tuple[int, ...], batches: str
) -> None:
    items = [joined(), poll(), left()]
    ordered = [items[n] for n in order]
    if batches == "one":
        send(database, *ordered)
    else:
        for item in ordered:
            send(database, item)
    (one,) = owed(database)
    assert (one.reversed_fen, budget_used(database)) == (1001, 0)


def test_a_term_is_carried_out_once(database: Database) -> None:
    send(database, joined(), poll(), left(), using=rules(50))
    send(database, left(at="2026-07-01T12:00:00"), left(), using=rules(50))
    (one,) = owed(database)
    assert one.reversed_fen == 500


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-04-30T12:00:00", 0),
        ("2026-05-01T11:59:00", 0),
        ("2027-05-01T12:00:00", 1),
        ("2027-05-02T00:00:00", 0),
    ],
    ids=["before", "the same day, before", "the last day", "a day late"],
)
def test_only_what_happens_within_the_term_counts(database: Database, at: str, expected: int) -> None:
    send(database, joined(), poll(), left(at=at))
    assert len(owed(database)) == expected


def test_two_terms_do_not_add_up(database: Database) -> None:
    both = TERMS.replace("]", ", {on: member.transferred, within: P365D, share_percent: 60, text: 转出}]")
    twice = library(pack=both % 50)
    moved = event("member.transferred", "m-1", "2026-05-20T12:00:00", {"organisation": "370302001-00001"})
    send(database, joined(), poll(), left(), moved, using=twice)
    assert sum(one.reversed_fen for one in owed(database)) == 1001 * 60 // 100


def test_things_go_back_as_well(database: Database) -> None:
    goods = TERMS.replace(
        "kind: cash, amount_fen: 1001", "kind: item, quantity: 3, unit: 份, amount_fen: 900"
    )
    send(database, joined(), poll(), left(), using=library(pack=goods % 50))
    (one,) = owed(database)
    standing = read_in(database, read_grant_positions, [one.grant_id])[one.grant_id]
    assert (standing["份"].reversed, standing["份"].promised) == (1, 2)
    assert one.reversed_fen == 450


def test_why_says_what_is_owed(database: Database) -> None:
    pay_and_leave(database)
    (told,) = read_in(database, load_decision_records, "m-1")
    assert [debt.left_fen for debt in told.debts] == [1001]


def test_what_the_bank_sends_back_while_it_is_owed_is_not_paid_again_unseen(database: Database) -> None:
    def prepared(*, despite_debts: bool = False) -> PreparedBatch:
        with database.write() as connection:
            wanted = PayoutCriteria(despite_debts=despite_debts)
            return create_payout_batch(
                connection, OFFICER, wanted, ["m-1", "m-2", "m-3"], "t" * 64, lambda *_: "f" * 64
            )

    send(database, joined(), poll())
    move(database, ("issue", "promised", "issued"), ("pay", "issued", "redeemed"))
    send(database, left(), using=rules(50))
    move(database, ("bounce", "redeemed", "issued"))
    with pytest.raises(ActRefused, match="of which something is owed"):
        prepared()
    send(database, joined("m-2"), poll("m-2"))
    made = prepared()
    (out,) = made.left_out
    (one,) = owed(database)
    assert [order.member_id for order in made.orders] == ["m-2"]
    assert out.fault.params == {"member": "m-1", "yuan": "10.01", "debt": one.id}
    write_in(database, settle_debt, OFFICER, one.id, 401)
    send(database, joined("m-3"), poll("m-3"))
    assert [out.fault.params["yuan"] for out in prepared().left_out] == ["6"]
    made = prepared(despite_debts=True)
    assert [(order.member_id, order.amount_fen) for order in made.orders] == [("m-1", 600)]


@pytest.mark.parametrize("text", ["{", "[1]", '[{"on": "member.left"}]'])
def test_terms_that_were_changed_in_the_database_name_their_grant(database: Database, text: str) -> None:
    send(database, joined(), poll())
    grant = value_in(database, select(grants.c.id))
    with database.write() as connection:
        lift_guards(connection)
        connection.execute(grants.update().values(takebacks=text))
    (fault,) = faults_of(lambda: send(database, left()))
    assert (fault.code, fault.value) == ("stored_row.unreadable", grant)


DRAWN_TERMS = (
    drawing.LOTTERY
    + "clawback: [{on: member.left, within: P365D, share_percent: 100, text: 一年内离会，全部退回}]\n"
)


@pytest.mark.parametrize("moves_up", [False, True])
@pytest.mark.parametrize(("at", "taken_back"), [("11:59:59", False), ("12:00:01", True)])
def test_who_leaves_on_the_day_of_the_draw_or_of_moving_up_gives_back_if_it_was_after_that(
    database: Database, at: str, taken_back: bool, moves_up: bool
) -> None:
    """The draw is at noon; whoever left before, unknown to us, was drawn wrongly: an officer takes that back."""
    there = drawing.house(database, DRAWN_TERMS.replace("quota: 3", "quota: 1"))
    there.enter(drawing.names(2))
    there.fix()
    there.draw()
    day = drawing.DRAWN + timedelta(days=11 if moves_up else 0)
    if moves_up:
        there.pass_days(day)
    *_, member = there.granted()
    there.send(left(member, f"{day}T{at}"))
    assert [(one.member_id, one.reversed_fen) for one in owed(database)] == [(member, 100)] * taken_back
