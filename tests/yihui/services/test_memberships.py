"""What officers do to memberships and cards: act by act, with every refusal, and what her page says afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.nouns import do, reveal, show
from tests.yihui.refusals import do_at_once, refused
from tests.yihui.services.hotline_desk import AGENT
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.cases.cards.pages import NOUN as CARDS
from yihui.cases.cards.pages import CardFilter
from yihui.cases.members.pages import NOUN, ListedMember, MemberFilter, find_members
from yihui.cases.organisations.lists import rebuild_projections
from yihui.frame.listing import Looking, RowSlice, Slice
from yihui.frame.looking import find_rows

A, B, ENDED, GONE = "370202001-00001", "370202001-00002", "370202001-00003", "370202001-00004"
NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    """m-1 joined A on 1 March 2026; B goes on, ENDED went into B, GONE ended for good."""
    made = build_wiring(Settings(target, tmp_path / "data"), lambda: NOW)
    acts = [
        event_of("organisation.founded", code, "2020-01-01", name=f"{name}公司工会")
        for code, name in ((A, "甲"), (B, "乙"), (ENDED, "丙"), (GONE, "丁"))
    ]
    acts += [
        event_of("organisation.merged", ENDED, "2026-05-01", into=B),
        event_of("organisation.dissolved", GONE, "2026-05-01"),
        event_of("member.joined", "m-1", "2026-03-01", organisation=A, joined_on="2026-03-01"),
    ]
    with made.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    yield made
    made.close()


def act(wiring: Wiring, name: str, key: str = "", member: str = "m-1", **typed: str) -> dict[str, Any]:
    """Do an act as it is typed; return what the member's page says then."""
    do(wiring, AGENT, NOUN.find_act(name), member, once=key, **typed)
    return page_of(wiring)


def page_of(wiring: Wiring) -> dict[str, Any]:
    return show(wiring, AGENT, NOUN, "m-1")


def memberships(wiring: Wiring) -> list[tuple[str, str, str, str | None]]:
    rows = page_of(wiring)["memberships"]
    return [(one["organisation"], one["state"], one["since"], one["until"]) for one in rows][::-1]


def test_a_life_from_joining_to_death_is_recorded_act_by_act(wiring: Wiring) -> None:
    act(wiring, "suspend", on="2026-04-01")
    act(wiring, "resume", on="2026-05-01")
    act(wiring, "retire", on="2026-06-01", reason="到龄退休")
    act(wiring, "leave", on="2026-07-01")
    act(wiring, "rejoin", to=B, on="2026-08-01")
    told = act(wiring, "decease", on="2026-09-01")
    assert (told["state"], told["organisation"]) == ("deceased", B)
    assert not set(told["acts"]) & {"transfer", "leave", "rejoin"}, "nothing more is offered"
    lived = [
        (A, "active", "2026-03-01", "2026-04-01"),
        (A, "suspended", "2026-04-01", "2026-05-01"),
        (A, "active", "2026-05-01", "2026-06-01"),
        (A, "retired", "2026-06-01", "2026-07-01"),
        (B, "active", "2026-08-01", "2026-09-01"),
    ]
    assert memberships(wiring) == lived
    rebuild_projections(wiring)
    assert memberships(wiring) == lived
    assert reveal(wiring, AGENT, NOUN.find_act("facts"), "m-1", on="2026-04-15")["status"] == "suspended"


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [
        ("transfer", {"to": A}, "own"),
        ("transfer", {"to": ENDED}, "ended"),
        ("transfer", {"to": GONE}, "ended_for_good"),
        ("transfer", {"to": "370202001-99999"}, "unknown_organisation"),
        ("transfer", {"to": "三七〇二"}, "organisation"),
        ("transfer", {"to": B, "on": "2026-10-04"}, "still_to_come"),
        ("transfer", {"to": B, "on": "2026-02-28"}, "before"),
        ("leave", {"on": "2026-02-28"}, "before"),
        ("rejoin", {"to": B}, "is_member"),
        ("resume", {}, "not_suspended"),
        ("leave", {"reason": "13812345678"}, "personal"),
        ("block-card", {"reason": "丢失"}, "no_card"),
    ],
)
def test_an_act_that_makes_no_sense_is_refused(
    wiring: Wiring, name: str, typed: dict[str, str], code: str
) -> None:
    before = page_of(wiring)
    assert refused(lambda: act(wiring, name, **typed)) == [code]
    assert page_of(wiring) == before, "a refused act changes nothing"


@pytest.mark.parametrize(
    ("first", "again", "code"),
    [
        ("leave", "transfer", "left"),
        ("decease", "rejoin", "died"),
        pytest.param("retire", "retire", "retired", marks=pytest.mark.endure),
        ("suspend", "suspend", "suspended"),
        pytest.param("retire", "resume", "not_suspended", marks=pytest.mark.endure),
        ("suspend", "issue-card", "member_suspended"),
    ],
)
def test_after_one_act_another_that_contradicts_it_is_refused(
    wiring: Wiring, first: str, again: str, code: str
) -> None:
    assert again not in act(wiring, first)["acts"]
    typed = {"to": B} if again in ("transfer", "rejoin") else {}
    assert refused(lambda: act(wiring, again, **typed)) == [code]


def test_there_and_back_and_there_again_on_one_day_are_three_transfers(wiring: Wiring) -> None:
    for to in (B, A, B):
        assert act(wiring, "transfer", to=to)["organisation"] == to
    assert memberships(wiring) == [
        (A, "active", "2026-03-01", "2026-10-03"),
        (B, "active", "2026-10-03", None),
    ]


@pytest.mark.both_databases
@pytest.mark.parametrize("keys", [("key-0001", "key-0001"), ("key-0001", "key-0002"), ("", "")])
def test_of_two_transfers_at_once_one_takes_effect(wiring: Wiring, keys: tuple[str, str]) -> None:
    outcomes = do_at_once(lambda key: str(act(wiring, "transfer", key, to=B)["organisation"]), keys)
    assert sorted(outcomes) == [B, B if keys == ("key-0001", "key-0001") else "membership.own"]
    assert len(memberships(wiring)) == 2


def test_a_card_is_issued_once_blocked_and_replaced(wiring: Wiring) -> None:
    (issued,) = act(wiring, "issue-card")["cards"]
    assert [issued] == act(wiring, "issue-card")["cards"] and "issue-card" not in page_of(wiring)["acts"]
    blocked = act(wiring, "block-card", reason="丢失")
    assert [(one["event"], one["by"], one["reason"]) for one in blocked["events"]] == [
        ("blocked", AGENT.id, "丢失"),
        ("issued", AGENT.id, ""),
    ]
    assert [one["state"] for one in blocked["cards"]] == ["blocked"] and "block-card" not in blocked["acts"]
    assert refused(lambda: act(wiring, "issue-card")) == ["card_blocked"]
    new, old = act(wiring, "replace-card", reason="补卡")["cards"]
    assert (old["number"], old["state"], new["state"]) == (issued["number"], "replaced", "issued")
    listed = find_rows(wiring, AGENT, CARDS, CardFilter(), Slice()).found.rows
    assert [one.number for one in listed] == [new["number"], old["number"]], "the last change first"
    assert [one.number for one in find_rows(wiring, AGENT, CARDS, CardFilter(state="replaced"), Slice()).found.rows] == [old["number"]]  # fmt: skip


def test_while_a_list_is_searched_others_write(wiring: Wiring) -> None:
    def find(look: Looking[MemberFilter]) -> RowSlice[ListedMember]:
        with wiring.database.write():
            return find_members(look)

    noun = replace(NOUN, listing=replace(NOUN.listing, find=find))
    found = find_rows(wiring, AGENT, noun, MemberFilter(), Slice())
    assert [one.id for one in found.found.rows] == ["m-1"]
