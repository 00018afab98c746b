"""Places, entries and waiting."""

from datetime import date, timedelta

from rules import (
    Admission,
    Decision,
    FactValue,
    UsageInMemory,
    settle_decisions,
)
from tests.rules.terms import CASH, DAY, completed, decide, library, one


def quota(body: str, **facts: FactValue) -> Decision:
    return one(CASH + "allocate: " + body + "\n", **facts)


def test_places_are_counted_for_each_organisation_or_subtree() -> None:
    each = quota("{mode: first_come, quota: 2, quota_per: [member.organisation]}")
    assert each.quota and (each.quota.size, each.quota.group) == (2, "member.organisation=370202001-00017")
    unknown = quota("{mode: first_come, quota: 2, quota_per: [member.trade]}", trade=None)
    assert unknown.missing[0].unknown
    own = '{mode: first_come, quotas: {"370000": 9, "370200": 5, "370300": 3}}'
    narrow = quota(own)
    assert narrow.quota and (narrow.quota.size, narrow.quota.group) == (5, "370200")
    assert quota('{mode: first_come, quotas: {"370300": 3}}').outcome == "refused"


def test_who_is_due_under_a_draw_or_a_ranking_takes_part() -> None:
    lottery = """{mode: lottery, quota: 5, entries: {from: 2026-05-01, until: 2026-05-20},
  weight: "event.score > 80 ? 2 : 1", groups: [{where: "member.trade == '外卖员'", places: 2}, {where: "event.score < 50", places: 1}]}"""
    drawn = quota(lottery)
    assert drawn.entry and (drawn.entry.weight, drawn.entry.groups) == (2, (0,))
    ranked = quota(
        '{mode: by_rank, quota: 5, entries: {from: 2026-05-01, until: 2026-05-20}, rank: "years(member.joined_on, event.occurred_on)"}'
    )
    assert ranked.entry and ranked.entry.rank == 6
    [admission] = settle_decisions([drawn], UsageInMemory())
    assert admission == Admission("entered")
    light = quota(lottery.replace("? 2 : 1", "? 0 : 1"))
    assert light.outcome == "refused"
    unknown = quota(
        '{mode: by_rank, quota: 5, entries: {from: 2026-05-01, until: 2026-05-20}, rank: "years(member.joined_on, event.occurred_on)"}',
        joined_on=None,
    )
    assert unknown.missing[0].unknown


def test_entries_are_taken_within_their_days_and_once_for_each_turn() -> None:
    body = (
        CASH
        + "limit: {times: 1, every: month}\nallocate: {mode: lottery, quota: 5, every: month, entries: {from: 2026-05-01, until: 2026-05-20}}\n"
    )
    rules, usage = library(body), UsageInMemory()

    def codes(day: date) -> list[str]:
        [admission] = settle_decisions(decide(rules, completed(on=day)), usage)
        assert admission
        return [refusal.code for refusal in admission.refusals] or [admission.outcome]

    assert codes(DAY + timedelta(1)) == ["entries-closed"]
    assert codes(DAY) == ["entered"]
    assert codes(DAY - timedelta(1)) == ["entered-already"]


def test_whoever_comes_when_all_places_are_taken_waits_once() -> None:
    body = (
        CASH + "limit: {times: 1, every: month}\nallocate: {mode: first_come, quota: 1, waiting_list: true}\n"
    )
    rules, usage = library(body), UsageInMemory()

    def outcome(member: str) -> str:
        [admission] = settle_decisions(decide(rules, completed(member=member)), usage)
        assert admission
        return (
            admission.outcome
            if not admission.refusals
            else f"{admission.outcome} {admission.refusals[0].code}"
        )

    assert [outcome(m) for m in ("m1", "m2", "m2", "m1")] == [
        "granted", "waiting quota-exhausted", "refused waits-already", "refused limit-reached",
    ]  # fmt: skip
