"""Evaluation is pure, total, and says all that is missing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import (
    EventFacts,
    FactValue,
    RuleLibrary,
    WrongFactError,
    evaluate_rules,
    facts_for_event,
    load_library,
    payload_facts,
)
from rules.facts import Fact
from tests.profile import searched
from tests.rules.conftest import event_of, rule_text

DAY = date(2026, 5, 1)
ACTIVE: Mapping[str, FactValue] = {"member.status": "active", "member.organisation": "370102001"}


def value_of(fact: Fact) -> st.SearchStrategy[FactValue]:
    """A value that a fact may have, or None."""
    match fact.kind:
        case "text":
            codes = ["370102001", "370202001-00017", "370202", "410105"]
            some: st.SearchStrategy[FactValue] = st.sampled_from([*fact.allowed, *codes, "金秋助学"])
        case "integer" | "fen":
            some = st.sampled_from([2025, 2026, 0, -5, 38, 10**15])
        case "boolean":
            some = st.booleans()
        case "date":
            some = st.dates(date(1950, 1, 1), date(2027, 12, 31))
        case "texts":
            some = st.lists(st.sampled_from(fact.allowed or ("x",)), max_size=3).map(tuple)
    return st.none() | some


@st.composite
def worlds(draw: st.DrawFn) -> tuple[EventFacts, Mapping[str, FactValue]]:
    """An event of a type that a shipped rule reacts to, and a member's facts."""
    kinds = ("birthday", "joined", "skill_certified")
    kind = draw(
        st.sampled_from([*(f"member.{one}" for one in kinds), "application.confirmed", "weather.heat_warned"])
    )
    payload = {name: draw(value_of(fact)) for name, fact in payload_facts(kind).items()}
    facts = {
        path: draw(value_of(fact))
        for path, fact in facts_for_event(kind).items()
        if path.startswith("member.")
    }
    day = draw(st.dates(date(2023, 12, 30), date(2027, 1, 2)))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return EventFacts("s", "1", kind, at, day, "m1", payload), facts


@searched(400)
@given(world=worlds())
def test_the_explanation_agrees_with_the_outcome(
    world: tuple[EventFacts, Mapping[str, FactValue]], library: RuleLibrary
) -> None:
    event, facts = world
    for decision in evaluate_rules(event, facts, library):
        assert (decision.outcome == "due") == (decision.missing == ()) == (decision.benefit is not None)
        assert decision.benefit is None or 0 <= decision.benefit.amount_fen <= min(
            [c.amount_fen for c in decision.caps], default=10**12
        )
        for checked in decision.conditions:
            assert not (checked.holds and checked.unknown)
            assert not checked.unknown or checked.not_known
            for path in checked.condition.reads:
                field = path.removeprefix("event.")
                expected = (
                    event.occurred_on
                    if field == "occurred_on"
                    else event.payload.get(field)
                    if path.startswith("event.")
                    else facts.get(path)
                )
                assert checked.values[path] == expected


def test_every_condition_is_looked_at(library: RuleLibrary) -> None:
    payload = {"level": "高级工"}
    [decision] = evaluate_rules(
        event_of("member.skill_certified", DAY, payload), {"member.organisation": "370202"}, library
    )
    assert [c.holds for c in decision.conditions] == [False, False, False, False]
    assert [c.unknown for c in decision.conditions] == [True, True, False, True]


def test_an_unknown_fact_never_makes_a_condition_true() -> None:
    library = load_library([("r.yaml", rule_text("member.trade != '快递员'"))])
    [decision] = evaluate_rules(event_of("member.birthday", DAY), ACTIVE, library)
    assert decision.outcome == "refused" and decision.conditions[0].not_known == ("member.trade",)
    [decision] = evaluate_rules(
        event_of("member.birthday", DAY), {**ACTIVE, "member.trade": "办公室"}, library
    )
    assert decision.outcome == "due"


def test_a_row_that_cannot_be_told_leaves_the_amount_unknown() -> None:
    rows = "{kind: cash, table: {else: 无, rows: [{when: \"member.trade == '快递员'\", amount_fen: 5}, {when: 'true', amount_fen: 3}]}}"
    library = load_library([("r.yaml", rule_text().replace("{kind: cash, amount_fen: 100}", rows))])
    amounts = []
    for trade in (None, "快递员", "办公室"):
        [decision] = evaluate_rules(
            event_of("member.birthday", DAY), {**ACTIVE, "member.trade": trade}, library
        )
        amounts.append(decision.benefit and decision.benefit.amount_fen)
    assert amounts == [None, 5, 3]


def test_a_limit_by_a_fact_that_is_not_known_refuses() -> None:
    library = load_library([("r.yaml", rule_text().replace("[member]", "[member, member.trade]"))])
    [decision] = evaluate_rules(event_of("member.birthday", DAY), ACTIVE, library)
    assert decision.outcome == "refused" and decision.missing[0].not_known == ("member.trade",)


def test_limit_keys_of_different_values_never_meet() -> None:
    library = load_library([("r.yaml", rule_text().replace("[member]", "[member.trade, member.district]"))])
    pairs = [("a&member.district=b", "c"), ("a", "b&member.district=c"), ("a%26", "b"), ("a&", "b")]
    keys = set()
    for trade, district in pairs:
        facts = {**ACTIVE, "member.trade": trade, "member.district": district}
        [decision] = evaluate_rules(event_of("member.birthday", DAY), facts, library)
        keys.add(decision.limit.key)
    assert len(keys) == len(pairs)


def test_source_and_event_stand_apart_in_the_key_of_a_rule_without_a_limit() -> None:
    text = rule_text().replace("limit: {times: 1, per: [member], every: once}\n", "")
    library = load_library([("r.yaml", text)])
    keys = [
        evaluate_rules(replace(event_of("member.birthday", DAY), source=source, id=id), ACTIVE, library)[
            0
        ].limit.key
        for source, id in [
            ("/a", "b/c"),
            ("/a/b", "c"),
            ("/a/b/c", ""),
            ("/a&event=b", "c"),
            ("/a", "b&event=c"),
        ]
    ]
    assert len(set(keys)) == len(keys)


PROGRAMME = "programme: {from: 2024-01-01, until: 2026-12-31}\n"


def test_splitting_a_version_within_its_programme_renews_nobodys_limit_or_quota() -> None:
    text = rule_text().replace("every: once", "every: programme_period")
    text += PROGRAMME + "allocate: {mode: first_come, quota: 3}\n"
    library = load_library(
        [
            ("1.yaml", text.replace("{from: 2024-01-01, until: 2026-12-31}\non", "{from: 2024-01-01, until: 2025-06-30}\non")),
            ("2.yaml", text.replace("{from: 2024-01-01, until: 2026-12-31}\non", "{from: 2025-07-01, until: 2026-12-31}\non")),
        ]
    )  # fmt: skip
    before, after = (
        evaluate_rules(event_of("member.birthday", day), ACTIVE, library)[0]
        for day in (date(2025, 6, 30), date(2025, 7, 1))
    )
    assert before.rule_hash != after.rule_hash
    assert before.limit == after.limit and before.quota == after.quota
    assert before.limit.period == "2024-01-01..2026-12-31"


def test_a_hash_follows_the_content_and_not_the_form() -> None:
    def hashed(text: str) -> str:
        return load_library([("r.yaml", text)]).rules[0].hash

    plain = rule_text()
    assert hashed(plain) == hashed("# a comment\n" + plain) == hashed(plain + "allocate: {mode: everyone}\n")
    assert hashed(plain) != hashed(plain.replace("amount_fen: 100", "amount_fen: 101"))
    assert hashed(plain) != hashed(plain.replace("不符合", "不 符合"))
    assert hashed(plain) != hashed(plain + PROGRAMME)


@pytest.mark.parametrize("wrong", [1, True, date(2026, 1, 1), ("active",)])
def test_a_fact_of_the_wrong_type_is_a_fault_of_the_caller(wrong: FactValue, library: RuleLibrary) -> None:
    with pytest.raises(WrongFactError, match=r"member\.status"):
        evaluate_rules(event_of("member.birthday", DAY), {**ACTIVE, "member.status": wrong}, library)
