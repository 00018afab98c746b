"""What a member sees of her own benefits and decisions, on both databases; of another member's nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from benefits import Merchant, list_member_grants
from core.faults import FaultError
from geo.station import Access, Kind, Station
from tests.benefits.counters import take_back
from tests.yihui.nouns import do_own
from tests.yihui.own_benefits import (
    ME,
    NOW,
    OTHER,
    SHOP,
    build_own_benefits,
    decision_of,
    give_code,
    grant_of,
    redeem,
)
from tests.yihui.refusals import faults_of
from tests.yihui.services.appeal_answers import answer_appeal
from yihui.bootstrap import Wiring
from yihui.cases.appeals.own import LODGE
from yihui.cases.benefits.own import CLAIM, CODE, NEW_CODE
from yihui.services.benefits.member_home import load_member_home
from yihui.services.benefits.own_benefit import load_own_benefit
from yihui.services.benefits.own_decisions import (
    explain_undecided_rule,
    list_own_decisions,
    load_own_decision,
)
from yihui.services.benefits.redemption_stations import build_redemption_terms, select_redemption_stations

BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(seconds=1)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build_own_benefits(target, tmp_path)
    yield made
    made.close()


def test_home_sorts_what_can_be_used_and_claimed_and_what_is_new(wiring: Wiring) -> None:
    home = load_member_home(wiring, ME, BEFORE)
    assert [one.grant.rule_id for one in home.usable] == ["own-cake"]
    assert [(one.grant.rule_id, one.stands.claim_by) for one in home.claimable] == [
        ("own-cooling", date(2026, 11, 20))
    ]
    new = {one.rule_id: one.outcome for one in home.new_decisions}
    assert new["own-study"] == "refused" and new["own-cake"] == "granted"
    assert not load_member_home(wiring, ME, AFTER).new_decisions
    assert not (home.applications or home.participations or home.appeals or home.debts)


def test_home_of_an_unknown_member_is_empty(wiring: Wiring) -> None:
    home = load_member_home(wiring, "nobody", BEFORE)
    assert not (home.usable or home.claimable or home.over or home.new_decisions or home.appeals)


def test_a_benefit_shows_its_code_its_uses_and_what_was_refunded(wiring: Wiring) -> None:
    grant = grant_of(wiring, ME, "own-cake")
    assert load_own_benefit(wiring, ME, grant).code is None
    code = give_code(wiring, ME, grant)
    assert code and give_code(wiring, ME, grant) == code
    use = redeem(wiring, code, 5_000)
    take_back(wiring.database, use, amount=1_000, on=NOW.date())
    found = load_own_benefit(wiring, ME, grant)
    assert found.code == code and found.held.stands.state == "partly_used"
    assert found.usable is not None and (found.usable.left, found.usable.uses_left) == (16_000, 1)
    (shown,) = found.uses
    assert (shown.merchant, shown.amount, shown.refunded, shown.reusable) == (SHOP.name, 5_000, 1_000, 1_000)
    assert found.version is not None and found.version.basis[0].clause == "第八条"


def test_a_strange_id_gets_the_same_answer_as_another_members(wiring: Wiring) -> None:
    others = grant_of(wiring, OTHER, "own-cake")
    answers, acts = set(), set()
    for value in (others, "nothing", "", "a" * 5_000, "\x00", "'; --", "😀"):
        answers.add(repr(faults_of(load_own_benefit, wiring, ME, value)))
        acts.update(repr(faults_of(do_own, wiring, ME, act, value)) for act in (CLAIM, CODE, NEW_CODE))
    assert len(answers) == len(acts) == 1 and others not in f"{answers} {acts}"
    assert load_own_benefit(wiring, OTHER, others).code is None


def test_another_members_decision_is_neither_shown_nor_appealed(wiring: Wiring) -> None:
    others = decision_of(wiring, OTHER, "own-study")
    shown, appealed = (
        {
            repr(faults_of(load_own_decision, wiring, ME, value)),
            repr(faults_of(do_own, wiring, ME, LODGE, value, text="我不同意")),
        }
        for value in ("nothing", others)
    )
    assert shown == appealed
    assert not load_own_decision(wiring, OTHER, others).appeals


def test_an_appeal_waits_at_home_and_its_answer_is_new(wiring: Wiring) -> None:
    decision = decision_of(wiring, ME, "own-study")
    lodged = do_own(wiring, ME, LODGE, decision, text="我的生日登记错了")
    assert do_own(wiring, ME, LODGE, decision, text="我的生日登记错了") == lodged
    assert [one.id for one in load_member_home(wiring, ME, AFTER).appeals] == [lodged]
    answer_appeal(wiring, lodged, "rejected", "li.min", "已核对户籍")
    home = load_member_home(wiring, ME, AFTER)
    assert not home.appeals and [one.id for one in home.new_answers] == [lodged]
    (shown,) = load_own_decision(wiring, ME, decision).appeals
    assert shown.answer is not None and shown.answer.reason == "已核对户籍"


def test_rules_that_decided_nothing_are_listed_and_explained(wiring: Wiring) -> None:
    found = list_own_decisions(wiring, ME)
    assert {one.why.rule_id for one in found.records} >= {"own-cake", "own-cooling", "own-study"}
    rules = {one.id for one in found.undecided}
    assert "wedding-gift" in rules and not rules & {one.why.rule_id for one in found.records}
    skipped = explain_undecided_rule(wiring, ME, "wedding-gift")
    assert skipped.explanations and skipped.rule.title
    with pytest.raises(FaultError):
        explain_undecided_rule(wiring, ME, "no-such-rule")


def station(id: str, kind: Kind = Kind.OUTDOOR_STATION, accepts: frozenset[str] = frozenset()) -> Station:
    return Station(id=id, name=id, kind=kind, lon=117.0, lat=36.6, access=Access.PUBLIC, accepts=accepts)


STATIONS = (
    station("a"),
    station("b"),
    station("library", Kind.LIBRARY),
    station("says-so", Kind.LIBRARY, frozenset({"own-cake"})),
)


def test_a_station_takes_a_benefit_if_the_rule_and_a_merchant_allow_it(wiring: Wiring) -> None:
    with wiring.database.read() as connection:
        grants = {one.rule_id: one for one in list_member_grants(connection, ME)}
    cases: list[tuple[str, tuple[Merchant, ...], list[str]]] = [
        ("own-cooling", (SHOP,), ["a", "b"]),
        (
            "own-cooling",
            (replace(SHOP, stations=("b", "library")),),
            ["b"],
        ),  # where the rule doesn't allow it
        ("own-cooling", (replace(SHOP, rules=("own-cake",)),), []),
        ("own-cooling", (), []),
        ("own-cake", (SHOP,), ["says-so"]),  # the shop itself is in no register
        ("own-cake", (SHOP, Merchant("desk", "窗口", stations=("a",))), ["a", "says-so"]),
        ("own-cake", (), []),
    ]
    for rule, merchants, taking in cases:
        terms = build_redemption_terms(grants[rule], merchants)
        assert [one.id for one in select_redemption_stations(STATIONS, terms)] == taking
