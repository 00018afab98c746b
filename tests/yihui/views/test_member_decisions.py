"""Why and why not in the member's words: remedies, codes by their names, what each outcome is called."""

from dataclasses import replace
from datetime import date

import pytest

from benefits import AppealAnswer, DecisionExplanation, DecisionRecord, Reason
from benefits.reporting.appeals import Appeal
from benefits.reporting.member_benefits import EvaluatedCondition
from rules import FIRST_DAY
from yihui.cases.benefits.own_decision_texts import decision_view
from yihui.cases.benefits.own_texts import days_left_text
from yihui.runtime.language import load_language
from yihui.services.desk.record_names import RecordNames
from yihui.views.benefits import decision_lines
from yihui.views.decisions import decision_record_json
from yihui.views.outcomes import fact_title, reason_text

EN = load_language("en")
TODAY = date(2026, 5, 10)
NAMES = {"370102": "历下区", "370102000-00001": "示例工会"}


def decision(outcome: str, *conditions: EvaluatedCondition, **more: object) -> DecisionRecord:
    why = DecisionExplanation(
        "d" * 40, "m-1", "r", "示例", "0" * 64, "/test", "e-1", "member.birthday", date(2026, 5, 1), outcome,
        conditions, (Reason("condition", "不在历下区", "办转会", {}),),
    )  # fmt: skip
    return DecisionRecord(why, **more)  # type: ignore[arg-type]


DISTRICT = EvaluatedCondition(
    "member.district == '370102'", False, False, {"member.district": "370103"}, "不在历下区", "办转会"
)


def test_codes_of_places_are_said_by_their_names() -> None:
    shown = decision_view(decision("refused", DISTRICT), EN, NAMES, lambda _: False, TODAY)
    (missing,) = shown.missing
    assert missing.words == "your district is 历下区"
    assert missing.values == [("your district", "370103")]  # no name is known: the code
    assert shown.reasons == []  # the condition says it already
    assert not shown.met
    full = Reason(
        "quota-exhausted",
        "all {size} places of {group} in the period {period} are taken",
        "",
        {"size": "3", "group": "member.organisation=370102000-00001", "period": "2026"},
    )
    record = DecisionRecord(replace(decision("refused").why, reasons=(full,)))
    (reason,) = decision_view(record, EN, NAMES, lambda _: False, TODAY).reasons
    assert "all 3 places of 示例工会 in" in reason.text
    by_name = RecordNames(organisation=NAMES.__getitem__)
    assert reason.text in "".join(decision_lines([record], EN, by_name, agent=False))
    assert reason.text in str(decision_record_json(record, EN, by_name))


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("370102", "历下区"),  # a subtree that has places of its own
        ("370199", "370199"),  # of no organisation that is known
        ("member.trade=外卖员&member.card=active", "外卖员"),
        ("member.employer=A%26B", "A&B"),
    ],
)
def test_no_group_of_places_is_without_a_name(group: str, said: str) -> None:
    reason = Reason("quota-exhausted", "all places of {group} are taken", "", {"group": group})
    text = reason_text(reason, "示例", EN, RecordNames(organisation=lambda code: NAMES.get(code, "")))
    assert said in text and "=" not in text


def test_the_day_on_which_an_event_became_known_is_no_path() -> None:
    assert fact_title("member.birthday", "event.known_on", EN) != "event.known_on"


def test_advice_to_wait_for_a_day_that_has_come_is_left_out() -> None:
    again = Reason(
        "limit-reached", "already granted", "it can be granted again from {day}", {"day": "2026-08-01"}
    )
    record = DecisionRecord(replace(decision("refused").why, reasons=(again,)))
    for today, advice in (
        (date(2026, 7, 31), "it can be granted again from 2026-08-01"),
        (date(2026, 8, 1), ""),
    ):
        (reason,) = decision_view(record, EN, NAMES, lambda _: False, today).reasons
        assert reason.advice == advice and reason.text == "already granted"


def test_the_first_day_of_a_period_is_named_until_it_comes() -> None:
    days: dict[str, object] = {"event.occurred_on": "2026-05-01", FIRST_DAY: "2026-07-01"}
    that = "event.occurred_on >= date('2026-07-01')"
    outside = EvaluatedCondition(that, False, False, days, "the day lies outside", "from {first} on")
    for today, advice in ((date(2026, 6, 30), "from 2026-07-01 on"), (date(2026, 7, 1), "")):
        (missing,) = decision_view(decision("refused", outside), EN, NAMES, lambda _: False, today).missing
        assert missing.advice == advice and [value for _, value in missing.values] == ["2026-05-01"]


@pytest.mark.parametrize(("verdict", "said"), [("upheld", "decided anew"), ("rejected", "stays")])
def test_an_answered_appeal_names_no_officer_and_can_be_followed_by_another(verdict: str, said: str) -> None:
    answer = AppealAnswer(verdict, "li.min", date(2026, 5, 9), "已核对")  # type: ignore[arg-type]
    appeal = Appeal("a", "d" * 40, 1, "m-1", date(2026, 5, 2), None, answer)
    shown = decision_view(decision("refused", appeals=(appeal,)), EN, NAMES, lambda _: False, TODAY)
    (one,) = shown.appeals
    assert said in one.text and "已核对" in one.text and shown.may_appeal
    assert "li.min" not in repr(shown)


def test_what_is_held_or_waits_for_an_answer_takes_no_appeal() -> None:
    open_appeal = Appeal("a", "d" * 40, 1, "m-1", date(2026, 5, 2), "x")
    assert not decision_view(decision("held"), EN, NAMES, lambda _: False, TODAY).may_appeal
    record = decision("refused", appeals=(open_appeal,))
    assert not decision_view(record, EN, NAMES, lambda _: False, TODAY).may_appeal


@pytest.mark.parametrize(
    ("days", "said"), [(None, ""), (-1, ""), (0, "last day"), (1, "tomorrow"), (2, "2 days left")]
)
def test_the_days_left_are_said(days: int | None, said: str) -> None:
    assert said in days_left_text(days, EN) and (said or not days_left_text(days, EN))
