"""Budgets: who sees and sets them, two persons for a change, and how long they last."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import benefits
from events.acts import read_acts
from store import Database
from tests.guards import lift_guards
from tests.transactions import read_in, rows_in
from tests.yihui.budgets import change_budget, named, propose_budget, set_budget
from tests.yihui.nouns import count_waiting, do, list_rows, show
from tests.yihui.refusals import codes, do_at_once
from tools.servers.deciding import Wish, give
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.pending_acts import LIFETIME
from yihui.access.roles import Role
from yihui.access.tables import audit_entries, pending_acts
from yihui.bootstrap import Settings, Wiring
from yihui.money.budgets.acts import CHANGE, CONFIRM, REFUSE, SET, WITHDRAW
from yihui.money.budgets.pages import NOUN
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import RuleService

NOW = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
CITY, COUNTY, OTHER = "370100", "370102", "370202"
RULE = """
id: %s
title: %s
basis: [{kind: example, note: 测试用}]
owner: "%s"
in_force: {from: %s, until: %s}
on: poll.completed
require: [{that: "member.status == 'active'", else: 没有在册会籍}]
benefit: {kind: cash, amount_fen: 10000}
budget: %s
"""
RULES = (
    ("tea", "暖心茶", COUNTY, "2026-01-01", "2026-12-31", "tea"),
    ("cooling", "高温慰问", OTHER, "2026-06-01", "2026-09-30", "cooling-2026"),
    ("cooling-next", "高温慰问", OTHER, "2027-06-01", "2027-09-30", "cooling-2027"),
    ("sport", "职工运动会", COUNTY, "2026-01-01", "2026-12-31", "shared"),
    ("song", "职工合唱", OTHER, "2026-01-01", "2026-12-31", "shared"),
)


@pytest.fixture
def wiring(database: Database, tmp_path: Path) -> Wiring:
    (tmp_path / "rules").mkdir()
    for rule in RULES:
        (tmp_path / "rules" / f"{rule[0]}.yaml").write_text(RULE % rule, "utf-8")
    built = Wiring(Settings(database.target, tmp_path, rules=(tmp_path / "rules",)), lambda: NOW)
    built.__dict__["database"] = database
    return built


def officer(name: str, organisation: str, role: Role = Role.FINANCE_PREPARER) -> Actor:
    return Actor(name, name, ActorKind.OFFICER, (Assignment(role, organisation, date(2026, 1, 1)),), NOW)


LI, WANG = officer("li", COUNTY), officer("wang", COUNTY, Role.FINANCE_RELEASER)


def ceilings(wiring: Wiring) -> Mapping[str, int | None]:
    return {one.id: one.ceiling_fen for one in read_in(wiring.database, benefits.list_budgets)}


def ids(wiring: Wiring, actor: Actor, **asked: Any) -> list[str]:
    return [one.id for one in list_rows(wiring, actor, NOUN, **asked)]


def test_a_county_sees_and_sets_its_own_budget_and_no_other_one(wiring: Wiring) -> None:
    assert ids(wiring, LI) == ["tea"]
    assert ids(wiring, officer("sun", OTHER)) == ["cooling-2026", "cooling-2027"]
    assert set(ids(wiring, officer("qian", CITY))) == {"tea"}
    assert show(wiring, LI, NOUN, "tea")["acts"] == ("set",)
    do(wiring, LI, SET, "tea", amount="1000", reason="年度预算")
    assert ceilings(wiring) == {"tea": 100_000}
    for budget in ("cooling-2026", "shared", "nobody-names-it"):
        assert codes(show, wiring, LI, NOUN, budget) == ["authorisation.elsewhere"]
        refused = codes(do, wiring, LI, SET, budget, amount="1000", reason="年度预算")
        assert refused == ["authorisation.elsewhere"]
    assert codes(show, wiring, LI, NOUN, "../tea") == ["thing.unknown"]


def test_a_budget_that_rules_of_several_owners_name_is_the_whole_unions(wiring: Wiring) -> None:
    whole = officer("zhao", "370000")
    assert "shared" in ids(wiring, whole)
    do(wiring, whole, SET, "shared", amount="1000", reason="年度预算")
    do(wiring, whole, SET, "before-its-rule", amount="1000", reason="年度预算")
    assert ceilings(wiring) == {"shared": 100_000, "before-its-rule": 100_000}


TOP_UP = """
adapts: cooling
owner: "%s"
title: 加发高温慰问
basis: [{kind: example, note: 测试用}]
in_force: {from: 2026-06-01}
top_up: {amount_fen: 3000, budget: %s}
"""
LATER = ("own", "健步走", OTHER, "2026-11-01", "2026-12-31")


def approve(wiring: Wiring, text: str) -> None:
    hash_ = RuleService(wiring).submit_file(RuleFile("draft.yaml", text), "li").candidate.stated.hash
    RuleService(wiring).approve(hash_, "wang", seen=True)


def test_no_later_rule_takes_a_budget_over_or_makes_it_the_whole_unions(wiring: Wiring) -> None:
    first = (wiring.settings.rules[0] / "cooling.yaml").read_text("utf-8").replace(OTHER, "370000")
    (wiring.settings.rules[0] / "cooling.yaml").write_text(
        f"{first}lower_levels: {{may_top_up: {{most_fen: 9900}}}}\n", "utf-8"
    )
    approve(wiring, TOP_UP % (COUNTY, "top"))
    do(wiring, named("zhao"), SET, "before-its-rule", amount="1000", reason="年度预算")
    for budget in ("top", "tea", "before-its-rule"):
        for text in (RULE % (*LATER, budget), TOP_UP % ("370203", budget)):
            assert codes(approve, wiring, text) == ["rules.foreign-budget"]
    assert {*ids(wiring, LI)} == {"tea", "top"}
    handed_in = RuleService(wiring).submit_file(RuleFile("draft.yaml", RULE % (*LATER, "new")), "li")
    approve(wiring, TOP_UP % ("370203", "new"))
    waits = handed_in.candidate.stated.hash
    assert codes(RuleService(wiring).approve, waits, "wang", seen=True) == ["rules.foreign-budget"]
    assert ids(wiring, officer("sun", "370203")) == ["new"]


def test_budgets_of_one_title_are_told_apart_by_their_years(wiring: Wiring) -> None:
    titles = [show(wiring, officer("sun", OTHER), NOUN, f"cooling-{year}")["title"] for year in (2026, 2027)]
    assert titles == ["高温慰问（2026）", "高温慰问（2027）"]


@pytest.mark.parametrize("yuan", ["2000", "500"])
def test_a_change_holds_only_after_a_second_officer_confirms_it(wiring: Wiring, yuan: str) -> None:
    do(wiring, LI, SET, "tea", amount="1000", reason="年度预算")
    assert codes(do, wiring, LI, SET, "tea", amount=yuan, reason="追加") == ["budget_act.set"]
    do(wiring, LI, CHANGE, "tea", amount=yuan, reason="调整")
    assert ceilings(wiring) == {"tea": 100_000}
    both = Actor("LI", "LI", ActorKind.DEMO)
    assert codes(do, wiring, both, CONFIRM, "tea") == ["second_person.same"]
    assert show(wiring, LI, NOUN, "tea")["acts"] == ("withdraw",)
    assert show(wiring, WANG, NOUN, "tea")["acts"] == ("confirm", "refuse")
    assert codes(do, wiring, LI, CONFIRM, "tea") == ["authorisation.no_role"]
    stale = Actor("wang", "wang", ActorKind.OFFICER, WANG.assignments, NOW - timedelta(hours=1))
    assert codes(do, wiring, stale, CONFIRM, "tea")
    do(wiring, WANG, CONFIRM, "tea")
    amount = int(yuan) * 100
    assert ceilings(wiring) == {"tea": amount}
    c = audit_entries.c
    entries = rows_in(wiring.database, select(c.act, c.organisation).order_by(c.sequence))
    assert [tuple(row) for row in entries] == [
        ("money.set_budgets.budget", COUNTY),
        ("money.set_budgets.propose", COUNTY),
        ("money.confirm_budgets.confirm", COUNTY),
    ]
    acts = read_in(wiring.database, read_acts, (0, 99), 99)
    assert [one.terms["amount_fen"] for one in acts if one.kind == "budget"] == [100_000, amount]


def test_a_change_waits_once_and_is_refused_or_taken_back(wiring: Wiring) -> None:
    set_budget(wiring, "tea", "1000")
    assert codes(do, wiring, named("li"), CONFIRM, "tea") == ["budget_act.none_waits"]
    assert codes(propose_budget, wiring, "tea", "1000") == ["budget_act.same"]
    assert codes(propose_budget, wiring, "cooling-2026", "9") == ["budget_act.unset"]
    propose_budget(wiring, "tea", "2000")
    assert codes(propose_budget, wiring, "tea", "3000", "wang") == ["budget_act.waits"]
    assert codes(do, wiring, named("wang"), WITHDRAW, "tea", reason="撤") == ["pending_act.not_own"]
    do(wiring, named("li.min"), WITHDRAW, "tea", reason="写错了")
    propose_budget(wiring, "tea", "3000")
    do(wiring, named("wang"), REFUSE, "tea", reason="再议")
    assert codes(do, wiring, named("wang"), CONFIRM, "tea") == ["budget_act.none_waits"]
    assert ceilings(wiring) == {"tea": 100_000}
    reasons = rows_in(wiring.database, select(pending_acts.c.state, pending_acts.c.decision_reason))
    assert [tuple(row) for row in reasons] == [("refused", "写错了"), ("refused", "再议")]


def test_a_proposal_expires_and_gives_way_to_a_new_one(wiring: Wiring) -> None:
    set_budget(wiring, "tea", "1000")
    propose_budget(wiring, "tea", "2000")
    assert count_waiting(wiring, named("wang"), NOUN) == 1
    expired = NOW + LIFETIME + timedelta(seconds=1)
    wiring.now = lambda: expired
    assert count_waiting(wiring, named("wang"), NOUN) == 0
    assert codes(do, wiring, named("wang"), CONFIRM, "tea") == ["budget_act.none_waits"]
    change_budget(wiring, "tea", "3000")
    assert ceilings(wiring) == {"tea": 300_000}


def test_what_is_confirmed_is_what_was_proposed_and_seen(wiring: Wiring) -> None:
    set_budget(wiring, "tea", "1000")
    propose_budget(wiring, "tea", "2000")
    seen = read_version(wiring)
    do(wiring, named("wang"), REFUSE, "tea", reason="再议", seen=seen)
    propose_budget(wiring, "tea", "2500")
    assert codes(do, wiring, named("wang"), CONFIRM, "tea", seen=seen) == ["thing.changed"]
    with wiring.database.write() as connection:
        lift_guards(connection)
        terms = json.dumps({"amount_fen": 900_000, "before_fen": 100_000})
        connection.execute(pending_acts.update().values(terms=terms))
    assert codes(do, wiring, named("wang"), CONFIRM, "tea") == ["pending_act.altered"]
    assert ceilings(wiring) == {"tea": 100_000}


@pytest.mark.parametrize("digest", ["", "not hex"])
def test_a_row_without_its_digest_hides_no_budget_and_is_refused(wiring: Wiring, digest: str) -> None:
    set_budget(wiring, "tea", "1000")
    propose_budget(wiring, "tea", "2000")
    with wiring.database.write() as connection:
        lift_guards(connection)
        connection.execute(pending_acts.update().values(digest=digest))
    assert "tea" in ids(wiring, named("wang"))
    assert codes(do, wiring, named("wang"), CONFIRM, "tea") == ["pending_act.altered"]
    do(wiring, named("wang"), REFUSE, "tea", reason="内容不对")


def read_version(wiring: Wiring) -> int:
    [one] = [one for one in list_rows(wiring, named("wang"), NOUN) if one.id == "tea"]
    return int(one.version)


def test_a_budget_is_never_lowered_below_what_is_in_use(wiring: Wiring) -> None:
    set_budget(wiring, "tea", "1000")
    give(wiring.database, Wish(amount_fen=30_000, budget="tea"))
    assert codes(propose_budget, wiring, "tea", "299.99") == ["budget.below_promises"]
    propose_budget(wiring, "tea", "300")
    give(wiring.database, Wish(amount_fen=1, budget="tea"))
    assert codes(do, wiring, named("wang"), CONFIRM, "tea") == ["budget.below_promises"]
    assert ceilings(wiring) == {"tea": 100_000}
    assert rows_in(wiring.database, select(pending_acts.c.state)) == [("waiting",)]


def test_a_page_says_what_is_used_and_left_and_a_nearly_empty_one_is_in_the_to_do(wiring: Wiring) -> None:
    set_budget(wiring, "tea", "1000")
    give(wiring.database, Wish(amount_fen=89_900, budget="tea"))
    page = show(wiring, LI, NOUN, "tea")
    assert (page["in_use_fen"], page["left_fen"], page["promised_fen"]) == (89_900, 10_100, 89_900)
    assert (page["returned_fen"], page["state"], page["rules"]) == (0, "ok", ["tea"])
    assert [fen for _, fen in page["curve"]] == [89_900]
    assert count_waiting(wiring, LI, NOUN) == 0 and ids(wiring, LI, state="low") == []
    give(wiring.database, Wish(amount_fen=100, budget="tea"))
    assert count_waiting(wiring, LI, NOUN) == 1 and ids(wiring, LI, state="low") == ["tea"]
    assert count_waiting(wiring, officer("sun", OTHER), NOUN) == 0


@pytest.mark.both_databases
def test_two_confirmations_at_once_have_one_effect(wiring: Wiring) -> None:
    set_budget(wiring, "tea", "1000")
    propose_budget(wiring, "tea", "2000")
    done = do_at_once(lambda who: do(wiring, named(who), CONFIRM, "tea"), ("wang", "zhao", "sun"))
    assert sorted(done) == ["budget_act.none_waits", "budget_act.none_waits", "tea"]
    assert ceilings(wiring) == {"tea": 200_000}
