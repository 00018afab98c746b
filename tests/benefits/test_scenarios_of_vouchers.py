"""What other benefit systems learnt the hard way (SCENARIOS.md, first part), for codes and redemptions.

"Order" is a redemption, "code" a voucher, "cart" a look-up without a redemption.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from benefits import verify_ledger
from benefits.vouchers.redemption import compute_redemption, redeem_grant
from benefits.vouchers.refunds import RefundRequest, refund_grant
from events.retries import run_in_transaction
from rules import DueBenefit
from store import Database
from tests.benefits.counters import (
    DAY,
    KEY,
    NOON,
    VOUCHER,
    asked,
    give_code,
    granted,
    refusal,
    ring_up,
    standing,
    take_back,
)
from tests.benefits.test_redeeming_races import at_once
from tests.benefits.test_redeeming_races import till as ring_up_of

FIVE = replace(VOUCHER, uses=5)
TWICE = replace(VOUCHER, uses=2)


def looked_up(database: Database, code: str) -> str:
    with database.read() as connection:
        return refusal(compute_redemption, connection, KEY, asked(code))


def assert_sound(database: Database) -> None:
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()


# --- S: Sylius


def test_s_an_unknown_code_gives_nothing_and_changes_nothing(till: Database) -> None:
    grant, _ = give_code(till)
    with till.write() as connection:
        stranger = granted(connection)
    from benefits.vouchers.codes import build_code

    assert refusal(ring_up, till, asked(build_code(12345))) == "unknown_code"
    assert standing(till, grant).redeemed == standing(till, stranger).redeemed == 0


def test_s_the_first_of_five_uses_takes_its_part(till: Database) -> None:
    _, code = give_code(till, FIVE)
    done = ring_up(till, asked(code, amount=1_000))
    assert (done.amount, done.left, done.uses_left) == (1_000, 19_000, 4)


def test_s_a_limit_of_uses_that_is_reached_refuses(till: Database) -> None:
    _, code = give_code(till, FIVE)
    for number in range(5):
        ring_up(till, asked(code, f"r-{number}", 1_000))
    assert refusal(ring_up, till, asked(code, "r-5", 1_000)) == "uses_up"


def test_s_a_single_use_that_was_cancelled_can_be_used_again(database: Database) -> None:
    _, code = give_code(database)
    done = ring_up(database, asked(code, amount=1_000))
    take_back(database, done.id)
    assert ring_up(database, asked(code, "r-2")).amount == 20_000
    assert_sound(database)


def test_s_cancelled_without_being_reusable_it_stays_refused(database: Database) -> None:
    grant, code = give_code(database)
    done = ring_up(database, asked(code))
    take_back(database, done.id, reusable=False)
    assert refusal(ring_up, database, asked(code, "r-2")) == "void"
    assert standing(database, grant).reversed == 20_000
    assert_sound(database)


def test_s_two_uses_for_each_member_let_the_second_through(till: Database) -> None:
    _, code = give_code(till, TWICE)
    assert [ring_up(till, asked(code, f"r-{n}")).uses_left for n in range(2)] == [1, 0]


def test_s_one_use_for_each_member_refuses_the_second(till: Database) -> None:
    _, code = give_code(till)
    ring_up(till, asked(code))
    assert refusal(ring_up, till, asked(code, "r-2")) == "used_up"


# --- SC: the way through a checkout


def test_sc_used_by_others_after_it_was_looked_up_it_is_refused_and_again(till: Database) -> None:
    _, code = give_code(till)
    assert looked_up(till, code) == "done"
    ring_up(till, asked(code, "of-somebody-else"))
    for _ in range(2):
        assert refusal(ring_up, till, asked(code, "mine")) == "used_up"
    assert looked_up(till, code) == "used_up"


# --- V: Vendure


def test_v_whoever_shows_the_code_the_member_behind_it_counts(till: Database) -> None:
    """A guest with a spent customer's e-mail: a code is its member's, whoever holds the phone."""
    _, spent = give_code(till, member="m-1")
    _, fresh = give_code(till, member="m-2")
    ring_up(till, asked(spent))
    assert refusal(ring_up, till, asked(spent, "r-2")) == "used_up"
    assert ring_up(till, asked(fresh, "r-3")).amount == 20_000


def test_v_a_cancelled_use_does_not_count(till: Database) -> None:
    _, code = give_code(till, TWICE)
    first = ring_up(till, asked(code, "r-1", 1_000))
    take_back(till, first.id)
    assert [ring_up(till, asked(code, f"again-{n}", 1_000)).uses_left for n in range(2)] == [1, 0]


def test_v_a_use_that_was_refunded_in_part_still_counts(till: Database) -> None:
    _, code = give_code(till)
    first = ring_up(till, asked(code, "r-1", 1_000))
    take_back(till, first.id, amount=999)
    assert refusal(ring_up, till, asked(code, "r-2")) == "uses_up"


# --- M: Medusa


def test_m_two_lines_of_one_receipt_use_it_once(till: Database) -> None:
    """200 + 500 of one purchase are one redemption of 700."""
    _, code = give_code(till, FIVE)
    done = ring_up(till, asked(code, amount=200 + 500))
    assert (done.amount, done.uses_left) == (700, 4)


def test_m_taking_back_an_unknown_redemption_changes_nothing(till: Database) -> None:
    grant, code = give_code(till)
    ring_up(till, asked(code))
    assert refusal(take_back, till, "0" * 40) == "no_redemption"
    assert standing(till, grant).redeemed == 20_000


def test_m_at_900_of_1000_two_of_100_never_come_to_1100(till: Database) -> None:
    grant, code = give_code(till, replace(FIVE, amount_fen=1_000))
    ring_up(till, asked(code, "r-1", 900))
    said = [refusal(ring_up, till, asked(code, f"r-{n}", 100)) for n in (2, 3)]
    assert said == ["done", "used_up"]
    assert standing(till, grant).redeemed == 1_000


def test_m_three_of_300_of_which_two_are_reverted_leave_300(till: Database) -> None:
    grant, code = give_code(till, FIVE)
    done = [ring_up(till, asked(code, f"r-{n}", 300)) for n in range(3)]
    for number in range(2):
        take_back(till, done[number].id, f"b-{number}")
    assert standing(till, grant).redeemed == 300


def test_m_all_reverted_leaves_nothing_used(till: Database) -> None:
    grant, code = give_code(till, FIVE)
    done = ring_up(till, asked(code, amount=300))
    take_back(till, done.id)
    assert (standing(till, grant).redeemed, standing(till, grant).issued) == (0, 20_000)
    with till.read() as connection:
        assert compute_redemption(connection, KEY, asked(code)).uses_left == 5


def test_m_reverting_900_and_using_100_at_once_leaves_exactly_100(database: Database) -> None:
    grant, code = give_code(database, replace(FIVE, amount_fen=1_000))
    before = ring_up(database, asked(code, "r-1", 900))

    def back() -> object:
        wish = RefundRequest("bakery", "b", before.id, DAY)
        return run_in_transaction(database, lambda connection: refund_grant(connection, wish, NOON))

    assert at_once([back, ring_up_of(database, asked(code, "r-2", 100))]) == {"done": 2}
    assert standing(database, grant).redeemed == 100
    assert_sound(database)


def test_m_two_members_each_use_their_own(till: Database) -> None:
    codes = [give_code(till, member=member)[1] for member in ("m-1", "m-2")]
    assert [ring_up(till, asked(code, code)).left for code in codes] == [0, 0]


def test_m_without_a_member_a_card_is_refused_not_an_error(till: Database) -> None:
    assert refusal(ring_up, till, asked("Y1" + "A" * 25, rule_id="cake")) == "token_format"


# --- saleor, eventyay


def test_saleor_the_same_checkout_in_two_threads_uses_it_once_and_refunds_nothing(
    database: Database,
) -> None:
    grant, code = give_code(database)
    assert at_once([ring_up_of(database, asked(code))] * 2) == {"done": 2}
    assert standing(database, grant).redeemed == 20_000
    with database.read() as connection:
        assert refusal(compute_redemption, connection, KEY, asked(code)) == "used_up"


def test_eventyay_five_at_once_of_three_uses_come_to_exactly_three(database: Database) -> None:
    _, code = give_code(database, replace(VOUCHER, uses=3))
    works: list[Callable[[], object]] = [ring_up_of(database, asked(code, f"r-{n}", 100)) for n in range(5)]
    assert at_once(works) == Counter({"done": 3, "uses_up": 2})
    assert_sound(database)


# --- what follows from using it


def test_what_depends_on_a_use_is_due_only_while_it_is_used(database: Database) -> None:
    from tests.benefits.test_depending_on_use import earlier

    grant, code = give_code(database, DueBenefit("service", "体检", 0, 2, "次", None), rule="checkup")
    assert earlier(database, "checkup") == [False]
    done = ring_up(database, asked(code))
    assert earlier(database, "checkup") == [True]
    take_back(database, done.id)
    assert earlier(database, "checkup") == [False]
    assert grant


def test_a_redemption_is_known_by_what_redeeming_answered(till: Database) -> None:
    _, code = give_code(till)
    with till.write() as connection:
        done = redeem_grant(connection, KEY, asked(code), NOON)
    assert take_back(till, done.id).redemption_id == done.id
