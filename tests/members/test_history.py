"""Who a member was on any date, against a slow replay day by day."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from members import (
    MEMBER_FACTS,
    FactValue,
    MemberChange,
    changed_facts,
    facts_on,
    read_member_changes,
    record_member_changes,
)
from members.messages import MEMBER_PAYLOADS
from store import Database
from tests.profile import searched

FIRST = date(2026, 1, 1)
DAYS = 12
QUIRKS = ["status", "organisation", "trade", "honours", "birthday", "mutual_aid_year"]
WRITTEN = {"birthday": "1990-02-28", "mutual_aid_year": "2026"}


def change(
    at: datetime, values: dict[str, str | tuple[str, ...]], number: int = 0, kind: str = "profile_changed"
) -> MemberChange:
    return MemberChange("m-1", at, f"member.{kind}", "/test", f"e-{number}", values)


def shanghai(day: date, hour: int = 0) -> datetime:
    """That hour in Shanghai, which is eight hours ahead of UTC the year round."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)


def replayed(changes: Sequence[MemberChange], day: date) -> dict[str, FactValue]:
    """The oracle: live through every hour up to the end of the day, applying what falls into it."""
    facts: dict[str, FactValue] = {"member." + name: None for name in MEMBER_FACTS}
    facts |= {"member.status": "none", "member.honours": ()}
    facts |= {"member.card": "none", "member.birthday_calendar": "solar"}
    now = shanghai(FIRST - timedelta(days=2))
    while now < shanghai(day + timedelta(days=1)):
        for one in changes:  # in order of arrival
            if one.effective_at == now:
                for name, value in one.values.items():
                    if name == "status" and facts["member.status"] == "left":
                        facts["member.status"] = (
                            value if one.type == "member.joined" else facts["member.status"]
                        )
                    elif name == "honours":
                        held = list(facts["member.honours"])  # type: ignore[arg-type]
                        facts["member.honours"] = tuple(dict.fromkeys([*held, *value]))
                    elif name == "birthday":
                        facts["member.birthday"] = date.fromisoformat(str(value))
                    elif name == "mutual_aid_year":
                        facts["member.mutual_aid_year"] = 2026
                    else:
                        facts["member." + name] = value
        now += timedelta(hours=1)
    return facts


_values = st.dictionaries(
    st.sampled_from(QUIRKS), st.sampled_from(["a", "b", "left"]), min_size=1, max_size=3
).map(
    lambda drawn: {
        name: (value, "劳模") if name == "honours" else WRITTEN.get(name, value)
        for name, value in drawn.items()
    }
)
_changes = st.lists(
    st.builds(
        lambda day, hour, values, kind: change(shanghai(FIRST + timedelta(days=day), hour), values, 0, kind),
        st.integers(0, DAYS),
        st.integers(0, 23),
        _values,
        st.sampled_from(["profile_changed", "joined"]),
    ),
    max_size=8,
)


# What tests/members/test_derived_facts.py holds beside an oracle of its own.
DERIVED = dict.fromkeys(f"member.{name}" for name in ("age", "months", "outdoors", "courses", "polls"))


@searched(200)
@given(changes=_changes, day=st.integers(-1, DAYS + 1))
def test_facts_are_those_of_a_replay_hour_by_hour(changes: list[MemberChange], day: int) -> None:
    on = FIRST + timedelta(days=day)
    assert {**facts_on(changes, on), **DERIVED} == {**replayed(changes, on), **DERIVED}


@searched(100)
@given(changes=_changes, seed=st.integers(0, 99))
def test_the_order_of_arrival_counts_only_between_changes_of_the_same_instant(
    changes: list[MemberChange], seed: int
) -> None:
    unique = list({one.effective_at: one for one in changes}.values())
    shuffled = random.Random(seed).sample(unique, len(unique))
    last = FIRST + timedelta(days=DAYS)
    assert facts_on(shuffled, last) == facts_on(unique, last)


def test_of_two_changes_of_the_same_instant_the_later_arrival_wins() -> None:
    at = shanghai(FIRST)
    first, second = change(at, {"trade": "外卖员"}), change(at, {"trade": "快递员"})
    assert facts_on([first, second], FIRST)["member.trade"] == "快递员"
    assert facts_on([second, first], FIRST)["member.trade"] == "外卖员"


def test_every_fact_that_a_payload_names_is_a_member_fact_that_it_carries() -> None:
    for kind, model in MEMBER_PAYLOADS.items():
        assert set(model.facts) <= {*MEMBER_FACTS, "bank_card"}, kind  # no rule reads that one
        assert all(name in model.model_fields or hasattr(model, name) for name in model.facts), kind


def test_payloads_change_what_they_say_and_no_more() -> None:
    left = MEMBER_PAYLOADS["member.left"].model_validate({"reason": "退休"})
    birthday = MEMBER_PAYLOADS["member.birthday"].model_validate_json('{"on": "2026-05-01"}')
    rejected = MEMBER_PAYLOADS["hardship.reviewed"].model_validate(
        {"household": "h", "level": "深度困难", "accepted": False}
    )
    honoured = MEMBER_PAYLOADS["member.honoured"].model_validate_json(
        '{"honour": "劳模", "honoured_on": "2026-05-01"}'
    )
    assert [changed_facts(payload) for payload in (left, birthday, rejected, honoured)] == [
        {"status": "left"},
        {},
        {"hardship_level": "none"},
        {"honours": ("劳模",)},
    ]


def test_an_accepted_hardship_case_names_the_household_and_never_by_a_name() -> None:
    def household(id: str, *, accepted: bool = True) -> object:
        said = {"household": id, "level": "深度困难", "accepted": accepted}
        return changed_facts(MEMBER_PAYLOADS["hardship.reviewed"].model_validate(said)).get("household")

    assert household("h-0001") == "h-0001"
    with pytest.raises(ValidationError):
        household("张三家")
    assert household("h-0001", accepted=False) is None


def test_a_card_that_was_activated_is_active_from_that_day_on() -> None:
    payload = MEMBER_PAYLOADS["member.card_activated"].model_validate({})
    activated = change(shanghai(date(2026, 3, 1)), changed_facts(payload))
    days = (date(2026, 2, 28), date(2026, 3, 1))
    assert [facts_on([activated], day)["member.card"] for day in days] == ["none", "active"]


@pytest.mark.both_databases
def test_changes_come_back_as_they_went_in_by_member_in_order_of_arrival(database: Database) -> None:
    at = datetime(2026, 5, 1, 1, 2, 3, 456789, tzinfo=UTC)
    changes = [
        change(at, {"honours": ("劳模", "工匠"), "trade": "外卖员"}, 1),
        change(at - timedelta(days=400), {"birthday": "1990-02-28"}, 2),
        MemberChange("m-2", at, "member.left", "/test", "e-3", {"status": "left"}),
    ]
    with database.write() as connection:
        record_member_changes(connection, [], at)
        record_member_changes(connection, changes[:1], at)
        record_member_changes(connection, changes[1:], at)
        found = read_member_changes(connection, ["m-1", "m-2", "m-3"])
    assert found == {"m-1": changes[:2], "m-2": changes[2:], "m-3": []}
