"""Small ledgers in which something of everything has happened, for tests that look at every table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from benefits import (
    Move,
    Officer,
    ReversalCriteria,
    RuleSubmission,
    SpendingRequest,
    admit_and_record,
    apply_reversal,
    approve_rule_version,
    cancel_batch,
    lodge_appeal,
    post_move,
    record_batch_export,
    reject_appeal,
    retire_rule,
    seal_batches,
    set_budget,
    settle_debt,
    spend_points,
    stop_rule,
    submit_rule_version,
    waive_debt,
)
from benefits.draws.participation import withdraw_participation
from benefits.tables.decisions import decisions, entries
from benefits.vouchers.codes import register_voucher_key
from benefits.vouchers.issuing import issue_voucher_code
from benefits.vouchers.merchants import RedemptionPlace, issue_merchant_key, revoke_merchant_keys
from rules import EntryTerms
from store import Database
from tests.benefits import drawing, test_clawback, test_payout, test_redemption_batches
from tests.benefits.counters import (
    BAKERY,
    DAY,
    KEY,
    NOON,
    POINTS,
    THRICE,
    asked,
    give_code,
    granted,
    ring_up,
    set_status,
    show_card,
    take_back,
)
from tests.benefits.polls import imported, poll
from tests.events import test_held_events as stopping
from tests.transactions import write_in
from tools.servers.deciding import NOW, TREASURER, Wish, give, verified
from tools.servers.sending import Sender, handle_in

JUNE = date(2026, 6, 1)
AUTHOR, COLLEAGUE = (Officer(who, NOW, NOW.date(), "依规") for who in ("li.min", "gh-017"))


def moved(database: Database) -> list[str]:
    """Two vouchers and a thing out of budgets, a refusal, one without a budget; moved, taken back; an entry,
    a place on a waiting list, a budget that was set, an appeal with its answer; sealed in part.
    """
    voucher = Wish(kind="voucher", amount_fen=500, budget="a", quota=(9, "2026"))
    thing = Wish("m-2", "goods", 300, "item", 2, "份", budget="b", caps=(("cap", 9_000),))
    rulings = give(database, voucher, voucher, thing, Wish(due=False), Wish("m-3", "cash", 700))
    ids = [ruling.id for ruling in rulings]
    with database.write() as connection:
        post_move(connection, Move("issue", ids[0], None, "promised", "issued", "i", JUNE), NOW)
        post_move(
            connection, Move("redeem", ids[0], 200, "issued", "redeemed", "r", JUNE, reason="午餐"), NOW
        )
    _seal(database)
    with database.write() as connection:
        apply_reversal(
            connection,
            Officer("gh-017", NOW, NOW.date(), "写错了"),
            ReversalCriteria("goods", since=date(2026, 1, 1)),
        )
    _take_part(database)
    with database.write() as connection:
        set_budget(connection, "a", 90_000, TREASURER)
        appeal = lodge_appeal(connection, ids[3], "请再看一下", JUNE, NOW)
        reject_appeal(connection, Officer("gh-017", NOW, NOW.date(), "条件不满足"), appeal.id)
    _seal(database)
    give(database, Wish("m-4", "cash", 800))
    found = verified(database)
    assert found.disagreements == () and found.gap.batches == 1
    return ids


def _take_part(database: Database) -> None:
    """One enters a draw, one is granted the only place, one waits for it."""
    place = Wish("m-5", "camp", quota=(1, "2026"))
    entering, enters = Wish("m-6", "prize", quota=(1, "2026")).decided()
    waiting, waits = Wish("m-7", "camp", quota=(1, "2026")).decided()
    wished = [
        place.decided(),
        (entering, replace(enters, entry=EntryTerms("lottery", entering.occurred_on, JUNE))),
        (waiting, replace(waits, waits=True)),
    ]
    rulings = write_in(database, admit_and_record, wished, NOW)
    assert [ruling.outcome for ruling in rulings] == ["granted", "entered", "waiting"]


def _seal(database: Database) -> None:
    write_in(database, seal_batches, NOW)


def drawn(database: Database) -> None:
    """Of eight who entered one gave up; one of the three who were drawn claimed, the others lapsed, and two moved up."""
    house = drawing.house(database, drawing.LOTTERY)
    write_in(database, set_budget, "prize", 100_000, TREASURER)
    house.enter(drawing.names(8))
    with database.write() as connection:
        entry = connection.execute(select(entries.c.id).where(entries.c.member_id == "m-08")).scalar_one()
        withdraw_participation(connection, entry, "m-08", drawing.noon(drawing.ENTERED), drawing.ENTERED)
    house.fix()
    house.draw()
    house.claim(house.granted()[0], drawing.DRAWN + timedelta(days=1))
    house.pass_days(drawing.DRAWN + timedelta(days=11))


def fixed(database: Database) -> None:
    """Who takes part is fixed; the secret waits for the draw."""
    house = drawing.house(database, drawing.LOTTERY)
    house.enter(drawing.names(4))
    house.fix()


def ranked(database: Database) -> None:
    """Three were ranked for two places."""
    house = drawing.house(database, drawing.RANKED)
    house.send(*map(imported, drawing.names(3)))
    for number, member in enumerate(drawing.names(3)):
        house.send(poll(member, f"p-{member}", day=drawing.ENTERED, answers=7 - number))
    house.rank()


def used(database: Database) -> None:
    """Codes handed out, one anew; points spent; used, refunded, used by card and offline; keys of a merchant, one revoked."""
    with database.write() as connection:
        register_voucher_key(connection, KEY)
        set_budget(connection, "cake", 1_000_000, TREASURER)
    _, code = give_code(database, THRICE)
    done = ring_up(database, asked(code, amount=12_000, place=RedemptionPlace("s-1", "bakery", "public")))
    take_back(database, done.id, amount=5_000)
    lost, _ = give_code(database, member="m-2")
    with database.write() as connection:
        issue_voucher_code(connection, KEY, lost, DAY, NOON, anew=True)
        issue_merchant_key(connection, BAKERY.id, NOON, expires_at=NOON + timedelta(days=30))
        revoke_merchant_keys(connection, issue_merchant_key(connection, BAKERY.id, NOON).key.id, NOON)
    set_status(database, "active", NOON - timedelta(days=90), "m-2")
    ring_up(database, asked(show_card(database, member="m-2"), "r-card", rule_id="cake"))
    _, offline = give_code(database, member="m-3")
    test_redemption_batches.hand_in(database, asked(offline, "r-9"))
    give_code(database, member="m-4")
    with database.write() as connection:
        granted(connection, POINTS, member="m-5")
        spend_points(connection, SpendingRequest("m-5", 120, "电影票一张", "r-points", DAY), NOON)


def paid(database: Database) -> None:
    """A batch that the bank answered, paid and failed; one that was cancelled, and one that waits."""
    give(database, Wish("m-1", amount_fen=20_000, budget="a"), Wish("m-2", amount_fen=10_000, budget="a"))
    made = test_payout.released(database)
    write_in(database, record_batch_export, test_payout.A, made.batch.id, test_payout.written)
    one, other = made.orders
    test_payout.told(database, test_payout.paid(one), test_payout.failed(other, 3))
    second = test_payout.prepared(database)
    write_in(database, cancel_batch, test_payout.B, second.batch.id)
    test_payout.prepared(database)


def owed(database: Database) -> None:
    """What was spent and is owed: settled in part, the rest waived; an appeal rejected."""
    test_clawback.send(database, test_clawback.joined(), test_clawback.poll())
    test_clawback.move(
        database,
        ("issue", "promised", "issued"),
        ("pay", "issued", "redeemed"),
        ("settle", "redeemed", "settled"),
    )
    test_clawback.send(database, test_clawback.left())
    (debt,) = test_clawback.owed(database)
    with database.write() as connection:
        settle_debt(connection, test_clawback.OFFICER, debt.id, 401)
        waive_debt(connection, test_clawback.OFFICER, debt.id)
        decision = connection.execute(select(decisions.c.id)).scalars().first()
        appeal = lodge_appeal(connection, str(decision), "请再看一下", DAY, NOW)
        reject_appeal(connection, COLLEAGUE, appeal.id)


def ruled(database: Database) -> None:
    """Versions handed in, approved, taking over; a rule stopped with an event held, another retired."""
    for hash_, takes_over in (("a" * 64, False), ("b" * 64, True)):
        since = date(2026, 11, 1) if takes_over else date(2026, 1, 1)
        version = RuleSubmission(hash_, "cake", since, None, "id: cake", {"t": "x"}, takes_over)
        with database.write() as connection:
            submit_rule_version(connection, AUTHOR, version)
            approve_rule_version(connection, COLLEAGUE, hash_, None)
    with database.write() as connection:
        submit_rule_version(
            connection,
            AUTHOR,
            RuleSubmission("c" * 64, "cake", date(2027, 1, 1), date(2027, 12, 31), "id: cake"),
        )
        stop_rule(connection, COLLEAGUE, "cake", None)
    send = Sender()
    handle_in(database, stopping.RULES, [send.joined(), send.birthday()], 5)
    write_in(database, retire_rule, COLLEAGUE, "pack", None, date(2026, 12, 31))


LIVES: dict[str, Callable[[Database], None]] = {
    life.__name__: life for life in (moved, drawn, fixed, ranked, used, paid, owed, ruled)
}
