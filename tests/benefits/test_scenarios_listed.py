"""Every line of the list of what other systems learnt is a test of ours; the list grows, and so does this."""

from pathlib import Path

import pytest

# How a line begins → the tests that keep its promise, in test_scenarios and test_scenarios_of_vouchers.
KEPT_BY: dict[str, tuple[str, ...]] = {
    "S unknown code": ("test_s_an_unknown_code_gives_nothing_and_changes_nothing", "test_an_event_that_no_rule_knows_gives_nothing_and_changes_nothing"),
    "S limit 5, first use": ("test_a_limit_of_five_gives_the_first_and_refuses_the_sixth", "test_s_the_first_of_five_uses_takes_its_part"),
    "S limit already reached": ("test_a_limit_of_five_gives_the_first_and_refuses_the_sixth", "test_s_a_limit_of_uses_that_is_reached_refuses"),
    "S limit 1, used, that order cancelled": ("test_s_a_single_use_that_was_cancelled_can_be_used_again",),
    'S same but "non reusable': ("test_s_cancelled_without_being_reusable_it_stays_refused",),
    "S per customer 2": ("test_a_limit_per_member_lets_the_second_through_or_not", "test_s_two_uses_for_each_member_let_the_second_through"),
    "S per customer 1, second": ("test_a_limit_per_member_lets_the_second_through_or_not", "test_s_one_use_for_each_member_refuses_the_second"),
    "S per customer 1, first order cancelled": ("test_a_place_comes_back_with_what_was_taken_back_unused",),
    "S per customer 1 + non reusable": ("test_a_place_stays_taken_by_what_was_used_or_only_voided",),
    "SC limit reached by others": ("test_sc_used_by_others_after_it_was_looked_up_it_is_refused_and_again", "test_what_a_till_was_told_holds_nothing_until_it_redeems"),
    "SC confirm again": ("test_sc_used_by_others_after_it_was_looked_up_it_is_refused_and_again", "test_whoever_asks_again_after_a_refusal_is_answered_again_and_can_read_both"),
    "V per customer 1, guest": ("test_a_member_is_the_same_from_wherever_the_event_comes",),
    "V code applied anonymously, then e-mail": ("test_who_becomes_known_later_is_judged_as_who_he_is", "test_v_whoever_shows_the_code_the_member_behind_it_counts"),
    "V same with a new e-mail": ("test_who_becomes_known_later_is_judged_as_who_he_is",),
    "V code applied anonymously, then log-in": ("test_a_card_shows_only_what_its_holder_has_left",),
    "V cancelled order does not count": ("test_v_a_cancelled_use_does_not_count", "test_a_place_comes_back_with_what_was_taken_back_unused"),
    "V global usageLimit 1": ("test_one_place_for_all_is_gone_after_the_first",),
    "M spend budget 1000, one call": ("test_several_amounts_in_one_call_are_all_counted",),
    "M usage budget, one call with two lines": ("test_an_event_for_two_things_uses_one_place", "test_m_two_lines_of_one_receipt_use_it_once"),
    "M register or revert of unknown code": ("test_m_taking_back_an_unknown_redemption_changes_nothing", "test_taking_back_what_was_never_granted_changes_nothing"),
    "M usage 1000 of 1000": ("test_the_last_of_a_thousand_is_told_and_the_count_stays",),
    "M spend 900 of 1000": ("test_several_amounts_in_one_call_are_all_counted", "test_m_at_900_of_1000_two_of_100_never_come_to_1100"),
    "M three promos x 300": ("test_three_are_given_and_two_taken_back", "test_m_three_of_300_of_which_two_are_reverted_leave_300"),
    "M usage budget, all registrations reverted": ("test_all_places_are_free_again_when_all_are_taken_back", "test_m_all_reverted_leaves_nothing_used"),
    "M concurrent": ("test_giving_and_taking_back_at_once_both_succeed", "test_m_reverting_900_and_using_100_at_once_leaves_exactly_100"),
    "M per-e-mail limit 1, two different": ("test_a_limit_per_member_does_not_end_the_rule_for_the_others", "test_m_two_members_each_use_their_own"),
    "M per-e-mail limit, no e-mail yet": ("test_a_limit_counted_by_what_is_not_known_is_a_refusal_that_says_so", "test_m_without_a_member_a_card_is_refused_not_an_error"),
    "saleor#544": ("test_the_check_is_done_under_the_lock",),
    "saleor PR 15855": ("test_two_who_complete_the_same_event_use_it_once_and_undo_nothing", "test_saleor_the_same_checkout_in_two_threads_uses_it_once_and_refunds_nothing"),
    "eventyay#1398": ("test_the_check_is_done_under_the_lock", "test_eventyay_five_at_once_of_three_uses_come_to_exactly_three"),
}  # fmt: skip
_TESTS = ("test_scenarios.py", "test_scenarios_of_vouchers.py")


def _lines(text: str) -> list[str]:
    """The list under the first heading."""
    first = text.split("\n# ")[0]
    return [line.removeprefix("- ") for line in first.splitlines() if line.startswith("- ")]


@pytest.mark.needs("shared")
def test_every_line_of_the_list_is_a_test(shared: Path) -> None:
    lines = _lines((shared.parent / "SCENARIOS.md").read_text("utf-8"))
    kept = {line: [begins for begins in KEPT_BY if line.startswith(begins)] for line in lines}
    assert [line for line, by in kept.items() if len(by) != 1] == []
    assert sorted(begins for by in kept.values() for begins in by) == sorted(KEPT_BY)


def test_every_test_that_keeps_a_line_is_there() -> None:
    texts = "".join((Path(__file__).parent / name).read_text("utf-8") for name in _TESTS)
    missing = [test for tests in KEPT_BY.values() for test in tests if f"def {test}(" not in texts]
    assert missing == []
